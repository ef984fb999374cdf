# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as already done when purchases are to be on a server."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import fingerprint
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ANSWERED,
    INTENDED,
    NOT_DONE,
    Operation,
    RecordedTarget,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import (
    Decision,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition_steps import (
    PurchaseAction,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.key_pack_changes import plan_installs
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule

from tests.unit.acquisitions import settle
from tests.unit.builders import (
    KEY_PACK_CODE,
    SOON_AFTER,
    built_in_pack,
    cals,
    code,
    operation,
    pack,
    purchase,
    retail_pack,
    situation,
)

TITLE = "100 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)"


def planned(
    server: Situation, *purchases: Purchase, adopt: bool = True
) -> tuple[tuple[Decision, ...], Plan[PurchaseAction]]:
    """Decisions and plan, once the outcomes that are seen are in the record."""
    server, settled = settle(server, *purchases)
    decisions, made = plan_installs(purchases, server, adopt=adopt)
    return decisions, replace(made, steps=(*settled, *made.steps))


def decide(server: Situation, *purchases: Purchase, adopt: bool = True) -> list[tuple[str, int | None]]:
    """Outcome and key pack for each purchase."""
    decisions, _plan = planned(server, *purchases, adopt=adopt)
    return [(each.outcome, each.pack.key_pack_id if each.pack else None) for each in decisions]


def plan(server: Situation, *purchases: Purchase) -> Plan[PurchaseAction]:
    """The plan for purchases."""
    return planned(server, *purchases)[1]


def texts(made: Plan[object]) -> list[str]:
    """The steps in words."""
    return [step.text for step in made.steps]


def test_a_new_purchase_is_installed() -> None:
    made = plan(situation(), purchase())
    assert texts(made) == [f"Install {TITLE}"]
    assert made.changed
    assert made.diff[0]["before"] == "no purchased RDS CALs\n"
    assert "new       Windows Server 2022  per user  100   Enterprise Agreement ****4567\n" in made.diff[0]["after"]


def test_a_recorded_purchase_whose_pack_is_there_needs_nothing() -> None:
    server = situation(pack(3), record=[operation(of=purchase(), key_pack_id=3)])
    assert decide(server, purchase()) == [("recorded", 3)]
    made = plan(server, purchase())
    assert not made.steps
    assert not made.diff


INSTALLED = operation(of=purchase(), key_pack_id=3)
REDUCED = operation("reduce", sequence=2, key_pack_id=3, cals=cals(60))
CONVERTED = operation("convert", sequence=2, key_pack_id=3, result_key_pack_id=3, cals=cals(100, cal_type=0))
CONVERTED_PART = operation("convert", sequence=2, key_pack_id=3, result_key_pack_id=4, cals=cals(30, cal_type=0))


@pytest.mark.parametrize(
    ("left", "change"),
    [
        ([pack(3, 40)], REDUCED),
        ([pack(3, 100, cal_type=0)], CONVERTED),
        ([pack(3, 70), pack(4, 30, cal_type=0)], CONVERTED_PART),
    ],
    ids=["reduced", "converted", "converted in part"],
)
def test_reducing_or_converting_its_pack_does_not_undo_a_purchase(left: list[KeyPack], change: Operation) -> None:
    server = situation(*left, record=[INSTALLED, change])
    assert decide(server, purchase()) == [("recorded", 3)]


@pytest.mark.parametrize(
    ("now", "change"),
    [
        ([], []),
        ([pack(4)], []),
        ([pack(3, version=6)], []),
        ([pack(3, cal_type=0)], []),
        ([pack(3, 40)], []),
        ([pack(3, 250)], []),
        ([pack(3, 70)], [CONVERTED_PART]),
    ],
    ids=["gone", "other number", "other version", "other type", "fewer", "more", "a part is gone"],
)
def test_a_recorded_purchase_whose_cals_are_not_there_as_recorded_is_drift(
    now: list[KeyPack], change: list[Operation]
) -> None:
    """A pack counts only if version, type and quantity fit."""
    server = situation(*now, record=[INSTALLED, *change])
    with pytest.raises(Refused) as caught:
        plan(server, purchase())
    assert TITLE in str(caught.value)
    assert f"acknowledge_missing: {INSTALLED.operation_id}" in str(caught.value)


def test_acknowledged_drift_is_recorded_and_the_purchase_installed_again() -> None:
    server = situation(record=[INSTALLED])
    made = plan(server, purchase(acknowledge_missing=INSTALLED.operation_id))
    assert texts(made) == [f"Record that {TITLE} is no longer on the server", f"Install {TITLE}"]


def test_acknowledged_drift_may_end_in_adoption() -> None:
    server = situation(pack(4), record=[INSTALLED])
    assert decide(server, purchase(acknowledge_missing=INSTALLED.operation_id)) == [("adopted", 4)]


def test_an_acknowledgement_is_for_one_loss_only() -> None:
    """Left in the purchases, it does not buy again after the next loss."""
    bought_again = operation(of=purchase(), sequence=3, token="00facade", key_pack_id=5)
    missing = operation("missing", of=purchase(), sequence=2, key_pack_id=3)
    server = situation(record=[INSTALLED, missing, bought_again])
    for acknowledged in (INSTALLED.operation_id, "true"):
        with pytest.raises(Refused, match=f"acknowledge_missing: {bought_again.operation_id}"):
            plan(server, purchase(acknowledge_missing=acknowledged))


def test_an_acknowledgement_that_is_not_needed_does_nothing() -> None:
    server = situation(pack(3), record=[INSTALLED])
    assert decide(server, purchase(acknowledge_missing=INSTALLED.operation_id)) == [("recorded", 3)]


WRONG = operation(
    of=purchase(),
    key_pack_id=3,
    cals=cals(50, cal_type=0),
    wanted=purchase().cals,
    license_key_pack_id=f"{fingerprint(KEY_PACK_CODE)} ****ACK7",
)
OTHER = purchase(50, number="7654321", cal_type=0)


def test_a_purchase_for_which_other_cals_came_is_not_installed() -> None:
    """Neither is it asked for again, unless with another license key pack ID or on purpose."""
    there = pack(3, 50, cal_type=0)
    with pytest.raises(Refused, match=f"operation {WRONG.operation_id} was to acquire .* set key_pack_id: 3"):
        plan(situation(there, record=[WRONG]), purchase())
    offline = situation(there, record=[WRONG], method="telephone")
    with pytest.raises(Refused, match="the license key pack ID was wrong"):
        plan(offline, purchase(license_key_pack_id=KEY_PACK_CODE))
    right = KEY_PACK_CODE[::-1]
    assert decide(offline, purchase(license_key_pack_id=right)) == [("acquire", None)]
    assert decide(offline, purchase()) == [("awaiting", None)]
    again = purchase(acknowledge_missing=WRONG.operation_id)
    assert decide(situation(there, record=[WRONG]), again) == [("acquire", None)]


def test_what_came_instead_belongs_to_the_purchase_that_it_fits() -> None:
    offline = situation(pack(3, 50, cal_type=0), record=[WRONG], method="telephone")
    right = KEY_PACK_CODE[::-1]
    wanted = (purchase(license_key_pack_id=right), replace(OTHER, key_pack_id=3))
    assert decide(offline, *wanted) == [("acquire", None), ("adopted", 3)]
    assert decide(offline, wanted[0], OTHER) == [("acquire", None), ("adopted", 3)]


@pytest.mark.parametrize(
    ("packs", "wanted", "wording"),
    [
        ([], purchase(key_pack_id=3), "no purchased key pack 3"),
        ([built_in_pack(3)], purchase(key_pack_id=3), "no purchased key pack 3"),
        ([pack(3, 99)], purchase(key_pack_id=3), "holds 99 Windows Server 2022 per user CALs, which does not match"),
        ([pack(3, cal_type=0)], purchase(key_pack_id=3), "which does not match"),
        ([pack(3)], purchase(reference="PO-2", key_pack_id=3), "recorded as another purchase"),
    ],
    ids=["none", "built in", "quantity", "type", "claimed"],
)
def test_a_pack_that_the_user_assigns_has_to_fit(packs: list[KeyPack], wanted: Purchase, wording: str) -> None:
    with pytest.raises(Refused, match=wording):
        plan(situation(*packs, record=[INSTALLED] if wanted.reference else []), wanted)


def test_one_pack_is_not_assigned_twice() -> None:
    twins = purchase(reference="PO-1", key_pack_id=3), purchase(reference="PO-2", key_pack_id=3)
    with pytest.raises(Refused, match="key pack 3 is another purchase"):
        plan(situation(pack(3)), *twins)


def test_a_pack_that_the_user_assigns_is_adopted_even_where_nothing_else_is() -> None:
    assert decide(situation(pack(3)), purchase(key_pack_id=3), adopt=False) == [("adopted", 3)]
    assert decide(situation(pack(3, key_pack_type=7)), purchase(key_pack_id=3)) == [("adopted", 3)]


def test_a_pack_that_fits_and_belongs_to_nobody_is_adopted() -> None:
    made = plan(situation(pack(3)), purchase())
    assert texts(made) == [f"Adopt key pack 3 as {TITLE}"]
    assert made.changed
    assert "Enterprise Agreement ****4567" not in made.diff[0]["before"]
    assert "3         Windows Server 2022  per user  100   Enterprise Agreement ****4567\n" in made.diff[0]["after"]


def test_nothing_is_adopted_where_the_user_says_so() -> None:
    assert decide(situation(pack(3)), purchase(), adopt=False) == [("acquire", None)]


@pytest.mark.parametrize(
    "other",
    [pack(3, 99), pack(3, 101), pack(3, version=6), pack(3, cal_type=0), pack(3, key_pack_type=7)],
    ids=["fewer", "more", "version", "type", "not purchased"],
)
def test_a_pack_that_does_not_fit_is_not_adopted(other: KeyPack) -> None:
    assert decide(situation(other), purchase()) == [("acquire", None)]


def test_a_pack_that_another_purchase_claims_is_not_adopted() -> None:
    server = situation(pack(3), record=[operation(of=purchase(reference="PO-1"), key_pack_id=3)])
    assert decide(server, purchase()) == [("acquire", None)]


def test_a_pack_of_2008_r2_is_adopted_for_2008_cals() -> None:
    assert decide(situation(pack(3, version=3)), purchase(version=2)) == [("adopted", 3)]


def test_one_pack_serves_one_purchase() -> None:
    twins = purchase(reference="PO-1"), purchase(reference="PO-2")
    assert decide(situation(pack(3)), *twins) == [("adopted", 3), ("acquire", None)]
    assert decide(situation(pack(3), pack(4)), *twins) == [("adopted", 3), ("adopted", 4)]


@pytest.mark.parametrize("reported", [False, True])
def test_what_an_interrupted_run_brought_is_recorded_without_a_call(reported: bool) -> None:
    """It counts as a change unless the run that made it has said so."""
    begun = operation(of=purchase(), status=INTENDED, before=((3, 20),), reported=reported)
    server = situation(pack(3, 20), pack(4), record=[begun])
    assert decide(server, purchase()) == [("recorded", 4)]
    made = plan(server, purchase())
    assert texts(made) == [f"Record the outcome of an earlier run: {TITLE} is key pack 4"]
    assert made.changed is not reported


def test_results_call_that_recorded() -> None:
    begun = operation(of=purchase(), status=INTENDED)
    (decision,), _plan = planned(situation(pack(4), record=[begun]), purchase())
    assert decision.describe("installed")["outcome"] == "recorded"
    assert Decision(purchase(), "acquire").describe("installed")["outcome"] == "installed"


@pytest.mark.parametrize("now", [[], [pack(3, 20)], [pack(3, 20), pack(4, 99)]], ids=["gone", "same", "another"])
@pytest.mark.parametrize("status", [INTENDED, ANSWERED])
def test_what_became_of_a_call_whose_pack_is_not_there_is_for_an_administrator_to_say(
    now: list[KeyPack], status: str
) -> None:
    """However old it is: that nothing came so far does not say that nothing was bought."""
    begun = operation(of=purchase(), status=status, before=((3, 20),))
    with pytest.raises(Refused) as caught:
        plan(situation(*now, record=[begun]), purchase())
    assert f"resolve_operations: [{{operation: {begun.operation_id}, outcome: had_no_effect}}]" in str(caught.value)


@pytest.mark.parametrize(
    ("outcome", "wording"),
    [(SOON_AFTER, "in 55 min"), (OutcomeRule(SOON_AFTER.now, 301), "in 1 s"), (OutcomeRule(None), "in 60 min")],
    ids=["default", "shorter", "clock not read"],
)
def test_while_the_server_may_be_at_work_the_task_says_how_long(outcome: OutcomeRule, wording: str) -> None:
    begun = operation(of=purchase(), status=INTENDED)
    with pytest.raises(Refused, match=f"may still be working on it. Run the task again {wording}"):
        plan(situation(record=[begun], outcome=outcome), purchase())


@pytest.mark.parametrize("started", ["2026-01-01T10:00:00Z", "2027-01-01T10:00:00Z", "yesterday"])
def test_an_age_that_cannot_be_told_counts_as_none(started: str) -> None:
    begun = replace(operation(of=purchase(), status=INTENDED), started=started)
    earlier = OutcomeRule(datetime.datetime(2026, 1, 1, 9, 0, tzinfo=datetime.timezone.utc))
    with pytest.raises(Refused, match="may still be working on it"):
        plan(situation(record=[begun], outcome=earlier), purchase())


def test_after_an_interrupted_run_nothing_that_was_there_before_is_adopted() -> None:
    """The pack was there when the call went out, so the user wanted another one."""
    begun = operation(of=purchase(), status=INTENDED, before=((3, 100),))
    with pytest.raises(Refused, match="no new key pack holds exactly these CALs"):
        plan(situation(pack(3), record=[begun]), purchase())


HQ, BRANCH = purchase(reference="HQ"), purchase(reference="BRANCH")


def test_what_another_purchase_may_have_brought_is_not_adopted() -> None:
    """Not even by a task that does not name that purchase."""
    begun = operation(of=HQ, status=INTENDED)
    server = situation(pack(4), record=[begun])
    with pytest.raises(Refused, match=f"operation {begun.operation_id} .*key pack 4 may be its result, or "):
        plan_installs([BRANCH], server, adopt=True)
    earlier = operation(of=HQ, status=INTENDED, before=((4, 100),))
    assert decide(situation(pack(4), record=[earlier]), BRANCH) == [("adopted", 4)], "it was there before"


def test_nothing_that_looks_the_same_is_asked_for_while_an_outcome_is_open() -> None:
    begun = operation(of=HQ, status=INTENDED)
    with pytest.raises(Refused, match=begun.operation_id):
        plan(situation(record=[begun]), BRANCH)
    assert decide(situation(record=[begun]), purchase(99)) == [("acquire", None)]


def test_what_an_interrupted_run_brought_is_not_adopted_for_a_purchase_named_before() -> None:
    interrupted, new = purchase(reference="PO-2"), purchase(reference="PO-1")
    server = situation(pack(4), record=[operation(of=interrupted, status=INTENDED)])
    assert decide(server, new, interrupted) == [("acquire", None), ("recorded", 4)]
    assert decide(server, new) == [("acquire", None)]
    done = replace(server.recorded.operations[0], status="done", key_pack_id=4)
    assert decide(situation(pack(4), record=[done]), new) == [("acquire", None)]


def test_two_interrupted_runs_do_not_share_a_pack() -> None:
    """It is unknown whose it is, so an administrator decides."""
    twins = purchase(reference="PO-1"), purchase(reference="PO-2")
    record = [
        operation(of=each, status=INTENDED, sequence=number, token=f"{number:08x}")
        for number, each in enumerate(twins, 1)
    ]
    with pytest.raises(Refused, match=r"\(key pack 4\) appeared since and may be its result"):
        plan(situation(pack(4), record=record), *twins)


def test_a_call_that_came_to_nothing_leaves_the_purchase_as_new() -> None:
    failed = operation(of=purchase(), status=NOT_DONE)
    assert decide(situation(record=[failed]), purchase()) == [("acquire", None)]
    assert decide(situation(pack(3), record=[failed]), purchase()) == [("adopted", 3)]


@pytest.mark.parametrize(
    "gone",
    [
        operation("hand_over", sequence=2, taken=(pack(3).pack_cals,), target=RecordedTarget("rdls02", "ID")),
        operation("remove", sequence=2, key_pack_id=3, cals=cals(100), target=RecordedTarget("rdls02", "ID")),
    ],
    ids=["by the provider", "by the collection"],
)
def test_a_purchase_that_was_migrated_away_is_not_bought_again(gone: Operation) -> None:
    with pytest.raises(Refused, match=f"recorded as migrated to rdls02 .operation {gone.operation_id}"):
        plan(situation(record=[INSTALLED, gone]), purchase())
    back = purchase(acknowledge_missing=gone.operation_id)
    assert decide(situation(record=[INSTALLED, gone]), back) == [("acquire", None)]
    returned = operation("migrate", of=purchase(), sequence=3, key_pack_id=5)
    assert decide(situation(pack(5), record=[INSTALLED, gone, returned]), purchase()) == [("recorded", 5)]


def test_a_code_that_does_not_state_its_cals_is_installed() -> None:
    made = plan(situation(), code())
    assert texts(made) == ["Install the CALs of a license code (Retail purchase ****0DE5)"]
    assert "as the license code says" in made.diff[0]["after"]


def test_a_code_that_does_not_state_its_cals_may_be_a_retail_pack_that_is_there() -> None:
    with pytest.raises(Refused) as caught:
        plan(situation(pack(3), retail_pack(5, 20)), code())
    assert "as key pack 5 (20 Windows Server 2022 per user CALs)" in str(caught.value)
    assert "adopt: false" in str(caught.value)


def test_other_packs_are_no_doubt_about_a_code() -> None:
    claimed = operation(of=purchase(20), key_pack_id=5)
    assert decide(situation(pack(3), retail_pack(5, 20), record=[claimed]), code()) == [("acquire", None)]
    assert decide(situation(retail_pack(5, 20)), code(), adopt=False) == [("acquire", None)]


def test_a_code_that_states_its_cals_is_adopted_like_any_purchase() -> None:
    stated = Purchase("retail", code().credential, 7, 1, 20)
    assert decide(situation(retail_pack(5, 20)), stated) == [("adopted", 5)]


def test_what_an_interrupted_code_brought() -> None:
    begun = operation(of=code(), status=INTENDED, before=((3, 20),))
    assert decide(situation(pack(3, 20), retail_pack(4, 5), record=[begun]), code()) == [("recorded", 4)]
    # Somebody may have installed another one meanwhile.
    for came in ([pack(4)], [retail_pack(4, 5), retail_pack(5, 20)]):
        with pytest.raises(Refused, match="appeared since and may be its result"):
            plan(situation(pack(3, 20), *came, record=[begun]), code())


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
def test_without_a_license_key_pack_id_the_task_waits(method: str) -> None:
    server = situation(method=method)
    assert decide(server, purchase()) == [("awaiting", None)]
    made = plan(server, purchase())
    assert not made.steps
    assert not made.diff


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
def test_with_a_license_key_pack_id_it_goes_on(method: str) -> None:
    assert decide(situation(method=method), purchase(license_key_pack_id=KEY_PACK_CODE)) == [("acquire", None)]


def test_what_is_there_needs_no_license_key_pack_id() -> None:
    assert decide(situation(pack(3), method="telephone"), purchase()) == [("adopted", 3)]


def test_a_license_key_pack_id_has_no_place_in_the_automatic_method() -> None:
    with pytest.raises(Refused, match=r"^rdls02: .* has a license_key_pack_id, but the connection method is auto"):
        plan(situation(), purchase(license_key_pack_id=KEY_PACK_CODE))


def test_a_server_that_is_not_activated_gets_nothing_new() -> None:
    with pytest.raises(Refused, match=r"^rdls02: .* not activated \(activation status: not activated\); activate it"):
        plan(situation(activated=False), purchase())


def test_a_server_that_is_not_activated_may_adopt_and_confirm() -> None:
    begun = operation(of=purchase(50), status=INTENDED)
    server = situation(pack(3), pack(4, 50), record=[begun], activated=False)
    assert decide(server, purchase(), purchase(50)) == [("adopted", 3), ("recorded", 4)]


def test_cals_newer_than_the_server_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        plan(situation(release="windows_server_2019"), purchase())
    assert str(caught.value) == (
        "rdls02: 100 Windows Server 2022 per user CALs are newer than the server, which runs Windows Server 2019; a "
        "license server must be at least as new as the CALs it holds (Windows Server 2022 or later)."
    )


def test_they_are_refused_before_anybody_fetches_an_id_for_them() -> None:
    with pytest.raises(Refused, match="newer than the server"):
        plan(situation(release="windows_server_2019", method="web_browser"), purchase())


def test_a_release_that_is_not_in_the_table_is_a_warning() -> None:
    (warning,) = plan(situation(release=None), purchase()).warnings
    assert warning.endswith("whether it may hold 100 Windows Server 2022 per user CALs was not checked.")


def test_an_unusual_agreement_number_is_a_warning() -> None:
    odd = purchase(program="service_provider", number="12345678")
    assert plan(situation(), odd).warnings == (odd.doubt,)
    assert plan(situation(pack(3)), odd).warnings == ()


def test_decisions_keep_the_order_of_the_purchases() -> None:
    wanted = [purchase(10), purchase(20), purchase(30)]
    server = situation(pack(3, 20), record=[operation(of=purchase(20), key_pack_id=3)])
    decisions, _plan = planned(server, *wanted)
    assert [each.purchase for each in decisions] == wanted


def test_a_growing_pack_confirms_an_interrupted_run() -> None:
    begun = operation(of=purchase(50), status=INTENDED, before=((3, 100),), cals=cals(50))
    assert decide(situation(pack(3, 150), record=[begun]), purchase(50)) == [("recorded", 3)]


def test_an_id_that_brought_what_is_recorded_as_another_purchase_is_not_used_again() -> None:
    used = f"{fingerprint(KEY_PACK_CODE)} ****"
    record = [operation(of=code(), key_pack_id=3, cals=cals(50), license_key_pack_id=used)]
    server = situation(pack(3, 50), record=record, method="telephone")
    with pytest.raises(Refused, match=r"has brought 50 .* already .* Set key_pack_id: 3 on the purchase"):
        plan(server, purchase(50, license_key_pack_id=KEY_PACK_CODE))
    again = replace(code(), license_key_pack_id=KEY_PACK_CODE, acknowledge_missing=record[0].operation_id)
    gone = situation(record=record, method="telephone")
    assert decide(gone, again) == [("acquire", None)], "whether its own ID can be used again is for the Clearinghouse"


def test_a_code_that_states_other_cals_than_came_for_it_is_not_what_is_recorded() -> None:
    stated = replace(code(), product_version=7, cal_type=1, quantity=10)
    record = [operation(of=code(), key_pack_id=3, cals=cals(250))]
    assert decide(situation(pack(3, 250), record=record), code()) == [("recorded", 3)]
    with pytest.raises(Refused, match=r"which brought 250 .* set key_pack_id: 3 on that one"):
        plan(situation(pack(3, 250), record=record), stated)
    reduced = operation("reduce", sequence=2, token="00000002", key_pack_id=3, cals=cals(200))
    as_stated = replace(stated, quantity=250)
    assert decide(situation(pack(3, 50), record=[*record, reduced]), as_stated) == [("recorded", 3)]
