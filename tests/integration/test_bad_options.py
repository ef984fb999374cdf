# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that cannot be right: one clear line each, and the server is not even asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.fleet import Fleet
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, bare, code_alone, purchase

FLEET = """
servers:
  rdls01: {windows_release: "2025", activated: true}
""" + CLEARINGHOUSE  # fmt: skip

KEY_PACK_ID = "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2-34567-89ABC"


def install(*purchases: Any, **options: Any) -> dict[str, Any]:
    return {"purchases": list(purchases), **options}


def migrate(**options: Any) -> dict[str, Any]:
    return {
        "source": {"host": "rdls01"},
        "reason": "source_is_being_replaced",
        "purchases": [purchase("enterprise")],
        **options,
    }


# What is wrong: module, options, what the message says.
Cases = Mapping[str, tuple[str, Mapping[str, Any], str]]
SHAPES: Cases = {
    "license code, a character short": (
        "key_pack",
        install(code_alone(license_code="RETAI-LC0DE-0F5OM-E5H0P-0000")),
        "purchases[0].license_code: a license code has 25 letters and digits, in 5 groups of 5; got 24 characters",
    ),
    "license code with a strange character": (
        "key_pack",
        install(code_alone(license_code="RETAI-LC0DE-0F5OM-E5H0P-0000!")),
        "some of them neither letters nor digits",
    ),
    "Open license number, a digit long": (
        "key_pack",
        install(purchase("enterprise"), purchase("open", license_number="8765 43210")),
        "purchases[1].license_number: an Open license number has 8 digits; got 9 characters",
    ),
    "authorization number, a character short": (
        "key_pack",
        install(purchase("open", authorization_number="AUTH0-R1ZAT-10N0")),
        "authorization_number: an authorization number has 15 letters and digits; got 14 characters",
    ),
    "agreement number with a letter": (
        "key_pack",
        install(purchase("enterprise", agreement_number="720000A")),
        "agreement_number: an agreement or enrollment number has 7 digits",
    ),
    "service provider agreement number of nine digits": (
        "key_pack",
        install(purchase("service_provider", agreement_number="750000555")),
        "7 digits (8 are accepted); got 9 characters",
    ),
    "license key pack ID, a group short": (
        "key_pack",
        install(purchase("enterprise", license_key_pack_id=KEY_PACK_ID[:-6]), connection_method="telephone"),
        "license_key_pack_id: a license key pack ID has 35 letters and digits, in 7 groups of 5; got 30 characters",
    ),
    "license server ID": (
        "license_server",
        {"state": "activated", "license_server_id": "AAAAA-BBBBB"},
        "license_server_id: a license server ID has 35 letters and digits, in 7 groups of 5; got 10 characters",
    ),
    "license server ID of a source": (
        "cal_migration",
        migrate(source={"license_server_id": "AAAAA-BBBBB", "operating_system": "windows_server_2016"}),
        "source.license_server_id: a license server ID has 35 letters and digits",
    ),
    "confirmation code": (
        "license_server",
        {"state": "deactivated", "confirmation_code": "not a code?"},
        "confirmation_code: a confirmation code has 1 to 64 letters and digits",
    ),
}
PURCHASES: Cases = {
    "credential of another program": (
        "key_pack",
        install(purchase("retail", license_program="enterprise")),
        "purchases[0]: license_program 'enterprise' (Enterprise Agreement) takes agreement_number, not license_code",
    ),
    "no credential": (
        "key_pack",
        install({"license_program": "retail"}),
        "purchases[0]: license_program 'retail' (Retail purchase) requires license_code",
    ),
    "half a credential": (
        "key_pack",
        install({k: v for k, v in purchase("open").items() if k != "authorization_number"}),
        "requires authorization_number",
    ),
    "nothing said of the CALs": (
        "key_pack",
        install({"license_program": "enterprise", "agreement_number": "7200002"}),
        "license_program 'enterprise' requires product_version, cal_type, quantity",
    ),
    "a code that states half": (
        "key_pack",
        install(code_alone(quantity=50)),
        "a retail purchase states all three or none",
    ),
    "no CALs": ("key_pack", install(purchase("enterprise", quantity=0)), "purchases[0].quantity: must be from 1 to "),
    "unknown version": (
        "key_pack",
        install(purchase("enterprise", product_version="windows_server_2023")),
        "product_version: must be one of windows_server_2008, ",
    ),
    "unknown program": (
        "key_pack",
        install(purchase("enterprise", license_program="enterprize")),
        "value of license_program must be one of: retail, open, ",
    ),
    "unknown CAL type": (
        "key_pack",
        install(purchase("enterprise", cal_type="per_seat")),
        "value of cal_type must be one of: per_device, per_user",
    ),
    "the same purchase twice": (
        "key_pack",
        install(purchase("enterprise"), purchase("enterprise", agreement_number="7200-002")),
        "is named 2 times",
    ),
    "an option misspelt": ("key_pack", install(purchase("enterprise", qantity=5)), "qantity"),
}
TYPES: Cases = {
    "text for purchases": ("key_pack", {"purchases": "enterprise agreement"}, "purchases"),
    "a mapping for purchases": ("key_pack", {"purchases": purchase("enterprise")}, "purchases"),
    "lists in purchases": ("key_pack", {"purchases": [["enterprise", "7200002"]]}, "purchases"),
    "nothing for purchases": ("key_pack", {}, "state is present but all of the following are missing: purchases"),
    "a word for a number": ("key_pack", install(purchase("enterprise", quantity="many")), "quantity"),
    "a fraction for a number": ("key_pack", install(purchase("enterprise", quantity=2.5)), "quantity"),
    "a word for a boolean": ("key_pack", install(purchase("enterprise"), adopt="perhaps"), "adopt"),
    "text for contact": ("license_server", {"contact": "Rosa Example"}, "contact"),
    "text for the source": ("cal_migration", migrate(source="the old one"), "source"),
    "no source": ("cal_migration", migrate(source={}), "host, license_server_id found in source"),
}
STATES: Cases = {
    "a pack and purchases": (
        "key_pack",
        install(purchase("enterprise"), key_pack_id=4),
        "parameters are mutually exclusive: purchases|key_pack_id",
    ),
    "no pack to remove": ("key_pack", {"state": "absent"}, "state is absent but all of the following are missing"),
    "no quantity to reduce to": ("key_pack", {"state": "reduced", "key_pack_id": 4}, "quantity"),
    "no change to convert for": (
        "key_pack",
        {"state": "converted", "key_pack_id": 4, "cal_type": "per_user"},
        "change_id",
    ),
    "a quantity to remove": (
        "key_pack",
        {"state": "absent", "key_pack_id": 4, "quantity": 5},
        "quantity requires state: reduced or converted. Set state or remove quantity.",
    ),
    "a reactivation without a reason": ("license_server", {"state": "reactivated", "change_id": "CHG-1"}, "reason"),
    "a code to activate with": (
        "license_server",
        {"state": "activated", "confirmation_code": "12345"},
        "confirmation_code requires state: deactivated",
    ),
    "an ID without a state": (
        "license_server",
        {"license_server_id": KEY_PACK_ID},
        "license_server_id requires state: activated or reactivated",
    ),
    "an unknown state": ("license_server", {"state": "enabled"}, "value of state must be one of: activated, "),
    "an unknown connection method": (
        "connection_method",
        {"connection_method": "fax"},
        "value of connection_method must be one of: automatic, web_browser, telephone",
    ),
    "an unknown part to gather": ("license_server_info", {"gather": ["everything"]}, "must be one or more of"),
    "an unknown reason": ("cal_migration", migrate(reason="because"), "value of reason must be one of"),
}
UNKNOWN: Cases = {
    "license_server_info": ("license_server_info", {"gathr": []}, "gathr"),
    "license_server": ("license_server", {"contact": {"surname": "Example"}}, "surname"),
    "connection_method": ("connection_method", {"method": "automatic"}, "method"),
    "key_pack": ("key_pack", install(purchase("enterprise"), force=True), "force"),
    "cal_migration": ("cal_migration", migrate(target="rdls02"), "target"),
}


@pytest.mark.parametrize(
    "cases", [SHAPES, PURCHASES, TYPES, STATES, UNKNOWN], ids=["shapes", "purchases", "types", "states", "unknown"]
)
def test_one_clear_line_and_nothing_is_sent(fleet: Fleet, cases: Cases) -> None:
    run = fleet.play(
        *(task(name, module, options, ignore_errors=True) for name, (module, options, _text) in cases.items())
    )
    for name, (_module, options, text) in cases.items():
        outcome = run[name]
        assert outcome.status == "failed", run.output
        assert text in outcome.message
        assert outcome.messages == []
        for item in options.get("purchases", []):
            for secret in secrets(item):
                assert secret not in bare(str(outcome.result)), name


def secrets(item: Any) -> list[str]:
    """The numbers and codes of a purchase, bare."""
    names = ("license_code", "license_number", "authorization_number", "agreement_number", "license_key_pack_id")
    return [bare(str(item[name])) for name in names if isinstance(item, dict) and name in item]


def test_a_failure_ends_ansible_with_2(fleet: Fleet) -> None:
    run = fleet.play(task("bad", "connection_method", {"connection_method": "fax"}))
    assert run.code == 2


def test_printed_forms_are_accepted(fleet: Fleet) -> None:
    """Hyphens of several kinds, blanks, small letters."""
    spellings = [
        "RETAI-LC0DE-0F5OM-E5H0P-00001",
        "retai lc0de 0f5om e5h0p 00001",
        " RETAI\u2013LC0DE\u20130F5OM\u2013E5H0P\u201300001 ",
        "RETAILC0DE0F5OME5H0P00001",
    ]
    tasks = [task(text, "key_pack", install(code_alone(license_code=text))) for text in spellings]
    run = fleet.play(*tasks).succeeded()
    assert [outcome.changed for outcome in run.outcomes] == [True, False, False, False]
    assert fleet.cals("rdls01") == [("retail", 50)]
