# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to tell the Microsoft Clearinghouse to get a license key pack ID, by web browser or telephone.

The fields are those of the licensing web site's pages under "Manage CALs" ("Rebuild the RD Licensing database using a
Web browser", Microsoft), and the site's other options are named as on activate.microsoft.com/MoreInfo.aspx. The wording
of the site's list "Reason for recovery" is published nowhere.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    LICENSE_PROGRAM_CHOICES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase

WEB_SITE: t.Final = "https://activate.microsoft.com"
# No list of numbers is published: which one applies depends on the country or region chosen at activation.
TELEPHONE_ADVICE: t.Final = (
    "The number for the server's country or region is shown in Remote Desktop Licensing Manager, in the Manage RDS "
    "CALs Wizard of this license server, once its connection method there is Telephone."
)

MANAGE_CALS: t.Final = "Manage CALs"
# What a license key pack ID can be fetched for, and what to choose for it on the web site under "Select Option".
_SITE_OPTIONS: t.Final = {
    "install": "Install client access licenses",
    "migrate": MANAGE_CALS,
    "reinstall": MANAGE_CALS,
}
OPERATIONS: t.Final = tuple(_SITE_OPTIONS)
# What a request can be for, as people call it.
WANTED: t.Final[dict[str, str]] = {
    "license_key_pack_id": "license key pack ID",
    "license_server_id": "license server ID",
    "confirmation_code": "confirmation code",
}


def request_id(purchase: Purchase, operation: str, change_id: str | None = None) -> str:
    """Identify a request for a license key pack ID: the same purchase, operation and change have the same ID.

    Made only of what results show anyway. From a digest over the credential, a number of seven digits whose last four
    are shown could be found by trying the other thousand.
    """
    shown = (purchase.license_program, purchase.masked_credential, purchase.reference or "")
    parts = (*shown, *purchase.identifying_cals, operation, change_id or "")
    return identifiers.fingerprint(*(str(part) for part in parts))[:12]


def with_answers(
    purchases: Sequence[Purchase], answers: Mapping[str, str], operation: str, change_id: str | None = None
) -> tuple[Purchase, ...]:
    """Purchases with the license key pack IDs of the answer file, by request ID. Blanks are not answered yet.

    Raises:
        InvalidOption: an ID has the wrong shape, or it is unknown which of two purchases or requests it belongs to.
    """
    names = Counter(request_id(purchase, operation, change_id) for purchase in purchases)
    # YAML takes a key of twelve digits for a number.
    given = {str(name): str(text or "").strip() for name, text in answers.items()}
    answered = []
    for purchase in purchases:
        name = request_id(purchase, operation, change_id)
        text = given.get(name)
        if text and not purchase.license_key_pack_id:
            option = f"license_key_pack_ids[{name}]"
            if names[name] > 1:
                raise InvalidOption(
                    f"{option}: {names[name]} purchases are identical except for their credentials ({purchase.title}), "
                    f"so this ID cannot be matched to one of them. Set 'reference' on each, to an order number."
                )
            found = identifiers.canonical(text, identifiers.LICENSE_KEY_PACK_ID, option)
            answered.append(replace(purchase, license_key_pack_id=found))
        else:
            answered.append(purchase)
    _refuse_shared_ids(answered)
    return tuple(answered)


def _refuse_shared_ids(purchases: Sequence[Purchase]) -> None:
    """A license key pack ID belongs to one purchase: a second entry is a mistake."""
    first: dict[str, Purchase] = {}
    for purchase in purchases:
        other = first.setdefault(purchase.license_key_pack_id or purchase.sha256, purchase)
        if other is not purchase:
            raise InvalidOption(
                f"license_key_pack_ids: {other.title} and {purchase.title} have the same license key pack ID. An ID "
                f"belongs to one purchase; correct one of them."
            )


def license_key_pack_request(
    purchase: Purchase,
    *,
    operation: str,
    change_id: str | None = None,
    connection_method: str,
    reason: str,
    license_server_id: str | None,
    contact: Mapping[str, str],
    source_name: str | None = None,
    source_license_server_id: str | None = None,
    source_operating_system: str | None = None,
) -> dict[str, t.Any]:
    """Everything that is asked for one license key pack ID; the credential is masked.

    Args:
        operation: C(install), C(migrate) or C(reinstall), and the change it belongs to, if any.
        reason: what the ID is for, in words.
        license_server_id: of the server the CALs go to; 35 characters, or None when it is not activated.
        contact: C(first_name), C(last_name), C(company), C(country_region) and the optional ones, as on the server.
        source_name: what the source is called, for a migration; the Clearinghouse is not asked for it.
        source_license_server_id: of the source.
    """
    source = {}
    if operation == "migrate":
        source = {
            "source_name": source_name,
            "source_license_server_id": source_license_server_id and identifiers.in_groups(source_license_server_id),
            "source_operating_system": source_operating_system,
        }
    return {
        "title": f"Waits for the license key pack ID of {purchase.title}",
        "request": "license_key_pack_id",
        "connection_method": connection_method,
        **_where(connection_method),
        "operation": operation,
        "option": _SITE_OPTIONS[operation],
        "target_license_server_id": license_server_id and identifiers.in_groups(license_server_id),
        **source,
        "reason": reason,
        "license_program_name": LICENSE_PROGRAM_CHOICES[purchase.license_program],
        **{name: value or None for name, value in contact.items()},
        **purchase.describe(),
        "request_id": request_id(purchase, operation, change_id),
        **({"change_id": change_id} if operation == "reinstall" else {}),
    }


def activation_request(
    wanted: str,
    *,
    connection_method: str,
    product_id: str,
    license_server_id: str | None,
    contact: Mapping[str, str],
    reason: str | None,
) -> dict[str, t.Any]:
    """Everything that is asked for the ID or code that changes a server's activation.

    Args:
        wanted: C(license_server_id) to activate or reactivate, C(confirmation_code) to deactivate.
        product_id: what the web site asks for to activate a server.
        reason: why it is reactivated.
    """
    # Deactivation has no page on the web site: the code comes from a representative.
    code = wanted == "confirmation_code"
    return {
        "title": f"Waits for the {WANTED[wanted]}",
        "request": wanted,
        "connection_method": connection_method,
        **_where("telephone" if code else connection_method),
        **({} if code else {"option": f"{'Reactivate' if reason else 'Activate'} a license server"}),
        "product_id": product_id,
        "license_server_id": license_server_id and identifiers.in_groups(license_server_id),
        "reason": reason,
        **{name: value or None for name, value in contact.items()},
    }


def _where(connection_method: str) -> dict[str, str]:
    return {"telephone": TELEPHONE_ADVICE} if connection_method == "telephone" else {"web_site": WEB_SITE}
