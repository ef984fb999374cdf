# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A purchase of RDS CALs: license program, its credential, product version, CAL type and quantity."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    AGREEMENT_TYPES,
    CAL_TYPES,
    LICENSE_PROGRAM_NAMES,
    cal_family,
    cal_type_title,
    parse_product_version,
    product_version_name,
    product_version_title,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption

# Which options carry the credential of a program, in the order the provider takes them.
_CREDENTIALS: t.Final[dict[str, tuple[tuple[str, identifiers.Shape], ...]]] = {
    "retail": (("license_code", identifiers.LICENSE_CODE),),
    "open": (
        ("license_number", identifiers.OPEN_LICENSE_NUMBER),
        ("authorization_number", identifiers.AUTHORIZATION_NUMBER),
    ),
    **dict.fromkeys(AGREEMENT_TYPES, (("agreement_number", identifiers.AGREEMENT_NUMBER),)),
    "service_provider": (("agreement_number", identifiers.SERVICE_PROVIDER_NUMBER),),
    "other_agreement": (("agreement_number", identifiers.OTHER_AGREEMENT_NUMBER),),
}
CREDENTIAL_OPTIONS: t.Final = ("license_code", "license_number", "authorization_number", "agreement_number")
# LicenseCount is a uint32, and its highest number means "unlimited" in key packs.
_MOST_CALS: t.Final = 0xFFFFFFFE


@dataclass(frozen=True)
class Cals:
    """Product version, CAL type and quantity of CALs."""

    product_version: int
    cal_type: int
    quantity: int

    @property
    def kind(self) -> tuple[int, int]:
        """What makes two sets of CALs interchangeable: the family of the version, and the type."""
        return cal_family(self.product_version), self.cal_type

    @property
    def title(self) -> str:
        """For example C(250 Windows Server 2022 per user CALs)."""
        return f"{self.quantity} {product_version_title(self.product_version)} {cal_type_title(self.cal_type)} CALs"


@dataclass(frozen=True)
class Purchase:
    """One purchase. Equal purchases are one; C(reference) makes two that are the same otherwise different.

    C(product_version), C(cal_type) and C(quantity) are None only for a retail code that does not state them.
    The credential and the license key pack ID are left out of C(repr()).
    """

    license_program: str
    credential: tuple[str, ...] = field(repr=False)
    product_version: int | None = None
    cal_type: int | None = None
    quantity: int | None = None
    reference: str | None = None
    license_key_pack_id: str | None = field(default=None, repr=False, compare=False)
    acknowledge_missing: str | None = field(default=None, compare=False)
    key_pack_id: int | None = field(default=None, compare=False)

    @property
    def cals(self) -> Cals | None:
        """Version, type and quantity; None when only the license code knows them."""
        if self.product_version is None or self.cal_type is None or self.quantity is None:
            return None
        return Cals(self.product_version, self.cal_type, self.quantity)

    @property
    def identifying_cals(self) -> tuple[int | None, ...]:
        """Version, type and quantity as far as they identify the purchase.

        A retail code is unique by itself, so what the user states beside it does not change its identity.
        """
        return () if self.license_program == "retail" else (self.product_version, self.cal_type, self.quantity)

    @property
    def sha256(self) -> str:
        """Identity of the purchase in the record on the server."""
        parts = (self.license_program, *self.credential, *self.identifying_cals, self.reference or "")
        return identifiers.fingerprint(*(str(part) for part in parts))

    @property
    def credential_names(self) -> tuple[str, ...]:
        """The options that the parts of the credential came from."""
        return credential_names(self.license_program)

    @property
    def masked_credential(self) -> str:
        """Every number or code of the credential, masked to its last four characters."""
        return " / ".join(identifiers.mask(part) for part in self.credential)

    @property
    def title(self) -> str:
        """For example C(250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567))."""
        what = self.cals.title if self.cals else "the CALs of a license code"
        reference = f", {self.reference}" if self.reference else ""
        return f"{what} ({self.label}{reference})"

    @property
    def label(self) -> str:
        """Program and masked credential, such as C(Enterprise Agreement ****4567)."""
        return f"{LICENSE_PROGRAM_NAMES[self.license_program]} {self.masked_credential}"

    def describe(self) -> dict[str, t.Any]:
        """The purchase as a result may show it."""
        return {
            "license_program": self.license_program,
            "credential": self.masked_credential,
            "product_version": None if self.product_version is None else product_version_name(self.product_version),
            "cal_type": None if self.cal_type is None else cal_type_title(self.cal_type).replace(" ", "_"),
            "quantity": self.quantity,
            "reference": self.reference,
        }

    @property
    def doubt(self) -> str | None:
        """A warning about an unusual credential, which is passed on unchanged."""
        if self.license_program == "service_provider" and len(self.credential[0]) != 7:
            digits = len(self.credential[0])
            return f"{self.label} has {digits} digits; Microsoft documents 7. It is passed on unchanged."
        return None


def credential_names(license_program: str) -> tuple[str, ...]:
    """The options that carry the credential of a license program; none for what is no program."""
    return tuple(name for name, _shape in _CREDENTIALS.get(license_program, ()))


def purchase_label(options: Mapping[str, t.Any]) -> str:
    """How a message names a purchase before it is validated: its reference, or its CALs."""
    shown = (
        ("reference",) if options.get("reference") else ("license_program", "quantity", "product_version", "cal_type")
    )
    return " ".join(str(options[name]) for name in shown if isinstance(options.get(name), (str, int)))


def parse_purchases(options: Sequence[Mapping[str, t.Any]], option: str = "purchases") -> tuple[Purchase, ...]:
    """Purchases from a task's list of options.

    Raises:
        InvalidOption: one has a wrong shape, lacks its credential, carries another program's, or occurs twice.
    """
    purchases = tuple(_parse_item(options, index, option) for index in range(len(options)))
    for sha256, times in Counter(purchase.sha256 for purchase in purchases).items():
        if times > 1:
            twin = next(purchase for purchase in purchases if purchase.sha256 == sha256)
            raise InvalidOption(
                f"{option}: {twin.title} is named {times} times; if these are {times} purchases, set a different "
                f"'reference' on each, such as an order number."
            )
    return purchases


def _parse_item(options: Sequence[Mapping[str, t.Any]], index: int, option: str) -> Purchase:
    try:
        return parse_purchase(options[index], f"{option}[{index}]")
    except InvalidOption as error:
        if len(options) < 2:
            raise
        label = purchase_label(options[index])
        raise InvalidOption(f"{error} This is number {index + 1} of {len(options)} ({label}).") from None


def parse_purchase(options: Mapping[str, t.Any], option: str) -> Purchase:
    """One purchase from the options of a task; C(option) names it in messages, such as C(purchases[0]).

    Raises:
        InvalidOption: as for C(parse_purchases).
    """
    program = options["license_program"]
    version, cal_type, quantity = _stated_cals(options, program, option)
    key_pack_id = options.get("license_key_pack_id")
    if key_pack_id is not None:
        key_pack_id = identifiers.canonical(
            key_pack_id, identifiers.LICENSE_KEY_PACK_ID, f"{option}.license_key_pack_id"
        )
    credential = _credential(options, program, option)
    return Purchase(
        license_program=str(program),
        credential=credential,
        product_version=version,
        cal_type=cal_type,
        quantity=quantity,
        reference=_reference(options.get("reference"), program, credential, option),
        license_key_pack_id=key_pack_id,
        acknowledge_missing=_acknowledged(options.get("acknowledge_missing")),
        key_pack_id=options.get("key_pack_id"),
    )


def _reference(given: object, program: str, credential: Sequence[str], option: str) -> str | None:
    """The reference is shown in results and kept on the server in clear, so it must not be the credential itself."""
    reference = "" if given is None else identifiers.visible(str(given))
    bare = identifiers.without_separators(reference).upper()
    for name, part in zip(credential_names(program), credential, strict=True):
        if len(part) > 4 and part in bare:
            raise InvalidOption(
                f"{option}.reference: must not contain the {name}. Results and the record on the server show the "
                f"reference; use an order number instead."
            )
    return reference or None


def _acknowledged(value: t.Any) -> str | None:
    """The ID of a recorded operation. Earlier releases took a boolean; false still means nothing."""
    text = str(value if value is not None else "").strip().lower()
    return None if text in ("", "false", "no") else text


def _credential(options: Mapping[str, t.Any], program: str, option: str) -> tuple[str, ...]:
    wanted = _CREDENTIALS[program]
    names = [name for name, _shape in wanted]
    title = LICENSE_PROGRAM_NAMES[program]
    for name in CREDENTIAL_OPTIONS:
        if options.get(name) is not None and name not in names:
            raise InvalidOption(
                f"{option}: license_program '{program}' ({title}) takes {' and '.join(names)}, not {name}."
            )
    missing = [name for name in names if options.get(name) is None]
    if missing:
        raise InvalidOption(f"{option}: license_program '{program}' ({title}) requires {' and '.join(missing)}.")
    return tuple(identifiers.canonical(options[name], shape, f"{option}.{name}") for name, shape in wanted)


def _stated_cals(options: Mapping[str, t.Any], program: str, option: str) -> tuple[int | None, int | None, int | None]:
    names = ("product_version", "cal_type", "quantity")
    missing = [name for name in names if options.get(name) is None]
    if len(missing) == len(names) and program == "retail":
        return None, None, None
    if missing:
        more = "; a retail purchase states all three or none" if program == "retail" else ""
        raise InvalidOption(f"{option}: license_program '{program}' requires {', '.join(missing)}{more}.")
    try:
        version = parse_product_version(str(options["product_version"]))
    except ValueError as error:
        raise InvalidOption(f"{option}.product_version: {error}.") from None
    if not 1 <= options["quantity"] <= _MOST_CALS:
        raise InvalidOption(f"{option}.quantity: must be from 1 to {_MOST_CALS}; got {options['quantity']}.")
    # 3 (2008 R2) is reported by packs and taken by no method: the same CALs are installed as 2.
    return cal_family(version), CAL_TYPES[options["cal_type"]], options["quantity"]
