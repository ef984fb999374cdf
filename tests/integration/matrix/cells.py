# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of the matrix, and what each needs: a purchase of its own, a server of its own, a source where it has one.

Every number and code is made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import yaml

from tests.integration.purchases import PROGRAMS, bare, purchase

OPERATIONS = ("install", "migrate_live", "migrate_dead", "rebuild")
METHODS = ("automatic", "web_browser", "telephone")
# A purchase states its CALs in these three, which a retail purchase may leave out.
_CALS = ("product_version", "cal_type", "quantity")
# Numbers nobody bought: their cells are above those of the matrix.
_NOBODY = 900
# The optional ones too, so that the sheet has something to say in every field that the site asks.
CONTACT = {
    "FirstName": "Rosa",
    "LastName": "Example",
    "Company": "Winfleet Example",
    "CountryRegion": "Germany",
    "eMail": "rosa_example@winfleet.example",
    "OrgUnit": "IT | Licensing",
    "Address": "1 Example Way",
    "City": "Ulm",
    "State": "Baden-Württemberg",
    "PostalCode": "89073",
}


@dataclass(frozen=True)
class Cell:
    """One way, and the servers it is walked on. `number` is 1 for the first."""

    number: int
    operation: str
    method: str
    program: str

    def __str__(self) -> str:
        return f"{self.operation}-{self.method}-{self.program}"

    @property
    def target(self) -> str:
        """The license server the CALs are for; its purchase at the Clearinghouse is called the same."""
        return f"cell{self.number:02d}"

    @property
    def source(self) -> str | None:
        """The license server the CALs come from, of a migration."""
        return f"from{self.number:02d}" if self.operation.startswith("migrate") else None

    @property
    def offline(self) -> bool:
        """Whether an administrator asks the Clearinghouse."""
        return self.method != "automatic"

    @property
    def _even(self) -> bool:
        """Half of the cells of each operation, of each method and of each program."""
        row = OPERATIONS.index(self.operation) + METHODS.index(self.method)
        return (row + PROGRAMS.index(self.program)) % 2 == 0

    @property
    def states_cals(self) -> bool:
        """Whether the purchase says how many CALs of which kind it is. One in two retail purchases is a bare code."""
        return self.program != "retail" or self._even

    @property
    def reaches_source(self) -> bool:
        """Whether the target has a network path to the source, over which Windows takes the CALs away there."""
        return self._even

    @property
    def quantity(self) -> int:
        return int(purchase(self.program)["quantity"])

    def purchase(self) -> dict[str, Any]:
        """The purchase as the task names it, its credential as printed on paper."""
        return self._with(_credential(self.program, self.number))

    def unknown_purchase(self) -> dict[str, Any]:
        """The same with a credential of the right form that nobody was ever given."""
        return self._with(_credential(self.program, self.number + _NOBODY))

    def malformed_purchases(self) -> list[dict[str, Any]]:
        """The same with credentials that cannot be of this program: each part too short, and another program's."""
        right = _credential(self.program, self.number)
        # Any text of letters and digits may be the number of some other agreement, so a strange letter has to do.
        short = {name: "V600_0066" if self.program == "other_agreement" else text[:-2] for name, text in right.items()}
        other = _credential("retail" if self.program != "retail" else "open", self.number)
        wrong = [{**right, name: short[name]} for name in right]
        return [self._with(credential) for credential in (*wrong, other)]

    def known(self) -> dict[str, Any]:
        """The purchase as the Clearinghouse has it in its books."""
        credential = {name: bare(text) for name, text in _credential(self.program, self.number).items()}
        cals = {name: value for name, value in purchase(self.program).items() if name in _CALS}
        return {"program": self.program, **credential, **cals}

    def _with(self, credential: dict[str, str]) -> dict[str, Any]:
        cals = {name: value for name, value in purchase(self.program).items() if name in _CALS}
        return {"license_program": self.program, **credential, **(cals if self.states_cals else {})}


CELLS = tuple(Cell(number, *way) for number, way in enumerate(product(OPERATIONS, METHODS, PROGRAMS), 1))


def _credential(program: str, number: int) -> dict[str, str]:
    """A credential of a program, as printed on paper: another for each number."""
    if program == "retail":
        return {"license_code": f"MATR1-XC0DE-0F5OM-E5H0P-{number:05d}"}
    if program == "open":
        return {"license_number": f"8765 {number:04d}", "authorization_number": f"AUTH0-R1ZAT-{number:05d}"}
    if program == "other_agreement":
        return {"agreement_number": f"V600-{number:04d}"}
    # Service Provider numbers have 7 digits on paper and 8 in the field: both are here.
    digits = 8 if program == "service_provider" and number % 2 else 7
    return {"agreement_number": f"{PROGRAMS.index(program)}{number:0{digits - 1}d}"}


def fleet_file() -> str:
    """All servers of all cells, and a Clearinghouse that knows their purchases."""
    servers: dict[str, Any] = {}
    for cell in CELLS:
        held = [{"purchase": cell.target, "quantity": cell.quantity, "issued": cell.quantity // 2}]
        servers[cell.target] = {
            **_server(),
            "internet": not cell.offline,
            "key_packs": held if cell.operation == "rebuild" else [],
        }
        if cell.source:
            servers[cell.source] = {**_server(), "internet": False, "key_packs": held}
            if not cell.reaches_source:
                servers[cell.source]["reachable_from"] = []
    purchases = {cell.target: cell.known() for cell in CELLS}
    return yaml.safe_dump({"servers": servers, "clearinghouse": {"purchases": purchases}}, allow_unicode=True)


def _server() -> dict[str, Any]:
    return {"windows_release": "2025", "activated": True, "contact": CONTACT, "listeners": {"http": None}}
