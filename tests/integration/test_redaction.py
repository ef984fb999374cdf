# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that names somebody or something is in the file of a probe, and everything else is as it was."""

from __future__ import annotations

import json

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.probe_file import probe_file
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import Exchange
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.redaction import Redactor

from tests.integration.redaction import draw, wrong_with

ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:p="http://example.com/p" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header><a:To>https://rdls01:5986/wsman</a:To>'
    "</s:Header><s:Body>{}</s:Body></s:Envelope>"
)


def redacted(body: str, *names: str, secrets: tuple[str, ...] = ()) -> str:
    """A message with that body, after the redaction."""
    redactor = Redactor(names, secrets)
    exchange = Exchange("x", ENVELOPE.format(body), "", 200, 1)
    redactor.learn([exchange])
    return redactor.redact(exchange.request)


# "make test-redaction" tries 10,000.
@pytest.mark.parametrize("seed", range(15))
def test_a_random_fleet_is_redacted_and_nothing_else_changes(seed: int) -> None:
    assert wrong_with(seed) == []


def test_much_is_planted_and_found_if_it_is_left_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(draw(0)[-1].all) > 50
    monkeypatch.setattr(Redactor, "learn", lambda _self, _exchanges: None)
    assert len(wrong_with(0)) > 20


def test_the_same_text_becomes_the_same_word_and_protocol_words_stay() -> None:
    text = redacted(
        '<p:CSName>RDLS01</p:CSName><p:Company>AT&amp;T</p:Company><p:WSManFault Machine="rdls01.corp.example"/>'
        "<p:Text>at&amp;t on rdls01, 10.1.2.3, S-1-5-21-1-2-3-500, Windows Server 2022</p:Text>"
        "<p:Started>true</p:Started>",
        "rdls01",
    )
    assert "<a:To>https://host-1:5986/wsman</a:To>" in text
    assert "<p:CSName>host-1</p:CSName><p:Company>company-1</p:Company>" in text
    assert "company-1 on host-1, address-1, sid-1, Windows Server 2022" in text
    assert "<p:Started>true</p:Started>" in text
    assert "corp" not in text


@pytest.mark.parametrize(
    "secret",
    ["fe80:1:2::7a", "2001:db8:0:1:2:3:4:5", "10.20.30.40", "anna@contoso.com", "CONTOSO\\anna", "\\\\files\\anna",
     "S-1-5-21-111-222-333-1106", "+49 89 1234567", "A1B2C-D3E4F-A1B2C-D3E4F-A1B2C-D3E4F-A1B2C", "p@ss word"],
)  # fmt: skip
def test_what_has_a_form_of_its_own_goes_from_any_text(secret: str) -> None:
    text = redacted(f"<p:Text>The call by {secret} failed.</p:Text>", secrets=("p@ss word",))
    assert secret not in text
    assert "The call by " in text
    assert " failed." in text


def test_a_number_stays_one_but_not_where_a_name_belongs() -> None:
    text = redacted("<p:KeyPackId>80331</p:KeyPackId><p:PostalCode>80331</p:PostalCode><p:User>80331</p:User>")
    assert "<p:KeyPackId>80331</p:KeyPackId><p:PostalCode>place-1</p:PostalCode><p:User>place-1</p:User>" in text


def test_what_is_no_xml_is_not_kept() -> None:
    exchange = Exchange(
        "x", ENVELOPE.format(""), "<html>Contoso proxy", 502, 1, "HTTP 502 from proxy.contoso.com (10.0.0.1)"
    )
    text = probe_file([exchange], Redactor(["proxy.contoso.com"]), {"verdict": "x", "assumptions": []})
    [message] = json.loads(text)["messages"]
    assert message["response"] == "19 characters that are no XML"
    assert message["error"] == "HTTP 502 from host-1 (address-1)"
