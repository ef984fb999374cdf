# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to tell the Clearinghouse: everything it asks for, and no credential in clear."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    WEB_SITE,
    activation_request,
    license_key_pack_request,
    request_id,
    with_answers,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption

from tests.unit.builders import KEY_PACK_CODE, SOURCE_ID, TARGET_ID, properties, purchase


def key_pack_request(method: str = "web_browser", **changes: t.Any) -> dict[str, t.Any]:
    """The request for one license key pack ID."""
    options: dict[str, t.Any] = {
        "operation": "migrate",
        "connection_method": method,
        "reason": "The source license server is being replaced by this license server",
        "license_server_id": TARGET_ID,
        "contact": properties().contact,
        "source_license_server_id": SOURCE_ID,
        **changes,
    }
    return license_key_pack_request(purchase(250, reference="PO-1"), **options)


def test_everything_the_web_site_asks_for_is_there() -> None:
    asked = {
        "request": "license_key_pack_id",
        "connection_method": "web_browser",
        "web_site": WEB_SITE,
        "target_license_server_id": "T4RG3-TT4RG-3TT4R-G3TT4-RG3TT-4RG3T-T4RG3",
        "source_license_server_id": "50URC-350UR-C350U-RC350-URC35-0URC3-50URC",
        "first_name": "Ada",
        "last_name": "Byron",
        "company": "Contoso",
        "country_region": "Sweden",
        "email": None,
        "license_program": "enterprise",
        "license_program_name": "Enterprise Agreement",
        "credential": "****4567",
        "product_version": "windows_server_2022",
        "cal_type": "per_user",
        "quantity": 250,
        "reference": "PO-1",
    }
    request = key_pack_request()
    assert {name: request[name] for name in asked} == asked
    assert "telephone" not in request


def test_the_credential_is_masked_wherever_it_could_be() -> None:
    assert "1234567" not in str(key_pack_request())


def test_by_telephone_there_is_advice_instead_of_an_address() -> None:
    request = key_pack_request("telephone")
    assert "web_site" not in request
    assert "Licensing Manager" in request["telephone"]


def test_a_server_that_is_not_activated_has_no_id_to_tell() -> None:
    request = key_pack_request(license_server_id=None, source_license_server_id=None)
    assert request["target_license_server_id"] is None
    assert request["source_license_server_id"] is None


@pytest.mark.parametrize(
    ("wanted", "method", "by_web"),
    [
        ("license_server_id", "web_browser", True),
        ("license_server_id", "telephone", False),
        ("confirmation_code", "telephone", False),
        # The web site has no page for deactivation.
        ("confirmation_code", "web_browser", False),
    ],
)
def test_where_the_code_for_an_activation_comes_from(wanted: str, method: str, by_web: bool) -> None:
    request = activation_request(
        wanted,
        connection_method=method,
        product_id="00454-10000-00001-AA123",
        license_server_id=None,
        contact=properties().contact,
        reason=None,
    )
    assert (request["request"], request["product_id"]) == (wanted, "00454-10000-00001-AA123")
    assert (request.get("web_site") == WEB_SITE) is by_web
    assert ("telephone" in request) is not by_web


def test_a_request_id_is_the_same_wherever_it_is_made_and_another_for_anything_else() -> None:
    ids = {
        request_id(purchase(250), "migrate"),
        request_id(purchase(251), "migrate"),
        request_id(purchase(250, reference="PO-1"), "migrate"),
        request_id(purchase(250, program="select"), "migrate"),
        request_id(purchase(250, version=6), "migrate"),
        request_id(purchase(250, cal_type=0), "migrate"),
        request_id(purchase(250), "install"),
        request_id(purchase(250), "reinstall", "CHG1"),
        request_id(purchase(250), "reinstall", "CHG2"),
    }
    assert len(ids) == 9
    assert request_id(purchase(250), "migrate") in ids


def test_a_request_id_tells_nothing_of_a_number_but_what_is_shown_of_it() -> None:
    assert request_id(purchase(number="1114567"), "migrate") == request_id(purchase(number="2224567"), "migrate")


def test_one_id_for_two_purchases_is_refused() -> None:
    two = [purchase(250), purchase(50)]
    answers = {request_id(each, "install"): KEY_PACK_CODE for each in two}
    with pytest.raises(InvalidOption, match="have the same license key pack ID") as caught:
        with_answers(two, answers, "install")
    assert KEY_PACK_CODE not in str(caught.value)
    with pytest.raises(InvalidOption, match="have the same license key pack ID"):
        with_answers([replace(two[0], license_key_pack_id=KEY_PACK_CODE), two[1]], answers, "install")


def test_an_answer_for_two_purchases_that_are_the_same_from_outside_is_refused() -> None:
    alike = [purchase(number="1114567"), purchase(number="2224567")]
    answers = {request_id(alike[0], "migrate"): KEY_PACK_CODE}
    with pytest.raises(
        InvalidOption, match=r"2 purchases are identical except for their credentials .*'reference'"
    ) as caught:
        with_answers(alike, answers, "migrate")
    assert KEY_PACK_CODE not in str(caught.value)
    told_apart = [purchase(number="1114567", reference="PO-1"), purchase(number="2224567")]
    answered = with_answers(told_apart, {request_id(told_apart[0], "migrate"): KEY_PACK_CODE}, "migrate")
    assert [each.license_key_pack_id for each in answered] == [KEY_PACK_CODE, None]
