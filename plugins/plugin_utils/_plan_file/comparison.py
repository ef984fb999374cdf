# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What moved on a server since a plan was made, apart from what the plan's own steps have done.

A fact has to be as it was when it was planned, or as an approved step leaves it. What a step did to key packs is taken
from the record: an operation that matches an approved step accounts for its CALs, any other one is a move of its own.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    cal_family,
    cal_type_title,
    product_version_title,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    ACQUIRING,
    DONE,
    HAND_OVER,
    REBUILD,
    UNFINISHED,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.facts import (
    READ,
    SERVER,
    Facts,
    topic_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.steps import ANY
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.rebuild_deletion import UNINSTALL

Step = Mapping[str, t.Any]
_PACK: t.Final = "key pack "
_OPERATION: t.Final = "operation "
_ABSENT: t.Final[Mapping[str, t.Any]] = {}


@dataclass
class _Packs:
    """CALs by key pack as the plan's operations leave them, and what is uncertain about that."""

    totals: dict[str, int | None]
    touched: set[str] = field(default_factory=set)
    # A pack may hold more or fewer CALs than expected, while an operation has no outcome.
    loose: set[str] = field(default_factory=set)
    # CALs by kind that may have come in a new pack, or have left some pack, without a trace in the record.
    coming: list[str] = field(default_factory=list)
    leaving: dict[tuple[int, int], int] = field(default_factory=dict)
    rebuilt: bool = False

    def add(self, key_pack_id: t.Any, quantity: int) -> None:
        name = f"{_PACK}{key_pack_id}"
        self.totals[name] = max((self.totals.get(name) or 0) + quantity, 0)
        self.touched.add(name)


class Comparison:
    """The facts of one server as planned, as they are now, and the approved steps that concern it.

    C(due) are the digests of the steps that this run is about to do: they have left nothing behind so far.
    """

    def __init__(
        self, server: str, planned: Facts, now: Facts, steps: Sequence[Step], due: Collection[str] = ()
    ) -> None:
        self.server = server
        self.planned = planned
        self.now = now
        self._written = [each for step in steps for each in step["operations"] if each["server"] == server]
        self._settled = {each for step in steps for each in step["settles"]}
        self.operations = {
            subject: fields
            for subject, fields in sorted(now.items())
            if subject.startswith(_OPERATION) and subject not in planned
        }
        self._own = [step for step in steps if step["server"] == server]
        self._done = [step for step in self._own if step["sha256"] not in due and self._may_be_done(step)]

    def moved(self) -> str | None:
        """The first fact that moved, as a message names it; None when every fact is as expected."""
        return next(self._moves(), None)

    def wrote(self, operation: Mapping[str, t.Any]) -> bool:
        """Whether an approved step writes such an operation."""
        return any(_matches(each, operation) for each in self._written)

    def _may_be_done(self, step: Step) -> bool:
        """Whether a step that writes an operation has done so."""
        return not step["operations"] or any(
            _matches(each, operation) for each in step["operations"] for operation in self.operations.values()
        )

    def _moves(self) -> Iterator[str]:
        yield from self._packs()
        for subject in sorted({*self.planned, *self.now} - {READ}):
            if not subject.startswith((_PACK, _OPERATION)) and self._both_read(subject):
                yield from self._values(subject)
        yield from self._recorded()

    def _both_read(self, subject: str) -> bool:
        topic = topic_of(subject)
        return topic in self.planned[READ] and topic in self.now[READ]

    def _values(self, subject: str) -> Iterator[str]:
        planned, now = self.planned.get(subject), self.now.get(subject)
        if subject != "release" and self._rebuilding:
            return
        if planned is None or now is None:
            if not self._after(subject, ANY):
                was, is_now = ("not there", "there") if planned is None else ("there", "not there")
                yield self._line(subject, "", was, is_now)
            return
        for name in planned:
            if name in now and planned[name] != now[name] and not self._expected(subject, name, now[name]):
                yield self._line(subject, name, planned[name], now[name])

    @property
    def _rebuilding(self) -> bool:
        """Whether an approved step has begun to replace the database, which changes all that the provider tells."""
        rebuilds = [each for each in self.operations.values() if each["operation"] == REBUILD and self.wrote(each)]
        return any((each.get("rebuild") or {}).get("method") != UNINSTALL for each in rebuilds)

    def _after(self, subject: str, name: str) -> list[t.Any]:
        found = [step["after"].get(subject, {}) for step in self._done]
        return [fields[key] for fields in found for key in (name, ANY) if key in fields]

    def _expected(self, subject: str, name: str, now: t.Any) -> bool:
        """Whether approved steps leave a value behind."""
        after = self._after(subject, name)
        lists = [each for each in after if isinstance(each, Mapping) and "added" in each]
        if lists and _explains(lists, self.planned[subject][name], now):
            return True
        choices = (each.get("one_of", ()) if isinstance(each, Mapping) else (each,) for each in after)
        return ANY in after or any(now in each for each in choices)

    def _packs(self) -> Iterator[str]:
        if not ("packs" in self.planned[READ] and "packs" in self.now[READ]):
            return
        packs = self._expected_packs()
        if packs.rebuilt:
            return
        subjects = {each for each in (*self.planned, *self.now, *packs.totals) if each.startswith(_PACK)}
        for subject in sorted(subjects, key=_number):
            yield from self._pack(subject, packs)

    def _pack(self, subject: str, packs: _Packs) -> Iterator[str]:
        planned, now = self.planned.get(subject), self.now.get(subject)
        expected, there = packs.totals.get(subject), (now or {}).get("total")
        if subject in packs.loose:
            return
        if subject in packs.touched:
            if (there or 0) != (expected or 0) and not _may_have_left(planned or now, expected, there, packs):
                yield self._line(subject, "total", planned and planned.get("total"), now and there)
            if not planned or not now or not expected:
                return
        elif planned is None or now is None:
            if planned is None and now is not None and _may_have_come(now, packs):
                return
            if now is None and planned is not None and _may_have_left(planned, expected, 0, packs):
                return
            yield self._line(subject, "", _pack_title(planned), _pack_title(now))
            return
        if planned and now:
            yield from self._pack_fields(subject, planned, now, packs)

    def _pack_fields(
        self, subject: str, planned: Mapping[str, t.Any], now: Mapping[str, t.Any], packs: _Packs
    ) -> Iterator[str]:
        for name in ("total", *planned):
            if planned[name] == now.get(name):
                continue
            if name == "total" and (
                subject in packs.touched or _may_have_left(planned, planned["total"], now.get(name), packs)
            ):
                continue
            if subject in packs.touched and name == "product_type":
                continue
            if now.get("total") == 0 and planned["total"] and not list(_unexplained(planned, now, packs)):
                continue
            yield self._line(subject, name, planned[name], now.get(name))

    def _expected_packs(self) -> _Packs:
        packs = _Packs(
            {subject: fields.get("total") for subject, fields in self.planned.items() if subject.startswith(_PACK)}
        )
        for operation in self.operations.values():
            if self.wrote(operation):
                _apply(operation, packs)
        for subject, operation in self.now.items():
            # Those that were recorded when the plan was made and have an outcome by now.
            before = self.planned.get(subject) if subject.startswith(_OPERATION) else None
            if before and before["status"] in UNFINISHED and operation["status"] == DONE and self._may_settle(subject):
                _apply(operation, packs)
        return packs

    def _may_settle(self, subject: str) -> bool:
        return subject.removeprefix(_OPERATION) in self._settled or bool(self._written)

    def _recorded(self) -> Iterator[str]:
        if not self._both_read("recorded"):
            return
        for subject, operation in self.operations.items():
            if not self.wrote(operation):
                what = f"{operation['operation']} {operation['status']}".replace("_", " ")
                yield f"{self._line(subject, '', 'not recorded', what)}; no step of the plan writes it"
        for subject, planned in self.planned.items():
            if subject.startswith(_OPERATION):
                yield from self._operation(subject, planned, self.now.get(subject))

    def _operation(self, subject: str, planned: Mapping[str, t.Any], now: Mapping[str, t.Any] | None) -> Iterator[str]:
        if now is None:
            # A run that continues a rebuild writes an operation of its own, and finished ones move to the history.
            if not any(self.wrote(each) for each in self.operations.values()):
                yield self._line(subject, "", f"recorded as {planned['operation']}", "not recorded")
            return
        if planned == now or subject.removeprefix(_OPERATION) in self._settled:
            return
        for name in planned:
            if name not in now or planned[name] == now[name]:
                continue
            if not self._settles(planned, name):
                yield self._line(subject, name, planned[name], now[name])

    def _settles(self, planned: Mapping[str, t.Any], name: str) -> bool:
        """Whether an approved step closes an operation that was recorded before, as the removal from a source does."""
        settling = any(step["action"] == "SettleSource" for step in self._own) or any(
            HAND_OVER in each["operation"] for each in self._written
        )
        if settling and planned.get("source.removal") == "pending":
            return name in ("source.removal", "reported")
        return bool(planned["status"] in UNFINISHED and (settling or self.wrote(planned)))

    def _line(self, subject: str, name: str, planned: t.Any, now: t.Any) -> str:
        what = self.server if subject == SERVER else f"{self.server} {subject.replace('_', ' ')}"
        if subject.startswith(_PACK) and name == "total":
            gone = "not there" if now is None else f"{now}"
            there = "not there" if planned is None else f"{planned} CALs"
            return f"{what}: {there} when planned, {gone} now"
        if name:
            separator = " " if subject == SERVER else ", "
            what = f"{what}{separator}{name.replace('_', ' ').replace('.', ' ')}"
        return f"{what}: {_shown(planned)} when planned, {_shown(now)} now"


def _matches(written: Mapping[str, t.Any], operation: Mapping[str, t.Any]) -> bool:
    return operation["operation"] in written["operation"] and all(
        operation.get(name) == value for name, value in written.items() if name not in ("server", "operation")
    )


def _apply(operation: Mapping[str, t.Any], packs: _Packs) -> None:
    """What an operation did to the key packs, or may have done."""
    name, number = operation["operation"], operation.get("key_pack_id")
    quantity = _quantity(operation.get("cals"))
    if operation["status"] in UNFINISHED:
        _loosen(operation, packs)
    elif operation["status"] != DONE:
        return
    elif name == REBUILD:
        _deleted(operation, packs, loose=False)
    elif name in ACQUIRING and name != "adopt" and number is not None:
        packs.add(number, quantity)
    elif name in ("remove", "reduce"):
        packs.add(number, -quantity)
    elif name == "convert":
        packs.add(number, -quantity)
        packs.add(operation.get("result_key_pack_id") or number, quantity)
    elif name == HAND_OVER:
        for taken in operation.get("taken") or ():
            packs.add(taken["key_pack_id"], -_quantity(taken["cals"]))


def _loosen(operation: Mapping[str, t.Any], packs: _Packs) -> None:
    name = operation["operation"]
    if name == REBUILD:
        _deleted(operation, packs, loose=True)
    elif name == HAND_OVER:
        for planned in operation.get("planned") or ():
            for pack in planned["packs"]:
                kind = _kind(pack["cals"])
                packs.leaving[kind] = packs.leaving.get(kind, 0) + _quantity(pack["cals"])
    elif operation.get("key_pack_id") is not None:
        packs.loose.add(f"{_PACK}{operation['key_pack_id']}")
        packs.coming.append(str(operation.get("cals")))
    else:
        packs.coming.append(str(operation.get("cals")))


def _deleted(operation: Mapping[str, t.Any], packs: _Packs, *, loose: bool) -> None:
    """What a rebuild deletes. A database that is replaced has key packs of its own, under any number."""
    rebuild = operation.get("rebuild") or {}
    packs.rebuilt = packs.rebuilt or rebuild.get("method") != UNINSTALL
    for each in rebuild.get("packs") or ():
        name = f"{_PACK}{each['key_pack_id']}"
        if loose:
            packs.loose.add(name)
        else:
            packs.totals[name] = 0
            packs.touched.add(name)


def _may_have_come(now: Mapping[str, t.Any], packs: _Packs) -> bool:
    cals = f"{now['product_version_id']}.{now['product_type']}.{now['total']}"
    known = [each for each in packs.coming if each != "None"]
    fits = any(_kind(each) == _kind(cals) and _quantity(each) == now["total"] for each in known)
    return fits or len(known) < len(packs.coming)


def _may_have_left(planned: Mapping[str, t.Any] | None, expected: int | None, there: int | None, packs: _Packs) -> bool:
    """Whether the provider may have taken CALs from a source, for a migration that is not settled."""
    if not planned or planned.get("product_version_id") is None or planned.get("product_type") is None:
        return False
    gone = (expected or 0) - (there or 0)
    return 0 <= gone <= packs.leaving.get(_kind(f"{planned['product_version_id']}.{planned['product_type']}.0"), -1)


def _unexplained(planned: Mapping[str, t.Any], now: Mapping[str, t.Any], packs: _Packs) -> Iterator[int]:
    """Some servers keep an emptied pack, as one of an unknown kind."""
    if not _may_have_left(planned, planned["total"], now.get("total"), packs):
        yield planned["total"]


def _kind(cals: str) -> tuple[int, int]:
    version, cal_type, _quantity_text = cals.split(".")
    return cal_family(int(version)), int(cal_type)


def _quantity(cals: t.Any) -> int:
    return int(str(cals).rsplit(".", 1)[1]) if cals else 0


def _explains(changes: Sequence[Mapping[str, t.Any]], planned: Sequence[str], now: Sequence[str]) -> bool:
    before, after = {each.casefold() for each in planned}, {each.casefold() for each in now}
    added = {name.casefold() for each in changes for name in each["added"]}
    removed = {name.casefold() for each in changes for name in each["removed"]}
    return after - before <= added and before - after <= removed and after != before


def _number(subject: str) -> int:
    return int(subject.removeprefix(_PACK))


def _pack_title(fields: Mapping[str, t.Any] | None) -> str:
    if fields is None:
        return "not there"
    if fields["product_version_id"] is None or fields["product_type"] is None or fields["total"] is None:
        return "there"
    return (
        f"{fields['total']} {product_version_title(fields['product_version_id'])} "
        f"{cal_type_title(fields['product_type'])} CALs"
    )


def _shown(value: t.Any) -> str:
    if value is None or value == "":
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "an empty list"
    return str(value)
