# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A universe out of a seed: a fleet, tasks, administrators at the console, faults. Plain data, that can be shrunk.

``{"seed", "fleet", "events"}``. An event is ``{"do": "task", "task", "faults", "skew", "check"}``,
``{"do": "together", "runs": [...], "schedule"}``, ``{"do": "clearinghouse", "swap"}``, ``{"do": "pause", "seconds"}``,
``{"do": "network", "a", "b", "connected"}`` or something done at the console: ``remove``, ``install``, ``reduce``.
"""

from __future__ import annotations

import random
import typing as t

from tests.universe.actions import DOMAIN
from tests.universe.faults import FAULT_FORMS, RETURN_CODES

CONTACT: t.Final = {"FirstName": "Rosa", "LastName": "Example", "Company": "Universe", "CountryRegion": "Germany"}
VERSIONS: t.Final = ("windows_server_2016", "windows_server_2019", "windows_server_2022")
_DIALECTS: t.Final[tuple[dict[str, t.Any], ...]] = (
    {},
    {"nested_wmi_code": "none"},
    {"nested_wmi_code": "extended_status"},
    {"wmi_error_detail": True},
    {"empty_fault_detail": True},
    {"filled_context_at_end": True, "uppercase_booleans": True},
    {"dmtf_class_namespace": True, "answer_as_subclass": True},
    {"server_2003_enumeration": True, "empty_reason": True},
)
_LETTERS: t.Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_KINDS: t.Final = (
    ("refused", 6), ("lost_before", 8), ("lost_after", 14), ("timeout", 8), ("timed_out", 14), ("http_401", 2),
    ("http_500", 5), ("truncated", 5), ("foreign", 3), ("fault", 12), ("return_code", 10), ("restart", 5),
    ("killed_before", 6), ("killed_after", 14),
)  # fmt: skip


class Draw:
    """Draws one universe."""

    def __init__(self, seed: int, late: bool = True) -> None:
        self.seed = seed
        self._random = random.Random(seed)
        self._late = late
        self.purchases: dict[str, dict[str, t.Any]] = {}
        self.wanted: dict[str, int] = {}
        self.servers: dict[str, dict[str, t.Any]] = {}
        self.methods: dict[str, str] = {}

    def universe(self) -> dict[str, t.Any]:
        """The whole of it."""
        chance = self._random
        for number in range(1, chance.choice((2, 2, 3)) + 1):
            self.servers[f"rdls{number:02d}"] = self._server()
        theme = chance.choices(
            ("install", "migrate", "two_targets", "unreachable", "changes", "rebuild", "server_theme", "hosts"),
            (24, 30, 8, 10, 12, 12, 3, 1),
        )[0]
        events = getattr(self, f"_{theme}")()
        events = self._interrupted(events)
        fleet = {
            "users": {"labadmin": {"password": "Unused-Here-1"}},
            "servers": self.servers,
            "clearinghouse": {"purchases": self.purchases},
        }
        return {"seed": self.seed, "theme": theme, "fleet": fleet, "events": events}

    # Parts of a fleet.

    def _server(self) -> dict[str, t.Any]:
        chance = self._random
        plain = chance.random() < 0.7
        return {
            "windows_release": chance.choice(("2022", "2022", "2025")),
            "domain": DOMAIN,
            "activated": True,
            "contact": dict(CONTACT),
            "built_in_packs": not plain,
            "temporary_packs": not plain,
            "key_packs": [],
            "dialect": dict(chance.choice(_DIALECTS)),
            "behaviour": {"emptied_packs_stay_as_type_7": chance.random() < 0.1},
        }

    def _text(self, length: int) -> str:
        return "".join(self._random.choice(_LETTERS) for _number in range(length))

    def _purchase(self, alike: str | None = None) -> str:
        """A new purchase at the Clearinghouse, perhaps of the same CALs as another one; gives its name."""
        chance = self._random
        name = f"p{len(self.purchases) + 1}"
        program = chance.choices(("enterprise", "select", "open", "retail"), (6, 2, 2, 3))[0]
        entry: dict[str, t.Any] = {"program": program, "product_version": chance.choice(VERSIONS)}
        entry["cal_type"] = chance.choice(("per_user", "per_user", "per_device"))
        entry["quantity"] = chance.choice((10, 50, 100, 100, 250))
        if alike:
            entry.update({key: self.purchases[alike][key] for key in ("product_version", "cal_type")})
            entry["quantity"] = self.wanted[alike] if chance.random() < 0.7 else entry["quantity"]
        self.wanted[name] = entry["quantity"]
        if program == "retail":
            entry["license_code"] = self._text(25)
        elif program == "open":
            entry["license_number"] = "9" + "".join(chance.choice("0123456789") for _number in range(7))
            entry["authorization_number"] = self._text(15)
        else:
            entry["agreement_number"] = "9" + "".join(chance.choice("0123456789") for _number in range(6))
        if program != "retail":
            # More than is used, so that using it twice is possible.
            entry["quantity"] *= 4
        self.purchases[name] = entry
        return name

    def _purchases(self, most: int = 3) -> list[str]:
        names: list[str] = []
        for _number in range(self._random.choice((1, 1, 2, 2, most))):
            alike = self._random.choice(names) if names and self._random.random() < 0.4 else None
            names.append(self._purchase(alike))
        return names

    def _options(self, name: str, quantity: int | None = None) -> dict[str, t.Any]:
        """A purchase as a task's option."""
        entry = self.purchases[name]
        options = {"license_program": entry["program"]}
        for key in ("license_code", "license_number", "authorization_number", "agreement_number"):
            if key in entry:
                options[key] = entry[key]
        if entry["program"] != "retail" or self._random.random() < 0.5:
            options.update(product_version=entry["product_version"], cal_type=entry["cal_type"])
            options["quantity"] = quantity or self.wanted[name]
        return options

    def _place(self, server: str, purchase: str, quantity: int | None = None) -> int:
        """A pack on a server from the beginning; gives its key pack ID."""
        packs = self.servers[server]["key_packs"]
        number = 11 + sum(len(each["key_packs"]) for each in self.servers.values())
        packs.append({"purchase": purchase, "quantity": quantity or self.wanted[purchase], "key_pack_id": number})
        return number

    def _bystander(self, server: str) -> None:
        """A pack that no task speaks of."""
        if self._random.random() < 0.3:
            kind = {"product_version": "windows_server_2012", "cal_type": "per_device", "quantity": 7}
            number = 11 + sum(len(each["key_packs"]) for each in self.servers.values())
            self.servers[server]["key_packs"].append({**kind, "key_pack_id": number})

    # Themes.

    def _method(self, host: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
        method = self.methods.setdefault(
            host, self._random.choices(("automatic", "web_browser", "telephone"), (7, 2, 1))[0]
        )
        if method != "automatic":
            options["connection_method"] = method
        return options

    def _task(self, host: str, module: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
        return {"do": "task", "task": {"host": host, "module": module, "options": options}}

    def _present(self, host: str, names: t.Sequence[str]) -> dict[str, t.Any]:
        options: dict[str, t.Any] = {"purchases": [self._options(name) for name in names]}
        if self._random.random() < 0.1:
            options["adopt"] = False
        return self._task(host, "key_pack", self._method(host, options))

    def _install(self) -> list[dict[str, t.Any]]:
        names = self._purchases()
        host = "rdls01"
        self._bystander(host)
        split = self._random.random() < 0.3 and len(names) > 1
        if self._random.random() < 0.2:
            self._place(host, names[0])
        events = [self._present(host, names[:1])] if split else []
        events.append(self._present(host, names))
        if self._random.random() < 0.15:
            events.insert(
                self._random.randrange(len(events) + 1), {"do": "remove", "server": host, "purchase": names[0]}
            )
        return self._offline(events, host)

    def _offline(self, events: list[dict[str, t.Any]], host: str) -> list[dict[str, t.Any]]:
        """Where an administrator fetches the IDs, the tasks run once more with them."""
        if self.methods.get(host, "automatic") == "automatic":
            return events
        swap = self._random.random() < 0.25
        return [
            *events,
            {"do": "clearinghouse", "swap": swap},
            *[dict(event) for event in events if event["do"] == "task"],
        ]

    def _migration(
        self, target: str, source: str, names: t.Sequence[str], quantities: dict[str, int]
    ) -> dict[str, t.Any]:
        options: dict[str, t.Any] = {
            "source": {"host": source},
            "reason": "source_is_being_replaced",
            "purchases": [self._options(name, quantities.get(name)) for name in names],
            "remove_from_source": self._random.random() < 0.75,
        }
        return self._task(target, "cal_migration", self._method(target, options))

    def _fill_source(self, source: str, names: t.Sequence[str]) -> list[dict[str, t.Any]]:
        """The purchases are on the source: by hand, or installed by a task of its own."""
        if self._random.random() < 0.3:
            self.methods[source] = "automatic"
            return [{**self._present(source, names), "calm": True}]
        for name in names:
            self._place(source, name)
        return []

    def _migrate(self) -> list[dict[str, t.Any]]:
        chance = self._random
        names = self._purchases()
        source, target = "rdls01", "rdls02"
        events = self._fill_source(source, names)
        self._bystander(source)
        moved = names if chance.random() < 0.6 else names[: max(1, len(names) - 1)]
        parts = {}
        for name in moved:
            if chance.random() < 0.3 and self.purchases[name]["program"] != "retail" and not events:
                parts[name] = max(1, self.wanted[name] // chance.choice((2, 4)))
        if chance.random() < 0.4:
            self.servers[source]["reachable_from"] = []
        moves = [self._migration(target, source, moved, parts)]
        if len(moved) > 1 and chance.random() < 0.3:
            moves.insert(0, self._migration(target, source, moved[:1], parts))
        return [*events, *self._offline(moves, target)]

    def _two_targets(self) -> list[dict[str, t.Any]]:
        self.servers.setdefault("rdls03", self._server())
        first = self._purchase()
        names = [first, self._purchase(alike=first)]
        events = self._fill_source("rdls01", names)
        if self._random.random() < 0.7:
            self.servers["rdls01"]["reachable_from"] = []
        return [
            *events,
            self._migration("rdls02", "rdls01", names[:1], {}),
            self._migration("rdls03", "rdls01", names[1:], {}),
        ]

    def _unreachable(self) -> list[dict[str, t.Any]]:
        names = self._purchases(2)
        for name in names:
            self._place("rdls01", name)
        self.servers["rdls01"]["reachable_from"] = []
        identifier = self._text(35)
        self.servers["rdls01"]["license_server_id"] = identifier
        source = {
            "license_server_id": identifier,
            "operating_system": "windows_server_2022",
            "name": f"rdls01.{DOMAIN}",
        }
        options = {
            "source": source,
            "reason": "source_is_not_functioning",
            "acknowledge_manual_removal": True,
            "purchases": [self._options(name) for name in names],
        }
        events = self._offline([self._task("rdls02", "cal_migration", self._method("rdls02", options))], "rdls02")
        if self._random.random() < 0.4:
            later = {
                "source": {"host": "rdls01"},
                "reason": "source_is_not_functioning",
                "purchases": [],
                "remove_from_source": True,
            }
            events.append(self._task("rdls02", "cal_migration", later))
        return events

    def _changes(self) -> list[dict[str, t.Any]]:
        chance = self._random
        host = "rdls01"
        events = []
        for _number in range(chance.choice((1, 1, 2))):
            name = self._purchase()
            number = self._place(host, name)
            quantity = self.wanted[name]
            kind = chance.choice(("reduced", "reduced", "absent", "converted", "converted"))
            options: dict[str, t.Any] = {"state": kind, "key_pack_id": number}
            if kind == "reduced":
                options["quantity"] = max(1, quantity // chance.choice((2, 3)))
            if kind == "converted":
                options["cal_type"] = "per_device" if self.purchases[name]["cal_type"] == "per_user" else "per_user"
                options["change_id"] = f"CHG{number}"
                if chance.random() < 0.6:
                    options["quantity"] = max(1, quantity // 2)
            events.append(self._task(host, "key_pack", options))
            if kind == "reduced" and chance.random() < 0.2:
                options = {**options, "quantity": max(1, options["quantity"] // 2)}
                events.append(self._task(host, "key_pack", options))
        self._bystander(host)
        if chance.random() < 0.3:
            events.insert(chance.randrange(len(events) + 1), self._present(host, [self._purchase()]))
        return self._offline(events, host)

    def _rebuild(self) -> list[dict[str, t.Any]]:
        chance = self._random
        names = self._purchases()
        host = "rdls01"
        events = self._fill_source(host, names)
        options: dict[str, t.Any] = {
            "change_id": "CHG7",
            "reason": "rebuild_database",
            "confirm_deletion": True,
            "purchases": [self._options(name) for name in names],
        }
        if chance.random() < 0.5:
            options["method"] = "recreate_database"
        rebuild = self._task(host, "database_rebuild", self._method(host, options))
        return [*events, *self._offline([rebuild], host)]

    def _server_theme(self) -> list[dict[str, t.Any]]:
        host = "rdls01"
        state = self._random.choice(("activated", "deactivated", "reactivated"))
        options: dict[str, t.Any] = {"state": state}
        if state == "activated":
            self.servers[host]["activated"] = False
        elif state == "reactivated":
            options.update(reason="certificate_corrupt", change_id="CHG3")
        events = [self._task(host, "license_server", options)]
        if self._random.random() < 0.3:
            method = self._random.choice(("web_browser", "automatic"))
            events.append(self._task(host, "connection_method", {"connection_method": method}))
        return events

    def _hosts(self) -> list[dict[str, t.Any]]:
        self.servers["rdls02"]["session_host"] = {"license_servers": ["old.universe.example"], "licensing_type": "2"}
        options = {
            "license_servers": [f"rdls01.{DOMAIN}"],
            "licensing_mode": self._random.choice(("per_user", "per_device")),
        }
        return [self._task("rdls02", "session_host", options)]

    # What goes wrong.

    def _interrupted(self, events: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        """The events with faults, runs again, other controllers and pauses."""
        chance = self._random
        result: list[dict[str, t.Any]] = []
        for event in events:
            if event["do"] != "task" or event.get("calm"):
                result.append(event)
                continue
            if chance.random() < 0.06:
                result.append({**event, "check": True})
            if chance.random() < 0.12:
                result.append(self._together(event))
                continue
            for attempt in range(chance.choice((1, 1, 1, 2, 2, 3))):
                again = {**event, "skew": chance.choice((0.0, 0.0, 0.0, -300.0, 300.0, 7200.0, -7200.0))}
                if attempt == 0 or chance.random() < 0.5:
                    again["faults"] = self._faults(event["task"]["module"])
                if chance.random() < 0.15:
                    again["timeout"] = chance.choice((3.0, 60.0))
                result.append(again)
                if chance.random() < 0.4:
                    result.append({"do": "pause", "seconds": chance.choice((5.0, 30.0, 90.0, 4000.0))})
        return result

    def _together(self, event: dict[str, t.Any]) -> dict[str, t.Any]:
        """The same task by two controllers at once; each choice is how likely it is that the other one goes on."""
        runs = [{"task": event["task"], "skew": self._random.choice((0.0, 300.0, -300.0))} for _number in range(2)]
        schedule = [int(self._random.random() < 0.25) for _number in range(120)]
        return {"do": "together", "runs": runs, "schedule": schedule}

    def _faults(self, module: str) -> list[dict[str, t.Any]]:
        return [self._fault(module) for _number in range(self._random.choice((1, 1, 1, 2)))]

    def _fault(self, module: str) -> dict[str, t.Any]:
        chance = self._random
        kind = chance.choices([each[0] for each in _KINDS], [each[1] for each in _KINDS])[0]
        of = chance.choices(("call", "change", "any"), (50, 25, 25))[0]
        most = {"call": 3, "change": 8, "any": 30}[of]
        fault: dict[str, t.Any] = {"kind": kind, "at": chance.randrange(most), "of": of}
        if kind in ("timeout", "timed_out", "lost_after", "killed_after"):
            late = (0.0, 0.0, 0.0, 5.0, 15.0, 25.0, 45.0, 70.0, 300.0) if self._late else (0.0,)
            # A registry write or a service that starts minutes later is nothing that Windows does.
            fault["seconds"] = chance.choice(late) if of == "call" and module != "license_server" else 0.0
            if kind in ("timeout", "timed_out") and chance.random() < 0.3:
                fault["seconds"] = None
        if kind in ("http_500", "restart"):
            fault["effect"] = chance.random() < 0.5
        if kind == "restart":
            fault["seconds"] = chance.choice((0.0, 20.0))
        if kind == "fault":
            fault.update(chance.choice(FAULT_FORMS))
            fault["effect"] = chance.random() < 0.3
        if kind == "return_code":
            fault.update(code=chance.choice(RETURN_CODES), effect=chance.random() < 0.4)
        if (
            kind in ("lost_before", "lost_after", "timed_out", "timeout", "http_500", "fault")
            and chance.random() < 0.25
        ):
            fault["away"] = chance.choice((3.0, 30.0, 200.0))
        return fault
