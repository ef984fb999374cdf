# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe: silent on a clean server, it names every difference, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import (
    wmi_classes,
    wmi_report_classes,
    wmi_windows_classes,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import MODULES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.judgement import (
    ASSUMPTIONS,
    sentence,
    summary,
    verdicts,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.probe_file import probe_file
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import RecordingTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.redaction import Redactor
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.registry_trial import VALUE, try_registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanConnectionLost

from tests.integration.fleet import ROOT, Fleet
from tests.integration.playbook import task
from tests.integration.probe_fleet import SUBJECTS, ProbedServer, differing, fleet_with, probed
from tests.integration.test_health_catalogue import DOMAIN
from tests.simulator.control.read_forms import collected
from tests.simulator.model.loading import PROBE_FILE
from tests.unit.engine_session import EngineFleet

Row = dict[str, Any]
FLEET = """
servers:
  rdls01:
    windows_release: "2022"
    activated: true
    contact: {FirstName: Rosa, LastName: Beispiel, Company: Secretive Ltd, CountryRegion: Germany}
    key_packs: [{product_version: windows_server_2022, cal_type: per_device, quantity: 80, issued: 1, key_pack_id: 5}]
    issued_licenses: [{key_pack_id: 5, computer: ROSAS-LAPTOP, hardware_id: 11aa22bb}]
    reports: [Report of Rosa]
  rdsh01:
    role_installed: false
    session_host: {licensing_type: "4", license_servers: [rdls01.winfleet.example], grace_period_days: 0}
"""


RECORD = "SOFTWARE\\WinFleet\\RDLicensing"
# These work on the controller alone.
WITHOUT_SERVER = {"probe", "clearinghouse_request", "retained_key_pack_ids"}


@pytest.fixture(autouse=True)
def clean_dialect(monkeypatch: pytest.MonkeyPatch) -> None:
    """These fleets in memory say themselves what is different about them."""
    monkeypatch.delenv(PROBE_FILE, raising=False)


@pytest.mark.parametrize("name", ["ls", "host"])
def test_a_clean_server_differs_in_nothing(name: str) -> None:
    rows, exchanges = probed(fleet_with(), name)
    assert differing(rows) == set()
    assert all(exchange.milliseconds >= 0 for exchange in exchanges)
    # What only a change could show is said to be untried, and nothing else is.
    untried = {row["id"] for row in rows if row["state"] == "could_not_be_tried"}
    assert {each for each in untried if not each.startswith(("calls_of_", "question_"))} <= {
        "registry_writes",
        "null_arrays",
    }
    found = verdicts(rows, SUBJECTS[name])
    assert {module for module, verdict in found.items() if verdict == "unproven"} == (
        {"session_host"}
        if name == "host"
        else {"key_pack", "cal_migration", "database_rebuild", "license_server", "connection_method", "issued_cal"}
    )
    assert "differs" not in found.values()


def test_every_module_has_a_verdict() -> None:
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert {each for names in MODULES.values() for each in names} == modules - WITHOUT_SERVER
    for each in ASSUMPTIONS:
        assert each.expected


def test_every_class_that_is_used_is_compared() -> None:
    defined = {
        each.name
        for module in (wmi_classes, wmi_report_classes, wmi_windows_classes)
        for each in vars(module).values()
        if isinstance(each, CimClass) and each.namespace.startswith("root/")
    }
    embedded = {name for name in defined if name.startswith(("Win32_TSLicenseReport", "Win32_TSDiscovered"))}
    compared = {
        each.id.removeprefix("class_").removesuffix("_changes")
        for each in ASSUMPTIONS
        if each.id.startswith(("class_Win32", "class_CIM", "class_Std"))
    }
    assert compared == defined - embedded | {"Win32_TSLicenseReport"}


def test_the_numbered_questions_of_the_readme_are_rows() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What has been proven")[2]
    numbers = [line.partition(".")[0] for line in section.partition("\n## ")[0].splitlines() if line[:1].isdigit()]
    assert [f"question_{number}" for number in numbers] == [
        each.id for each in ASSUMPTIONS if each.id.startswith("question_")
    ]


PACK = {"product_version": "windows_server_2022", "cal_type": "per_user", "quantity": 5}
DIFFERENCES: dict[str, tuple[str, Row]] = {
    "nested WMI code in faults": ("fault_codes", {"dialect": {"nested_wmi_code": "fault"}}),
    "status code in faults": ("fault_codes", {"dialect": {"nested_wmi_code": "extended_status"}}),
    "the text of the WMI code in faults": ("fault_texts", {"dialect": {"nested_wmi_code": "none"}}),
    "faults without detail": ("fault_detail", {"dialect": {"empty_fault_detail": True}}),
    "faults with MSFT_WmiError": ("fault_detail", {"dialect": {"wmi_error_detail": True}}),
    "faults without text": ("fault_reason", {"dialect": {"empty_reason": True}}),
    "everything in one reply": ("optimized_enumeration", {"dialect": {"server_2003_enumeration": True}}),
    "a context at the end": ("end_of_enumeration", {"dialect": {"filled_context_at_end": True}}),
    "booleans in capitals": ("booleans", {"dialect": {"uppercase_booleans": True}}),
    "plain dates": ("datetimes", {"dialect": {"plain_datetime": True}}),
    "dates with an offset": ("datetime_zone", {"dialect": {"datetime_offset_minutes": 120}}),
    "DMTF's namespace": ("class_namespace", {"dialect": {"dmtf_class_namespace": True}}),
    "instances of a subclass": ("class_names", {"dialect": {"answer_as_subclass": True}}),
    "no activity ID": ("activity_id", {"dialect": {"activity_id": False}}),
    "a key pack of type 8": ("key_pack_types", {"key_packs": [{**PACK, "key_pack_type": 8}]}),
    "a VDI key pack": ("product_types", {"key_packs": [{**PACK, "product_type": 6}]}),
    "another date for never": ("never_expires", {"key_packs": [{**PACK, "expiration": "2099-12-31T00:00:00+00:00"}]}),
    "no built-in key pack": ("built_in_pack", {"built_in_packs": False}),
    "no temporary key pack": ("temporary_pack", {"temporary_packs": False}),
    "another product ID": ("product_id", {"product_id": "AB-0042"}),
    "a stopped service": ("licensing_service", {"service": "stopped"}),
    "empty contact data": ("unset_contact", {"behaviour": {"unset_contact": "empty"}}),
    "users among the rows": ("per_user_rows", {"issued_licenses": [{"key_pack_id": 6, "user": "WINFLEET\\anna"}]}),
    "a clock that is wrong": ("clock", {"clock_offset_seconds": 900}),
    "another end of reports": ("report_end", {"behaviour": {"report_end": "4001"}}),
    "success at the end of reports": ("report_end", {"behaviour": {"report_end": "success"}}),
    "small envelopes": (
        "envelope_size",
        {
            "dialect": {"max_envelope_size_kb": 8},
            "issued_licenses": [{"key_pack_id": 5, "computer": "PC", "hardware_id": "1", "count": 90}],
        },
    ),
    "a method that is not declared": (
        "class_Win32_TSLicenseKeyPack_changes",
        {"dialect": {"declared_otherwise": {"Win32_TSLicenseKeyPack.InstallLicenseKeyPack": ""}}},
    ),
    "a parameter of another type": (
        "class_Win32_TSLicenseKeyPack_changes",
        {"dialect": {"declared_otherwise": {"Win32_TSLicenseKeyPack.ConvertLicenses.Count": "string"}}},
    ),
    "a property of another type": (
        "class_Win32_TSIssuedLicense",
        {"dialect": {"declared_otherwise": {"Win32_TSIssuedLicense.LicenseId": "uint64"}}},
    ),
    "a parameter that is not declared": (
        "class_StdRegProv_changes",
        {"dialect": {"declared_otherwise": {"StdRegProv.SetStringValue.sValue": ""}}},
    ),
}
HOST_DIFFERENCES: dict[str, tuple[str, Row]] = {
    "an unknown connectivity number": ("connectivity_status", {"session_host": {"connectivity": {f"ls.{DOMAIN}": 12}}}),
    "no grace period": ("grace_period", {"session_host": {"grace_period_fails": True}}),
}


@pytest.mark.parametrize("title", DIFFERENCES)
def test_a_difference_of_a_license_server_is_named(title: str) -> None:
    assumption, change = DIFFERENCES[title]
    rows, _exchanges = probed(fleet_with(server=change), "ls")
    assert assumption in differing(rows)
    row = next(row for row in rows if row["id"] == assumption)
    assert row["got"]
    assert row["means"]
    modules = verdicts(rows, (SERVER,))
    assert any(f"{assumption}: {row['got']}; expected" in line for line in summary(rows, modules))
    # It is plain what not to run.
    for module in row["modules"]:
        assert row["informs"] or (modules[module] == "differs" and _is_named(module, sentence("ls", modules)))


def _is_named(module: str, text: str) -> bool:
    return module in text or "any module" in text


@pytest.mark.parametrize("title", HOST_DIFFERENCES)
def test_a_difference_of_a_session_host_is_named(title: str) -> None:
    assumption, change = HOST_DIFFERENCES[title]
    rows, _exchanges = probed(fleet_with(host=change), "host")
    assert assumption in differing(rows)


def test_there_are_enough_differences() -> None:
    assert len(DIFFERENCES) + len(HOST_DIFFERENCES) >= 30
    assert len({(each.id, each.subjects) for each in ASSUMPTIONS}) == len(ASSUMPTIONS)


def test_a_method_that_is_missing_stops_only_what_calls_it() -> None:
    change = {"dialect": {"declared_otherwise": {"Win32_TSLicenseKeyPack.InstallLicenseKeyPack": ""}}}
    rows, _exchanges = probed(fleet_with(server=change), "ls")
    [row] = [row for row in rows if row["state"] == "differs"]
    assert row["got"] == "InstallLicenseKeyPack is not declared"
    modules = verdicts(rows, (SERVER,))
    assert {module for module, verdict in modules.items() if verdict == "differs"} == {
        "cal_migration",
        "database_rebuild",
        "key_pack",
    }


def test_an_account_without_rights_is_named() -> None:
    fleet = EngineFleet(fleet_with())
    session = fleet.session
    fleet.session = lambda name, **keys: session(name, administrator=False, **keys)  # type: ignore[method-assign]
    rows = ProbedServer(fleet, "ls").rows()
    assert {"rights", "reads_license_server"} <= differing(rows)
    assert set(verdicts(rows, (SERVER,)).values()) == {"differs"}


def test_a_server_that_declares_no_classes_is_proven_by_its_values() -> None:
    rows, _exchanges = probed(fleet_with(server={"dialect": {"class_declarations": False}}), "ls")
    assert differing(rows) == set()
    assert verdicts(rows, (SERVER,))["license_server_info"] == "proven"


def test_what_differs_decides_the_verdict_of_a_module() -> None:
    rows, _exchanges = probed(fleet_with(server={"service": "stopped"}), "ls")
    assert verdicts(rows, (SERVER,))["database_rebuild"] == "differs"
    rows, _exchanges = probed(fleet_with(server={"dialect": {"uppercase_booleans": True}}), "ls")
    assert "differs" not in verdicts(rows, (SERVER,)).values()


def test_no_changing_message_leaves_the_recorder() -> None:
    fleet = EngineFleet(fleet_with())
    recorder = RecordingTransport(fleet.transport("ls"))
    for allowed in (False, True):
        recorder.registry_allowed = allowed
        with pytest.raises(ValueError, match="no changing message"):
            recorder.send(b"<x/>", Effect.CHANGE)
    assert fleet.messages["ls"] == 0


@pytest.mark.parametrize("name", ["ls", "host"])
def test_the_probe_sends_no_message_of_the_changing_kind(name: str) -> None:
    fleet = EngineFleet(fleet_with())
    ProbedServer(fleet, name)
    journal = fleet.engine.journal.since(0)
    assert len(journal) > 20
    assert [message for message in journal if message["writes"] or message["changed"]] == []


def test_a_read_that_the_probe_lacks_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.integration import probe_fleet

    form = "enumerate SELECT Name FROM Win32_Share"
    known = min(probe_fleet.probed_forms())
    (tmp_path / "1.txt").write_text(f"{known}\n", encoding="utf-8")
    assert probe_fleet.main(tmp_path) == 0
    (tmp_path / "2.txt").write_text(f"{known}\n{form}\n", encoding="utf-8")
    assert collected(tmp_path) == {known, form}
    assert probe_fleet.main(tmp_path) == 1
    assert f"missing: {form}" in capsys.readouterr().out


class Broken:
    """A transport that loses the connection with one of the changing messages, before or after its effect."""

    def __init__(self, inner: Any, number: int, effect: bool) -> None:
        self._inner, self._left, self._effect = inner, number, effect

    def send(self, message: bytes, effect: Effect) -> Any:
        self._left -= b"StdRegProv" in message
        if self._left == 0:
            self._left = -99
            if self._effect:
                self._inner.send(message, effect)
            raise WsmanConnectionLost("the connection broke", outcome_unknown=True)
        return self._inner.send(message, effect)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize("effect", [False, True])
@pytest.mark.parametrize("number", range(1, 6))
def test_the_tried_value_is_deleted_even_if_the_trial_fails_half_way(number: int, effect: bool) -> None:
    fleet = EngineFleet(fleet_with())
    recorder = RecordingTransport(Broken(fleet.transport("ls"), number, effect))
    session = fleet.session("ls", wrap=lambda _inner: recorder)
    trial = try_registry(session, recorder)
    left = fleet.fleet.servers["ls"].state.registry[RECORD.lower()]
    assert VALUE.lower() not in {name.lower() for name in left.values}
    assert not trial.changed
    # The write and the first read are what is tried; the deletion is made up for.
    assert bool(trial.result.error) == (number <= 2)
    changed = [message for message in fleet.engine.journal.since(0) if message["writes"]]
    assert {message["class"] for message in changed} <= {"StdRegProv"}
    assert not recorder.registry_allowed


def test_a_value_that_cannot_be_deleted_is_named() -> None:
    fleet = EngineFleet(fleet_with())
    refusal = {"what": "return_value", "times": -1, "return_value": 5, "match": {"method": "DeleteValue"}}
    fleet.engine.misbehaviour.add({"server": "ls", **refusal})
    recorder = RecordingTransport(fleet.transport("ls"))
    trial = try_registry(fleet.session("ls", wrap=lambda _inner: recorder), recorder)
    assert trial.changed
    assert f"the value {VALUE} may remain under HKLM" in trial.result.error


@pytest.mark.parametrize("password", ["false", '"quoted"', "holds"])
def test_a_password_that_looks_like_json_does_not_break_the_file(password: str) -> None:
    _rows, exchanges = probed(fleet_with(), "host")
    result = {"subjects": ["session_host"], "assumptions": [{"id": "x", "state": "holds", "informs": False}]}
    document = json.loads(probe_file(exchanges, Redactor(["host"], [password]), result))
    assert document["subjects"] == ["session_host"]
    assert document["assumptions"] == result["assumptions"]


def test_a_large_server_takes_hardly_more() -> None:
    """10,000 issued CALs, and 2,000 recorded operations: as many names as fit into one response."""
    _rows, few = probed(fleet_with(), "ls")
    operations = {f"{number:06d}-install-{number:08x} done k=5 c=7.1.10": "{}" for number in range(1, 2001)}
    server = {
        "registry": {f"{RECORD}\\Operations": operations, f"{RECORD}\\Operations\\History": operations},
        "issued_licenses": [{"key_pack_id": 5, "computer": "PC", "hardware_id": "h", "count": 10_000}],
    }
    _rows, many = probed(fleet_with(server=server), "ls")
    assert len(many) <= len(few) + 8
    text = probe_file(many, Redactor(["ls"]), {})
    assert len(text) < 400_000
    assert sum(message["items_left_out"] for message in json.loads(text)["messages"]) > 1000


def test_the_task_reads_only_and_saves_a_file(fleet: Fleet, tmp_path: Path) -> None:
    before = fleet.state()
    for host in ("rdls01", "rdsh01"):
        path = tmp_path / f"{host}.json"
        run = fleet.play(task("probe", "probe", {"path": str(path)}), hosts=host)
        assert run.succeeded().last.writes == []
        assert fleet.state() == before
        assert "fits" in run.last.result["verdict"]
        text = path.read_text(encoding="utf-8")
        secrets = ("rosa", "Beispiel", "Secretive", "11aa22bb", "rdls01", "rdsh01", "winfleet.example", "127.0.0.1")
        for secret in secrets:
            assert secret.lower() not in text.lower().replace("winfleet.rd_licensing", ""), secret
        document = json.loads(text)
        assert document["messages"]
        assert document["measured"]["requests"] == len(document["messages"])
        assert document["subjects"] == (["license_server"] if host == "rdls01" else ["session_host"])


def test_the_registry_is_written_only_where_that_is_allowed(fleet: Fleet) -> None:
    before = fleet.server("rdls01")["registry"]
    run = fleet.play(task("probe", "probe", {"allow_writes": "registry"}), hosts="rdls01").succeeded()
    row = next(row for row in run.last.result["assumptions"] if row["id"] == "registry_writes")
    assert row["state"] == "holds"
    assert run.last.result["modules"]["connection_method"] == "proven"
    assert {message["class"] for message in run.last.writes} == {"StdRegProv"}
    assert {message["arguments"]["sSubKeyName"] for message in run.last.writes} == {RECORD}
    assert {message["arguments"].get("sValueName", VALUE) for message in run.last.writes} == {VALUE}
    after = fleet.server("rdls01")["registry"]
    # The key stays, as it does after any task, and is empty.
    assert after.pop(RECORD, {}) == {}
    assert after.pop("SOFTWARE\\WinFleet", {}) == {}
    assert after == before
    run = fleet.play(task("probe", "probe", {"allow_writes": "registry"}, check_mode=True), hosts="rdls01").succeeded()
    assert run.last.writes == []
