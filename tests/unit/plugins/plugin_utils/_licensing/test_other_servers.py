# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages that mean the same and are written otherwise: other prefixes, orders, blanks, types, omissions."""

from __future__ import annotations

import re

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    TS_LICENSE_KEY_PACK,
    TS_LICENSE_SERVER,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    WIN32_OPERATING_SYSTEM,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanProtocolError

from tests.unit.wsman_script import WMI, Exchange, WsmanScript, read_xml

SERVER_URI = f"{WMI}root/cimv2/Win32_TSLicenseServer"
PACK_URI = f"{WMI}root/cimv2/Win32_TSLicenseKeyPack"
DMTF_URI = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
COMMON = "http://schemas.dmtf.org/wbem/wscim/1/common"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

# Two servers that never met write the same answer to a Get. The first is terse and declares everything at the top,
# under prefixes of its own; the second declares default namespaces as it goes, pretty-prints, and comments.
TERSE = (
    f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:adr="{ADDRESSING}" xmlns:s="{SERVER_URI}" xmlns:i="{XSI}">'
    "<soap:Header><adr:RelatesTo>$MESSAGE_ID</adr:RelatesTo></soap:Header><soap:Body><s:Win32_TSLicenseServer>"
    '<s:VersionNumber>10.0</s:VersionNumber><s:eMail i:nil="1"/><s:ServerRole i:type="s:unsignedInt">2</s:ServerRole>'
    "<s:CountryRegion>Côte d'Ivoire</s:CountryRegion><s:Company>Weiß &amp; Töchter</s:Company>"
    '<s:DatabasePath>C:\\Windows\\system32\\lserver</s:DatabasePath><s:Address i:nil="true"></s:Address>'
    "</s:Win32_TSLicenseServer></soap:Body></soap:Envelope>"
)
ROOMY = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- a server that explains itself -->
<Envelope xmlns="{SOAP}" xml:lang="fr-FR">
  <Header>
    <Action xmlns="{ADDRESSING}" xmlns:z="{SOAP}" z:mustUnderstand="false">
      http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse
    </Action>
    <RelatesTo xmlns="{ADDRESSING}" RelationshipType="wsa:Reply">
      $MESSAGE_ID
    </RelatesTo>
    <Unknown xmlns="urn:of"><Of/></Unknown>
  </Header>
  <Body>
    <!-- the instance -->
    <Win32_TSLicenseServer xmlns="{SERVER_URI}" xmlns:xsi="{XSI}" xsi:type="Win32_TSLicenseServer_Type">
      <Company xml:lang="de">Weiß <![CDATA[& Töchter]]></Company>
      <CountryRegion>C&#244;te d&#x27;Ivoire<!-- sic --></CountryRegion>
      <DatabasePath xml:space="preserve">C:\\Windows\\system32\\lserver</DatabasePath>
      <eMail xsi:nil=" true "/>
      <NewerThanThis><Deep>1</Deep></NewerThanThis>
      <ServerRole>
        2
      </ServerRole>
      <VersionNumber>10.0</VersionNumber>
    </Win32_TSLicenseServer>
  </Body>
</Envelope>
<!-- bye -->
"""
OTHER_CLASS_NAMESPACE = TERSE.replace(SERVER_URI, DMTF_URI + "Win32_TSLicenseServer")
UNQUALIFIED = re.sub(r"(</?)s:", r"\1", TERSE)
SUBCLASS = TERSE.replace("Win32_TSLicenseServer>", "Acme_TSLicenseServer>")
WITH_BOM = "\ufeff" + ROOMY


@pytest.mark.parametrize(
    "answer", [TERSE, ROOMY, OTHER_CLASS_NAMESPACE, UNQUALIFIED, SUBCLASS, WITH_BOM, "\r\n" + ROOMY]
)
def test_the_same_server_in_many_hands(answer: str) -> None:
    with WsmanScript(Exchange("Get").returns(answer)) as script:
        read = LicenseServer(script.session()).properties()
    assert read.contact["company"] == "Weiß & Töchter"
    assert read.contact["country_region"] == "Côte d'Ivoire"
    assert (read.contact["email"], read.contact["address"]) == ("", "")
    assert (read.server_role, read.discovery_scope) == (2, "forest")
    assert (read.database_path, read.version_number, read.version) == ("C:\\Windows\\system32\\lserver", "10.0", "")


@pytest.mark.parametrize("answer", [TERSE, ROOMY, OTHER_CLASS_NAMESPACE])
def test_what_was_read_in_any_hand_can_be_put_back(answer: str) -> None:
    put = Exchange("Put").expect_argument("Company", "New").expect_argument("CountryRegion", "Côte d'Ivoire")
    with WsmanScript(Exchange("Get").returns(answer), put.returns(answer)) as script:
        session = script.session()
        session.put(session.get(TS_LICENSE_SERVER).with_values(Company="New"))
    sent = read_xml(script.sent[1])[1][0]
    assert sent.find(f"{sent.tag.rpartition('}')[0]}}}eMail[@{{{XSI}}}nil]") is not None
    assert len({each.tag.rpartition("}")[0] for each in sent}) == 1


def enveloped(body: str, more: str = "") -> str:
    """An answer of a server that declares little at the top."""
    return (
        f'<e:Envelope xmlns:e="{SOAP}" xmlns:enu="{ENUMERATION}" xmlns:man="{WSMAN}" xmlns:xsi="{XSI}"'
        f' xmlns:cim="{COMMON}" {more}><e:Header/><e:Body>{body}</e:Body></e:Envelope>'
    )


def key_packs(*properties: str) -> WsmanScript:
    """An enumeration of key packs with these properties."""
    items = "".join(
        f'<Win32_TSLicenseKeyPack xmlns="{PACK_URI}">{each}</Win32_TSLicenseKeyPack>' for each in properties
    )
    body = f"<enu:EnumerateResponse><man:EndOfSequence/><man:Items>{items}</man:Items></enu:EnumerateResponse>"
    return WsmanScript(Exchange("Enumerate").returns(enveloped(body)))


@pytest.mark.parametrize(
    "expiration",
    [
        "<ExpirationDate><cim:Datetime>2027-03-31T00:00:00Z</cim:Datetime></ExpirationDate>",
        '<ExpirationDate xsi:type="cim:x"> <cim:Datetime> 2027-03-31T02:00:00.0+02:00 </cim:Datetime></ExpirationDate>',
        "<ExpirationDate><cim:CIM_DateTime>2027-03-31T00:00:00</cim:CIM_DateTime></ExpirationDate>",
        "<ExpirationDate>20270331000000.000000+000</ExpirationDate>",
        "<ExpirationDate>20270330190000.000000-300</ExpirationDate>",
        "<ExpirationDate>2027-03-31T00:00:00Z</ExpirationDate>",
        "<ExpirationDate><Datetime>2027-03-31T00:00:00.000Z</Datetime></ExpirationDate>",
    ],
)
def test_a_pack_whose_properties_come_in_another_order_and_form(expiration: str) -> None:
    pack = (
        f"<TypeAndModel>RDS-Benutzer-CAL</TypeAndModel>{expiration}<TotalLicenses> 250 </TotalLicenses>"
        "<AvailableLicenses>0x13</AvailableLicenses><KeyPackType>2</KeyPackType><KEYPACKID>11</KEYPACKID>"
        "<ProductVersionID>+7</ProductVersionID><ProductType>1</ProductType><IssuedLicenses>231</IssuedLicenses>"
    )
    with key_packs(pack) as script:
        (read,) = LicenseServer(script.session()).key_packs()
    assert (read.key_pack_id, read.total, read.available, read.issued) == (11, 250, 19, 231)
    assert read.purchased
    assert read.expires is not None
    assert read.expires.timestamp() == 1806451200


def test_packs_of_which_things_are_missing() -> None:
    with key_packs(
        "<KeyPackId>3</KeyPackId>",
        "<KeyPackId>2</KeyPackId><KeyPackType>2</KeyPackType><ProductType>1</ProductType><TotalLicenses>9</TotalLicenses>",
        '<KeyPackId>4</KeyPackId><KeyPackType>4</KeyPackType><ProductType xsi:nil="true"/>'
        "<TotalLicenses>-1</TotalLicenses><AvailableLicenses>-1</AvailableLicenses><ExpirationDate/>"
        "<ProductVersionID></ProductVersionID>",
    ) as script:
        packs = LicenseServer(script.session()).key_packs()
    assert [pack.key_pack_id for pack in packs] == [2, 3, 4]
    assert [pack.purchased for pack in packs] == [False, False, False]
    assert [pack.total for pack in packs] == [9, None, None]
    assert packs[2].temporary
    assert [pack.describe()["product_version"] for pack in packs] == [None, None, None]


def test_an_empty_pull_that_says_that_it_was_the_last() -> None:
    item = f'<k:Win32_TSLicenseKeyPack xmlns:k="{PACK_URI}"><k:KeyPackId>5</k:KeyPackId></k:Win32_TSLicenseKeyPack>'
    first = f"<man:Items>{item}</man:Items><enu:Expires>PT60S</enu:Expires>"
    context = "<enu:EnumerationContext>uuid:7</enu:EnumerationContext>"
    with WsmanScript(
        Exchange("Enumerate").returns(
            enveloped(f"<enu:EnumerateResponse>{first}{context}</enu:EnumerateResponse>"),
        ),
        Exchange("Pull")
        .expect_context("uuid:7")
        .returns(enveloped("<enu:PullResponse><enu:Items/><enu:EndOfSequence/></enu:PullResponse>")),
    ) as script:
        assert [pack.key_pack_id for pack in LicenseServer(script.session()).key_packs()] == [5]


def called(method: str, parameters: str, name: str = "") -> Exchange:
    """A call, answered in the DMTF namespace, which is not declared under any usual prefix."""
    output = name or f"{method}_OUTPUT"
    inner = f'<q1:{output} xmlns:q1="{DMTF_URI}Any">{parameters}</q1:{output}>'
    return Exchange("Invoke", method).returns(enveloped(inner))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("T4RG3-TT4RG-3TT4R-G3TT4-RG3TT-4RG3T-T4RG3", "T4RG3TT4RG3TT4RG3TT4RG3TT4RG3TT4RG3"),
        ("t4rg3tt4rg3tt4rg3tt4rg3tt4rg3tt4rg3", "T4RG3TT4RG3TT4RG3TT4RG3TT4RG3TT4RG3"),
        ("\n    T4RG3TT4RG3TT4RG3TT4RG3TT4RG3TT4RG3\n  ", "T4RG3TT4RG3TT4RG3TT4RG3TT4RG3TT4RG3"),
        ("", None),
        ("  ", None),
    ],
)
def test_a_license_server_id_in_many_hands(answer: str, expected: str | None) -> None:
    with WsmanScript(
        called(
            "GetActivationStatus", "<q1:ReturnValue>0</q1:ReturnValue><q1:activationstatus> 0 </q1:activationstatus>"
        ),
        called(
            "GetLicenseServerId",
            f"<q1:ReturnValue>\n0\n</q1:ReturnValue><q1:sLicenseServerId>{answer}</q1:sLicenseServerId>",
            "getlicenseserverid_output",
        ),
    ) as script:
        activation = LicenseServer(script.session()).activation()
    assert activation.activated
    assert activation.license_server_id == expected


@pytest.mark.parametrize("status", ["", '<q1:ActivationStatus xsi:nil="true"/>', "<q1:ActivationStatus/>"])
def test_an_activation_status_that_is_not_told_is_unknown(status: str) -> None:
    with WsmanScript(called("GetActivationStatus", f"{status}<q1:ReturnValue>0</q1:ReturnValue>")) as script:
        activation = LicenseServer(script.session()).activation()
    assert (activation.status, activation.activated, activation.license_server_id) == (2, False, None)


@pytest.mark.parametrize("out", ["", '<q1:KeyPackId xsi:nil="true"/>', "<q1:KeyPackId></q1:KeyPackId>"])
def test_an_install_whose_answer_names_no_pack(out: str) -> None:
    """What came of it is then read from the key packs; see the acquirer's tests."""
    with WsmanScript(called("InstallLicenseKeyPack", f"{out}<q1:ReturnValue>0</q1:ReturnValue>")) as script:
        result = script.session().invoke(TS_LICENSE_KEY_PACK, "InstallLicenseKeyPack", {"sLicenseKeyPackId": "x"})
    assert (result.return_value, result["KeyPackId"]) == (0, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0x80041001", 0x80041001), ("-2147217407", 0x80041001), ("\n 5\t", 5), ("-1", 0xFFFFFFFF), ("+0", 0), ("00", 0)],
)
def test_a_return_value_in_many_hands(text: str, expected: int) -> None:
    with WsmanScript(called("InstallLicenseKeyPack", f"<q1:ReturnValue>{text}</q1:ReturnValue>")) as script:
        result = script.session().invoke(TS_LICENSE_KEY_PACK, "InstallLicenseKeyPack", {"sLicenseKeyPackId": "x"})
    assert result.return_value == expected


@pytest.mark.parametrize("text", ["0.0", "OK", "0 0", "0x", "1e3", "true"])
def test_a_return_value_that_says_nothing_leaves_a_call_in_doubt(text: str) -> None:
    with (
        WsmanScript(called("InstallLicenseKeyPack", f"<q1:ReturnValue>{text}</q1:ReturnValue>")) as script,
        pytest.raises(WsmanProtocolError, match="not a 32-bit number") as caught,
    ):
        script.session().invoke(TS_LICENSE_KEY_PACK, "InstallLicenseKeyPack", {"sLicenseKeyPackId": "x"})
    assert caught.value.outcome_unknown


def test_values_of_the_registry_in_many_hands() -> None:
    """Types before names, hexadecimal, of every kind, in no order."""
    types = "".join(f"<q1:Types>{each}</q1:Types>" for each in (" 4 ", "1", "0x1", "3", "+7", "1", "11", "2"))
    names = "".join(
        f"<q1:sNames>{each}</q1:sNames>" for each in ("n", "b", "a", "bin", "multi", "ä &amp; ö", "q", "ex")
    )
    with WsmanScript(called("EnumValues", f"<q1:ReturnValue>0</q1:ReturnValue>{types}{names}")) as script:
        listed = Registry(script.session()).value_names("SOFTWARE\\Any")
    assert [name for name, is_string in listed.items() if is_string] == ["b", "a", "ä & ö"]
    assert len(listed) == 8


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        ("", None),
        ('<o:MUILanguages xsi:nil="true"/>', None),
        ("<o:MUILanguages>de-DE</o:MUILanguages>", ["de-DE"]),
        (
            "<o:MUILanguages>de-DE</o:MUILanguages><o:Caption>x</o:Caption><o:MUILanguages>en-US</o:MUILanguages>",
            ["de-DE", "en-US"],
        ),
    ],
)
def test_an_array_of_none_of_one_and_with_others_between(languages: str, expected: list[str] | None) -> None:
    uri = f"{WMI}root/cimv2/Win32_OperatingSystem"
    body = f'<o:Win32_OperatingSystem xmlns:o="{uri}">{languages}</o:Win32_OperatingSystem>'
    with WsmanScript(Exchange("Get").returns(enveloped(body))) as script:
        read = script.session().get(WIN32_OPERATING_SYSTEM)["MUILanguages"]
    assert read == expected


def test_a_caption_in_another_language_changes_nothing() -> None:
    version, caption = "10.0.26100", "Майкрософт Windows Server 2025 Datacenter"
    item = f"<man:XmlFragment><Version>{version}</Version><Caption>{caption} </Caption></man:XmlFragment>"
    body = f"<enu:EnumerateResponse><man:Items>{item}</man:Items><man:EndOfSequence/></enu:EnumerateResponse>"
    with WsmanScript(Exchange("Enumerate").returns(enveloped(body))) as script:
        release = LicenseServer(script.session()).windows_release()
    assert (release.release, release.computer_name) == ("windows_server_2025", "")
    assert release.caption == caption


def test_a_server_without_an_operating_system_is_refused() -> None:
    body = "<enu:EnumerateResponse><man:Items/><man:EndOfSequence/></enu:EnumerateResponse>"
    with WsmanScript(Exchange("Enumerate").returns(enveloped(body))) as script:
        server = LicenseServer(script.session())
        with pytest.raises(LicensingError, match="does not describe its operating system"):
            server.windows_release()


@pytest.mark.parametrize(
    "body",
    [
        "<enu:EnumerateResponse><enu:Items/><man:EndOfSequence/></enu:EnumerateResponse>",
        "<enu:EnumerateResponse><man:Items/><enu:EndOfSequence/></enu:EnumerateResponse>",
        "<enu:PullResponse><enu:Items/><enu:EndOfSequence/></enu:PullResponse>",
        "<man:EnumerateResponse><man:Items/><man:EndOfSequence/></man:EnumerateResponse>",
    ],
)
def test_an_enumeration_in_the_wrong_namespaces_is_never_taken_for_an_empty_one(body: str) -> None:
    with WsmanScript(Exchange("Enumerate").returns(enveloped(body))) as script:
        server = LicenseServer(script.session())
        with pytest.raises(WsmanProtocolError):
            server.key_packs()
