# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the corpus anew: python -m tests.fuzz.record.

Every reading against the simulated fleet, on servers that differ in every way, and the messages of the unit tests.
"""

from __future__ import annotations

import contextlib
import re
import uuid

import yaml
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_REPORT
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect, WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response

from tests.fuzz.targets import CORPUS, FIXTURES, READINGS
from tests.simulator.control.journal import Journal
from tests.simulator.control.misbehaviour import Misbehaviour
from tests.simulator.model import description
from tests.simulator.model.fleet import Account, Fleet
from tests.simulator.model.loading import check_fleet
from tests.simulator.model.plain import from_plain
from tests.simulator.wire.execution import Engine

FLEET = """
users: {admin: {password: Simulated-Only-1}}
servers:
  plain: &server
    activated: true
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet, CountryRegion: Germany}
    session_host: {licensing_type: 4, license_servers: [rdls01, rdls02]}
    registry: {SOFTWARE: {one: first, two: second, number: 5, x: text}}
    key_packs:
      - {product_version: windows_server_2022, cal_type: per_user, quantity: 250, issued: 7}
      - {product_version: windows_server_2019, cal_type: per_device, quantity: 50}
    issued_licenses:
      - {key_pack_id: 4, computer: pc01}
      - {key_pack_id: 4, computer: pc02}
  german: {<<: *server, ui_language: de-DE, dialect: {uppercase_booleans: true, plain_datetime: true}}
  whole: {<<: *server, dialect: {server_2003_enumeration: true, dmtf_class_namespace: true}}
  sub: {<<: *server, dialect: {answer_as_subclass: true, filled_context_at_end: true, datetime_offset_minutes: 345}}
  missing: {role_installed: false}
  nested: {role_installed: false, dialect: {nested_wmi_code: fault}}
  status: {role_installed: false, dialect: {nested_wmi_code: extended_status, empty_reason: true}}
  bare: {role_installed: false, dialect: {empty_fault_detail: true, activity_id: false}}
  stopped: {service: stopped, dialect: {wmi_error_detail: true}}
"""


class Recorder:
    """A transport into the simulator's engine that keeps each different response."""

    def __init__(self, engine: Engine, server: str) -> None:
        self._engine = engine
        self._server = server
        self.responses: list[str] = []

    def send(self, message: bytes, _effect: Effect) -> Response:
        """Hand the message to the engine."""
        reply = self._engine.handle(self._server, Account("admin", description.User(password="x")), message)
        text = re.sub(r"(?<=<a:RelatesTo>).*?(?=</a:RelatesTo>)", "$MESSAGE_ID", reply.text)
        # What differs from run to run.
        text = re.sub(r"(?<=[:>])[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}(?=<)", str(uuid.UUID(int=1)).upper(), text)
        self.responses.append(text)
        return Response(reply.text.encode(), reply.status)

    def close(self) -> None:
        """Nothing to close."""


def main() -> None:
    """Record, and replace the files of the corpus."""
    info = from_plain(description.Fleet, yaml.safe_load(FLEET), "fleet")
    check_fleet(info)
    engine = Engine(Fleet(info, None), Journal(None), Misbehaviour())
    headers = HeaderSettings(to="http://x:5985/wsman", operation_timeout=20, max_envelope_size=153600)
    for path in CORPUS.glob("*.xml"):
        path.unlink()
    for path in sorted(FIXTURES.glob("*.xml")):
        (CORPUS / path.name).write_text(path.read_text(encoding="utf-8").split("-->", 1)[1].strip(), encoding="utf-8")
    known: set[str] = set()
    for server in engine.fleet.servers:
        for name, reading in {**READINGS, "entries": _entries}.items():
            recorder = Recorder(engine, server)
            # A fault is a response, too.
            with contextlib.suppress(WsmanError, LicensingError):
                reading(CimSession(WsmanClient(recorder, headers), server))
            for number, text in enumerate(recorder.responses):
                if text not in known:
                    (CORPUS / f"{server}-{name.replace(' ', '_')}-{number}.xml").write_text(text, encoding="utf-8")
                known.add(text)


def _entries(session: CimSession) -> object:
    """The entries of reports that are there: embedded instances."""
    name = session.invoke(TS_LICENSE_REPORT, "GenerateReportEx")["FileName"]
    for method in ("FetchReportEntries", "FetchReportPerDeviceEntries", "FetchReportSummaryEntries"):
        session.invoke(TS_LICENSE_REPORT, method, {"StartIndex": 0, "Count": 10}, {"FileName": name})
    return None


if __name__ == "__main__":
    main()
