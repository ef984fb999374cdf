# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key packs as real servers report them: what is unlimited, what never expires, what nobody bought."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import (
    KeyPack,
    by_key_pack_id,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals

from tests.unit.builders import pack

UNLIMITED = 0xFFFFFFFF


def moment(text: str) -> datetime.datetime:
    """A time of day in UTC, as C(2038-01-01 01:00:00)."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


def values(
    key_pack_type: int | None = 2,
    product_type: int | None = 1,
    version: int | None = 7,
    total: int | None = 20,
    expires: datetime.datetime | None = None,
    **more: t.Any,
) -> dict[str, t.Any]:
    """Properties as the provider gives them."""
    return {
        "KeyPackId": 3,
        "KeyPackType": key_pack_type,
        "ProductType": product_type,
        "ProductVersionID": version,
        "ProductVersion": "any text, in any language",
        "TotalLicenses": total,
        "IssuedLicenses": 0,
        "AvailableLicenses": total,
        "ExpirationDate": expires,
        "Description": "C50-6.02-S",
        "TypeAndModel": "RDS Per User CAL",
        "AccessRights": 7,
        **more,
    }


# Packs seen on real servers: key pack type, product type, version, total, expiry; then built in, temporary, purchased,
# total and expiry as they are to be read.
NEVER = None
REAL_PACKS = {
    "built-in Windows 2000": (6, 3, 0, UNLIMITED, "2035-12-31 23:00:00", True, False, False, None, NEVER),
    "volume, 2008": (2, 1, 2, 20, "2038-01-01 01:00:00", False, False, True, 20, NEVER),
    "volume, 2012": (2, 1, 4, 20, "2038-01-01 01:00:00", False, False, True, 20, NEVER),
    "type without a meaning": (7, 1, 4, 0, "2038-01-19 03:14:07", False, False, False, 0, NEVER),
    "temporary": (4, 0, 2, UNLIMITED, "2038-01-19 03:14:07", False, True, False, None, NEVER),
    "open, 2019": (5, 1, 6, 2000, "2038-01-01 09:36:36", False, False, True, 2000, NEVER),
    "subscription": (2, 1, 6, 50, "2023-02-09 12:00:00", False, False, True, 50, "2023-02-09 12:00:00"),
    "VDI suite": (2, 6, 6, 50, "2024-12-19 12:00:00", False, False, False, 50, "2024-12-19 12:00:00"),
}


@pytest.mark.parametrize("row", REAL_PACKS.values(), ids=REAL_PACKS.keys())
def test_packs_of_real_servers(row: tuple[t.Any, ...]) -> None:
    kind, product, version, total, expires, built_in, temporary, purchased, wanted_total, wanted_expiry = row
    read = KeyPack.from_values(values(kind, product, version, total, moment(expires)))
    assert (read.built_in, read.temporary, read.purchased) == (built_in, temporary, purchased)
    assert (read.total, read.available) == (wanted_total, wanted_total)
    assert read.expires == (moment(wanted_expiry) if wanted_expiry else None)


@pytest.mark.parametrize("number", [UNLIMITED, -1, None])
def test_unlimited_in_every_spelling(number: int | None) -> None:
    read = KeyPack.from_values(values(total=number))
    assert read.total is None
    assert read.available is None


@pytest.mark.parametrize("number", [0, 1, 0x7FFFFFFF])
def test_numbers_that_are_no_sentinel_stay(number: int) -> None:
    assert KeyPack.from_values(values(total=number)).total == number


@pytest.mark.parametrize(
    ("expires", "built_in", "never"),
    [
        ("2035-12-30 00:00:00", True, True),
        ("2036-01-01 00:00:00", True, True),
        ("2036-01-03 00:00:00", True, False),
        ("2036-01-01 00:00:00", False, False),
        ("2037-12-30 23:59:59", False, False),
        ("2037-12-31 00:00:00", False, True),
        ("2038-01-01 00:00:00", False, True),
        ("2038-01-19 03:14:07", False, True),
        ("2038-01-20 23:59:59", False, True),
        ("2038-01-21 00:00:00", False, False),
    ],
)
def test_dates_that_mean_never(expires: str, built_in: bool, never: bool) -> None:
    read = KeyPack.from_values(values(product_type=3 if built_in else 1, expires=moment(expires)))
    assert read.expires == (None if never else moment(expires))


@pytest.mark.parametrize(
    "foreign",
    [
        {"product_type": 3},
        {"product_type": 2},
        {"product_type": None},
        {"version": 0},
        {"version": None},
        {"total": UNLIMITED},
        {"total": None},
        {"key_pack_type": None},
        *({"key_pack_type": number} for number in (0, 4, 6, 7)),
    ],
    ids=str,
)
def test_packs_that_are_never_touched(foreign: dict[str, t.Any]) -> None:
    read = KeyPack.from_values(values(**foreign))
    assert not read.purchased
    with pytest.raises(ValueError, match="key pack 3 is not a purchased one"):
        _cals = read.cals


@pytest.mark.parametrize("key_pack_type", [1, 2, 3, 5])
@pytest.mark.parametrize("product_type", [0, 1])
def test_packs_that_somebody_bought(key_pack_type: int, product_type: int) -> None:
    read = KeyPack.from_values(values(key_pack_type, product_type))
    assert read.purchased
    assert read.cals == Cals(7, product_type, 20)


@pytest.mark.parametrize(
    ("cals", "fits"),
    [
        (Cals(2, 1, 100), True),
        (Cals(3, 1, 100), True),
        (Cals(2, 1, 99), False),
        (Cals(2, 0, 100), False),
        (Cals(4, 1, 100), False),
    ],
)
def test_a_2008_r2_pack_holds_2008_cals_of_its_type_and_number(cals: Cals, fits: bool) -> None:
    assert pack(3, 100, version=3).holds(cals) is fits


def test_a_pack_that_is_not_purchased_holds_nothing() -> None:
    assert not pack(3, 100, key_pack_type=7).holds(Cals(7, 1, 100))


def test_as_results_show_it() -> None:
    shown = KeyPack.from_values(values(expires=moment("2027-06-30 12:00:00"))).describe()
    assert shown == {
        "key_pack_id": 3,
        "key_pack_type": 2,
        "key_pack_type_name": "volume",
        "cal_type": "per_user",
        "product_type": 1,
        "product_version": "windows_server_2022",
        "product_version_id": 7,
        "product_version_text": "any text, in any language",
        "total": 20,
        "issued": 0,
        "available": 20,
        "expires": "2027-06-30T12:00:00+00:00",
        "description": "C50-6.02-S",
        "type_and_model": "RDS Per User CAL",
        "access_rights": 7,
        "built_in": False,
        "temporary": False,
        "purchased": True,
    }


def test_numbers_without_a_name_stay_numbers() -> None:
    shown = KeyPack.from_values(values(key_pack_type=7, product_type=6, version=9)).describe()
    assert (shown["key_pack_type"], shown["key_pack_type_name"]) == (7, None)
    assert (shown["product_type"], shown["cal_type"]) == (6, None)
    assert (shown["product_version_id"], shown["product_version"]) == (9, "9")


def test_properties_that_were_not_answered() -> None:
    nothing = dict.fromkeys(values(), None) | {"KeyPackId": 3}
    shown = KeyPack.from_values(nothing).describe()
    assert not shown.pop("built_in")
    assert not shown.pop("temporary")
    assert not shown.pop("purchased")
    assert shown.pop("key_pack_id") == 3
    assert set(shown.values()) == {None, ""}


def test_an_interval_is_no_date_to_expire_on() -> None:
    assert KeyPack.from_values(values(ExpirationDate=datetime.timedelta())).expires is None


@pytest.mark.parametrize("name", ["TotalLicenses", "IssuedLicenses"])
@pytest.mark.parametrize("number", [-250, 2**32 - 250, 2**31])
def test_numbers_that_cannot_be_are_refused(name: str, number: int) -> None:
    with pytest.raises(LicensingError, match=f"the server shows key pack 3 with {name} {number}, which is impossible"):
        KeyPack.from_values({**values(), name: number})


def test_packs_that_share_an_id_are_refused() -> None:
    assert [each.key_pack_id for each in by_key_pack_id([pack(4, 10), pack(3, 10)])] == [3, 4]
    with pytest.raises(LicensingError, match="more than one key pack with the ID 3"):
        by_key_pack_id([pack(3, 10), pack(4, 10), pack(3, 10)])
