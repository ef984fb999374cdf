# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a license server can be asked to do with key packs, and how its key packs are read.

Source: Win32_TSLicenseKeyPack (learn.microsoft.com/windows/win32/termserv).
"""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack, by_key_pack_id
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import PackCals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import asking, invoke
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase_calls import (
    IMPORT,
    INSTALL,
    REINSTALL,
    OperationMethods,
    call_for,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_KEY_PACK

_CLEARINGHOUSE_ADVICE: t.Final = (
    "check the credential and the quantity against the purchase documents, and that the license server reaches the "
    "Clearinghouse (outbound TCP 443); the TerminalServices-Licensing event log on the server may have more details"
)
_KEY_PACK_ID_ADVICE: t.Final = (
    "check the ID in license_key_pack_ids for typing errors, and that it was issued for this purchase, license server "
    "and operation; the TerminalServices-Licensing event log on the server may have more details"
)


class KeyPackCalls:
    """The calls of a license server on key packs. Each call is made once; its effect has to be read."""

    session: CimSession

    @property
    def name(self) -> str:
        """What to call the server in messages."""
        return self.session.server

    def key_packs(self) -> tuple[KeyPack, ...]:
        """Every key pack, built-in and temporary ones too, by key pack ID."""
        return self._key_packs(select(TS_LICENSE_KEY_PACK))

    def key_packs_with_id(self, *key_pack_ids: int) -> tuple[KeyPack, ...]:
        """Some key packs by their IDs, those that are there."""
        condition = " OR ".join(f"KeyPackId={key_pack_id}" for key_pack_id in key_pack_ids)
        return self._key_packs(select(TS_LICENSE_KEY_PACK, where=condition))

    def install(self, purchase: Purchase, what: str) -> int | None:
        """Install a purchase; the key pack ID that the provider names. Raises CallRefused and WsmanError."""
        return self._acquire(purchase, INSTALL, what)

    def import_cals(self, purchase: Purchase, source_name: str, source_id: str, what: str) -> int | None:
        """Import a purchase from another license server. Raises CallRefused and WsmanError."""
        return self._acquire(purchase, IMPORT, what, (source_name, source_id))

    def reinstall(self, purchase: Purchase, what: str) -> int | None:
        """Reinstall a purchase after its CALs were deleted. Raises CallRefused and WsmanError."""
        return self._acquire(purchase, REINSTALL, what)

    def uninstall(self, key_pack_id: int, what: str) -> None:
        """Remove a whole key pack. Raises CallRefused and WsmanError."""
        self._invoke("UninstallLicenseKeyPackWithId", {"KeyPackId": key_pack_id}, what)

    def remove_cals(self, cals: PackCals, what: str) -> None:
        """Remove some CALs from a key pack. Raises CallRefused and WsmanError."""
        arguments = {"KeyPackId": cals.key_pack_id, "LicenseCount": cals.quantity}
        self._invoke("RemoveLicensesWithIdCount", arguments, what)

    def convert(self, key_pack_id: int, quantity: int, what: str) -> int | None:
        """Convert CALs of a key pack to the other type; the key pack ID of the result that the provider names."""
        selectors = {"KeyPackId": key_pack_id}
        values = invoke(
            self.session, TS_LICENSE_KEY_PACK, "ConvertLicenses", {"Count": quantity}, selectors=selectors, what=what
        )
        return t.cast("int | None", values.get("KeypackID"))

    def _acquire(
        self, purchase: Purchase, methods: OperationMethods, what: str, source: tuple[str, str] | None = None
    ) -> int | None:
        method, arguments = call_for(purchase, methods, source)
        advice = _KEY_PACK_ID_ADVICE if purchase.license_key_pack_id else _CLEARINGHOUSE_ADVICE
        return t.cast("int | None", self._invoke(method, arguments, what, advice).get("KeyPackId"))

    def _invoke(self, method: str, arguments: dict[str, t.Any], what: str, advice: str = "") -> t.Mapping[str, t.Any]:
        return invoke(self.session, TS_LICENSE_KEY_PACK, method, arguments, what=what, advice=advice)

    def _key_packs(self, query: str) -> tuple[KeyPack, ...]:
        with asking(self.name, "reading the key packs"):
            instances = list(self.session.enumerate(TS_LICENSE_KEY_PACK, query))
        try:
            return by_key_pack_id(KeyPack.from_values(instance.values) for instance in instances)
        except LicensingError as error:
            raise LicensingError(f"{self.name}: {error}.") from None
