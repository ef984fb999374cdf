# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a universe are about, and what the fleet has to be for it."""

from __future__ import annotations

import typing as t

from tests.universe.actions import DOMAIN
from tests.universe.drawn_fleet import FleetDraw


class Themes(FleetDraw):
    """Draws the tasks, undisturbed so far."""

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
        # A task of its own for purchases that are like those of the first, which it does not know.
        apart = split and self._random.random() < 0.5
        events.append(self._present(host, names[1:] if apart else names))
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
        again = [dict(event) for event in events if event["do"] in ("task", "role")]
        return [*events, {"do": "clearinghouse", "swap": swap}, *again]

    def _migration(
        self, target: str, source: str, names: t.Sequence[str], quantities: dict[str, int], removes: bool | None = None
    ) -> dict[str, t.Any]:
        options: dict[str, t.Any] = {
            "source": {"host": source},
            "reason": "source_is_being_replaced",
            "purchases": [self._options(name, quantities.get(name)) for name in names],
            "remove_from_source": self._random.random() < 0.75 if removes is None else removes,
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
        elif chance.random() < 0.2:
            events.append({"do": "network", "a": source, "b": target, "connected": False})
        moves = [self._migration(target, source, moved, parts)]
        if len(moved) > 1 and chance.random() < 0.3:
            moves.insert(0, self._migration(target, source, moved[:1], parts))
        return [*events, *self._offline(moves, target)]

    def _replace(self) -> list[dict[str, t.Any]]:
        """The modules of role replace_source_server, in its order; a role stops where a task does."""
        chance = self._random
        names = self._purchases(2)
        source, target = "rdls01", "rdls02"
        events = self._fill_source(source, names)
        self._bystander(source)
        if chance.random() < 0.3:
            self.servers[source]["reachable_from"] = []
        move = self._migration(target, source, names, {}, removes=True)
        steps = [{**move, "check": True}, move] if chance.random() < 0.5 else [move]
        if self.methods[target] != "automatic":
            method = {"connection_method": self.methods[target]}
            steps.append(self._task(target, "connection_method", method))
        if chance.random() < 0.5:
            self.servers.setdefault("rdls03", self._server())
            hosts = {"license_servers": [f"{source}.{DOMAIN}"], "licensing_type": "4"}
            self.servers["rdls03"]["session_host"] = hosts
            new = {
                "license_servers_to_add": [f"{target}.{DOMAIN}"],
                "license_servers_to_remove": [f"{source}.{DOMAIN}"],
            }
            steps.append(self._task("rdls03", "session_host", new))
        if chance.random() < 0.6:
            steps.append(self._task(source, "license_server", {"state": "deactivated"}))
        return [*events, *self._offline([{"do": "role", "steps": steps}], target)]

    def _usage(self) -> list[dict[str, t.Any]]:
        """Per device CALs of devices that are gone are revoked."""
        chance = self._random
        host, name = "rdls01", self._purchase()
        self.purchases[name].update(cal_type="per_device")
        number = self._place(host, name, 50)
        devices = [
            {"key_pack_id": number, "computer": f"PC-{each:02d}", "hardware_id": f"HW{each:02d}"}
            for each in range(chance.choice((2, 5, 12)))
        ]
        self.servers[host]["issued_licenses"] = devices
        options = {
            "devices": [chance.choice(("PC-0*", "PC-01", "*"))],
            "confirm_revocation": True,
        }
        events = [self._task(host, "issued_cal", options)]
        if chance.random() < 0.3:
            events.insert(0, self._present(host, [self._purchase()]))
        return events

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
            "operating_system": f"windows_server_{self.servers['rdls01']['windows_release']}",
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
        chance = self._random
        host = "rdls01"
        state = chance.choice(("activated", "deactivated", "reactivated"))
        options: dict[str, t.Any] = {"state": state}
        if state == "activated":
            self.servers[host]["activated"] = False
        elif state == "reactivated":
            options.update(reason="certificate_corrupt", change_id="CHG3")
        if chance.random() < 0.3:
            options["contact"] = {"first_name": "Ruth", "city": "Kiel"}
        if chance.random() < 0.3:
            options["discovery_scope"] = chance.choice(("workgroup", "domain", "forest"))
        if chance.random() < 0.3 and state != "deactivated":
            options["active_directory"] = {"license_servers_group": True, "service_connection_point": True}
        events = [self._task(host, "license_server", options)]
        if chance.random() < 0.3:
            method = chance.choice(("web_browser", "automatic"))
            events.append(self._task(host, "connection_method", {"connection_method": method}))
        return events

    def _hosts(self) -> list[dict[str, t.Any]]:
        self.servers["rdls02"]["session_host"] = {"license_servers": ["old.universe.example"], "licensing_type": "2"}
        here, mode = [f"rdls01.{DOMAIN}"], self._random.choice(("per_user", "per_device"))
        options = self._random.choice(
            (
                {"license_servers": here, "licensing_mode": mode},
                {"license_servers_to_add": here, "licensing_mode": mode},
                {"license_servers_to_add": here, "license_servers_to_remove": ["old.universe.example"]},
            )
        )
        return [self._task("rdls02", "session_host", options)]
