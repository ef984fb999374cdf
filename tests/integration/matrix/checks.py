# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each cell has to show. A check looks at the evidence alone, and fails with an AssertionError."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import ANY

from tests.integration.fleet import cals
from tests.integration.matrix.administrator import entries
from tests.integration.matrix.cells import CELLS, Cell
from tests.integration.matrix.sheet import read_csv, read_json
from tests.integration.matrix.walk import Evidence, Phase, State, servers_of
from tests.integration.playbook import Outcome

_FIRST = ("first dry run", "first run")
_SECOND = ("second dry run", "second run")
_OUTCOMES = {
    "install": "installed",
    "migrate_live": "migrated",
    "migrate_dead": "migrated",
    "rebuild": "reinstalled",
}
# Microsoft's pages on Win32_TSLicenseKeyPack: a method for each operation and kind of purchase, one for an ID.
_VERBS = {"install": "Install", "migrate_live": "Import", "migrate_dead": "Import", "rebuild": "Reinstall"}
_WITH_ID = {
    "Install": "InstallLicenseKeyPack",
    "Import": "ImportLicenseKeyPackOffline",
    "Reinstall": "ReinstallLicenseKeyPackOffline",
}


@dataclass(frozen=True)
class Check:
    """`title` heads its column of the table, `says` is what it shows, `applies` tells for which cells."""

    title: str
    says: str
    prove: Callable[[Evidence, Cell], None]
    applies: Callable[[Cell], bool] = lambda cell: True


def dry_runs(evidence: Evidence, cell: Cell) -> None:
    for dry_name, real_name in [_FIRST, _SECOND] if cell.offline else [_FIRST]:
        phase = evidence.phase(dry_name)
        dry, real = phase.outcome(cell), evidence.phase(real_name).outcome(cell)
        assert (dry.status, real.status) == ("ok", "ok"), (dry.message, real.message)
        assert phase.writes(cell) == []
        _assert_untouched(phase, cell)
        for part in ("changed", "diff", "steps", "awaiting"):
            assert dry.result.get(part) == real.result.get(part), part
    assert _changes(dry), "the dry run shows no difference"
    if cell.offline:
        _assert_waits(evidence.phase("first run"), cell)


def real_run(evidence: Evidence, cell: Cell) -> None:
    phase = evidence.phase(_SECOND[1] if cell.offline else _FIRST[1])
    outcome = phase.outcome(cell)
    assert outcome.status == "ok", outcome.message
    assert outcome.changed
    assert [each["outcome"] for each in outcome.result["purchases"]] == [_OUTCOMES[cell.operation]]
    assert outcome.result["awaiting"] == []
    assert calls(evidence, cell) == [expected_call(cell)]
    assert _placed(phase.after, cell) == {cell.target: cell.quantity}
    # A dead source cannot be cleared, so a pending removal is kept.
    kept = {cell.source: cell.quantity} if cell.operation == "migrate_dead" else {}
    assert _whereabouts(phase.after, cell) == {cell.target: cell.quantity, **kept}
    pending = outcome.result.get("obligations", [])
    assert [removal["quantity"] for removal in pending] == list(kept.values())


def second_run(evidence: Evidence, cell: Cell) -> None:
    phase = evidence.phase("once more")
    outcome = phase.outcome(cell)
    assert outcome.status == "ok", outcome.message
    assert not outcome.changed
    assert outcome.result["awaiting"] == []
    assert not _changes(outcome)
    assert phase.writes(cell) == []
    _assert_untouched(phase, cell)


def malformed_credentials(evidence: Evidence, cell: Cell) -> None:
    phase = evidence.phase("malformed")
    attempts = phase.outcome(cell).result["results"]
    assert len(attempts) == len(cell.malformed_purchases())
    for attempt, purchase in zip(attempts, cell.malformed_purchases(), strict=True):
        assert attempt["failed"]
        assert not attempt["changed"]
        _assert_one_line(attempt["msg"])
        assert attempt["msg"].startswith("purchases[0]")
        for name, text in purchase.items():
            assert not name.endswith(("_number", "_code")) or text not in attempt["msg"]
    # Whatever is wrong with an option is found before the server is asked for anything.
    assert phase.heard(cell) == []
    _assert_untouched(phase, cell)


def unknown_credentials(evidence: Evidence, cell: Cell) -> None:
    if cell.offline:
        answer = evidence.mistyped[cell]
        assert not answer.identifier
        assert answer.refusal == "There is no such purchase."
        before, after = evidence.books
        assert before["purchases"][cell.target] == after["purchases"][cell.target]
        assert len(before["license_key_pack_ids"]) == len(after["license_key_pack_ids"])
        return
    rebuild = cell.operation == "rebuild"
    phase = evidence.phase("unknown rebuild" if rebuild else "unknown")
    outcome = phase.outcome(cell)
    assert outcome.status == "failed"
    _assert_one_line(outcome.message)
    assert f"({expected_call(cell)}) failed: 0x80041001" in outcome.message
    assert "check the credential" in outcome.message
    assert _placed(phase.before, cell) == _placed(phase.after, cell)
    assert outcome.changed == rebuild
    if not rebuild:
        assert _whereabouts(phase.before, cell) == _whereabouts(phase.after, cell)
        return
    # A rebuild deletes before it reinstalls. The same change with the right number goes on from there.
    assert "Done before that: " in outcome.message
    assert _whereabouts(phase.after, cell) == {}
    right = evidence.phase("put right")
    assert right.outcome(cell).status == "ok", right.outcome(cell).message
    assert _whereabouts(right.after, cell) == _placed(right.after, cell) == {cell.target: cell.quantity}


def sheet(evidence: Evidence, cell: Cell) -> None:
    answer = evidence.answers[cell]
    assert not answer.refusal
    assert answer.identifier
    # Which reason of the list comes closest to somebody's own words, the sentences of the Markdown tell.
    asked = {label: [] if label == "Reason for recovery" else answer.asked[label] for label in answer.said}
    said = {**answer.said, **({"Reason for recovery": ANY} if "Reason for recovery" in answer.said else {})}
    for rows in (read_csv(evidence.data("csv"))[cell.target], read_json(evidence.data("json"))[cell.target]):
        assert entries(asked, rows) == said


def source_that_is_back(evidence: Evidence, cell: Cell) -> None:
    phase = evidence.phase("source is back")
    outcome = phase.outcome(cell)
    assert outcome.status == "ok", outcome.message
    assert outcome.changed
    assert outcome.result["obligations"] == []
    assert _whereabouts(phase.after, cell) == _placed(phase.after, cell) == {cell.target: cell.quantity}


CHECKS = (
    Check(
        "dry run",
        "The dry run shows the same difference and the same steps as the real run after it, sends no message of a "
        "kind that changes something, and leaves every server as it was. This holds for the run that asks for an ID "
        "and for the run that has it.",
        dry_runs,
    ),
    Check(
        "real run",
        "The CALs are on the target, the Clearinghouse has them there and nowhere else, and they are on no other "
        "server. The provider was called once. If the source is dead, a pending removal is recorded.",
        real_run,
    ),
    Check(
        "second run",
        "The same task again reports no change and sends no message of a kind that changes something.",
        second_run,
    ),
    Check(
        "malformed number",
        "Each part of the credential too short or with a character that does not belong there, and the credential of "
        "another program: refused in one line, before any message is sent.",
        malformed_credentials,
    ),
    Check(
        "unknown number",
        "A number of the right form that nobody was given is refused in one line, by the server or by the web site or "
        "telephone service, and no CALs move. A rebuild has deleted by then; the same change with the right number "
        "brings the CALs back.",
        unknown_credentials,
    ),
    Check(
        "request sheet",
        "The sheet alone, whether as Markdown, CSV or JSON, says all that the Clearinghouse asks.",
        sheet,
        lambda cell: cell.offline,
    ),
    Check(
        "source is back",
        "A dead source that answers again is cleared by one more task, and no pending removal is left.",
        source_that_is_back,
        lambda cell: cell.operation == "migrate_dead",
    ),
)


def calls(evidence: Evidence, cell: Cell) -> list[str]:
    """The methods with which the real runs asked for CALs, in their order."""
    phases = [evidence.phase(name) for name in (_FIRST[1], _SECOND[1])]
    return [
        message["method"]
        for phase in phases
        for message in phase.writes(cell)
        if message["method"] and message["method"].startswith(tuple(_WITH_ID))
    ]


def expected_call(cell: Cell) -> str:
    """The method that Microsoft documents for this."""
    verb = _VERBS[cell.operation]
    if cell.offline:
        return _WITH_ID[verb]
    if cell.program == "open":
        # Only the one for installing is called differently.
        return f"{verb}OpenLicenseKeyPack" if verb == "Install" else f"{verb}OpenPurchaseLicenseKeyPack"
    return f"{verb}{'RetailPurchase' if cell.program == 'retail' else 'Agreement'}LicenseKeyPack"


def verdict(check: Check, evidence: Evidence, cell: Cell) -> str:
    """The result of a check in a word, or what is wrong."""
    if not check.applies(cell):
        return "n/a"
    try:
        check.prove(evidence, cell)
    except (AssertionError, LookupError) as error:
        reason = f"{type(error).__name__} {error}".split("\n", maxsplit=1)[0]
        return f"**no**: {reason}"
    return "yes"


def _assert_waits(phase: Phase, cell: Cell) -> None:
    """Without an ID there is a request for it; only a rebuild has begun, with what comes before the request."""
    outcome = phase.outcome(cell)
    (request,) = outcome.result["awaiting"]
    site = "https://activate.microsoft.com" if cell.method == "web_browser" else None
    assert (request.get("web_site"), "telephone" in request) == (site, site is None)
    rebuild = cell.operation == "rebuild"
    assert outcome.changed == _changes(outcome) == bool(phase.writes(cell)) == rebuild
    assert _whereabouts(phase.after, cell) == ({} if rebuild else _whereabouts(phase.before, cell))


def _assert_untouched(phase: Phase, cell: Cell) -> None:
    for server in servers_of(cell):
        assert phase.before["servers"][server] == phase.after["servers"][server]
    assert phase.before["clearinghouse"]["purchases"][cell.target] == _purchase(phase.after, cell)


def _assert_one_line(text: str) -> None:
    assert text
    assert "\n" not in text


def _changes(outcome: Outcome) -> bool:
    """Whether the difference that was shown is one."""
    return any(view["before"] != view["after"] for view in outcome.result.get("diff", []))


def _purchase(state: State, cell: Cell) -> dict[str, Any]:
    purchase: dict[str, Any] = state["clearinghouse"]["purchases"][cell.target]
    return purchase


def _placed(state: State, cell: Cell) -> dict[str, int]:
    """Where the Clearinghouse has the CALs of the cell's purchase."""
    return dict(_purchase(state, cell)["placed"])


def _whereabouts(state: State, cell: Cell) -> dict[str, int]:
    """The servers that hold CALs of the cell's purchase, and how many; no server of the cell holds others."""
    found: dict[str, int] = {}
    for server in (server for each in CELLS for server in servers_of(each)):
        for purchase, quantity in cals(state, server):
            assert server not in servers_of(cell) or purchase == cell.target, f"{server} holds CALs of {purchase}"
            if purchase == cell.target:
                found[server] = found.get(server, 0) + quantity
    return found
