# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of every universe, whatever went wrong in it.

The judge knows the truth of the simulated fleet: which purchase each key pack really is of, what the Clearinghouse has
booked for which server. It knows nothing of how the collection works, and reads the record through license_server_info.
"""

from __future__ import annotations

import json
import re
import typing as t
from collections import Counter

from tests.universe.actions import PASSWORD
from tests.universe.world import Run, World

# What a message may tell an administrator to write, so that the next run ends well.
OPTIONS_THAT_HELP: t.Final = re.compile(
    r"\b(resolve_operations|acknowledge_missing|acknowledge_removed|key_pack_id|change_id|adopt|reference|purchases|"
    r"remove_from_source|acknowledge_manual_removal|waive_coverage|license_key_pack_ids?|state: \w+|"
    r"source\.\w+|quantity|use winfleet\.rd_licensing\.\w+)\b"
)
# What other modules do is not recorded: nobody can know that a killed controller did it.
RECORDED: t.Final = ("key_pack", "cal_migration", "database_rebuild")
PENDING: t.Final = "obligations"
_Place = tuple[str, str]


class Judge:
    """Collects broken promises."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.wrong: list[str] = []
        self.swapped = False
        self._allowed = Counter[_Place]()
        self._again = Counter[_Place]()
        self._lowest: dict[tuple[str, int], int] = {}
        self._wants: set[tuple[str, str, str, t.Any]] = set()
        self._touched: set[tuple[str, int]] = set()
        self._named: set[_Place] = set()
        self._sources: set[str] = set()
        self._unread = Counter[_Place]()
        self._rebuilt: set[str] = set()
        self._open_rebuilds: set[str] = set()
        self._unreported: dict[str, Run] = {}
        self._start = {name: [_row(pack) for pack in world.packs(name)] for name in world.fleet.servers}
        self._secrets = _secrets(world)
        self._purchases = {purchase.credential: name for name, purchase in world.fleet.clearinghouse.purchases.items()}

    def blame(self, text: str) -> None:
        """A promise is broken."""
        if text not in self.wrong:
            self.wrong.append(text)

    # What tasks are allowed to do.

    def begins(self, task: dict[str, t.Any], first: bool) -> None:
        """A task that may change something is about to run, for the first time or again."""
        options, host, module = task["options"], task["host"], task["module"]
        if module == "database_rebuild":
            self._rebuilt.add(host)
        if options.get("source", {}).get("host"):
            self._sources.add(options["source"]["host"])
        for purchase in options.get("purchases", []):
            name = self.name_of(purchase)
            self._wants.add((module, name, host, purchase.get("quantity")))
            self._named.add((host, name))
            if module == "cal_migration":
                self._named |= {(server, name) for server in self._world.fleet.servers}
        number = options.get("key_pack_id")
        if number is not None:
            self._touched.add((host, number))
            if first and options["state"] in ("absent", "reduced"):
                self._allow_reduction(host, number, options.get("quantity", 0) if options["state"] == "reduced" else 0)

    def _allow_reduction(self, host: str, number: int, quantity: int) -> None:
        for pack in self._world.packs(host):
            if pack.key_pack_id == number and pack.purchase:
                least = self._lowest.get((host, number), pack.total)
                self.allow_removal(host, pack.purchase, max(0, least - quantity))
                self._lowest[host, number] = min(least, quantity)

    def allow_removal(self, server: str, purchase: str, quantity: int) -> None:
        """So many CALs of a purchase may be missing from a server."""
        self._allowed[server, purchase] += quantity

    def unread(self, server: str, purchase: str, quantity: int) -> None:
        """Somebody took so many CALs from what a call had brought, before the run that called could read it.

        No run can know of them, so they are in no pending removal either.
        """
        self._unread[server, purchase] += quantity

    def allow_another(self, server: str, purchase: str) -> None:
        """An administrator has the Clearinghouse asked once more for a purchase that is gone from a server."""
        self._again[server, purchase] += 1

    def touched(self, server: str, key_pack_id: int) -> None:
        """Somebody may change this key pack."""
        self._touched.add((server, key_pack_id))

    def name_of(self, purchase: dict[str, t.Any]) -> str:
        """What a purchase of a task is called at the Clearinghouse."""
        names = ("license_code", "license_number", "authorization_number", "agreement_number")
        credential = "|".join(str(purchase[name]).upper() for name in names if name in purchase)
        return self._purchases[credential]

    # Single runs.

    def after(self, run: Run) -> None:
        """A run is over: nothing secret in its result, and C(changed) tells the truth."""
        if run.result is None:
            self._owe_a_report(run)
            return
        shown = json.dumps(run.result, default=str)
        if any(secret in shown for secret in (*self._secrets, *self._world.ids.values())):
            self.blame(f"a secret is in the result of {_title(run)}")
        if "please report" in run.message:
            self.blame(f"internal error: {run.message}")
        if "\n" in run.message:
            self.blame(f"a message of several lines: {run.message}")
        if run.task["options"].get("state") == "converted" and run.result.get("key_pack_id") is not None:
            # Its purchase was bought as the other CAL type.
            self.touched(run.task["host"], run.result["key_pack_id"])
        if not run.check:
            self._weigh_changed(run)

    def _owe_a_report(self, run: Run) -> None:
        """What a killed controller has done is reported by a later run, if the record still says that it is open."""
        if run.wrote_done:
            # It was to report what the one before it did, and nothing in the record tells that it could not.
            self._reported(run.task["host"])
        if run.killed_at_call and run.task["module"] in RECORDED:
            self._unreported[_key(run)] = run

    def _reported(self, host: str) -> None:
        self._unreported = {key: each for key, each in self._unreported.items() if each.task["host"] != host}

    def _weigh_changed(self, run: Run) -> None:
        assert run.result is not None
        changed = bool(run.result.get("changed"))
        earlier = self._unreported.get(_key(run))
        if changed:
            # One task may name the purchases of several, and so report what another one did.
            self._reported(run.task["host"])
        elif run.effects and "unknown" in run.message:
            self._unreported[_key(run)] = run
        elif run.effects and not run.undone:
            self.blame(f"{_title(run)} says changed=false although it did: {run.effects[0]} ({run.message[:300]})")
        elif earlier is not None and (earlier.effects or earlier.late_effects) and run.green:
            done = [*earlier.effects, *earlier.late_effects][0]
            self.blame(f"{_title(run)} says changed=false, and no run has said that it did: {done}")
            del self._unreported[_key(run)]

    def stopped(self, run: Run) -> None:
        """An undisturbed run did not end well: its message must name an option."""
        if run.task["module"] == "database_rebuild":
            self._open_rebuilds.add(run.task["host"])
        if not OPTIONS_THAT_HELP.search(run.message):
            self.blame(f"{_title(run)} stops and names no option: {run.message}")

    def changes_nothing(self, run: Run) -> None:
        """A run after the work is done, and what it says of purchases."""
        if run.result is not None and run.result.get("changed"):
            self.blame(f"{_title(run)} says changed=true once more: {run.result.get('steps')} {run.message}")
        if run.green and run.result is not None:
            for entry in run.result.get("purchases", []):
                self._compare_with_pack(run, entry)

    def _compare_with_pack(self, run: Run, entry: dict[str, t.Any]) -> None:
        """What a result says of a purchase that is recorded is what its key pack shows.

        It says what was bought. A source has less of it, if a part was migrated.
        """
        number, host = entry.get("key_pack_id"), run.task["host"]
        if number is None or entry.get("quantity") is None or (host, number) in self._touched or host in self._sources:
            return
        kind = {"per_device": 0, "per_user": 1}[entry["cal_type"]]
        said = (entry["quantity"], _VERSIONS[entry["product_version"]], kind)
        shown = [
            (pack.total, pack.product_version_id, pack.product_type)
            for pack in self._world.packs(host)
            if pack.key_pack_id == number
        ]
        if shown != [said]:
            self.blame(f"{_title(run)} says that key pack {number} holds {said}, and it holds {shown}")

    # The end.

    def at_the_end(self, runs: list[Run]) -> None:
        """Every CAL is where it belongs, and where the last run of each task says that it is."""
        world = self._world
        pending = self._pending()
        placed = self._placed()
        here: Counter[_Place] = Counter()
        for server in world.fleet.servers:
            for pack in world.packs(server):
                if pack.purchase and pack.key_pack_type != 7:
                    here[server, pack.purchase] += pack.total
        for group in self._groups():
            for server in world.fleet.servers:
                self._weigh(server, group, here, placed, pending)
        self._said(runs, placed)
        self._bystanders()
        self._uses()
        self._registry()

    def _groups(self) -> list[tuple[str, ...]]:
        """A server that was filled by hand does not show which of its CALs are of which purchase."""
        groups: dict[tuple[int, int], list[str]] = {}
        for name, purchase in self._world.fleet.clearinghouse.purchases.items():
            groups.setdefault((purchase.product_version_id, purchase.product_type), []).append(name)
        if self.swapped:
            return [tuple(self._world.fleet.clearinghouse.purchases)]
        return [tuple(names) for names in groups.values()]

    def _weigh(
        self,
        server: str,
        group: tuple[str, ...],
        here: Counter[_Place],
        placed: Counter[_Place],
        pending: Counter[tuple[str, int, int]],
    ) -> None:
        purchases = self._world.fleet.clearinghouse.purchases
        kinds = {(purchases[name].product_version_id, purchases[name].product_type) for name in group}
        there = sum(here[server, name] for name in group)
        should = sum(placed[server, name] for name in group)
        allowed = sum(self._allowed[server, name] for name in group)
        covered = sum(pending[server, version, kind] for version, kind in kinds)
        covered += sum(count for (other, name), count in self._unread.items() if other != server and name in group)
        title = "+".join(group)
        if there > should + covered:
            self.blame(
                f"{server} holds {there} CALs of {'+'.join(group)}, bought for it are {should} (pending: {covered})"
            )
        if there < should - allowed and server not in self._open_rebuilds:
            self.blame(f"{server} holds {there} CALs of {title} and should hold {should - allowed}: lost")

    def _said(self, runs: list[Run], placed: Counter[_Place]) -> None:
        """What is recorded as acquired was acquired: the Clearinghouse knows of it.

        Sources are left out: what was migrated and is not removed yet is there and is not theirs any more. So are
        servers whose key packs are changed by number, for a converted pack may look like another purchase.
        """
        left_out = {run.task["options"].get("source", {}).get("host") for run in runs}
        left_out |= {host for host, _number in self._touched}
        said: dict[_Place, int] = {}
        for run in runs:
            if not run.green or run.result is None or run.task["host"] in left_out:
                continue
            entries = zip(run.task["options"].get("purchases", []), run.result.get("purchases", []), strict=False)
            for purchase, entry in entries:
                if entry.get("key_pack_id") is not None:
                    said[run.task["host"], self.name_of(purchase)] = entry["quantity"] or 0
        for host in {host for host, _name in said}:
            for group in self._groups():
                there, known = (sum(each.get((host, name), 0) for name in group) for each in (said, placed))
                if there > known:
                    self.blame(f"{there} CALs of {'+'.join(group)} are recorded on {host}, acquired for it are {known}")

    def _placed(self) -> Counter[_Place]:
        """What the Clearinghouse believes, but for IDs that were given out and not used yet."""
        world, house = self._world, self._world.fleet.clearinghouse
        placed: Counter[_Place] = Counter()
        for name, purchase in house.purchases.items():
            for identifier, count in purchase.placed.items():
                placed[world.names_of_ids[identifier], name] += count
        for issued in house.pack_ids:
            if not issued.used and issued.operation != "reinstall":
                placed[world.names_of_ids[issued.license_server_id], issued.purchase] -= issued.quantity
                if issued.operation == "migrate":
                    placed[world.names_of_ids[issued.source_license_server_id], issued.purchase] += issued.quantity
        return placed

    def _pending(self) -> Counter[tuple[str, int, int]]:
        """Server, version and CAL type to the CALs that some record says are still to be removed there."""
        pending: Counter[tuple[str, int, int]] = Counter()
        for server, record in self._world.record().items():
            if not record or not any(module == "cal_migration" for module, *_others in self._wants):
                continue
            task = {"host": server, "module": "license_server_info", "options": {"gather": [PENDING]}}
            run = self._world.perform(Run(task))
            self.after(run)
            if not run.green or run.result is None:
                self.blame(f"license_server_info cannot read {server}: {run.message}")
                continue
            for entry in run.result["license_server"][PENDING]:
                self._count(entry, pending)
        return pending

    def _count(self, entry: dict[str, t.Any], pending: Counter[tuple[str, int, int]]) -> None:
        identifier = str(entry.get("source_license_server_id") or "").replace("-", "")
        purchases = self._world.fleet.clearinghouse.purchases.values()
        versions = _VERSIONS
        source = self._world.names_of_ids.get(identifier, "?")
        if entry.get("quantity") is None:
            self.blame(f"a pending removal without a quantity: {entry}")
            return
        kind = {"per_device": 0, "per_user": 1}[entry["cal_type"]]
        pending[source, versions[entry["product_version"]], kind] += entry["quantity"]
        if not any(each.product_type == kind for each in purchases):
            self.blame(f"a pending removal of CALs that nobody bought: {entry}")

    def _bystanders(self) -> None:
        """Key packs that no task speaks of are as they were."""
        named = {(server, self._kind(name)) for server, name in self._named}
        for server, rows in self._start.items():
            now = {pack.key_pack_id: _row(pack) for pack in self._world.packs(server)}
            for row in rows:
                number, purchase, kind = row[0], row[1], (row[3], row[4])
                if (server, number) in self._touched or (server in self._rebuilt and purchase):
                    continue
                if purchase and (server, kind) in named:
                    continue
                if server in self._rebuilt and not purchase:
                    continue
                if now.get(number) != row:
                    self.blame(
                        f"{server}: key pack {number}, of which no task speaks, was {row} and is {now.get(number)}"
                    )

    def _kind(self, name: str) -> tuple[int, int]:
        purchase = self._world.fleet.clearinghouse.purchases[name]
        return purchase.product_version_id, purchase.product_type

    def _uses(self) -> None:
        """The Clearinghouse saw each purchase at most once for each place."""
        module_of = {"install": "key_pack", "migrate": "cal_migration"}
        booked: Counter[tuple[str, str, str]] = Counter()
        for operation, purchase, quantity, identifier in self._world.bookings:
            if operation in module_of:
                booked[operation, purchase, self._world.names_of_ids[identifier]] += quantity
        for (operation, purchase, server), quantity in booked.items():
            counts = [
                count or self._world.fleet.clearinghouse.purchases[purchase].quantity
                for module, name, host, count in self._wants
                if (module, name, host) == (module_of[operation], purchase, server)
            ]
            wanted = sum(counts) + self._again[server, purchase] * max(counts, default=0)
            if quantity > wanted:
                self.blame(f"{operation} of {purchase} for {server}: {quantity} CALs were booked, wanted were {wanted}")

    def _registry(self) -> None:
        record, printed = json.dumps(self._world.record(), default=str), "\n".join(self._world.shown)
        for secret in self._secrets | set(self._world.ids.values()):
            if secret in record:
                self.blame("a secret is in the registry of a server")
            if secret in printed:
                self.blame("a secret was printed")


_VERSIONS: t.Final = {
    "windows_server_2008": 2,
    "windows_server_2008_r2": 3,
    "windows_server_2012": 4,
    "windows_server_2016": 5,
    "windows_server_2019": 6,
    "windows_server_2022": 7,
    "windows_server_2025": 8,
}


def _row(pack: t.Any) -> tuple[int, str | None, int, int, int]:
    return pack.key_pack_id, pack.purchase, pack.total, pack.product_version_id, pack.product_type


def _secrets(world: World) -> set[str]:
    found = {PASSWORD}
    for purchase in world.fleet.clearinghouse.purchases.values():
        found |= set(purchase.credential.split("|"))
    return found


def _key(run: Run) -> str:
    options = {name: value for name, value in run.task["options"].items() if name != "license_key_pack_ids"}
    return json.dumps([run.task["host"], run.task["module"], options], sort_keys=True)


def _title(run: Run) -> str:
    options = run.task["options"]
    what = options.get("state") or options.get("method") or ""
    return f"{run.task['module']} {what} on {run.task['host']}".replace("  ", " ")
