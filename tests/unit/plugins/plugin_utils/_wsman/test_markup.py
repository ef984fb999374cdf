# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML in and out: no DTD, no entity, no surprise with characters; facts 27 and 29 on headers."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.envelope import duration
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanProtocolError,
    WsmanRequestError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.limits import MAX_DEPTH
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import parse, serialize
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.wsman_script import Exchange, WsmanScript, envelope, fixture

ENTITIES = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
BOMB = f'<!DOCTYPE bomb [<!ENTITY e0 "boom">{ENTITIES}]><bomb>&e11;</bomb>'
# XML 1.0 has no other control characters, no surrogates and not these two.
NO_XML = "".join(map(chr, (*range(9), 11, 12, *range(14, 32)))) + "\ufffe\uffff"
XML_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=NO_XML))


@pytest.mark.parametrize(
    "document",
    [
        BOMB,
        BOMB.encode("utf-16"),
        '<?xml version="1.0"?>' + " " * 500 + BOMB,
        f"<!-- {'x' * 130} -->{BOMB}",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]><x>&secret;</x>',
        '<!DOCTYPE x [<!ENTITY % more SYSTEM "http://192.0.2.1/x.dtd"> %more;]><x/>',
        "<!DOCTYPE x><x/>",
    ],
)
def test_a_document_type_declaration_is_refused_before_anything_in_it_is_used(document: str | bytes) -> None:
    begun = time.monotonic()
    with pytest.raises(WsmanProtocolError, match="document type declaration"):
        parse(document)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("", "it is empty"),
        ("  \n ", "it is empty"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "it is an HTML page"),
        ("<html><body><p>Not found</body></html>", "it is an HTML page"),
        ("<a><b></a>", "not well-formed at line 1, column 8"),
        ("<a/><b/>", "not well-formed"),
        ("<a>&unknown;</a>", "not well-formed"),
        (b"<a>\xff\xfe</a>", "not well-formed"),
        (b"\x00\x01\x02", "not well-formed"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', ""),
        ("<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1), "nested more than"),
        ("<a>" * 200_000, "nested more than"),
    ],
)
def test_broken_answers_are_one_short_line(document: str | bytes, text: str) -> None:
    with pytest.raises(WsmanProtocolError) as caught:
        parse(document)
    message = str(caught.value)
    assert message.startswith("the response is not WS-Management XML: ")
    assert text in message
    assert "\n" not in message
    assert len(message) < 200


@pytest.mark.parametrize("body", ["<html/>", "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>"])
def test_an_answer_that_is_no_soap_1_2_is_refused(body: str) -> None:
    with WsmanScript(Exchange("Get").returns(body)) as script, pytest.raises(WsmanProtocolError, match="is not a SOAP"):
        script.session().get(TS_LICENSE_SERVER)


@pytest.mark.parametrize(
    ("answer", "text"),
    [(envelope(""), "no instance"), (envelope("").replace("<s:Body></s:Body>", ""), "no SOAP body")],
)
def test_an_answer_without_content_is_refused(answer: str, text: str) -> None:
    with WsmanScript(Exchange("Get").returns(answer)) as script, pytest.raises(WsmanProtocolError, match=text):
        script.session().get(TS_LICENSE_SERVER)


def test_an_answer_of_a_megabyte_is_read() -> None:
    long = fixture("get_license_server").replace("Contoso", "Contoso " * 130_000)
    with WsmanScript(Exchange("Get").returns(long)) as script:
        company = script.session().get(TS_LICENSE_SERVER).text("Company")
    assert company is not None
    assert len(company) == 8 * 130_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_answers_in_other_encodings(encoding: str) -> None:
    assert parse("<a>þ</a>".encode(encoding)).text == "þ"
    assert parse('<?xml version="1.0" encoding="utf-16"?><a>þ</a>').text == "þ"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark(encoding: str) -> None:
    assert parse("<a>þ</a>".encode(encoding)).text == "þ"
    assert parse('<?xml version="1.0" encoding="utf-16"?><a>þ</a>'.encode(encoding)).text == "þ"


@pytest.mark.parametrize("name", ["utf8", "UTF8", "utf-8", "iso-8859-1", "windows-1252", "us-ascii"])
def test_the_encoding_that_the_declaration_names(name: str) -> None:
    letter = "" if name == "us-ascii" else "þ"
    document = f"<?xml version='1.0' encoding='{name}' standalone='yes'?><a>{letter}</a>"
    assert (parse(document.encode(name)).text or "") == letter


@pytest.mark.parametrize("before", ["\n", " \r\n\t"])
def test_blanks_before_the_declaration(before: str) -> None:
    document = f'{before}<?xml version="1.0"?>{" " * 200}<a>þ</a>'
    assert parse(document).text == "þ"
    assert parse(document.encode()).text == "þ"


@pytest.mark.parametrize(
    ("document", "trouble"),
    [
        (f"<a>{'<x/>' * 100_001}</a>", "it has more than 100000 elements"),
        ("<a " + " ".join(f"b{number}=''" for number in range(101)) + "/>", "an element has more than 100 attributes"),
        (f"<a>{' ' * 4 * 2**20}</a>", "the response is larger than 4 MiB"),
    ],
)
def test_documents_past_a_limit(document: str, trouble: str) -> None:
    with pytest.raises(WsmanProtocolError, match=trouble):
        parse(document)


def test_comments_and_cdata_do_not_split_a_value() -> None:
    assert parse("<a>one<!-- and --> <![CDATA[<two>]]></a>").text == "one <two>"


@given(XML_TEXT)
def test_any_text_that_xml_can_carry_arrives_as_it_was(text: str) -> None:
    element = ET.Element("{urn:x}a", {"{urn:y}b": text})
    element.text = text
    came = parse(serialize(element))
    assert (came.text or "") == text
    assert came.get("{urn:y}b") == text


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_text_that_xml_cannot_carry_is_refused(character: str) -> None:
    element = ET.Element("a")
    element.text = f"secret{character}"
    with pytest.raises(WsmanRequestError, match=r"the value of a holds the character U\+[0-9A-F]{4} at position 7"):
        serialize(element)
    attribute = ET.Element("a", {"b": character})
    with pytest.raises(WsmanRequestError, match="the value of b holds"):
        serialize(attribute)


def test_namespaces_are_declared_once_on_the_root() -> None:
    root = ET.Element("{urn:one}a")
    for uri in ("urn:two", "urn:three", "urn:one"):
        ET.SubElement(root, f"{{{uri}}}b")
    assert serialize(root) == (
        b'<p:a xmlns:p="urn:one" xmlns:p1="urn:two" xmlns:p2="urn:three"><p1:b /><p2:b /><p:b /></p:a>'
    )


def test_fact_27_new_headers_in_answers_are_passed_over_and_nothing_optional_is_sent() -> None:
    assert "p:ActivityId" in fixture("get_license_server")
    with WsmanScript(Exchange("Get").returns(fixture("get_license_server"))) as script:
        script.session().get(TS_LICENSE_SERVER)
    assert b"OperationID" not in script.sent[0]
    assert b"SequenceId" not in script.sent[0]


def test_fact_29_the_envelope_size_of_old_servers_is_asked_for() -> None:
    with WsmanScript(Exchange("Get").returns(fixture("get_license_server"))) as script:
        script.session().get(TS_LICENSE_SERVER)
    assert b">153600</w:MaxEnvelopeSize>" in script.sent[0]


@pytest.mark.parametrize(
    ("seconds", "text"), [(20, "PT20.0S"), (60.5, "PT60.5S"), (0.25, "PT0.25S"), (3600, "PT3600.0S"), (0, "PT0.001S")]
)
def test_the_operation_timeout_is_an_xs_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text
