# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take CALs off a license server, and see that they are gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.patience import pauses
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused, invoke
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_KEY_PACK
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.left_behind import Removal
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError


def remove(
    server: LicenseServer, removals: Iterable[Removal], *, patience: float, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Make removals, then read the key packs and compare.

    Calling again is safe only with removals planned from a new reading: a part is taken by number.

    Args:
        patience: seconds that a call without an answer may still be at work on the server.

    Raises:
        CallRefused: the provider said no.
        OutcomeUnknown: it did not answer, and the CALs are still there.
        LicensingError: it said yes, and the CALs are still there.
    """
    removals = tuple(removals)
    if not removals:
        return
    before = server.key_packs()
    expected = {each.key_pack_id: max(_left(each, before) - each.cals.quantity, 0) for each in removals}
    for removal in removals:
        try:
            _remove(server, removal)
        except (CallRefused, WsmanError) as error:
            if not error.outcome_unknown:
                raise
            if not _gone(server, removal, expected[removal.key_pack_id], patience, sleep):
                raise OutcomeUnknown(
                    f"{server.name}: removing {removal.title} went unanswered, and its outcome is unknown: "
                    f"{str(error).rstrip('.')}. Run the task again: it looks first at what is left."
                ) from error
    now = server.key_packs()
    for removal in removals:
        left, wanted = _left(removal, now), expected[removal.key_pack_id]
        if left != wanted:
            raise LicensingError(
                f"{server.name}: removing {removal.title} was answered with success, but the server now shows {left} "
                f"CALs in that pack instead of {wanted}. Look at Licensing Manager before going on."
            )


def _gone(
    server: LicenseServer, removal: Removal, expected: int, patience: float, sleep: Callable[[float], None]
) -> bool:
    """Look for as long as the server may be at work: a part that is asked for again too early would go twice."""
    for pause in pauses(patience):
        sleep(pause)
        try:
            packs = server.key_packs()
        except (WsmanError, CallRefused):
            # Not reachable yet, or busy with the call: the next look may be luckier.
            continue
        if _left(removal, packs) == expected:
            return True
    return False


def _remove(server: LicenseServer, removal: Removal) -> None:
    what = f"removing {removal.title}"
    if removal.whole:
        arguments = {"KeyPackId": removal.key_pack_id}
        invoke(server.session, TS_LICENSE_KEY_PACK, "UninstallLicenseKeyPackWithId", arguments, what=what)
    else:
        arguments = {"KeyPackId": removal.key_pack_id, "LicenseCount": removal.cals.quantity}
        invoke(server.session, TS_LICENSE_KEY_PACK, "RemoveLicensesWithIdCount", arguments, what=what)


def _left(removal: Removal, packs: Iterable[KeyPack]) -> int:
    return sum(each.cals.quantity for each in packs if each.key_pack_id == removal.key_pack_id and each.purchased)
