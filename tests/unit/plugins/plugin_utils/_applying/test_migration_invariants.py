# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every migration, whatever is on the two servers and however the purchases are spread over packs."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration import MigrationPlan
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import pack, purchase
from tests.unit.fake_license_server import FakeLicenseServer
from tests.unit.migrations import Run, imports, two_servers

KINDS = [(6, 0), (6, 1), (7, 0), (7, 1)]
Kind = tuple[int, int]


@dataclass(frozen=True)
class World:
    """Purchases, and the packs of two servers; some purchases may be on the target already, moved by hand."""

    purchases: tuple[Purchase, ...]
    on_source: tuple[KeyPack, ...]
    on_target: tuple[KeyPack, ...]
    reaches_source: bool

    def servers(self) -> FakeLicenseServer:
        """The servers as they are before the first run."""
        target = two_servers(*self.on_source, reaches_source=self.reaches_source)
        target.packs.extend(self.on_target)
        return target


def kind_of(each: Purchase) -> Kind:
    """Version and type of a purchase."""
    assert each.cals is not None
    return each.cals.kind


def packs_for(draw: st.DrawFn, purchases: list[Purchase], first: int) -> list[KeyPack]:
    """Packs that hold just these purchases: each its own, or several of a kind in one."""
    sizes: list[tuple[Kind, int]] = []
    for kind in KINDS:
        quantities = [each.quantity or 0 for each in purchases if kind_of(each) == kind]
        if len(quantities) > 1 and draw(st.booleans()):
            quantities = [sum(quantities)]
        sizes += [(kind, quantity) for quantity in quantities]
    return [
        pack(first + place, quantity, version=version, cal_type=cal_type)
        for place, ((version, cal_type), quantity) in enumerate(sizes)
    ]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to five purchases, some moved by hand, and other packs on the source that no purchase is named for."""
    count = draw(st.integers(1, 5))
    purchases = [
        purchase(draw(st.integers(1, 30)), reference=f"PO-{place}", version=version, cal_type=cal_type)
        for place, (version, cal_type) in enumerate(draw(st.sampled_from(KINDS)) for _number in range(count))
    ]
    by_hand = [each for each in purchases if draw(st.integers(0, 3)) == 0]
    on_source = packs_for(draw, [each for each in purchases if each not in by_hand], first=3)
    others = [pack(20 + place, draw(st.integers(1, 30)), version=8) for place in range(draw(st.integers(0, 2)))]
    on_target = [
        pack(30 + place, each.quantity, version=each.product_version or 0, cal_type=each.cal_type or 0)
        for place, each in enumerate(by_hand)
    ]
    return World(tuple(purchases), (*on_source, *others), tuple(on_target), draw(st.booleans()))


def holdings(*servers: FakeLicenseServer | None) -> Counter[Kind]:
    """CALs of each kind on these servers together."""
    found: Counter[Kind] = Counter()
    for server in servers:
        for each in server.packs if server else ():
            found[each.cals.kind] += each.cals.quantity
    return found


def removals_of(made: MigrationPlan) -> list[PackCals]:
    """What a plan removes from the source."""
    return [pack for each in made.pending for pack in each.removals]


def run(target: FakeLicenseServer, world: World, *, remove: bool) -> bool | None:
    """Migrate; gives whether anything changed, None where it was refused."""
    try:
        return Run(target, world.purchases, remove=remove).migrate()
    except Refused:
        return None


@given(worlds())
def test_no_cal_is_created_or_lost(world: World) -> None:
    target = world.servers()
    before = holdings(target, target.source)
    run(target, world, remove=True)
    assert holdings(target, target.source) == before


@given(worlds())
def test_every_purchase_ends_on_the_target_and_what_is_not_named_stays(world: World) -> None:
    target = world.servers()
    if run(target, world, remove=True) is None:
        return
    wanted: Counter[Kind] = Counter()
    for each in world.purchases:
        wanted[kind_of(each)] += each.quantity or 0
    assert holdings(target) == wanted
    others = holdings(two_servers(*(each for each in world.on_source if each.product_version_id == 8)).source)
    assert holdings(target.source) == others
    assert imports(target) == len(world.purchases) - len(world.on_target)


@given(worlds(), st.booleans())
def test_planning_again_finds_nothing_to_do(world: World, remove: bool) -> None:
    target = world.servers()
    if run(target, world, remove=remove) is None:
        return
    again = Run(target, world.purchases, remove=remove)
    made = again.plan()
    assert not made.plan.changed
    assert made.plan.diff == []
    assert [each.outcome for each in made.decisions] == ["recorded"] * len(world.purchases)
    target.calls.clear()
    again.source.calls.clear()
    assert not again.migrate()
    assert target.changing + again.source.changing == []


@given(worlds())
def test_a_refusal_changes_nothing(world: World) -> None:
    target = world.servers()
    if run(target, world, remove=True) is None:
        assert target.changing == []
        assert target.source is not None
        assert target.source.changing == []
        assert tuple(target.packs) == world.on_target


@given(worlds())
def test_planning_only_reads(world: World) -> None:
    target = world.servers()
    task = Run(target, world.purchases)
    with contextlib.suppress(Refused):
        task.plan()
    assert target.changing + task.source.changing == []


@given(worlds(), st.data())
def test_never_more_is_removed_from_the_source_than_was_moved(world: World, data: st.DataObject) -> None:
    """Whatever an administrator does to the source between the runs."""
    target = world.servers()
    if run(target, world, remove=False) is None:
        return
    task = Run(target, world.purchases)
    source = task.source
    source.packs = [each for each in source.packs if data.draw(st.integers(0, 3))]
    source.packs += [pack(50, data.draw(st.integers(1, 30))) for _number in range(data.draw(st.integers(0, 1)))]
    moved: Counter[Kind] = Counter()
    for each in target.recorded.pending_removals:
        assert each.cals is not None
        moved[each.cals.kind] += each.cals.quantity
    before = holdings(source)
    removed: Counter[Kind] = Counter()
    for removal in removals_of(task.plan()):
        removed[removal.cals.kind] += removal.cals.quantity
        assert removal.key_pack_id not in (20, 21, 50), "none of the packs that were moved"
    assert removed <= moved
    task.migrate()
    assert holdings(source) == before - removed


def test_some_worlds_are_refused_and_some_are_not() -> None:
    """Twins of which one was moved by hand are not distinguished; the tests above would say nothing of others."""
    twins = purchase(10, reference="PO-1"), purchase(10, reference="PO-2")
    clear = World(twins, (pack(3, 10), pack(4, 10)), (), reaches_source=True)
    unclear = World(twins, (pack(3, 10),), (pack(30, 10),), reaches_source=True)
    assert run(clear.servers(), clear, remove=True)
    assert run(unclear.servers(), unclear, remove=True) is None
