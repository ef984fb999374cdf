# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The books of the Clearinghouse: which purchase has how many CALs on which license server.

A license server is known here by its license server ID. An installation takes free CALs, a migration moves
placed ones, a reinstallation repeats what is placed already. An uninstallation is not told to the Clearinghouse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model.initial import derived_text
from tests.simulator.model.loading import CREDENTIALS
from tests.simulator.model.state import ClearinghouseState, IssuedPackId, PurchaseState

Operation = Literal["install", "migrate", "reinstall"]


@dataclass(frozen=True)
class Claim:
    """What somebody says they bought; None where the program's credential alone tells (retail)."""

    program: str
    credentials: tuple[str, ...]
    product_version_id: int | None = None
    product_type: int | None = None
    quantity: int | None = None

    def check_form(self) -> None:
        """Raise RefusalError unless every part has the shape its program prescribes."""
        for text, shape in zip(self.credentials, CREDENTIALS[self.program].values(), strict=True):
            if not re.fullmatch(shape, text.upper()):
                raise RefusalError("malformed", "The credential does not have the form of this license program.")
        if self.quantity is not None and self.quantity < 1:
            raise RefusalError("malformed", "The quantity must be at least 1.")

    def fits(self, purchase: PurchaseState) -> bool:
        return (
            purchase.program == self.program
            and purchase.credential == "|".join(self.credentials).upper()
            and self.product_version_id in (None, purchase.product_version_id)
            and self.product_type in (None, purchase.product_type)
        )


def book(
    house: ClearinghouseState, claim: Claim, operation: Operation, target_id: str, source_id: str = ""
) -> tuple[PurchaseState, int, str]:
    """Place the claimed CALs on the server `target_id`; return purchase, quantity and the source's ID.

    An empty `source_id` of a migration means: wherever they are. Raises RefusalError and leaves the books alone.
    """
    claim.check_form()
    candidates = [purchase for purchase in house.purchases.values() if claim.fits(purchase)]
    if not candidates:
        raise RefusalError("wrong_credential", "There is no such purchase.")
    refusal = RefusalError("too_many", "")
    for purchase in candidates:
        quantity = claim.quantity or purchase.quantity
        try:
            found = _book_one(purchase, quantity, operation, target_id, source_id)
        except RefusalError as error:
            refusal = error
        else:
            return purchase, quantity, found
    raise refusal


def _book_one(purchase: PurchaseState, quantity: int, operation: Operation, target_id: str, source_id: str) -> str:
    if operation == "install":
        if quantity > purchase.free:
            raise RefusalError("too_many", f"Only {purchase.free} CALs of this purchase are left.")
    elif operation == "reinstall":
        placed = purchase.placed.get(target_id, 0)
        if quantity > placed:
            raise RefusalError("too_many", f"Only {placed} CALs of this purchase belong to this license server.")
        return ""
    else:
        source_id = _source(purchase, quantity, target_id, source_id)
        _change(purchase, source_id, -quantity)
    _change(purchase, target_id, quantity)
    return source_id


def _source(purchase: PurchaseState, quantity: int, target_id: str, source_id: str) -> str:
    others = {server: count for server, count in purchase.placed.items() if server != target_id}
    if source_id:
        others = {server: count for server, count in others.items() if server == source_id}
    if not others:
        raise RefusalError("wrong_source", "No CALs of this purchase are on the source license server.")
    best = max(others, key=lambda server: others[server])
    if quantity > others[best]:
        raise RefusalError("too_many", f"Only {others[best]} CALs of this purchase are on the source license server.")
    return best


def _change(purchase: PurchaseState, server_id: str, by: int) -> None:
    count = purchase.placed.get(server_id, 0) + by
    purchase.placed[server_id] = count
    if count == 0:
        del purchase.placed[server_id]


def rename_server(house: ClearinghouseState, old_id: str, new_id: str) -> None:
    """A reactivated server goes on under a new ID and keeps its CALs."""
    for purchase in house.purchases.values():
        if old_id in purchase.placed:
            purchase.placed[new_id] = purchase.placed.get(new_id, 0) + purchase.placed.pop(old_id)
    if old_id in house.license_servers:
        house.license_servers[new_id] = house.license_servers.pop(old_id)


def free_server(house: ClearinghouseState, server_id: str) -> None:
    for purchase in house.purchases.values():
        purchase.placed.pop(server_id, None)


def issue_pack_id(house: ClearinghouseState, claim: Claim, operation: Operation, target_id: str) -> str:
    """Book the claim and give out a license key pack ID for it; the same request again gets the same unused ID."""
    known = _unused(house, claim, operation, target_id)
    if known is not None:
        return known.license_key_pack_id
    purchase, quantity, source_id = book(house, claim, operation, target_id)
    text = derived_text(f"{target_id}/{operation}/{purchase.name}/{quantity}/{len(house.pack_ids)}", 35)
    house.pack_ids.append(IssuedPackId(text, target_id, operation, purchase.name, quantity, source_id))
    return text


def _unused(house: ClearinghouseState, claim: Claim, operation: Operation, target_id: str) -> IssuedPackId | None:
    for issued in house.pack_ids:
        purchase = house.purchases[issued.purchase]
        if (
            not issued.used
            and claim.fits(purchase)
            and issued.quantity == (claim.quantity or purchase.quantity)
            and (issued.operation, issued.license_server_id) == (operation, target_id)
        ):
            return issued
    return None


def redeem_pack_id(
    house: ClearinghouseState, license_key_pack_id: str, operation: Operation, target_id: str
) -> IssuedPackId:
    """What the ID stands for; raises RefusalError when it is unknown, used, or for another server or operation."""
    if not re.fullmatch(r"[0-9A-Za-z]{35}", license_key_pack_id):
        raise RefusalError("malformed", "A license key pack ID has 35 letters and digits.")
    for issued in house.pack_ids:
        if issued.license_key_pack_id == license_key_pack_id.upper():
            if issued.used or (issued.operation, issued.license_server_id) != (operation, target_id):
                break
            return issued
    raise RefusalError("wrong_license_key_pack_id", "This license key pack ID is not valid here.")
