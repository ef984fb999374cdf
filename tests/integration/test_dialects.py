# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job and a full reading on servers that differ in every way the simulator knows, many at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.integration.dialect_pairs import CONTACT, DATED, PAIRS, Pair, fleet_file
from tests.integration.fleet import USERS, Fleet, cals
from tests.integration.playbook import Outcome, Run, Settings, task
from tests.integration.test_license_server_info import ALL

# Return values of a provider that says no; what Windows really returns is known to nobody.
CODES = {
    1: "0x00000001",
    5: "0x00000005 (ERROR_ACCESS_DENIED)",
    0xFFFFFFFF: "0xFFFFFFFF",
    0x80041001: "0x80041001 (WBEM_E_FAILED)",
    0x8004FFFF: "0x8004FFFF",
    0x800706BA: "0x800706BA (RPC_S_SERVER_UNAVAILABLE)",
    0xC0DE1234: "0xC0DE1234",
    0x7FFFFFFF: "0x7FFFFFFF",
}
REFUSED = tuple(
    Pair(40 + number, text, {"refusals": {"default": code, "malformed": code}})
    for number, (code, text) in enumerate(CODES.items())
)
# How a fault may be put, whether it carries a code, and whether one from inside WMI.
FAULTS: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "plain": ({}, True, False),
    "wmi-error": ({"wmi_error_detail": True}, True, True),
    "no-detail": ({"empty_fault_detail": True}, False, False),
    "no-reason": ({"empty_reason": True}, True, False),
    "extra": ({"nested_wmi_code": "extended_status"}, True, True),
    "nested": ({"nested_wmi_code": "fault"}, True, True),
    "in-text": ({"nested_wmi_code": "none"}, False, False),
    "internal": ({"access_denied_as_internal_error": True}, True, False),
    "nothing": ({"empty_fault_detail": True, "empty_reason": True, "activity_id": False}, False, False),
}
READER = {"password": "Simulated-Only-9", "administrator": False, "remote_management": False}
TROUBLES: dict[str, dict[str, Any]] = {
    "none": {"role_installed": False},
    "off": {"service": "stopped", "behaviour": {"stopped_service_fault": 0x80041004}},
    "guest": {"users": {"labguest": READER}},
}
FAULTY = {
    f"{name}-{trouble}": {"listeners": {"http": None}, "dialect": dialect, **keys}
    for name, (dialect, *_said) in FAULTS.items()
    for trouble, keys in TROUBLES.items()
}
MIGRATION = {
    "source": {"host": "{{ source }}"},
    "reason": "source_is_being_replaced",
    "connection_method": "automatic",
    "purchases": "{{ purchases }}",
}
READ = task("read", "license_server_info", {"gather": ALL})
State = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """Runs over all pairs at a time, the fleet around them, and the messages that each server got in each run."""

    runs: dict[str, Run]
    states: dict[str, State]
    messages: dict[str, list[dict[str, Any]]]

    def outcome(self, run: str, pair: Pair, name: str = "migrate") -> Outcome:
        return self.runs[run].of(name, pair.target)

    def heard(self, run: str, pair: Pair) -> list[dict[str, Any]]:
        return [each for each in self.messages[run] if each["server"] in (pair.source, pair.target)]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    pairs = PAIRS + REFUSED
    fleet = Fleet(USERS + fleet_file(FAULTY, pairs), tmp_path_factory.mktemp("dialects"))
    fleet.start()
    try:
        found = Evidence({}, {"before": fleet.state()}, {})
        targets = [pair.target for pair in pairs]
        hosts = [pair.target for pair in PAIRS]
        _phase(fleet, found, "dry", [_play(hosts, READ), _play(targets, _migrate(check_mode=True, diff=True))])
        refuse = _migrate(ignore_errors=True, vars={"purchases": "{{ unknown_purchases }}"})
        _phase(fleet, found, "refused", [_play([pair.target for pair in REFUSED], refuse)])
        _phase(fleet, found, "real", [_play(targets, _migrate(diff=True))])
        _phase(fleet, found, "again", [_play(targets, _migrate(diff=True)), _play(hosts, READ)])
        faulty = task("read", "license_server_info", ignore_errors=True)
        _phase(fleet, found, "faulty", [_play(list(FAULTY), faulty)])
        assert fleet.open_contexts() == {}
    finally:
        fleet.stop()
    assert "Traceback" not in fleet.log(), fleet.log()
    return found


def _phase(fleet: Fleet, found: Evidence, name: str, plays: list[dict[str, Any]]) -> None:
    heard = len(fleet.journal())
    hostvars: dict[str, dict[str, Any]] = {
        pair.target: {
            "source": pair.source,
            "purchases": pair.purchases(),
            "unknown_purchases": pair.purchases(unknown=True)[:1],
        }
        for pair in PAIRS + REFUSED
    }
    for server in FAULTY:
        if server.endswith("guest"):
            hostvars[server] = {"ansible_user": "labguest", "ansible_password": READER["password"]}
    settings = Settings(hostvars=hostvars, arguments=("--forks", "8"), watch=False, seconds=300)
    found.runs[name] = fleet.run(plays, settings).succeeded()
    found.messages[name] = fleet.journal(heard)
    found.states[name] = fleet.state()


def _migrate(**keywords: Any) -> dict[str, Any]:
    return task("migrate", "cal_migration", MIGRATION, **keywords)


def _play(hosts: list[str], *tasks: dict[str, Any]) -> dict[str, Any]:
    return {"hosts": hosts, "gather_facts": False, "tasks": list(tasks)}


def named(pairs: tuple[Pair, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("pair", pairs, ids=[pair.name.replace(" ", "_") for pair in pairs])


@named(PAIRS)
def test_a_dry_run_says_what_the_run_does_and_does_nothing(evidence: Evidence, pair: Pair) -> None:
    dry, real = evidence.outcome("dry", pair), evidence.outcome("real", pair)
    assert dry.changed
    assert real.changed
    assert dry.result["steps"] == real.result["steps"] != []
    assert dry.result["diff"] == real.result["diff"] != []
    assert [each for each in evidence.heard("dry", pair) if each["writes"]] == []
    for server in (pair.source, pair.target):
        assert evidence.states["dry"]["servers"][server] == evidence.states["before"]["servers"][server]


@named(PAIRS)
def test_a_run_moves_everything_once_whatever_the_dialect(evidence: Evidence, pair: Pair) -> None:
    state = evidence.states["real"]
    before = Counter(cals(evidence.states["before"], pair.target))
    assert Counter(cals(state, pair.target)) - before == Counter({(name, 40): 1 for name in pair.bought()})
    assert cals(state, pair.source) == []
    placed = state["clearinghouse"]["purchases"]
    for name in pair.bought():
        assert placed[name]["placed"] == {pair.target: 40}, placed[name]
    imported = [each["method"] for each in evidence.heard("real", pair) if each["method"].startswith("Import")]
    assert imported == ["ImportAgreementLicenseKeyPack", "ImportRetailPurchaseLicenseKeyPack"]
    outcomes = [each["outcome"] for each in evidence.outcome("real", pair).result["purchases"]]
    assert outcomes == ["migrated", "migrated"]
    assert not evidence.outcome("real", pair).result.get("warnings")


@named(PAIRS)
def test_a_second_run_finds_nothing_to_do(evidence: Evidence, pair: Pair) -> None:
    again = evidence.outcome("again", pair)
    assert not again.changed
    assert [each for each in evidence.heard("again", pair) if each["writes"]] == []
    for server in (pair.source, pair.target):
        assert evidence.states["again"]["servers"][server] == evidence.states["real"]["servers"][server]


@named(PAIRS)
@pytest.mark.parametrize("run", ["dry", "again"])
def test_reading_shows_the_truth_whatever_the_dialect(evidence: Evidence, pair: Pair, run: str) -> None:
    shown = evidence.outcome(run, pair, "read").result["license_server"]
    truth = evidence.states[run]["servers"][pair.target]
    assert shown["license_server_id"].replace("-", "") == truth["license_server_id"]
    assert shown["product_id"] == truth["product_id"]
    release = f"windows_server_{pair.servers()[pair.target]['windows_release']}"
    assert shown["windows"]["release"] == release
    contact = pair.servers()[pair.target]["contact"]
    assert shown["contact"]["company"] == contact.get("Company", "")
    assert shown["contact"]["country_region"] == contact.get("CountryRegion", "")
    assert shown["contact"]["city"] == ""
    assert set(shown["active_directory"].values()) == {False}
    # Two purchases, and what became of the CALs on the source.
    recorded = ["migrate", "migrate", "settle"] if run == "again" else []
    assert [each["operation"] for each in shown["operations"]] == recorded
    assert shown["obligations"] == []
    packs = {pack["key_pack_id"]: pack for pack in shown["key_packs"]}
    assert len(packs) == len(shown["key_packs"]) == len(truth["key_packs"])
    for pack in truth["key_packs"]:
        told = packs[int(pack["key_pack_id"])]
        assert (told["key_pack_type"], told["product_type"]) == (pack["key_pack_type"], pack["product_type"])
        assert told["total"] == (None if pack["total"] in (-1, 0xFFFFFFFF) else pack["total"])
    dated = [pack["expires"] for pack in shown["key_packs"] if pack["expires"] is not None]
    assert len(dated) == 1
    minutes = pair.both.get("dialect", {}).get("datetime_offset_minutes")
    assert dated[0] == (f"{DATED}+00:00" if minutes is None else moved(minutes))


def moved(minutes: int) -> str:
    """The dated pack's end, as a clock of another zone shows it."""
    moment = datetime.fromisoformat(DATED).replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()


def test_small_envelopes_took_many_pulls(evidence: Evidence) -> None:
    for pair in PAIRS:
        if "many packs" in pair.name:
            pulls = [each for each in evidence.heard("dry", pair) if each["action"] == "pull"]
            assert len(pulls) > 6, pair.name


@named(REFUSED)
def test_a_refusal_is_one_line_with_the_raw_code(evidence: Evidence, pair: Pair) -> None:
    refused = evidence.outcome("refused", pair)
    assert refused.status == "failed"
    assert f"failed: {pair.name}; check the credential" in refused.message
    assert "8100" not in refused.message
    for server in (pair.source, pair.target):
        assert cals(evidence.states["refused"], server) == cals(evidence.states["before"], server)
    # What was refused is known not to be done, so the right number goes through.
    assert cals(evidence.states["real"], pair.source) == []
    assert not evidence.outcome("again", pair).changed


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_is_one_line_however_it_is_put(evidence: Evidence, name: str) -> None:
    """And says what is the matter where the server gives a code at all."""
    said = {what: evidence.runs["faulty"].of("read", f"{name}-{what}") for what in TROUBLES}
    for what, outcome in said.items():
        assert outcome.status == "failed"
        assert outcome.message.startswith(f"{name}-{what}: reading "), outcome.message
    assert "the Remote Desktop Licensing role service is" in said["none"].message
    assert "local Administrator" in said["guest"].message
    if FAULTS[name][1]:
        assert "0x80041004 (WBEM_E_PROVIDER_FAILURE)" in said["off"].message
        assert "check that the service TermServLicensing runs" in said["off"].message
        assert "(E_ACCESSDENIED)" in said["guest"].message
    if FAULTS[name][2]:
        assert "0x80041010 (WBEM_E_INVALID_CLASS)" in said["none"].message


def test_contacts_differ_only_where_the_fleet_says_so() -> None:
    """So that the comparison above is worth something."""
    assert sum(pair.servers()[pair.target]["contact"] == CONTACT for pair in PAIRS) == len(PAIRS) - 3
