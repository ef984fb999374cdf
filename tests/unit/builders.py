# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Short ways to say what a test starts from: key packs, purchases, entries of the record, servers as they were read.

Unless a test says otherwise, CALs are Windows Server 2022 per user CALs and servers run Windows Server 2022.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterable

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import PER_USER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server_calls import (
    CONTACT_PROPERTIES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    REMOVAL_PENDING,
    Operation,
    RecordedPurchase,
    RecordedSource,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.pack_cals import (
    UNKNOWN_VERSION,
    PackCals,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WindowsRelease
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.migration_source import Source
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.situation import Situation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.unfinished_operations import OutcomeRule

SERVER_2008, SERVER_2012, SERVER_2016, SERVER_2019, SERVER_2022, SERVER_2025 = 2, 4, 5, 6, 7, 8
PER_DEVICE = 0

TARGET_ID = "T4RG3TT4RG3TT4RG3TT4RG3TT4RG3TT4RG3"
SOURCE_ID = "50URC350URC350URC350URC350URC350URC"
LICENSE_CODE = "C0DE1C0DE2C0DE3C0DE4C0DE5"
OTHER_LICENSE_CODE = "C0DE6C0DE7C0DE8C0DE9C0DE0"
KEY_PACK_CODE = "PACK1PACK2PACK3PACK4PACK5PACK6PACK7"
# Operations of these tests are begun at 10:00.
LONG_AFTER = OutcomeRule(datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.timezone.utc))
SOON_AFTER = OutcomeRule(datetime.datetime(2026, 1, 1, 10, 5, tzinfo=datetime.timezone.utc))
CONTACT = {"first_name": "Ada", "last_name": "Byron", "company": "Contoso", "country_region": "Sweden"}

_VERSION_NUMBERS = {
    "windows_server_2016": "10.0.14393",
    "windows_server_2019": "10.0.17763",
    "windows_server_2022": "10.0.20348",
    "windows_server_2025": "10.0.26100",
}


def cals(quantity: int = 100, *, version: int = SERVER_2022, cal_type: int = PER_USER) -> Cals:
    """A number of CALs."""
    return Cals(version, cal_type, quantity)


def pack(
    key_pack_id: int = 3,
    quantity: int | None = 100,
    *,
    version: int = SERVER_2022,
    cal_type: int = PER_USER,
    key_pack_type: int = 2,
) -> KeyPack:
    """A key pack; unless told otherwise one that was bought by volume licensing."""
    return KeyPack(
        key_pack_id=key_pack_id,
        key_pack_type=key_pack_type,
        product_type=cal_type,
        product_version_id=version,
        product_version_text="",
        total=quantity,
        issued=0,
        available=quantity,
        expires=None,
        description="",
        type_and_model="",
        access_rights=7,
    )


def retail_pack(key_pack_id: int = 3, quantity: int = 20) -> KeyPack:
    """A key pack that a retail code brought."""
    return pack(key_pack_id, quantity, key_pack_type=1)


def built_in_pack(key_pack_id: int = 2) -> KeyPack:
    """The pack that every license server has from the start."""
    return pack(key_pack_id, None, version=0, cal_type=3, key_pack_type=6)


def temporary_pack(key_pack_id: int = 13) -> KeyPack:
    """The pack that a license server makes for temporary CALs."""
    return pack(key_pack_id, None, version=SERVER_2008, cal_type=PER_DEVICE, key_pack_type=4)


def purchase(
    quantity: int = 100,
    *,
    program: str = "enterprise",
    number: str = "1234567",
    version: int = SERVER_2022,
    cal_type: int = PER_USER,
    reference: str | None = None,
    license_key_pack_id: str | None = None,
    acknowledge_missing: str | None = None,
    key_pack_id: int | None = None,
) -> Purchase:
    """A purchase under an agreement."""
    return Purchase(
        program,
        (number,),
        version,
        cal_type,
        quantity,
        reference,
        license_key_pack_id,
        acknowledge_missing,
        key_pack_id,
    )


def code(license_code: str = LICENSE_CODE, *, acknowledge_missing: str | None = None) -> Purchase:
    """A retail purchase whose code alone knows which CALs it is."""
    return Purchase("retail", (license_code,), acknowledge_missing=acknowledge_missing)


def operation(name: str = "install", *, of: Purchase | None = None, status: str = DONE, **fields: t.Any) -> Operation:
    """An entry of the record; C(cals) are those of the purchase unless they are given."""
    fields.setdefault("sequence", 1)
    fields.setdefault("token", "00c0ffee")
    before = fields.get("before", ())
    # Pairs are what earlier releases kept.
    fields["before"] = tuple(
        PackCals(each[0], Cals(UNKNOWN_VERSION, UNKNOWN_VERSION, each[1])) if isinstance(each, tuple) else each
        for each in before
    )
    if of is not None:
        fields["purchase"] = RecordedPurchase.of(of)
        fields.setdefault("cals", of.cals)
    return Operation(name, status, "2026-01-01T10:00:00Z", **fields)


def migration(
    of: Purchase,
    *,
    before: Iterable[KeyPack] | None,
    removal: str = REMOVAL_PENDING,
    source_id: str = SOURCE_ID,
    source_name: str = "rdls01.contoso.example",
    **fields: t.Any,
) -> Operation:
    """A migration from the source; C(before) are the source's packs before it, None when it could not be read."""
    held = None if before is None else tuple(each.pack_cals for each in before)
    return operation("migrate", of=of, source=RecordedSource(source_name, source_id, removal, held), **fields)


def properties(**contact: str) -> ServerProperties:
    """Properties of a license server with complete contact data."""
    return ServerProperties(
        contact={**dict.fromkeys(CONTACT_PROPERTIES, ""), **CONTACT, **contact},
        server_role=1,
        database_path="C:\\Windows\\system32\\lserver",
        product_id="00454-10000-00001-AA123",
        version="10.0",
        version_number="10.0.20348",
    )


def windows(release: str | None = "windows_server_2022") -> WindowsRelease:
    """A Windows release; None for one that the collection does not know."""
    version = _VERSION_NUMBERS.get(release or "", "10.0.99999")
    return WindowsRelease("Microsoft Windows Server", version, version.rpartition(".")[2], release, "RDLS02")


def situation(
    *packs: KeyPack,
    record: Iterable[Operation] = (),
    method: str = "automatic",
    activated: bool = True,
    release: str | None = "windows_server_2022",
    outcome: OutcomeRule | None = None,
) -> Situation:
    """The target rdls02 as it was read."""
    return Situation(
        server="rdls02",
        properties=properties(),
        activation=Activation(0, TARGET_ID) if activated else Activation(1, None),
        release=windows(release),
        packs=packs,
        recorded=OperationRecord(record),
        connection_method=method,
        outcome=outcome or LONG_AFTER,
    )


def source(
    *packs: KeyPack,
    record: Iterable[Operation] = (),
    activated: bool = True,
    license_server_id: str | None = SOURCE_ID,
    outcome: OutcomeRule | None = None,
) -> Source:
    """The source rdls01 as it was read."""
    return Source(
        server="rdls01",
        name="rdls01.contoso.example",
        license_server_id=license_server_id if activated else None,
        activation=Activation(0, license_server_id) if activated else Activation(1, None),
        release=windows("windows_server_2019"),
        packs=packs,
        recorded=OperationRecord(record),
        outcome=outcome or LONG_AFTER,
    )
