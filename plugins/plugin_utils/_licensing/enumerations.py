# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers of the licensing provider and the names the collection gives them.

Sources: Microsoft's pages for Win32_TSLicenseServer and Win32_TSLicenseKeyPack
(learn.microsoft.com/windows/win32/termserv) unless a comment says otherwise.
"""

from __future__ import annotations

import re
import typing as t

CONNECTION_METHODS: t.Final = ("automatic", "web_browser", "telephone")
OFFLINE_METHODS: t.Final = ("web_browser", "telephone")

# AgreementType of the *AgreementLicenseKeyPack methods. Retail and Open have methods of their own.
AGREEMENT_TYPES: t.Final[dict[str, int]] = {
    "select": 0,
    "enterprise": 1,
    "campus": 2,
    "school": 3,
    "service_provider": 4,
    "other_agreement": 5,
}
# The program whose license codes need not state which CALs they stand for.
RETAIL: t.Final = "retail"
LICENSE_PROGRAMS: t.Final = (RETAIL, "open", *AGREEMENT_TYPES)

# What people call the programs; used on request sheets, in messages and in diffs.
LICENSE_PROGRAM_NAMES: t.Final[dict[str, str]] = {
    "retail": "Retail purchase",
    "open": "Open License",
    "select": "Select License",
    "enterprise": "Enterprise Agreement",
    "campus": "Campus Agreement",
    "school": "School Agreement",
    "service_provider": "Service Provider License Agreement",
    "other_agreement": "Other agreement",
}
# The same on the License Program page of the wizards, where they are chosen from a list.
LICENSE_PROGRAM_CHOICES: t.Final[dict[str, str]] = {
    **LICENSE_PROGRAM_NAMES,
    "retail": "License Pack (Retail Purchase)",
    "other_agreement": "Other Agreement",
}

# ProductVersionID. 8 is not in Microsoft's tables (observed in the field); unknown numbers pass through as they are.
PRODUCT_VERSIONS: t.Final[dict[str, int]] = {
    "windows_server_2008": 2,
    "windows_server_2008_r2": 3,
    "windows_server_2012": 4,
    "windows_server_2016": 5,
    "windows_server_2019": 6,
    "windows_server_2022": 7,
    "windows_server_2025": 8,
}
# 2012 and 2012 R2 share one CAL.
PRODUCT_VERSION_ALIASES: t.Final[dict[str, str]] = {"windows_server_2012_r2": "windows_server_2012"}
PRODUCT_VERSION_NAMES: t.Final[dict[int, str]] = {number: name for name, number in PRODUCT_VERSIONS.items()}

PER_DEVICE: t.Final = 0
PER_USER: t.Final = 1
CAL_TYPES: t.Final[dict[str, int]] = {"per_device": PER_DEVICE, "per_user": PER_USER}
PRODUCT_TYPE_NAMES: t.Final[dict[int, str]] = {0: "per_device", 1: "per_user", 2: "invalid", 3: "built_in"}
PRODUCT_TYPE_BUILT_IN: t.Final = 3

KEY_PACK_TYPE_NAMES: t.Final[dict[int, str]] = {
    0: "unknown",
    1: "retail",
    2: "volume",
    3: "concurrent",
    4: "temporary",
    5: "open",
    # Documented as "not supported"; seen in the field on the built-in Windows 2000 pack.
    6: "built_in",
}
KEY_PACK_TYPE_RETAIL: t.Final = 1
KEY_PACK_TYPE_TEMPORARY: t.Final = 4
KEY_PACK_TYPE_BUILT_IN: t.Final = 6
# 0 is unknown by definition, 7 has no published meaning: neither is ever touched.
KEY_PACK_TYPES_NEVER_TOUCHED: t.Final = frozenset({0, 4, 6, 7})

ACTIVATION_STATUS_NAMES: t.Final[dict[int, str]] = {0: "activated", 1: "not_activated", 2: "unknown"}

REACTIVATION_REASONS: t.Final[dict[str, int]] = {
    "server_redeployed": 0,
    "certificate_corrupt": 1,
    "private_key_compromised": 2,
    "activation_key_expired": 3,
    "server_upgraded": 4,
}

DISCOVERY_SCOPES: t.Final[dict[str, int]] = {"workgroup": 0, "domain": 1, "forest": 2}
DISCOVERY_SCOPE_NAMES: t.Final[dict[int, str]] = {number: name for name, number in DISCOVERY_SCOPES.items()}

MIGRATION_REASONS: t.Final[dict[str, str]] = {
    "source_is_being_replaced": "The source license server is being replaced by this license server",
    "source_is_not_functioning": "The source license server is no longer functioning",
}


def product_version_name(number: int) -> str:
    """Name of a ProductVersionID, such as C(windows_server_2022); the number itself as text when it has no name."""
    return PRODUCT_VERSION_NAMES.get(number, str(number))


def product_version_title(number: int) -> str:
    """Display name of a ProductVersionID, such as C(Windows Server 2022)."""
    name = PRODUCT_VERSION_NAMES.get(number)
    if name is None:
        return f"product version {number}"
    return release_title(name)


def release_title(name: str) -> str:
    """Display name of a Windows release, such as C(Windows Server 2012 R2)."""
    return name.replace("windows_server", "Windows Server").replace("_r2", " R2").replace("_", " ")


def simple_name(text: str) -> str:
    """A name in the spelling of options: C(per_user) for C(Per User)."""
    return re.sub(r"[\s_-]+", "_", text.strip().lower())


def cal_type_title(number: int) -> str:
    """Display name of a ProductType, such as C(per user)."""
    return PRODUCT_TYPE_NAMES.get(number, f"product type {number}").replace("_", " ")


def parse_product_version(text: str) -> int:
    """Number for a name (C(windows_server_2022), C(Windows Server 2022), C(2022)), or for a number as text (C(7)).

    0 and 1 (Windows 2000 and 2003) are documented as not supported by every method that takes a version.

    Raises:
        ValueError: it is neither; the message lists the names.
    """
    words = re.sub(r"^(microsoft_)?(windows_)?(server_)?(?=2\d{3})", "windows_server_", simple_name(text))
    name = re.sub(r"(?<=\d)_?r2$", "_r2", words)
    name = PRODUCT_VERSION_ALIASES.get(name, name)
    if name in PRODUCT_VERSIONS:
        return PRODUCT_VERSIONS[name]
    if name.isascii() and name.isdecimal() and 2 <= int(name) < 100:
        return int(name)
    raise ValueError(f"must be one of {', '.join(PRODUCT_VERSIONS)}, or the provider's number for a newer version")


def cal_family(product_version: int) -> int:
    """The number under which CALs of one kind are installed.

    Windows Server 2008 and 2008 R2 use the same CALs: a pack may report 3, but only 2 can be installed.
    """
    return 2 if product_version == 3 else product_version
