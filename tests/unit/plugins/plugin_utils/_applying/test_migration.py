# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out a migration: import on the target, then settle what is left on the source."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.acquirer import Acquirer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.migration import BlindMigrator
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import observe
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import INTENDED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.blind_migration import (
    UnreadableSource,
    plan_blind_migration,
)

from tests.unit.builders import (
    LICENSE_CODE,
    SOURCE_ID,
    cals,
    code,
    migration,
    pack,
    purchase,
    retail_pack,
)
from tests.unit.fake_license_server import FakeLicenseServer
from tests.unit.migrations import ADDRESS, Run, imports, migrated, removals, two_servers

IMPORT = "ImportAgreementLicenseKeyPack"
UNINSTALL = "UninstallLicenseKeyPackWithId"
REDUCE = "RemoveLicensesWithIdCount"
FIRST = purchase(100, reference="PO-1")
SECOND = purchase(50, reference="PO-2")
KIND = cals(1).kind


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
    assert run.source.changing == []


def test_the_call_names_the_source() -> None:
    target = two_servers(pack(3, 100))
    Run(target, (purchase(),)).migrate()
    method, given = next(each for each in target.sent if each[0].startswith("Import"))
    assert method == IMPORT
    assert (given["sSourceLSName"], given["sSourceLSProductId"]) == (ADDRESS, SOURCE_ID)


def test_what_the_source_held_is_recorded_with_the_intention() -> None:
    target = two_servers(pack(3, 100), pack(4, 7, version=6))
    target.refusals[IMPORT] = 5
    with pytest.raises(CallRefused):
        Run(target, (purchase(),)).migrate()
    (entry,) = migrated(target)
    assert entry.source
    assert entry.source.before == ((3, cals(100)), (4, cals(7, version=6)))
    assert (entry.reason, entry.source.removal) == ("source_is_being_replaced", "pending")


def test_what_windows_leaves_behind_is_removed() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(),))
    assert run.migrate()
    assert run.source.packs == []
    assert run.source.changing == [UNINSTALL]
    assert removals(target) == ["collection"]


def test_a_part_of_a_pack_is_removed() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(40),))
    run.migrate()
    assert sizes(run.source) == [60]
    assert run.source.changing == [REDUCE]


def test_what_is_not_to_be_removed_stays_as_a_debt() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(),), remove=False)
    assert run.migrate()
    assert sizes(run.source) == [100]
    assert run.source.changing == []
    assert removals(target) == ["pending"]


def test_a_later_run_pays_the_debt() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    Run(target, (purchase(),), remove=False).migrate()
    later = Run(target, (purchase(),))
    assert later.migrate()
    assert later.source.packs == []
    assert removals(target) == ["collection"]
    assert imports(target) == 1


def test_a_debt_that_a_person_paid_is_only_recorded() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    Run(target, (purchase(),), remove=False).migrate()
    later = Run(target, (purchase(),))
    later.source.packs.clear()
    assert not later.migrate()
    assert later.source.changing == []
    assert removals(target) == ["provider"]


@pytest.mark.parametrize("reaches_source", [True, False])
def test_the_source_is_settled_after_each_purchase(reaches_source: bool) -> None:
    target = two_servers(pack(3, 100), pack(4, 50), reaches_source=reaches_source)
    run = Run(target, (FIRST, SECOND))
    held: list[int] = []

    def look(name: str) -> None:
        if name == IMPORT:
            held.append(run.source.total())

    target.before = look
    assert run.migrate()
    assert held == [150, 50]
    assert run.source.packs == []
    assert sizes(target) == [100, 50]


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
    assert run.source.changing == []
    assert imports(target) == 1


def test_a_source_that_refuses_the_removal_leaves_a_debt() -> None:
    target = two_servers(pack(3, 100), pack(4, 50), reaches_source=False)
    run = Run(target, (FIRST, SECOND))
    run.source.refusals[UNINSTALL] = 5
    with pytest.raises(CallRefused, match=r"^rdls01: removing 100"):
        run.migrate()
    (done,) = run.done
    assert done.startswith("Migrate 100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567, PO-1)")
    assert removals(target) == ["pending"]
    run.source.refusals.clear()
    Run(target, (FIRST, SECOND)).migrate()
    assert run.source.packs == []
    assert sizes(target) == [100, 50]
    assert imports(target) == 2


def test_a_removal_that_removed_nothing_leaves_a_debt() -> None:
    target = two_servers(pack(3, 100), reaches_source=False)
    run = Run(target, (purchase(),))
    run.source.silent.add(UNINSTALL)
    with pytest.raises(LicensingError, match="but the server now shows 100 CALs in that pack instead of 0"):
        run.migrate()
    assert removals(target) == ["pending"]


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
    assert run.source.changing == []
    assert [each.operation for each in target.ledger.operations] == ["adopt"]


def test_a_source_of_which_only_papers_are_left() -> None:
    target = FakeLicenseServer()
    papers = UnreadableSource("", SOURCE_ID, "windows_server_2016")
    situation = observe(target.license_server, None)
    _decisions, plan = plan_blind_migration(
        [purchase()], situation, papers, adopt=True, acknowledge_manual_removal=True
    )
    migrator = BlindMigrator(Acquirer(target.license_server, situation, 60, print), papers, "source_is_not_functioning")
    assert migrator.apply(plan.steps)
    (entry,) = migrated(target)
    assert entry.source
    assert (entry.source.name, entry.source.license_server_id, entry.source.before) == ("", SOURCE_ID, None)
    assert entry.source.removal == "pending"
    assert target.ledger.pending_removals == (entry,)
    given = next(given for method, given in target.sent if method == IMPORT)
    assert (given["sSourceLSName"], given["sSourceLSProductId"]) == ("", SOURCE_ID)


def test_what_a_person_saw_gone_from_a_dead_source_is_no_obligation_any_more() -> None:
    target = FakeLicenseServer(packs=[pack(5, 100)])
    target.keep(migration(purchase(), before=None, key_pack_id=5))
    papers = UnreadableSource(ADDRESS, SOURCE_ID, "windows_server_2016")
    situation = observe(target.license_server, None)
    _decisions, plan = plan_blind_migration(
        [purchase()], situation, papers, adopt=True, acknowledge_manual_removal=False, acknowledge_removed=True
    )
    done: list[str] = []
    migrator = BlindMigrator(Acquirer(target.license_server, situation, 60, print, done.append), papers, "r")
    assert migrator.apply(plan.steps)
    assert target.changing == ["SetStringValue"]
    assert removals(target) == ["person"]
    assert target.ledger.pending_removals == ()
    assert done == [step.text for step in plan.steps]


def test_a_dead_source_that_came_back_is_cleared() -> None:
    target = two_servers(pack(3, 100), pack(4, 50))
    papers = UnreadableSource(ADDRESS, SOURCE_ID, "windows_server_2016")
    situation = observe(target.license_server, None)
    target.reaches_source = False
    _decisions, plan = plan_blind_migration([FIRST], situation, papers, adopt=True, acknowledge_manual_removal=True)
    BlindMigrator(Acquirer(target.license_server, situation, 60, print), papers, "r").apply(plan.steps)
    later = Run(target, (FIRST,))
    assert later.migrate()
    assert sizes(later.source) == [50]
    assert later.source.total(KIND) + target.total(KIND) == 150
    assert removals(target) == ["collection"]
