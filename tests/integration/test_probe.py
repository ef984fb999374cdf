# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe: silent on a clean server, it names every difference, changes nothing, and gives nothing away."""

from __future__ import annotations

import copy
import datetime
import json
import random
import string
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumptions import (
    ASSUMPTIONS,
    Evidence,
    judge,
    verdicts,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import HOST, SERVER, make_reads
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import (
    Exchange,
    RecordingTransport,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.redaction import Redactor
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect

from tests.integration.fleet import Fleet
from tests.integration.playbook import task
from tests.integration.test_health_catalogue import DOMAIN, license_server, session_host
from tests.simulator.recorded_dialect import dialect_of
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


def probed(servers: dict[str, Row], name: str) -> tuple[list[Row], list[Any]]:
    """The rows of a probe of one server in memory, and its messages."""
    fleet = EngineFleet(servers)
    recorders: list[RecordingTransport] = []

    def record(inner: Any) -> RecordingTransport:
        recorders.append(RecordingTransport(inner))
        return recorders[0]

    session = fleet.session(name, wrap=record)
    subjects = (SERVER,) if name == "ls" else (HOST,)
    results = make_reads(session, recorders[0], subjects)
    now = datetime.datetime.now(datetime.timezone.utc)
    return judge(Evidence(results, recorders[0].exchanges, now), subjects), recorders[0].exchanges


def fleet_with(server: Row | None = None, host: Row | None = None) -> dict[str, Row]:
    """A healthy pair, with something changed."""
    ls = license_server()
    ls["reports"] = ["Report"]
    ls["registered_to_scp"] = True
    servers = {"ls": ls, "host": session_host()}
    for name, change in (("ls", server), ("host", host)):
        for key, value in copy.deepcopy(change or {}).items():
            if isinstance(value, dict) and isinstance(servers[name].get(key), dict):
                servers[name][key].update(value)
            else:
                servers[name][key] = value
    return servers


def differing(rows: list[Row]) -> set[str]:
    """IDs of the assumptions that do not hold."""
    return {row["id"] for row in rows if row["state"] == "differs"}


@pytest.mark.parametrize("name", ["ls", "host"])
def test_a_clean_server_differs_in_nothing(name: str) -> None:
    rows, exchanges = probed(fleet_with(), name)
    assert differing(rows) == set()
    # What nothing shows is said, too.
    assert {row["id"] for row in rows if row["state"] == "could_not_be_tried"} <= {"envelope_size"}
    assert all(exchange.milliseconds >= 0 for exchange in exchanges)
    subjects = (SERVER,) if name == "ls" else (HOST,)
    assert set(verdicts(rows, subjects).values()) == {"proven"}


PACK = {"product_version": "windows_server_2022", "cal_type": "per_user", "quantity": 5}
DIFFERENCES: dict[str, tuple[str, Row]] = {
    "nested WMI code in faults": ("absent_instance", {"dialect": {"nested_wmi_code": "fault"}}),
    "status code in faults": ("absent_instance", {"dialect": {"nested_wmi_code": "extended_status"}}),
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


@pytest.mark.parametrize("title", HOST_DIFFERENCES)
def test_a_difference_of_a_session_host_is_named(title: str) -> None:
    assumption, change = HOST_DIFFERENCES[title]
    rows, _exchanges = probed(fleet_with(host=change), "host")
    assert assumption in differing(rows)


def test_there_are_enough_differences() -> None:
    assert len(DIFFERENCES) + len(HOST_DIFFERENCES) >= 20
    assert len({each.id for each in ASSUMPTIONS}) == len(ASSUMPTIONS)


def test_what_differs_decides_the_verdict_of_a_module() -> None:
    rows, _exchanges = probed(fleet_with(server={"service": "stopped"}), "ls")
    found = verdicts(rows, (SERVER,))
    assert found["database_rebuild"] == "differs"
    rows, _exchanges = probed(fleet_with(server={"dialect": {"uppercase_booleans": True}}), "ls")
    assert set(verdicts(rows, (SERVER,)).values()) == {"proven"}


def test_no_changing_message_leaves_the_recorder() -> None:
    fleet = EngineFleet(fleet_with())
    recorder = RecordingTransport(fleet.transport("ls"))
    with pytest.raises(ValueError, match="no changing message"):
        recorder.send(b"<x/>", Effect.CHANGE)


def test_the_task_reads_only_and_saves_a_file(fleet: Fleet, tmp_path: Path) -> None:
    before = fleet.state()
    for host in ("rdls01", "rdsh01"):
        path = tmp_path / f"{host}.json"
        run = fleet.play(task("probe", "probe", {"path": str(path)}), hosts=host)
        assert run.succeeded().last.writes == []
        assert fleet.state() == before
        assert "fits" in run.last.result["verdict"]
        text = path.read_text(encoding="utf-8")
        for secret in (
            "rosa",
            "Beispiel",
            "Secretive",
            "11aa22bb",
            "rdls01",
            "rdsh01",
            "winfleet.example",
            "127.0.0.1",
        ):
            assert secret.lower() not in text.lower().replace("winfleet.rd_licensing", ""), secret
        document = json.loads(text)
        assert document["messages"]
        assert document["subjects"] == (["license_server"] if host == "rdls01" else ["session_host"])


def test_the_registry_is_written_only_where_that_is_allowed(fleet: Fleet) -> None:
    before = fleet.server("rdls01")["registry"]
    run = fleet.play(task("probe", "probe", {"allow_writes": "registry"}), hosts="rdls01").succeeded()
    row = next(row for row in run.last.result["assumptions"] if row["id"] == "registry_writes")
    assert row["state"] == "holds"
    assert {message["class"] for message in run.last.writes} == {"StdRegProv"}
    after = fleet.server("rdls01")["registry"]
    # The key stays, as it does after any task, and is empty.
    assert after.pop("SOFTWARE\\WinFleet\\RDLicensing", {}) == {}
    assert after.pop("SOFTWARE\\WinFleet", {}) == {}
    assert after == before
    run = fleet.play(task("probe", "probe", {"allow_writes": "registry"}, check_mode=True), hosts="rdls01").succeeded()
    assert run.last.writes == []


@pytest.mark.parametrize("title", [title for title, (_id, change) in DIFFERENCES.items() if "dialect" in change])
def test_the_simulator_answers_in_the_recorded_way(title: str) -> None:
    change = DIFFERENCES[title][1]
    _rows, exchanges = probed(fleet_with(server=change), "ls")
    messages = [{"read": each.read, "request": each.request, "response": each.response} for each in exchanges]
    recorded = dialect_of(messages)
    again, _exchanges = probed(fleet_with(server={"dialect": recorded}), "ls")
    first, _exchanges = probed(fleet_with(server=change), "ls")
    assert differing(again) == differing(first)


def _planted(chance: random.Random) -> tuple[dict[str, Row], list[str]]:
    """A fleet whose every name is random, and these names."""

    def word(length: int = 9) -> str:
        return chance.choice(string.ascii_uppercase) + "".join(chance.choices(string.ascii_lowercase, k=length))

    names = [word() for _each in range(8)]
    first, last, company, city, user, device, domain, unit = names
    servers = fleet_with(
        server={
            "contact": {
                "FirstName": first,
                "LastName": last,
                "Company": f"{company} & Sons",
                "CountryRegion": "Germany",
                "eMail": f"{first}@{company}.example".lower(),
                "City": city,
                "OrgUnit": unit,
                "Address": f"{city} 12",
            },
            "issued_licenses": [
                {"key_pack_id": 6, "user": f"{domain}\\{user}"},
                {"key_pack_id": 5, "computer": device, "hardware_id": f"{word(30)}"},
            ],
            "reports": [f"C:\\reports\\{user}.xml"],
            "events": [{"event_code": 4105, "strings": [user, f"{domain}.example"]}],
        },
        host={"session_host": {"license_servers": [f"ls.{DOMAIN}", f"{device}.{domain}.example".lower()]}},
    )
    return servers, [*names, servers["ls"]["issued_licenses"][1]["hardware_id"]]


def _leaks(servers: dict[str, Row], names: list[str]) -> list[str]:
    found: list[str] = []
    for name in ("ls", "host"):
        _rows, exchanges = probed(servers, name)
        redactor = Redactor([name])
        redactor.learn(exchanges)
        text = "\n".join(redactor.redact(each.request) + redactor.redact(each.response) for each in exchanges).lower()
        found += [f"{each} in messages of {name}" for each in names if each.lower() in text]
    return found


def test_no_planted_name_is_in_the_messages_of_random_fleets() -> None:
    chance = random.Random(20261127)  # noqa: S311  # a seed, not a secret
    for _number in range(20):
        servers, names = _planted(chance)
        assert _leaks(servers, names) == []


def test_the_same_text_becomes_the_same_word_and_protocol_words_stay() -> None:
    redactor = Redactor(["rdls01"])
    message = (
        "<a:To>https://rdls01:5986/wsman</a:To><p:CSName>RDLS01</p:CSName><p:Company>AT&amp;T</p:Company>"
        '<f:WSManFault Machine="rdls01.corp.example"/><p:Text>at&amp;t on rdls01, 10.1.2.3, S-1-5-21-1-2-3-500</p:Text>'
    )
    redactor.learn([Exchange("x", message, "", 200, 1)])
    text = redactor.redact(message)
    assert "<p:CSName>host-1</p:CSName>" in text
    assert "company-1 on host-1, address-1, sid-1" in text
    assert "corp" not in text
