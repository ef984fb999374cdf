# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the Clearinghouse, by web browser or by telephone: the same fields, the same checks.

The fields are those of the web site's pages. The texts of "Reason for recovery" are not documented; here they
are the wizard's own sentences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.simulator.clearinghouse import activation, books
from tests.simulator.clearinghouse.books import Claim, Operation
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model import catalog
from tests.simulator.model.fleet import Fleet
from tests.simulator.model.loading import CREDENTIALS

Fields = Mapping[str, str]

PROGRAMS = {
    "retail": "License Pack (Retail Purchase)",
    "open": "Open License",
    "select": "Select License",
    "enterprise": "Enterprise Agreement",
    "campus": "Campus Agreement",
    "school": "School Agreement",
    "service_provider": "Services Provider License Agreement",
    "other_agreement": "Other Agreement",
}
REASONS = {
    "source_is_being_replaced": "The source license server is being replaced by this license server",
    "source_is_not_functioning": "The source license server is no longer functioning",
    "rebuild_database": "Rebuild the license server database",
}
CAL_TYPES = {"per_device": "Per Device CAL", "per_user": "Per User CAL"}
VERSIONS = {
    name: str(entry["text"]["en"])
    for name, entry in catalog.load_data("products.yml")["versions"].items()
    if entry["id"] >= 2
}
REACTIVATION_REASONS = {
    "redeployed": "The license server has been redeployed",
    "certificate_corrupt": "The certificate is corrupt",
    "private_key_compromised": "The private key has been compromised",
    "activation_key_expired": "The activation key has expired",
    "upgraded": "The license server has been upgraded",
}
CONTACT = {
    "last_name": "Last name or surname",
    "first_name": "First name or given name",
    "company": "Company name",
    "country_region": "Country/region",
}
# Never needed, never checked.
OPTIONAL = {
    "organizational_unit": "Organizational unit",
    "address": "Company address",
    "city": "City",
    "state": "State/province",
    "postal_code": "Postal code",
    "e_mail": "E-mail address",
    "phone": "Phone number",
}
LABELS = {
    **CONTACT,
    **OPTIONAL,
    "product_id": "Product ID",
    "target_license_server_id": "Target License Server ID",
    "license_server_id": "License Server ID",
    "reason_for_recovery": "Reason for recovery",
    "reason_for_reactivation": "Reason for reactivation",
    "license_program": "License Program",
    "license_code": "License code",
    "license_number": "License number",
    "authorization_number": "Authorization number",
    "agreement_number": "Agreement number",
    "product_version": "Product version",
    "cal_type": "CAL type",
    "quantity": "Quantity",
}
CHOICES: dict[str, dict[str, str]] = {
    "reason_for_recovery": REASONS,
    "reason_for_reactivation": REACTIVATION_REASONS,
    "license_program": PROGRAMS,
    "product_version": VERSIONS,
    "cal_type": CAL_TYPES,
}


def normalized(label: str) -> str:
    """A field's name out of its label: "Country/region" is country_region."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")


_NAMES = {normalized(label): name for name, label in LABELS.items()} | {
    "surname": "last_name",
    "given_name": "first_name",
    "country": "country_region",
    "email": "e_mail",
}


def field_name(label: str) -> str:
    """The field that is meant by `label`: its name or its label, in any spelling."""
    text = normalized(label)
    return _NAMES.get(text, text)


def required(fields: Fields, name: str) -> str:
    """A field that must be filled in; raises RefusalError with a sentence that says why."""
    value = fields.get(name, "").strip()
    if not value:
        raise RefusalError("malformed", f"{LABELS[name]} is required.")
    return value


def chosen(fields: Fields, name: str) -> str:
    """One of the choices of a list, named by its value or its text."""
    value = required(fields, name)
    for key, text in CHOICES[name].items():
        if normalized(value) in (key, normalized(text)):
            return key
    raise RefusalError("malformed", f"{LABELS[name]}: '{value}' is not in the list.")


def compact(text: str) -> str:
    """Without the hyphens and blanks that stand in print."""
    return re.sub(r"[\s-]", "", text).upper()


def grouped(identifier: str) -> str:
    """Seven groups of five, as the site shows it."""
    return "-".join(identifier[start : start + 5] for start in range(0, len(identifier), 5))


def check_contact(fields: Fields) -> None:
    for name in CONTACT:
        required(fields, name)


def claim_of(fields: Fields) -> Claim:
    """The purchase that the fields describe; raises RefusalError."""
    program = chosen(fields, "license_program")
    credentials = tuple(compact(required(fields, name)) for name in CREDENTIALS[program])
    if program == "retail":
        claim = Claim(program, credentials)
    else:
        quantity = required(fields, "quantity")
        if not quantity.isdigit():
            raise RefusalError("malformed", "Quantity must be a number.")
        version = catalog.version_id(chosen(fields, "product_version"))
        kind = catalog.PRODUCT_TYPES[chosen(fields, "cal_type")]
        claim = Claim(program, credentials, version, kind, int(quantity))
    claim.check_form()
    return claim


def target_id(fleet: Fleet, fields: Fields) -> str:
    """The license server ID of an activated server; raises RefusalError."""
    text = compact(required(fields, "target_license_server_id"))
    if not re.fullmatch(r"[0-9A-Z]{35}", text):
        raise RefusalError("malformed", "A license server ID has 35 characters, in groups of 5.")
    return activation.server_by_id(fleet, text).state.license_server_id


def operation_of(fields: Fields) -> Operation:
    return "reinstall" if chosen(fields, "reason_for_recovery") == "rebuild_database" else "migrate"


def _license_key_pack_id(fleet: Fleet, fields: Fields, operation: Operation) -> str:
    check_contact(fields)
    target = target_id(fleet, fields)
    return grouped(books.issue_pack_id(fleet.clearinghouse, claim_of(fields), operation, target))


def manage_cals(fleet: Fleet, fields: Fields) -> str:
    return _license_key_pack_id(fleet, fields, operation_of(fields))


def install_cals(fleet: Fleet, fields: Fields) -> str:
    return _license_key_pack_id(fleet, fields, "install")


def activate(fleet: Fleet, fields: Fields) -> str:
    """The license server ID for a product ID."""
    check_contact(fields)
    server = activation.server_by_product_id(fleet, required(fields, "product_id"))
    return grouped(server.state.license_server_id)


def reactivate(fleet: Fleet, fields: Fields) -> str:
    """The next license server ID for the product ID of an activated server."""
    check_contact(fields)
    chosen(fields, "reason_for_reactivation")
    server = activation.server_by_product_id(fleet, required(fields, "product_id"))
    if not server.is_active:
        raise RefusalError("not_activated", "This license server is not activated.")
    return grouped(activation.reactivation_id(fleet, server))


def deactivate(fleet: Fleet, fields: Fields) -> str:
    """The confirmation code for a deactivation; by telephone only."""
    check_contact(fields)
    server = activation.server_by_id(fleet, compact(required(fields, "license_server_id")))
    return grouped(activation.confirmation_code(server.state.license_server_id))


# request -> (what the answer is called, how to get it)
REQUESTS: dict[str, tuple[str, Callable[[Fleet, Fields], str]]] = {
    "manage_cals": ("License key pack ID", manage_cals),
    "install_cals": ("License key pack ID", install_cals),
    "activate": ("License server ID", activate),
    "reactivate": ("License server ID", reactivate),
    "deactivate": ("Confirmation code", deactivate),
}


def serve(fleet: Fleet, request: str, fields: Fields) -> tuple[str, str]:
    """Serve a request and keep the books; return what the answer is called and the answer. Raises RefusalError."""
    name, action = REQUESTS[request]
    with fleet.lock:
        answer = action(fleet, fields)
        fleet.save()
    return name, answer
