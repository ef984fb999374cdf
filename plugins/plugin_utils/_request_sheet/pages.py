# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Clearinghouse request as an administrator makes it: page by page, in the words of the licensing web site.

The pages and their fields are those of "Rebuild the RD Licensing database using a Web browser" (Microsoft), steps 11 to
17. A representative on the telephone asks the same. A request is an entry of a task's C(awaiting) with C(server) beside
it.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import MANAGE_CALS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    parse_product_version,
    product_version_title,
    release_title,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import (
    CREDENTIAL_OPTIONS,
    credential_names,
)

Request = Mapping[str, t.Any]

# Field of a request to what the web site calls it.
LABELS: t.Final[dict[str, str]] = {
    "target_license_server_id": "Target License Server ID",
    "product_id": "Product ID",
    "license_server_id": "License Server ID",
    "reason": "Reason for recovery",
    "license_program_name": "License Program",
    "last_name": "Last name or surname",
    "first_name": "First name or given name",
    "company": "Company name",
    "country_region": "Country/region",
    "organizational_unit": "Organizational unit",
    "address": "Company address",
    "city": "City",
    "state_or_province": "State/province",
    "postal_code": "Postal code",
    "email": "E-mail address",
    "license_code": "License code",
    "license_number": "License number",
    "authorization_number": "Authorization number",
    "agreement_number": "Agreement number",
    "product_version": "Product version",
    "cal_type": "CAL type",
    "quantity": "Quantity",
    "source_name": "Source license server",
    "source_license_server_id": "Source License Server ID",
    "source_operating_system": "Source operating system",
    "reference": "Your own reference",
    "change_id": "Your own change ID",
}
_REQUIRED_CONTACT: t.Final = ("last_name", "first_name", "company", "country_region")
_CONTACT: t.Final = (
    *_REQUIRED_CONTACT,
    "organizational_unit",
    "address",
    "city",
    "state_or_province",
    "postal_code",
    "email",
)
# Whether the site asks these at all is published nowhere; they are there for a representative who does.
_IF_ASKED: t.Final = ("source_name", "source_license_server_id", "source_operating_system", "reference", "change_id")
_MISSING: t.Final = "(required, but not set on the server)"
_IN_DOCUMENTS: t.Final = "in the purchase documents"
# The wording of the site's list "Reason for recovery" is published nowhere.
_REBUILD_REASON: t.Final = "the entry of the list that stands for rebuilding the licensing database"


@dataclass(frozen=True)
class Page:
    """What one page of the web site asks for: its heading, and label and value of each field."""

    heading: str
    rows: tuple[tuple[str, str], ...]


def pages(request: Request) -> tuple[Page, ...]:
    """What is asked, in the order in which the web site and representatives on the telephone ask it."""
    found = [Page("What it is about", _subject(request)), Page("Who asks", _contact(request))]
    if request["request"] == "license_key_pack_id":
        found.append(Page("What was bought", _purchase(request)))
    rest = tuple((LABELS[field], _value(request, field)) for field in _IF_ASKED if request.get(field))
    if rest:
        found.append(Page("Only if asked", rest))
    return tuple(found)


def where(request: Request) -> str:
    """Where to ask, and how, in a few sentences."""
    if request.get("telephone"):
        number = request["telephone"]
        return f"Call the Clearinghouse. {number} Tell the representative the purpose and the data below."
    return (
        f"Go to {request.get('web_site')} from any computer. Under Select Option choose {request.get('option')}, then "
        f"fill in the pages below; if a list has other entries, choose the closest one. Check everything and "
        f"submit it. The last page shows the answer."
    )


def purpose(request: Request) -> str:
    """What the answer is for."""
    what = {
        "install": "RDS CALs are to be installed on this license server.",
        "migrate": "RDS CALs are to be migrated from another license server to this one.",
        "reinstall": "RDS CALs are to be reinstalled on this license server, whose licensing database was rebuilt.",
    }
    if request["request"] == "license_key_pack_id":
        return what.get(str(request.get("operation")), "RDS CALs are to come to this license server.")
    if request["request"] == "confirmation_code":
        return "This license server is to be deactivated."
    return f"This license server is to be {'reactivated' if request.get('reason') else 'activated'}."


def subject(request: Request) -> str:
    """What the answer is for, in few words: the CALs of a license key pack ID, or what becomes of the server."""
    if request["request"] == "license_key_pack_id":
        source = f" from {request['source_name']}" if request.get("source_name") else ""
        return str(request["title"]).removeprefix("Waits for the license key pack ID of ") + source
    if request["request"] == "confirmation_code":
        return "deactivation"
    return "reactivation" if request.get("reason") else "activation"


def _subject(request: Request) -> tuple[tuple[str, str], ...]:
    if request["request"] == "license_key_pack_id":
        managed = ("reason",) if request.get("option") == MANAGE_CALS else ()
        fields: tuple[str, ...] = ("target_license_server_id", *managed, "license_program_name")
    elif request["request"] == "confirmation_code":
        fields = ("license_server_id", "product_id")
    else:
        fields = ("product_id", "license_server_id", "reason")
    labels = {
        **LABELS,
        **({} if request["request"] == "license_key_pack_id" else {"reason": "Reason for reactivation"}),
    }
    rows = [(labels[field], _value(request, field)) for field in fields if request.get(field)]
    if request.get("operation") == "reinstall" and request.get("reason"):
        place = next(index for index, (label, _value) in enumerate(rows) if label == labels["reason"])
        rows[place : place + 1] = [(labels["reason"], _REBUILD_REASON), ("Your own reason", _value(request, "reason"))]
    return tuple(rows)


def _contact(request: Request) -> tuple[tuple[str, str], ...]:
    rows = []
    for field in _CONTACT:
        if request.get(field):
            optional = "" if field in _REQUIRED_CONTACT else " (optional)"
            rows.append((LABELS[field] + optional, str(request[field])))
        elif field in _REQUIRED_CONTACT:
            rows.append((LABELS[field], _MISSING))
    return tuple(rows)


def _purchase(request: Request) -> tuple[tuple[str, str], ...]:
    rows = [(LABELS[name], str(request[name])) for name in CREDENTIAL_OPTIONS if request.get(name)]
    cals = ("product_version", "cal_type", "quantity")
    return (*(rows or _in_documents(request)), *((LABELS[f], _value(request, f)) for f in cals if request.get(f)))


def _in_documents(request: Request) -> list[tuple[str, str]]:
    """Which numbers and codes are needed, and how each ends."""
    names = credential_names(str(request.get("license_program")))
    endings = [part.strip(" *") for part in str(request.get("credential") or "").split("/")]
    endings += [""] * (len(names) - len(endings))
    return [
        (LABELS[name], f"{_IN_DOCUMENTS}; it ends in {ending}" if ending else _IN_DOCUMENTS)
        for name, ending in zip(names, endings, strict=False)
    ]


def _value(request: Request, field: str) -> str:
    """A field in words: the names of this collection are not those of the web site."""
    value = str(request[field])
    if field == "product_version":
        try:
            return product_version_title(parse_product_version(value))
        except ValueError:
            return value
    if field == "cal_type":
        return f"{value.replace('_', ' ').title()} CAL"
    if field == "source_operating_system":
        return release_title(value)
    # Reasons for reactivating are choices of an option; other reasons are sentences.
    return value.replace("_", " ") if field == "reason" and " " not in value else value
