# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No change before it is proven which machine each name leads to."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.server_identity import (
    IdentityProof,
    ProvenSession,
    RunRegister,
    UnprovenServer,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    WIN32_OPERATING_SYSTEM,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings

from tests.unit.wsman_script import ENDPOINT, Exchange, WsmanScript, envelope

XSI = 'xmlns:x="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_OperatingSystem"'
LICENSING = 'xmlns:x="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_TSLicenseServer"'


def reads(name: str = "RDLS01", product_id: str = "00454-1") -> Exchange:
    body = f"<x:CSName>{name}</x:CSName><x:SerialNumber>{product_id}</x:SerialNumber>" if name else ""
    system = f"<x:Win32_OperatingSystem {XSI}>{body}</x:Win32_OperatingSystem>"
    return Exchange("Get").expect_class("root/cimv2", "Win32_OperatingSystem").returns(envelope(system))


def changes() -> Exchange:
    output = f"<x:DeactivateServerAutomatic_OUTPUT {LICENSING}><x:ReturnValue>0</x:ReturnValue>"
    text = envelope(f"{output}</x:DeactivateServerAutomatic_OUTPUT>")
    return Exchange("Invoke", "DeactivateServerAutomatic").returns(text)


def change(session: ProvenSession) -> None:
    session.invoke(TS_LICENSE_SERVER, "DeactivateServerAutomatic", {})


class Run:
    """One run of ansible-playbook, of which each task has a proof of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def proof(self) -> IdentityProof:
        proof = IdentityProof(RunRegister(self.directory))
        proof.allow_changes()
        return proof

    def session(self, name: str, script: WsmanScript, proof: IdentityProof | None = None) -> ProvenSession:
        headers = HeaderSettings(to=ENDPOINT, operation_timeout=20, max_envelope_size=153600)
        return ProvenSession(WsmanClient(script, headers), name, proof or self.proof())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_one_read_before_the_first_change_and_none_before_the_second(run: Run) -> None:
    with WsmanScript(reads(), changes(), changes()) as script:
        session = run.session("rdls01", script)
        change(session)
        change(session)


def test_no_read_where_the_task_has_read_it(run: Run) -> None:
    with WsmanScript(reads(), changes()) as script:
        session = run.session("rdls01", script)
        session.get(WIN32_OPERATING_SYSTEM)
        change(session)


@pytest.mark.parametrize(("columns", "enough"), [(["CSName", "SerialNumber"], True), (["LocalDateTime"], False)])
def test_a_query_is_enough_if_it_asks_for_both(run: Run, columns: list[str], enough: bool) -> None:
    held = "<x:CSName>RDLS01</x:CSName><x:SerialNumber>00454-1</x:SerialNumber>" if enough else ""
    found = envelope(
        f"<n:EnumerateResponse><w:Items><x:Win32_OperatingSystem {XSI}>{held}</x:Win32_OperatingSystem></w:Items>"
        "<w:EndOfSequence/></n:EnumerateResponse>"
    )
    more = [] if enough else [reads()]
    with WsmanScript(Exchange("Enumerate").returns(found), *more, changes()) as script:
        session = run.session("rdls01", script)
        list(session.enumerate(WIN32_OPERATING_SYSTEM, select(WIN32_OPERATING_SYSTEM, columns)))
        change(session)


def test_two_names_for_one_machine_in_one_task(run: Run) -> None:
    """Both servers of a migration are proven before anything is changed on one of them."""
    proof = run.proof()
    with WsmanScript(reads()) as target, WsmanScript(reads()) as source:
        sessions = [run.session("rdls02", target, proof), run.session("rdls01", source, proof)]
        sessions[1].get(WIN32_OPERATING_SYSTEM)
        with pytest.raises(UnprovenServer, match="rdls02 and rdls01 lead to the same machine") as caught:
            change(sessions[0])
    assert "\n" not in str(caught.value)
    assert "RDLS01" in str(caught.value)


def test_two_names_for_one_machine_in_two_tasks(run: Run) -> None:
    with WsmanScript(reads(), changes()) as first:
        change(run.session("rdls01", first))
    with WsmanScript(reads()) as second, pytest.raises(UnprovenServer, match="rdls02 and rdls01"):
        change(run.session("rdls02", second))


def test_a_name_that_leads_elsewhere_than_before(run: Run) -> None:
    with WsmanScript(reads()) as preflight:
        run.session("rdls01", preflight).get(WIN32_OPERATING_SYSTEM)
    with (
        WsmanScript(reads("RDLS02", "00454-2")) as later,
        pytest.raises(UnprovenServer, match=r"rdls01 now leads to a different machine .*RDLS02.*RDLS01"),
    ):
        change(run.session("rdls01", later))


def test_two_machines_of_one_computer_name(run: Run) -> None:
    """As when the successor bears the name of the server that it replaces."""
    for name, product_id in (("old", "00454-1"), ("new", "00454-2")):
        with WsmanScript(reads("RDLS01", product_id), changes()) as script:
            change(run.session(name, script))


def test_reading_needs_no_proof(run: Run) -> None:
    for name in ("rdls01", "alias"):
        with WsmanScript(reads()) as script:
            run.session(name, script).get(WIN32_OPERATING_SYSTEM)


def test_a_machine_that_does_not_say_its_name(run: Run) -> None:
    with WsmanScript(reads("")) as script, pytest.raises(UnprovenServer, match="rdls01 does not report"):
        change(run.session("rdls01", script))
