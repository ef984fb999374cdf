# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of servers, one for each way in which WS-Management, Windows and the licensing provider may differ.

Each pair has a source and a target that answer the same way, and purchases of its own. Every number and code is made
up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

CONTACT = {"FirstName": "Rosa", "LastName": "Example", "Company": "Winfleet Example", "CountryRegion": "Germany"}
GERMAN = {"FirstName": "Käthe", "LastName": "Größe", "Company": "Müller & Söhne <Ulm>", "CountryRegion": "Deutschland"}
# What no purchase of a pair pays for, so that it stays where it is: it shows whether all is read.
DATED = "2027-03-31T00:00:00"
_MANY = 60


@dataclass(frozen=True)
class Pair:
    """A way, and its servers. `both` are keys of both servers in the fleet file, `one` and `other` only of one."""

    number: int
    name: str
    both: Mapping[str, Any] = field(default_factory=dict)
    source_only: Mapping[str, Any] = field(default_factory=dict)
    target_only: Mapping[str, Any] = field(default_factory=dict)
    version: str = "windows_server_2022"

    @property
    def source(self) -> str:
        return f"from{self.number:02d}"

    @property
    def target(self) -> str:
        return f"into{self.number:02d}"

    def bought(self, unknown: bool = False) -> dict[str, dict[str, Any]]:
        """Its two purchases by their names at the Clearinghouse; with `unknown`, numbers that nobody was ever given."""
        number = self.number + (50 if unknown else 0)
        cals = {"product_version": self.version, "quantity": 40}
        return {
            f"agreement{self.number:02d}": {"agreement_number": f"81000{number:02d}", "cal_type": "per_user", **cals},
            f"retail{self.number:02d}": {
                "license_code": f"D1ALE-CTC0D-E0F5O-ME5H0-P00{number:02d}",
                "cal_type": "per_device",
                **cals,
            },
        }

    def purchases(self, unknown: bool = False) -> list[dict[str, Any]]:
        """The purchases as the task names them."""
        return [
            {"license_program": "enterprise" if "agreement_number" in each else "retail", **each}
            for each in self.bought(unknown).values()
        ]

    def servers(self) -> dict[str, dict[str, Any]]:
        """Both servers as in the fleet file."""
        common = {"activated": True, "contact": CONTACT, "windows_release": "2022", "listeners": {"http": None}}
        held = [{"purchase": name, "quantity": each["quantity"], "issued": 7} for name, each in self.bought().items()]
        odd = [
            {"product_version": "windows_server_2008", "cal_type": "per_user", "quantity": 3, "expiration": DATED},
            {"product_version": "windows_server_2012", "cal_type": "per_user", "key_pack_type": 7},
        ]
        many = [
            {"product_version": "windows_server_2008", "cal_type": "per_device", "quantity": 100 + each}
            for each in range(_MANY if "kb" in self.name else 0)
        ]
        return {
            self.source: {**common, "key_packs": held, **self.both, **self.source_only},
            self.target: {**common, "key_packs": [*odd, *many], **self.both, **self.target_only},
        }


def _dialect(**switches: Any) -> dict[str, Any]:
    return {"both": {"dialect": switches}}


def _behaviour(**switches: Any) -> dict[str, Any]:
    return {"both": {"behaviour": switches}}


def _releases(source: str, target: str, version: str) -> dict[str, Any]:
    return {
        "source_only": {"windows_release": source},
        "target_only": {"windows_release": target},
        "version": f"windows_server_{version}",
    }


_ODDEST = {
    "filled_context_at_end": True,
    "uppercase_booleans": True,
    "plain_datetime": True,
    "datetime_offset_minutes": -570,
    "dmtf_class_namespace": True,
    "answer_as_subclass": True,
    "activity_id": False,
    "wmi_error_detail": True,
    "empty_reason": True,
    "max_envelope_size_kb": 32,
    "max_operations_per_user": 25,
}
_WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "server 2003 enumeration": _dialect(server_2003_enumeration=True),
    "filled context at end": _dialect(filled_context_at_end=True),
    "filled context after one reply": _dialect(filled_context_at_end=True, server_2003_enumeration=True),
    "uppercase booleans": _dialect(uppercase_booleans=True),
    "plain datetime": _dialect(plain_datetime=True),
    "datetime east": _dialect(datetime_offset_minutes=345),
    "datetime west, plain": _dialect(datetime_offset_minutes=-570, plain_datetime=True),
    "dmtf class namespace": _dialect(dmtf_class_namespace=True),
    "answer as subclass": _dialect(answer_as_subclass=True),
    "no activity id": _dialect(activity_id=False),
    "wmi error detail": _dialect(wmi_error_detail=True),
    "empty fault detail": _dialect(empty_fault_detail=True),
    "empty reason": _dialect(empty_reason=True),
    "wmi code in extended status": _dialect(nested_wmi_code="extended_status"),
    "wmi code nested": _dialect(nested_wmi_code="fault"),
    "wmi code in text": _dialect(nested_wmi_code="none"),
    "access denied as internal error": _dialect(access_denied_as_internal_error=True),
    "32 kb and many packs": _dialect(max_envelope_size_kb=32),
    "8 kb and many packs": _dialect(max_envelope_size_kb=8, filled_context_at_end=True),
    "few operations": _dialect(max_operations_per_user=25),
    "all of it, 32 kb and many packs": _dialect(**_ODDEST),
    "unset contact is null": {"both": {"behaviour": {"unset_contact": "null"}, "contact": {}}},
    "unset contact is empty": {"both": {"behaviour": {"unset_contact": "empty"}, "contact": {}}},
    "import wants either": _behaviour(import_wants="either"),
    "empty source name refused": _behaviour(empty_source_name="refused"),
    "double hop refused": _behaviour(double_hop_refused=True),
    "emptied packs stay": _behaviour(emptied_packs_stay_as_type_7=True),
    "slow clearinghouse": _behaviour(clearinghouse_seconds=1.5),
    "german": {"both": {"ui_language": "de-DE", "contact": GERMAN}},
    "2008 r2 to 2012": _releases("2008_r2", "2012", "2008"),
    "2012 to 2012 r2": _releases("2012", "2012_r2", "2012"),
    "2012 r2 to 2016": _releases("2012_r2", "2016", "2012"),
    "2016 to 2019": _releases("2016", "2019", "2016"),
    "2019 to 2022": _releases("2019", "2022", "2019"),
    "2022 to 2025": _releases("2022", "2025", "2022"),
    "2025 to 2025": _releases("2025", "2025", "2025"),
}
PAIRS = tuple(Pair(number, name, **keys) for number, (name, keys) in enumerate(_WAYS.items(), 1))


def fleet_file(extra: Mapping[str, Mapping[str, Any]], pairs: tuple[Pair, ...] = PAIRS) -> str:
    """All pairs, further servers, and a Clearinghouse that knows the purchases of the pairs."""
    servers = {name: keys for pair in pairs for name, keys in pair.servers().items()}
    bought = {name: each for pair in pairs for name, each in pair.bought().items()}
    purchases = {
        name: {
            **each,
            "program": "enterprise" if "agreement_number" in each else "retail",
            **({"license_code": each["license_code"].replace("-", "")} if "license_code" in each else {}),
        }
        for name, each in bought.items()
    }
    content = {"servers": {**servers, **extra}, "clearinghouse": {"purchases": purchases}}
    return yaml.safe_dump(content, allow_unicode=True)
