# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""Take CALs off a license server, and see that they are gone."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import invoke
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_KEY_PACK
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal


def remove(server: LicenseServer, removals: Iterable[Removal]) -> None:
    """Make removals, then read the key packs and compare.

    Calling again is safe only with removals planned from a new reading: a part is taken by number.

    Raises:
        CallRefused: the provider said no.
        LicensingError: it said yes, and the CALs are still there.
    """
    removals = tuple(removals)
    if not removals:
        return
    before = {pack.key_pack_id: pack for pack in server.key_packs()}
    for removal in removals:
        _remove(server, removal)
    now = {pack.key_pack_id: pack for pack in server.key_packs()}
    for removal in removals:
        left = _quantity(now.get(removal.key_pack_id))
        expected = _quantity(before.get(removal.key_pack_id)) - removal.cals.quantity
        if left != max(expected, 0):
            raise LicensingError(
                f"{server.name}: removing {removal.title} was answered with success, but the server now shows {left} "
                f"CALs in that pack instead of {max(expected, 0)}. Look at Licensing Manager before going on."
            )


def _remove(server: LicenseServer, removal: Removal) -> None:
    what = f"removing {removal.title}"
    if removal.whole:
        arguments = {"KeyPackId": removal.key_pack_id}
        invoke(server.session, TS_LICENSE_KEY_PACK, "UninstallLicenseKeyPackWithId", arguments, what=what)
    else:
        arguments = {"KeyPackId": removal.key_pack_id, "LicenseCount": removal.cals.quantity}
        invoke(server.session, TS_LICENSE_KEY_PACK, "RemoveLicensesWithIdCount", arguments, what=what)


def _quantity(pack: KeyPack | None) -> int:
    return pack.cals.quantity if pack and pack.purchased else 0
