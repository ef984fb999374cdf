# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out a migration: import on the target, then settle what is left on the source."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.migration import UnreachableSourceMigrator
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import observe, observe_rest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    INTENDED,
    REMOVED_BY_ADMINISTRATOR,
    Operation,
    Planned,
    RecordedTarget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import plan_installs
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unreachable_source import (
    UnreadableSource,
    plan_unreachable_source,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanTimeout

from tests.unit.builders import (
    KEY_PACK_CODE,
    LICENSE_CODE,
    SOURCE_ID,
    TARGET_ID,
    cals,
    code,
    migration,
    operation,
    pack,
    purchase,
    retail_pack,
)
from tests.unit.fake_license_server import RECORD_KEY, FakeLicenseServer
from tests.unit.migrations import ADDRESS, Run, imports, migrated, removals, two_servers

IMPORT = "ImportAgreementLicenseKeyPack"
UNINSTALL = "UninstallLicenseKeyPackWithId"
REDUCE = "RemoveLicensesWithIdCount"
FIRST = purchase(100, reference="PO-1")
SECOND = purchase(50, reference="PO-2")
KIND = cals(1).kind


def test_a_removal_of_a_killed_run_is_reported_by_the_next() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(),))

    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == UNINSTALL:
            raise Killed

    run.source.after = kill
    with pytest.raises(Killed):
        run.migrate()
    run.source.after = lambda name: None
    again = Run(target, (purchase(),))
    assert again.plan().plan.changed
    assert again.migrate()
    assert removals(target) == ["collection"]
    assert not Run(target, (purchase(),)).migrate()


def licensing_calls(server: FakeLicenseServer) -> list[str]:
    """What was done to key packs, the record apart."""
    return [name for name in server.changing if not name.endswith("Value") and name != "CreateKey"]


def sizes(server: FakeLicenseServer) -> list[int]:
    """CALs by pack."""
    return [each.cals.quantity for each in server.packs]


def test_windows_removes_what_it_imports() -> None:
    target = two_servers(pack(3, 100))
    run = Run(target, (purchase(),))
    assert run.migrate()
    assert sizes(target) == [100]
    assert run.source.packs == []
    assert removals(target) == ["provider"]
    assert licensing_calls(run.source) == []


def test_the_call_names_the_source() -> None:
    target = two_servers(pack(3, 100))
    Run(target, (purchase(),)).migrate()
    method, given = next(each for each in target.sent if each[0].startswith("Import"))
    assert method == IMPORT
    assert (given["sSourceLSName"], given["sSourceLSProductId"]) == (ADDRESS, SOURCE_ID)


def test_the_record_of_the_source_says_what_it_held_and_who_takes_it_over() -> None:
    target = two_servers(pack(3, 100), pack(4, 7, version=6))
    run = Run(target, (purchase(),))
    seen: list[Operation] = []
    target.before = lambda name: seen.extend(run.source.recorded.hand_overs) if name == IMPORT else None
    run.migrate()
    (begun,) = seen
    assert begun.target == RecordedTarget("rdls02", TARGET_ID)
    assert begun.before == (PackCals(3, cals(100)), PackCals(4, cals(7, version=6)))
    assert begun.planned == (Planned(purchase().sha256, (PackCals(3, cals(100)),)),)
    (entry,) = migrated(target)
    assert entry.source
    assert (entry.reason, entry.source.hand_over) == ("source_is_being_replaced", begun.operation_id)
    (done,) = run.source.recorded.operations
    assert (done.status, done.taken) == (DONE, (PackCals(3, cals(100)),))


def test_a_source_that_this_collection_filled_itself_shows_no_drift_afterwards() -> None:
    """Its record says that the CALs were handed over, however they were removed."""
    kept = purchase(70, reference="KEPT")
    for reaches_source in (True, False):
        target = two_servers(pack(3, 100), pack(4, 70), reaches_source=reaches_source)
        run = Run(target, (purchase(),))
        run.source.keep(operation(of=purchase(), key_pack_id=3), operation(of=kept, sequence=2, key_pack_id=4))
        run.migrate()
        recorded = run.source.recorded
        assert recorded.holding(purchase().sha256) is None
        assert set(recorded.claims) == {4}
        situation = observe(run.source.license_server, None)
        decisions, _plan = plan_installs([kept], situation, adopt=True)
        assert [each.outcome for each in decisions] == ["recorded"]


def test_of_two_alike_the_pack_of_the_one_that_is_migrated_is_removed() -> None:
    hq, branch = purchase(100, reference="HQ"), purchase(100, reference="BRANCH")
    target = two_servers(pack(3, 100), pack(4, 100), reaches_source=False)
    run = Run(target, (branch,))
    run.source.keep(operation(of=hq, key_pack_id=3), operation(of=branch, sequence=2, key_pack_id=4))
    run.migrate()
    assert [each.key_pack_id for each in run.source.packs] == [3]
    assert set(run.source.recorded.claims) == {3}


def test_swapped_license_key_pack_ids_lose_no_cals() -> None:
    """The ID of 50 per device CALs is entered for 250 per user CALs, and the other way round."""
    users, devices = purchase(250, reference="HQ"), purchase(50, cal_type=0, reference="LAB")
    of_users, of_devices = KEY_PACK_CODE, KEY_PACK_CODE[::-1]
    codes = {of_users: cals(250), of_devices: cals(50, cal_type=0)}
    for reaches_source in (True, False):
        target = two_servers(pack(3, 250), pack(4, 50, cal_type=0), reaches_source=reaches_source, **codes)
        target.registry[RECORD_KEY] = {"ConnectionMethod": "telephone"}
        swapped = (replace(users, license_key_pack_id=of_devices), replace(devices, license_key_pack_id=of_users))
        run = Run(target, swapped)
        with pytest.raises(LicensingError, match="Set key_pack_id: 3"):
            run.migrate()
        assert run.changed
        source_users = [each.cals.quantity for each in run.source.packs if each.cals.cal_type == 1]
        assert source_users == [250], "nothing of what did not come is removed"
        finished = Run(target, (replace(devices, license_key_pack_id=of_devices),))
        with contextlib.suppress(Refused):
            finished.migrate()
        assert sum(each.cals.quantity for each in run.source.packs if each.cals.cal_type == 1) == 250
        corrected = (
            replace(users, license_key_pack_id=of_users),
            replace(devices, license_key_pack_id=of_devices, key_pack_id=3),
        )
        assert Run(target, corrected).migrate()
        assert sorted(sizes(target)) == [50, 250]
        Run(target, corrected).migrate()
        assert run.source.packs == []
        assert imports(target) == 2
        assert target.recorded.pending_removals == ()


def test_what_windows_leaves_behind_is_removed() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(),))
    assert run.migrate()
    assert run.source.packs == []
    assert licensing_calls(run.source) == [UNINSTALL]
    assert removals(target) == ["collection"]


def test_a_part_of_a_pack_is_removed() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(40),))
    run.migrate()
    assert sizes(run.source) == [60]
    assert licensing_calls(run.source) == [REDUCE]


def test_what_is_not_to_be_removed_stays_pending() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(),), remove=False)
    assert run.migrate()
    assert sizes(run.source) == [100]
    assert licensing_calls(run.source) == []
    assert removals(target) == ["pending"]


def test_a_later_run_removes_it() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    Run(target, (purchase(),), remove=False).migrate()
    later = Run(target, (purchase(),))
    assert later.migrate()
    assert later.source.packs == []
    assert removals(target) == ["collection"]
    assert imports(target) == 1


def test_what_was_removed_by_hand_is_only_recorded() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    Run(target, (purchase(),), remove=False).migrate()
    later = Run(target, (purchase(),))
    later.source.packs.clear()
    assert not later.migrate()
    assert licensing_calls(later.source) == []
    assert removals(target) == ["provider"]


@pytest.mark.parametrize("reaches_source", [True, False])
def test_the_source_is_settled_once_everything_is_imported(reaches_source: bool) -> None:
    """Reading it after every purchase would cost its whole table each time."""
    target = two_servers(pack(3, 100), pack(4, 50), reaches_source=reaches_source)
    run = Run(target, (FIRST, SECOND))
    assert run.migrate()
    assert run.source.packs == []
    assert sizes(target) == [100, 50]
    assert removals(target) == ["provider" if reaches_source else "collection"] * 2


def test_a_run_that_stops_half_way_settles_what_was_moved() -> None:
    target = two_servers(pack(3, 100), pack(4, 50), reaches_source=False)
    run = Run(target, (FIRST, SECOND))

    def reject(name: str) -> None:
        if name == IMPORT and imports(target) == 1:
            target.refusals[IMPORT] = 5

    target.after = reject
    with pytest.raises(CallRefused):
        run.migrate()
    assert sizes(run.source) == [50]
    assert removals(target)[0] == "collection"
    target.refusals.clear()
    assert Run(target, (FIRST, SECOND)).migrate()
    assert run.source.packs == []


def other_target(first: FakeLicenseServer) -> FakeLicenseServer:
    """A second target of the same source."""
    other = FakeLicenseServer("rdls03", license_server_id="0THER0THER0THER0THER0THER0THER0THER")
    return replace(other, source=first.source, reaches_source=first.reaches_source)


@pytest.mark.parametrize("packs", [[pack(3, 250), pack(4, 100)], [pack(3, 350)]], ids=["two packs", "one pack"])
def test_two_targets_of_one_source_that_neither_reaches(packs: list[KeyPack]) -> None:
    """The first is cut off before it cleared the source; the second comes in between."""
    hq, branch = purchase(250, reference="HQ"), purchase(100, reference="BRANCH")
    first = two_servers(*packs, reaches_source=False)
    second = other_target(first)
    assert first.source

    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if imports(first):
            raise Killed

    first.source.before = kill
    with pytest.raises(Killed):
        Run(first, (hq,)).migrate()
    first.source.before = lambda name: None
    with pytest.raises(Refused, match="a migration from rdls01 to rdls02 has no outcome yet"):
        Run(second, (branch,)).migrate()
    for server in (first, second, first.source):
        server.clock += datetime.timedelta(hours=2)
    assert Run(second, (branch,)).migrate()
    assert first.source.total() == 250
    assert Run(first, (hq,)).migrate()
    assert first.source.total() == 0
    assert removals(first) + removals(second) == ["collection", "collection"]


def test_an_answer_to_a_removal_on_the_source_that_comes_late_removes_once() -> None:
    """The controller is killed while the removal is at work, and the task is run again at once."""
    target = two_servers(pack(3, 1000), reaches_source=False)
    run = Run(target, (purchase(250),), operation_timeout=0)

    def lose(name: str) -> None:
        if name == REDUCE:
            raise WsmanTimeout("too slow")

    run.source.before = lose
    with pytest.raises(OutcomeUnknown):
        run.migrate()
    run.source.before = lambda name: None
    with pytest.raises(Refused, match="may still be working on it"):
        Run(target, (purchase(250),)).migrate()
    run.source.packs = [pack(3, 750)]
    Run(target, (purchase(250),)).migrate()
    assert run.source.total() == 750
    assert removals(target) == ["collection"]
    assert not run.source.recorded.all_unfinished
    assert not Run(target, (purchase(250),)).migrate()


def test_other_cals_of_the_source_stay_where_they_are() -> None:
    others = [pack(5, 100, version=6), pack(6, 100, cal_type=0), retail_pack(7, 20)]
    target = two_servers(pack(3, 100), *others, reaches_source=False)
    run = Run(target, (purchase(),))
    run.migrate()
    assert [each.key_pack_id for each in run.source.packs] == [5, 6, 7]


def test_a_code_brings_what_its_pack_held() -> None:
    target = two_servers(retail_pack(3, 20), reaches_source=False, **{LICENSE_CODE: cals(20)})
    run = Run(target, (code(),), coverage=True)
    run.migrate()
    assert sizes(target) == [20]
    assert run.source.packs == []
    assert migrated(target)[0].cals == cals(20)


def test_a_second_run_changes_nothing() -> None:
    target = two_servers(pack(3, 100), pack(4, 50))
    Run(target, (FIRST, SECOND)).migrate()
    again = Run(target, (FIRST, SECOND))
    target.calls.clear()
    again.source.calls.clear()
    assert not again.migrate()
    assert target.changing + again.source.changing == []


def test_a_refused_import_leaves_the_source_alone() -> None:
    target = two_servers(pack(3, 100), pack(4, 50), reaches_source=False)
    target.refusals[IMPORT] = 5
    run = Run(target, (FIRST, SECOND))
    with pytest.raises(CallRefused, match="migrating from rdls01 100 Windows Server 2022 per user CALs"):
        run.migrate()
    assert sizes(run.source) == [100, 50]
    assert licensing_calls(run.source) == []
    assert [each.status for each in run.source.recorded.hand_overs] == []
    assert imports(target) == 1


def test_a_source_that_refuses_the_removal_leaves_it_pending() -> None:
    target = two_servers(pack(3, 100), pack(4, 50), reaches_source=False)
    run = Run(target, (FIRST, SECOND))
    run.source.refusals[UNINSTALL] = 5
    with pytest.raises(CallRefused, match=r"^rdls01: removing 100"):
        run.migrate()
    assert run.done[0].startswith("Migrate 100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567, PO-1)")
    assert removals(target) == ["pending", "pending"]
    run.source.refusals.clear()
    Run(target, (FIRST, SECOND)).migrate()
    assert run.source.packs == []
    assert sizes(target) == [100, 50]
    assert imports(target) == 2


def test_a_removal_that_removed_nothing_leaves_it_pending() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(),))
    run.source.silent.add(UNINSTALL)
    with pytest.raises(OutcomeUnknown, match="reported success, but reading it back does not show the effect"):
        run.migrate()
    assert removals(target) == ["pending"]
    with pytest.raises(Refused, match="resolve_operations"):
        Run(target, (purchase(),)).migrate()


def test_what_an_interrupted_run_brought_is_recorded_and_its_rest_removed() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    target.keep(migration(purchase(), before=[pack(3, 100)], status=INTENDED))
    target.packs.append(pack(5, 100))
    run = Run(target, (purchase(),))
    assert run.migrate()
    assert imports(target) == 0
    assert run.source.packs == []
    assert removals(target) == ["collection"]


def test_a_pack_that_was_moved_by_hand_is_adopted_without_a_word_to_the_source() -> None:
    target = two_servers()
    target.packs.append(pack(5, 100))
    run = Run(target, (purchase(),))
    assert run.migrate()
    assert licensing_calls(run.source) == []
    assert [each.operation for each in target.recorded.operations] == ["adopt"]


def test_a_source_that_cannot_be_reached() -> None:
    target = FakeLicenseServer()
    unreachable = UnreadableSource("", SOURCE_ID, "windows_server_2016")
    situation = observe_rest(target.license_server, observe(target.license_server, None))
    _decisions, plan = plan_unreachable_source(
        [purchase()], situation, unreachable, adopt=True, acknowledge_manual_removal=True
    )
    migrator = UnreachableSourceMigrator(
        Acquirer(target.license_server, situation, 60, print), unreachable, "source_is_not_functioning"
    )
    assert migrator.apply(plan.steps)
    (entry,) = migrated(target)
    assert entry.source
    assert (entry.source.name, entry.source.license_server_id, entry.source.before) == ("", SOURCE_ID, None)
    assert entry.source.removal == "pending"
    assert target.recorded.pending_removals == (entry,)
    given = next(given for method, given in target.sent if method == IMPORT)
    assert (given["sSourceLSName"], given["sSourceLSProductId"]) == ("", SOURCE_ID)


def test_what_is_gone_from_a_broken_source_is_no_longer_pending() -> None:
    target = FakeLicenseServer(packs=[pack(5, 100)])
    target.keep(migration(purchase(), before=None, key_pack_id=5))
    unreachable = UnreadableSource(ADDRESS, SOURCE_ID, "windows_server_2016")
    situation = observe_rest(target.license_server, observe(target.license_server, None))
    _decisions, plan = plan_unreachable_source(
        [purchase()], situation, unreachable, adopt=True, acknowledge_manual_removal=False, acknowledge_removed=True
    )
    done: list[str] = []
    migrator = UnreachableSourceMigrator(
        Acquirer(target.license_server, situation, 60, print, done.append), unreachable, "r"
    )
    assert migrator.apply(plan.steps)
    assert target.changing == ["SetStringValue"]
    assert removals(target) == [REMOVED_BY_ADMINISTRATOR]
    assert target.recorded.pending_removals == ()
    assert done == [step.text for step in plan.steps]


def test_a_dead_source_that_came_back_is_cleared() -> None:
    target = two_servers(pack(3, 100), pack(4, 50))
    unreachable = UnreadableSource(ADDRESS, SOURCE_ID, "windows_server_2016")
    situation = observe_rest(target.license_server, observe(target.license_server, None))
    target.reaches_source = False
    _decisions, plan = plan_unreachable_source(
        [FIRST], situation, unreachable, adopt=True, acknowledge_manual_removal=True
    )
    UnreachableSourceMigrator(Acquirer(target.license_server, situation, 60, print), unreachable, "r").apply(plan.steps)
    later = Run(target, (FIRST,))
    assert later.migrate()
    assert sizes(later.source) == [50]
    assert later.source.total(KIND) + target.total(KIND) == 150
    assert removals(target) == ["collection"]
