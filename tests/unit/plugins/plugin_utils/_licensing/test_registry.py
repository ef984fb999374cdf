# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""String values in the registry through StdRegProv, whose return values are Win32 error numbers."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry

from tests.unit.wsman_script import WMI, Exchange, WsmanScript, envelope

KEY = "SOFTWARE\\Contoso"


def call(method: str, *outputs: str, returns: int = 0, **arguments: str) -> Exchange:
    """A call of StdRegProv on the key, and its answer."""
    uri = f"{WMI}root/default/StdRegProv"
    inner = "".join(outputs) + f"<p:ReturnValue>{returns}</p:ReturnValue>"
    exchange = Exchange("Invoke", method).expect_class("root/default", "StdRegProv").expect_no_selectors()
    exchange.expect_argument("hDefKey", "2147483650").expect_argument("sSubKeyName", KEY)
    for name, value in arguments.items():
        exchange.expect_argument(name, value)
    return exchange.returns(envelope(f'<p:{method}_OUTPUT xmlns:p="{uri}">{inner}</p:{method}_OUTPUT>'))


def test_reading_a_value() -> None:
    with WsmanScript(call("GetStringValue", "<p:sValue>automatic</p:sValue>", sValueName="Method")) as script:
        assert Registry(script.session()).read_string(KEY, "Method") == "automatic"


@pytest.mark.parametrize("not_there", [1, 2], ids=["no value", "no key"])
def test_reading_a_value_that_is_not_there(not_there: int) -> None:
    with WsmanScript(call("GetStringValue", returns=not_there)) as script:
        assert Registry(script.session()).read_string(KEY, "Method") is None


def test_listing_names_and_which_are_string_values() -> None:
    names = [f"<p:sNames>{name}</p:sNames>" for name in ("first", "number", "second")]
    types = [f"<p:Types>{kind}</p:Types>" for kind in (1, 4, 1)]
    with WsmanScript(call("EnumValues", *names, *types)) as script:
        assert Registry(script.session()).value_names(KEY) == {"first": True, "number": False, "second": True}


def test_listing_one_value_looks_like_no_array() -> None:
    with WsmanScript(call("EnumValues", "<p:sNames>only</p:sNames>", "<p:Types>1</p:Types>")) as script:
        assert Registry(script.session()).value_names(KEY) == {"only": True}


@pytest.mark.parametrize("returns", [0, 2], ids=["arrays left out", "no key"])
def test_listing_nothing(returns: int) -> None:
    with WsmanScript(call("EnumValues", returns=returns)) as script:
        assert Registry(script.session()).value_names(KEY) == {}


def test_writing_a_value() -> None:
    with WsmanScript(call("SetStringValue", sValueName="Method", sValue="telephone")) as script:
        Registry(script.session()).write_string(KEY, "Method", "telephone")


def test_writing_makes_the_key_where_it_is_missing() -> None:
    with WsmanScript(
        call("SetStringValue", returns=2, sValueName="Method", sValue="telephone"),
        call("CreateKey"),
        call("SetStringValue", sValueName="Method", sValue="telephone"),
    ) as script:
        Registry(script.session()).write_string(KEY, "Method", "telephone")


def test_a_key_that_cannot_be_made_is_not_written_to_again() -> None:
    with WsmanScript(call("SetStringValue", returns=2), call("CreateKey", returns=5)) as script:
        session = script.session()
        with pytest.raises(LicensingError) as caught:
            Registry(session).write_string(KEY, "Method", "telephone")
    assert str(caught.value) == (
        "rdls01: creating the key under HKLM\\SOFTWARE\\Contoso failed: access denied (5); connect with an account "
        "that is a local Administrator of the server."
    )


def test_an_error_without_a_known_cause_is_reported_raw() -> None:
    with WsmanScript(call("GetStringValue", returns=1009)) as script:
        session = script.session()
        with pytest.raises(
            LicensingError, match=r"^rdls01: reading Method under HKLM\\SOFTWARE\\Contoso failed: error 1009\.$"
        ):
            Registry(session).read_string(KEY, "Method")


def test_a_write_that_was_refused_says_so() -> None:
    with WsmanScript(call("SetStringValue", returns=5)) as script:
        session = script.session()
        with pytest.raises(LicensingError, match=r"writing Method .* access denied"):
            Registry(session).write_string(KEY, "Method", "telephone")


def test_values_without_a_name_are_passed_over() -> None:
    names = "<p:sNames></p:sNames><p:sNames>a</p:sNames><p:sNames>b</p:sNames>"
    with WsmanScript(call("EnumValues", "<p:Types>1</p:Types>" * 2, names, "<p:Types>4</p:Types>")) as script:
        assert Registry(script.session()).value_names(KEY) == {"a": True, "b": False}


@pytest.mark.parametrize("types", ["", "<p:Types>1</p:Types>"])
def test_a_listing_of_which_a_part_is_missing_is_refused(types: str) -> None:
    """To go on would be to forget operations, and to buy again what is recorded in them."""
    names = "<p:sNames>a</p:sNames><p:sNames>b</p:sNames>"
    with WsmanScript(call("EnumValues", names, types)) as script:
        session = script.session()
        with pytest.raises(LicensingError, match=r"^rdls01: listing the values under HKLM.* 2 names and [01] types\.$"):
            Registry(session).value_names(KEY)
