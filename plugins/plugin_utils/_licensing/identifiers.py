# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers and codes in purchase documents: their canonical form, validation and masking.

Formats are those of the provider's method pages: InstallRetailPurchaseLicenseKeyPack (license code),
InstallOpenLicenseKeyPack (license and authorization number), InstallAgreementLicenseKeyPack (agreement number),
InstallLicenseKeyPack (license key pack ID), ActivateServer (license server ID).
"""

from __future__ import annotations

import hashlib
import re
import typing as t
import unicodedata
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption

# Blanks, hyphens, dashes and minus signs, and what word processors, mail programs and web pages add and nobody sees:
# soft hyphens, zero-width characters, marks of direction, byte order marks.
_SEPARATORS: t.Final = re.compile(
    r"[\s\-\u00ad\u058a\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2043\u2060-\u2069\u2212\ufe58\ufe63\ufeff\uff0d]+"
)
_VISIBLE = 4


@dataclass(frozen=True)
class Shape:
    """The form of a kind of number or code without hyphens and spaces."""

    name: str
    pattern: re.Pattern[str]
    words: str


def _shape(name: str, pattern: str, words: str) -> Shape:
    return Shape(name, re.compile(pattern), words)


LICENSE_CODE: t.Final = _shape("license code", r"[0-9A-Z]{25}", "25 letters and digits, in 5 groups of 5")
OPEN_LICENSE_NUMBER: t.Final = _shape("Open license number", r"[0-9]{8}", "8 digits")
AUTHORIZATION_NUMBER: t.Final = _shape("authorization number", r"[0-9A-Z]{15}", "15 letters and digits")
AGREEMENT_NUMBER: t.Final = _shape("agreement or enrollment number", r"[0-9]{7}", "7 digits")
# The page says 7 digits; an 8-digit number is in use in the field, so it gets a warning (Purchase.doubt).
SERVICE_PROVIDER_NUMBER: t.Final = _shape(
    "service provider agreement number", r"[0-9]{7,8}", "7 digits (8 are accepted)"
)
# Open Value, Multi-Year Open and the like: whatever the purchase documents say.
OTHER_AGREEMENT_NUMBER: t.Final = _shape("agreement number", r"[0-9A-Z]{1,35}", "1 to 35 letters and digits")
LICENSE_KEY_PACK_ID: t.Final = _shape("license key pack ID", r"[0-9A-Z]{35}", "35 letters and digits, in 7 groups of 5")
LICENSE_SERVER_ID: t.Final = _shape("license server ID", r"[0-9A-Z]{35}", "35 letters and digits, in 7 groups of 5")
# The format of the confirmation code is published nowhere, so only what cannot be a code is refused.
CONFIRMATION_CODE: t.Final = _shape("confirmation code", r"[0-9A-Z]{1,64}", "1 to 64 letters and digits")


def without_separators(text: str) -> str:
    """A number or code without hyphens and spaces."""
    return _SEPARATORS.sub("", text)


def visible(text: str) -> str:
    """A text without what nobody sees in it: zero-width characters, soft hyphens, byte order marks, and blanks around.

    Blanks within are one plain blank. Texts that look the same have to be the same where they name a change or tell
    purchases apart: with a zero-width space more, a rebuild would be done again.
    """
    return " ".join("".join(each for each in text if unicodedata.category(each) != "Cf").split())


def canonical(text: object, shape: Shape, option: str) -> str:
    """The form that the provider requires: no hyphens, no spaces, upper case.

    Raises:
        InvalidOption: the text does not have the shape; the message does not repeat it.
    """
    stripped = without_separators(str(text))
    # Upper case makes plain letters of some that are none (the ligature fi, the German sharp s).
    stripped = stripped.upper() if stripped.isascii() else stripped
    if not shape.pattern.fullmatch(stripped):
        what = f"{len(stripped)} characters" if stripped else "nothing"
        raise InvalidOption(
            f"{option}: {_article(shape.name)} {shape.name} has {shape.words}; got {what} (hyphens and spaces not "
            f"counted){_strange(stripped)}."
        )
    return stripped


def _strange(text: str) -> str:
    """Names the characters that no number or code has: a Cyrillic letter looks like a Latin one."""
    found = [(place, each) for place, each in enumerate(text, 1) if not re.fullmatch(r"[0-9A-Za-z]", each)]
    if not found:
        return ""
    names = [f"number {place} is {unicodedata.name(each, 'unnamed')} (U+{ord(each):04X})" for place, each in found[:3]]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f", some of them neither letters nor digits: {', '.join(names)}{more}"


def _article(noun: str) -> str:
    return "an" if noun[0].lower() in "aeiou" else "a"


def mask(secret: str) -> str:
    """A masked secret: its last four characters, or none if it has no more than that."""
    return "****" + (secret[-_VISIBLE:] if len(secret) > _VISIBLE else "")


def fingerprint(*parts: str) -> str:
    """SHA-256, in hex, over parts that cannot run into each other."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8")
        digest.update(b"%d:" % len(encoded) + encoded + b";")
    return digest.hexdigest()


def in_groups(identifier: str, size: int = 5) -> str:
    """An identifier the way Licensing Manager shows it: groups of five with hyphens."""
    return "-".join(identifier[start : start + size] for start in range(0, len(identifier), size))
