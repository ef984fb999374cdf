# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was observed of a license server before planning, and the checks every acquisition of CALs shares."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    OFFLINE_METHODS,
    product_version_title,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import (
    WindowsRelease,
    may_hold,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule


@dataclass(frozen=True)
class Situation:
    """A license server as it was read. C(connection_method) is the one in force for this task."""

    server: str
    properties: ServerProperties
    activation: Activation
    release: WindowsRelease
    packs: tuple[KeyPack, ...]
    recorded: OperationRecord
    connection_method: str
    outcome: OutcomeRule = field(default_factory=OutcomeRule)

    @property
    def offline(self) -> bool:
        """Whether license key pack IDs are entered by an administrator."""
        return self.connection_method in OFFLINE_METHODS


def require_activated(situation: Situation) -> None:
    """The Clearinghouse deals with activated license servers only.

    Raises:
        Refused: the server is not activated.
    """
    if not situation.activation.activated:
        status = situation.activation.describe()["activation_status"].replace("_", " ")
        raise Refused(
            f"{situation.server}: the license server is not activated (activation status: {status}); activate it first "
            f"with winfleet.rd_licensing.license_server and state: activated."
        )


def require_fit(situation: Situation, cals: Cals) -> str | None:
    """Check CALs against the server's Windows release. Returns a warning if the release is not in the table.

    Raises:
        Refused: CALs of that version are newer than the server may hold.
    """
    fits = may_hold(situation.release.release, cals.product_version)
    if fits is False:
        raise Refused(
            f"{situation.server}: {cals.title} are newer than the server, which runs {situation.release.title}; a "
            f"license server must be at least as new as the CALs it holds "
            f"({product_version_title(cals.product_version)} or later)."
        )
    if fits is None:
        return (
            f"{situation.server} runs {situation.release.title}, which is not in the table of releases; whether it may "
            f"hold {cals.title} was not checked."
        )
    return None


def require_matching_method(situation: Situation, purchase: Purchase) -> None:
    """A license key pack ID belongs to the methods that take one.

    Raises:
        Refused: an ID is given and the connection method is automatic.
    """
    if purchase.license_key_pack_id and not situation.offline:
        raise Refused(
            f"{situation.server}: {purchase.title} has a license_key_pack_id, but the connection method is automatic; "
            f"set connection_method to web_browser or telephone, or remove the ID."
        )
