# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet of a universe, drawn piece by piece: servers, purchases, key packs."""

from __future__ import annotations

import random
import typing as t

from tests.universe.actions import DOMAIN

# Releases that take CALs up to a version, and the versions that are drawn with it.
_GENERATIONS: t.Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("2022", "2022", "2025"), ("windows_server_2016", "windows_server_2019", "windows_server_2022")),
    (("2019", "2022"), ("windows_server_2016", "windows_server_2019")),
    (("2016", "2019", "2025"), ("windows_server_2012", "windows_server_2016")),
    (("2012_r2", "2012", "2016"), ("windows_server_2012",)),
)
CONTACT: t.Final = {"FirstName": "Rosa", "LastName": "Example", "Company": "Universe", "CountryRegion": "Germany"}
DIALECTS: t.Final[tuple[dict[str, t.Any], ...]] = (
    {},
    {"nested_wmi_code": "none"},
    {"nested_wmi_code": "extended_status"},
    {"wmi_error_detail": True},
    {"empty_fault_detail": True},
    {"filled_context_at_end": True, "uppercase_booleans": True},
    {"dmtf_class_namespace": True, "answer_as_subclass": True},
    {"server_2003_enumeration": True, "empty_reason": True},
    {"plain_datetime": True, "datetime_offset_minutes": 345, "access_denied_as_internal_error": True},
)
_LETTERS: t.Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


class FleetDraw:
    """Draws what is there before anything happens."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random = random.Random(seed)
        self.purchases: dict[str, dict[str, t.Any]] = {}
        self.wanted: dict[str, int] = {}
        self.servers: dict[str, dict[str, t.Any]] = {}
        self.methods: dict[str, str] = {}
        generation = self._random.choices(_GENERATIONS, (76, 8, 10, 6))[0]
        self._releases, self._versions = generation

    def _server(self) -> dict[str, t.Any]:
        chance = self._random
        plain = chance.random() < 0.7
        return {
            "windows_release": chance.choice(self._releases),
            "domain": DOMAIN,
            "activated": True,
            "contact": dict(CONTACT),
            "built_in_packs": not plain,
            "temporary_packs": not plain,
            "key_packs": [],
            "dialect": dict(chance.choice(DIALECTS)),
            "behaviour": {
                "emptied_packs_stay_as_type_7": chance.random() < 0.1,
                "service_seconds": chance.choice((0.0, 0.0, 0.0, 3.0)),
                "provider_seconds": chance.choice((0.0, 0.0, 0.0, 8.0)),
                "clearinghouse_seconds": chance.choice((0.0, 0.0, 0.0, 4.0)),
            },
        }

    def _text(self, length: int) -> str:
        return "".join(self._random.choice(_LETTERS) for _number in range(length))

    def _purchase(self, alike: str | None = None) -> str:
        """A new purchase at the Clearinghouse, perhaps of the same CALs as another one; gives its name."""
        chance = self._random
        name = f"p{len(self.purchases) + 1}"
        program = chance.choices(("enterprise", "select", "open", "retail"), (6, 2, 2, 3))[0]
        entry: dict[str, t.Any] = {"program": program, "product_version": chance.choice(self._versions)}
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
            kind = {"product_version": "windows_server_2008", "cal_type": "per_device", "quantity": 7}
            number = 11 + sum(len(each["key_packs"]) for each in self.servers.values())
            self.servers[server]["key_packs"].append({**kind, "key_pack_id": number})
