# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts 1 to 6 of the WS-Management dialect: Enumerate and Pull."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from unittest.mock import Mock

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    STD_REG_PROV,
    TS_LICENSE_KEY_PACK,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect, WsmanClient
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import HeaderSettings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanFault,
    WsmanProtocolError,
    WsmanTimeout,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response

from tests.unit.wsman_script import Exchange, WsmanScript, envelope, fixture

CONTEXT = "uuid:C0000000-0000-4000-8000-00000000000"
CLASS_URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_TSLicenseKeyPack"


def pack(key_pack_id: int, extra: str = "") -> str:
    inside = f"<p:KeyPackId>{key_pack_id}</p:KeyPackId>{extra}"
    return f'<p:Win32_TSLicenseKeyPack xmlns:p="{CLASS_URI}">{inside}</p:Win32_TSLicenseKeyPack>'


def enumerate_answer(items: str, *, context: str | None = "", end: bool = False) -> str:
    parts = "" if context is None else f"<n:EnumerationContext>{context}</n:EnumerationContext>"
    parts += f"<w:Items>{items}</w:Items>" if items else ""
    return envelope(f"<n:EnumerateResponse>{parts}{'<w:EndOfSequence/>' if end else ''}</n:EnumerateResponse>")


def pull_answer(items: str, *, context: str | None = None, end: bool = False) -> str:
    parts = "" if context is None else f"<n:EnumerationContext>{context}</n:EnumerationContext>"
    parts += f"<n:Items>{items}</n:Items>" if items else ""
    return envelope(f"<n:PullResponse>{parts}{'<n:EndOfSequence/>' if end else ''}</n:PullResponse>")


def start(answer: str) -> Exchange:
    return Exchange("Enumerate").expect_class("root/cimv2", "Win32_TSLicenseKeyPack").returns(answer)


def ids(script: WsmanScript) -> list[int | None]:
    return [pack.number("KeyPackId") for pack in script.session().enumerate(TS_LICENSE_KEY_PACK)]


def test_fact_1_and_2_one_item_comes_with_enumerate_and_the_rest_with_pull() -> None:
    with WsmanScript(
        start(fixture("enumerate_first_of_three")).expect_no_selectors(),
        Exchange("Pull")
        .expect_class("root/cimv2", "Win32_TSLicenseKeyPack")
        .expect_context(CONTEXT + "1")
        .returns(fixture("pull_second_of_three")),
        Exchange("Pull").expect_context(CONTEXT + "2").returns(fixture("pull_last_of_three")),
    ) as script:
        assert ids(script) == [2, 11, 12]


def test_fact_1_items_in_the_namespace_of_the_other_message_are_not_passed_over() -> None:
    wrong = pull_answer(pack(1), end=True).replace("PullResponse", "EnumerateResponse")
    with WsmanScript(start(wrong)) as script, pytest.raises(WsmanProtocolError, match="another message") as caught:
        ids(script)
    assert not caught.value.outcome_unknown


def test_fact_2_server_2003_r2_returns_everything_at_once() -> None:
    with WsmanScript(start(enumerate_answer(pack(1) + pack(2), end=True))) as script:
        assert ids(script) == [1, 2]


@pytest.mark.parametrize("context", [None, "", CONTEXT + "9"])
def test_fact_3_nothing_is_pulled_after_the_end_whatever_the_context_says(context: str | None) -> None:
    with WsmanScript(start(enumerate_answer(pack(1), context=context, end=True))) as script:
        assert ids(script) == [1]


def test_fact_3_an_empty_result_is_no_error() -> None:
    with WsmanScript(start(enumerate_answer("", end=True))) as script:
        assert ids(script) == []


def test_fact_3_a_missing_context_does_not_end_an_enumeration() -> None:
    with WsmanScript(start(enumerate_answer(pack(1), context=None))) as script:
        found = script.session().enumerate(TS_LICENSE_KEY_PACK)
        assert next(found).number("KeyPackId") == 1
        with pytest.raises(WsmanProtocolError, match="ended early"):
            next(found)


def test_fact_4_each_pull_goes_on_with_the_context_of_the_one_before() -> None:
    with WsmanScript(
        start(enumerate_answer(pack(1), context="one")),
        Exchange("Pull").expect_context("one").returns(pull_answer(pack(2), context="two")),
        Exchange("Pull").expect_context("two").returns(pull_answer(pack(3), context="three")),
        Exchange("Pull").expect_context("three").returns(pull_answer(pack(4), end=True)),
    ) as script:
        assert ids(script) == [1, 2, 3, 4]


def test_fact_4_a_context_may_hold_elements_and_goes_back_as_it_came() -> None:
    inside = '<q:Cursor xmlns:q="urn:any" at="17"><q:Id>uuid:4</q:Id> </q:Cursor>'

    def sends_it_back(_header: ET.Element, body: ET.Element) -> None:
        context = body[0].find("{http://schemas.xmlsoap.org/ws/2004/09/enumeration}EnumerationContext")
        assert context is not None
        (cursor,) = context
        assert (cursor.tag, cursor.get("at")) == ("{urn:any}Cursor", "17")
        assert cursor.findtext("{urn:any}Id") == "uuid:4"

    pull, release = Exchange("Pull").returns(fixture("fault_timed_out")), Exchange("Release").returns(envelope(""))
    for exchange in (pull, release):
        exchange.checks.append(sends_it_back)
    with (
        WsmanScript(start(enumerate_answer(pack(1), context=inside)), pull, release) as script,
        pytest.raises(WsmanTimeout),
    ):
        ids(script)


def test_fact_4_blanks_around_a_context_are_not_part_of_it() -> None:
    with WsmanScript(
        start(enumerate_answer(pack(1), context="\n   uuid:1 \n")),
        Exchange("Pull").expect_context("uuid:1").returns(pull_answer(pack(2), end=True)),
    ) as script:
        assert ids(script) == [1, 2]


def test_fact_5_a_server_that_ignores_optimization_gives_a_context_and_no_items() -> None:
    many = "".join(pack(number) for number in range(300))
    with WsmanScript(
        start(enumerate_answer("", context="one")),
        Exchange("Pull").returns(pull_answer(many, context="two")),
        Exchange("Pull").returns(pull_answer(pack(300), end=True)),
    ) as script:
        assert ids(script) == list(range(301))


def test_fact_5_a_pull_may_bring_nothing_now_and_then() -> None:
    with WsmanScript(
        start(enumerate_answer(pack(1), context="one")),
        Exchange("Pull").returns(pull_answer("", context="two")),
        Exchange("Pull").returns(pull_answer(pack(2), end=True)),
    ) as script:
        assert ids(script) == [1, 2]


def test_fact_5_empty_pulls_do_not_go_on_for_ever() -> None:
    empty = [Exchange("Pull").returns(pull_answer("", context="again")) for _number in range(10)]
    release = Exchange("Release").expect_context("again").returns(envelope(""))
    with (
        WsmanScript(start(enumerate_answer("", context="one")), *empty, release) as script,
        pytest.raises(WsmanProtocolError, match="the enumeration does not end: 11 responses"),
    ):
        ids(script)


def test_fact_5_a_pull_without_items_end_and_context_is_an_error() -> None:
    with (
        WsmanScript(
            start(enumerate_answer(pack(1), context="one")), Exchange("Pull").returns(pull_answer(""))
        ) as script,
        pytest.raises(WsmanProtocolError, match="ended early"),
    ):
        ids(script)


def test_fact_6_a_property_may_be_called_items_or_end_of_sequence() -> None:
    extra = '<p:Items>seven</p:Items><n:EndOfSequence/><w:EndOfSequence/><p:EndOfSequence xmlns:p="urn:other"/>'
    with WsmanScript(
        start(enumerate_answer(pack(1, extra), context="one")),
        Exchange("Pull").returns(pull_answer(pack(2, extra), end=True)),
    ) as script:
        packs = list(script.session().enumerate(TS_LICENSE_KEY_PACK))
    assert [each["Items"] for each in packs] == ["seven", "seven"]


def test_a_query_goes_to_the_whole_namespace() -> None:
    query = "select KeyPackId from Win32_TSLicenseKeyPack where KeyPackType <> 4"
    answer = enumerate_answer("<w:XmlFragment><KeyPackId>7</KeyPackId></w:XmlFragment>", end=True)
    with WsmanScript(
        Exchange("Enumerate").expect_class("root/cimv2", "*").expect_filter(query).returns(answer)
    ) as script:
        assert [each["KeyPackId"] for each in script.session().enumerate(TS_LICENSE_KEY_PACK, query)] == [7]


def test_an_enumeration_left_early_is_released() -> None:
    with WsmanScript(
        start(enumerate_answer(pack(1), context="one")),
        Exchange("Release")
        .expect_class("root/cimv2", "Win32_TSLicenseKeyPack")
        .expect_context("one")
        .returns(envelope("")),
    ) as script:
        found = script.session().enumerate(TS_LICENSE_KEY_PACK)
        next(found)
        found.close()  # type: ignore[attr-defined]  # the iterator is a generator


def test_an_enumeration_that_is_over_is_not_released() -> None:
    with WsmanScript(start(enumerate_answer(pack(1) + pack(2), end=True))) as script:
        found = script.session().enumerate(TS_LICENSE_KEY_PACK)
        next(found)
        found.close()  # type: ignore[attr-defined]  # the iterator is a generator


def test_closing_the_session_releases_what_is_open_and_happens_once() -> None:
    with WsmanScript(
        start(enumerate_answer(pack(1), context="one")),
        Exchange("Release").expect_context("one").returns(envelope("")),
    ) as script:
        with script.session() as session:
            found = session.enumerate(TS_LICENSE_KEY_PACK)
            next(found)
        session.close()
    assert script.closed


def test_a_release_that_fails_is_no_trouble() -> None:
    with (
        WsmanScript(
            start(enumerate_answer(pack(1), context="one")),
            Exchange("Release").returns(fixture("fault_timed_out")),
        ) as script,
        script.session() as session,
    ):
        next(session.enumerate(TS_LICENSE_KEY_PACK))


def test_a_value_that_cannot_be_read_releases_the_enumeration() -> None:
    bad = pack(1, "<p:TotalLicenses>many</p:TotalLicenses>")
    with (
        WsmanScript(
            start(enumerate_answer(bad, context="one")),
            Exchange("Release").expect_context("one").returns(envelope("")),
        ) as script,
        pytest.raises(WsmanProtocolError, match=r"Win32_TSLicenseKeyPack\.TotalLicenses") as caught,
    ):
        ids(script)
    assert not caught.value.outcome_unknown


def test_a_faulty_pull_releases_with_the_old_context() -> None:
    with (
        WsmanScript(
            start(enumerate_answer(pack(1), context="one")),
            Exchange("Pull").returns(fixture("fault_timed_out")),
            Exchange("Release").expect_context("one").returns(envelope("")),
        ) as script,
        pytest.raises(WsmanTimeout) as caught,
    ):
        ids(script)
    assert not caught.value.outcome_unknown


def test_a_pull_that_says_the_context_is_gone_is_not_released() -> None:
    gone = fixture("fault_wmi_error").replace("w:InternalError", "n:InvalidEnumerationContext")
    gone = gone.replace("<s:Envelope ", '<s:Envelope xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration" ')
    with (
        WsmanScript(start(enumerate_answer(pack(1), context="one")), Exchange("Pull").returns(gone)) as script,
        pytest.raises(WsmanFault),
    ):
        ids(script)


def test_a_pull_on_a_broken_connection_is_not_followed_by_anything() -> None:
    with (
        WsmanScript(
            start(enumerate_answer(pack(1), context="one")),
            Exchange("Pull").fails_with(WsmanConnectionLost("the connection broke", outcome_unknown=False)),
        ) as script,
        pytest.raises(WsmanConnectionLost, match="enumerating Win32_TSLicenseKeyPack on rdls01: the connection broke"),
    ):
        ids(script)


def test_nothing_is_sent_before_the_first_instance_is_asked_for() -> None:
    with WsmanScript() as script:
        script.session().enumerate(STD_REG_PROV)


def endless(item: str = "") -> WsmanClient:
    """A client of a server that has always one more to give."""
    bodies = iter(["Enumerate"])

    def send(message: bytes, _effect: Effect) -> Response:
        related = re.search(rb"<a:MessageID>(.*?)</a:MessageID>", message)
        assert related is not None
        reply = enumerate_answer if next(bodies, None) else pull_answer
        text = reply(item or pack(1), context="more")
        return Response(text.replace("$MESSAGE_ID", related[1].decode()).encode())

    transport = Mock(send=send)
    return WsmanClient(transport, HeaderSettings(to="x", operation_timeout=20, max_envelope_size=153600))


@pytest.mark.parametrize(
    ("item", "most", "seconds", "text"),
    [
        ("", 25, 0.0, "the server sent more than 25 items"),
        ("", 100_000, 1.0, "it has taken more than 900 s"),
        (pack(1, "<p:Description>" + "x" * 3_000_000 + "</p:Description>"), 100, 0.0, "the server sent 129 MiB"),
    ],
)
def test_an_enumeration_without_end_is_given_up(item: str, most: int, seconds: float, text: str) -> None:
    ticks = itertools.count(0.0, seconds)
    session = CimSession(endless(item), "rdls01", lambda: next(ticks))
    with pytest.raises(WsmanProtocolError, match=text) as caught:
        list(session.enumerate(TS_LICENSE_KEY_PACK, most=most))
    assert not caught.value.outcome_unknown


def test_time_that_the_caller_takes_does_not_count() -> None:
    now = [0.0]
    session = CimSession(endless(), "rdls01", lambda: now[0])
    enumeration = session.enumerate(TS_LICENSE_KEY_PACK)
    for _item in itertools.islice(enumeration, 5):
        now[0] += 1000
