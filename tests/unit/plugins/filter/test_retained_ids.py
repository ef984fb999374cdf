# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter retained_ids."""

from __future__ import annotations

import datetime
import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.retained_ids import FilterModule

retained_ids = FilterModule().filters()["retained_ids"]

ONE, TWO = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGG1", "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGG2"
PURCHASE = {
    "request_id": "3f9c0d21b7a4",
    "license_program": "enterprise",
    "credential": "****4567",
    "product_version": "windows_server_2022",
    "cal_type": "per_user",
    "quantity": 250,
    "reference": None,
    "outcome": "installed",
    "key_pack_id": 3,
}


def used(server: str = "rdls02", **ids: t.Any) -> dict[str, t.Any]:
    return {"server": server, "ids": ids, "purchases": [PURCHASE]}


def test_an_id_is_kept_with_what_it_is_for() -> None:
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    (kept,) = retained_ids([used(**{"3f9c0d21b7a4": ONE})])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", kept.pop("retained_on"))
    assert kept == {
        "server": "rdls02",
        "license_key_pack_id": ONE,
        "request_id": "3f9c0d21b7a4",
        "purchase": {
            "license_program": "enterprise",
            "credential": "****4567",
            "product_version": "windows_server_2022",
            "cal_type": "per_user",
            "quantity": 250,
        },
    }
    assert retained_ids([used(other=ONE)])[0]["purchase"] == {}
    assert retained_ids([{"server": "rdls02", "ids": {"x": ONE}}])[0]["retained_on"] >= today


def test_what_is_kept_stays_and_nothing_is_kept_twice() -> None:
    earlier = [{"server": "rdls09", "license_key_pack_id": ONE, "note": "mine"}]
    bare = ONE.replace("-", "").lower()
    merged = retained_ids([used(a=bare, b=TWO), used("rdls03", c=TWO)], kept=earlier)
    assert merged[0] == earlier[0]
    assert [(each["server"], each["license_key_pack_id"]) for each in merged[1:]] == [("rdls02", TWO)]
    assert retained_ids([used(a=ONE, b=TWO)], kept=merged) == merged


@pytest.mark.parametrize("nothing", ["", None, "  "])
def test_an_empty_id_is_none(nothing: str | None) -> None:
    assert retained_ids([used(a=nothing)]) == []


def test_an_id_of_another_shape_is_refused_without_being_repeated() -> None:
    with pytest.raises(
        AnsibleFilterError, match=r"ids\[a\]: a license key pack ID has 35 letters and digits"
    ) as caught:
        retained_ids([used(a="WRONG-SHAPE")])
    assert "WRONG" not in str(caught.value)


@pytest.mark.parametrize(
    ("servers", "kept"),
    [
        (["text"], []),
        ([{"server": "rdls02"}], []),
        ([{"ids": {"a": ONE}}], []),
        ([{"server": "rdls02", "ids": [ONE]}], []),
        (None, []),
        ([], [{"server": "rdls02"}]),
        ([], ["text"]),
    ],
)
def test_another_input_is_refused_in_one_line(servers: t.Any, kept: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="retained_ids: wants servers"):
        retained_ids(servers, kept=kept)
