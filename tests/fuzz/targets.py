# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fuzzed: each reading of the collection, with a response that can be anything."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import IssuedCal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import SessionHost
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.usage_reports import UsageReports
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    TS_ISSUED_LICENSE,
    TS_LICENSE_KEY_PACK,
    TS_LICENSE_SERVER,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect, WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response

CORPUS = Path(__file__).parent / "corpus"
FIXTURES = Path(__file__).parents[1] / "unit" / "data" / "wsman"
_MESSAGE_ID = re.compile(rb"<a:MessageID>(.*?)</a:MessageID>")
# An enumeration that goes on and on is another test's business.
_MOST_MESSAGES = 4
_LONGEST_LINE = 1500


class StrangeServer:
    """Plays first what is given, then the same document again and again, and breaks off after a few messages."""

    def __init__(self, document: bytes, status: int, first: tuple[bytes, ...] = ()) -> None:
        self._documents = iter((*first, *[document] * _MOST_MESSAGES))
        self._status = status

    def send(self, message: bytes, _effect: Effect) -> Response:
        """Answer a message."""
        document = next(self._documents, None)
        if document is None:
            raise WsmanError("the server has nothing more to say", outcome_unknown=False)
        found = _MESSAGE_ID.search(message)
        assert found is not None
        return Response(document.replace(b"$MESSAGE_ID", found[1]), self._status)

    def close(self) -> None:
        """Nothing to close."""


def _put(session: CimSession) -> object:
    return session.put(session.get(TS_LICENSE_SERVER).with_values(Company="Contoso"))


def _report(session: CimSession) -> object:
    reports = UsageReports(LicenseServer(session))
    return [list(itertools.islice(reports.entries("x", kind), 1000)) for kind in ("per_user", "per_device", "summary")]


def _install(session: CimSession) -> object:
    code = {"sLicenseCode": "A1B2C"}
    return session.invoke(TS_LICENSE_KEY_PACK, "InstallRetailPurchaseLicenseKeyPack", code).number("KeyPackId")


READINGS: dict[str, Callable[[CimSession], object]] = {
    "get": lambda session: LicenseServer(session).properties(),
    "put": _put,
    "key packs": lambda session: [pack.describe() for pack in LicenseServer(session).key_packs()],
    "issued": lambda session: [
        IssuedCal.from_values(each.values).describe() for each in session.enumerate(TS_ISSUED_LICENSE)
    ],
    "now": lambda session: LicenseServer(session).now(),
    "reports": lambda session: UsageReports(LicenseServer(session)).stored(),
    "activation": lambda session: LicenseServer(session).activation(),
    "release": lambda session: LicenseServer(session).windows_release(),
    "install": _install,
    "report": _report,
    "names": lambda session: Registry(session).value_names("SOFTWARE"),
    "value": lambda session: Registry(session).read_string("SOFTWARE", "x"),
    "session host": lambda session: SessionHost(session).settings(),
}
_GOOD = (FIXTURES / "get_license_server.xml").read_bytes().split(b"-->", 1)[1].strip()


def corpus() -> Iterator[bytes]:
    """Responses that a client gets from a real server, or from the simulated one in all its dialects."""
    for path in sorted(CORPUS.glob("*.xml")):
        yield path.read_bytes()


def read(name: str, document: bytes, status: int = 200) -> None:
    """Read the document in one of the ways. Raises AssertionError, or whatever it should not raise."""
    first = (_GOOD,) if name == "put" else ()
    headers = HeaderSettings(to="http://rdls01:5985/wsman", operation_timeout=20, max_envelope_size=153600)
    session = CimSession(WsmanClient(StrangeServer(document, status, first), headers), "rdls01")
    try:
        READINGS[name](session)
    except (WsmanError, LicensingError) as error:
        line = str(error)
        assert line.isprintable(), f"not one printable line: {line!a}"
        assert len(line) <= _LONGEST_LINE, f"{len(line)} characters"
