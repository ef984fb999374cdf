# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of the conversation with a license server, for WS-Man scripts: each is the list of exchanges it takes.

Answers are made here from plain values, the way Windows shapes them: one item in the reply to Enumerate and the rest by
Pull, NULL properties as nil, NULL arrays left out.
"""

from __future__ import annotations

import json
import typing as t
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from xml.sax.saxutils import escape

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import (
    full_name,
    short_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import encode
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_KEY_PACK

from tests.unit.builders import CONTACT, TARGET_ID
from tests.unit.wsman_script import WMI, Exchange, envelope

CIMV2 = "root/cimv2"
REGISTRY = ("root/default", "StdRegProv")
LICENSE_SERVER = (CIMV2, "Win32_TSLicenseServer")
KEY_PACK = (CIMV2, "Win32_TSLicenseKeyPack")
OPERATING_SYSTEM = (CIMV2, "Win32_OperatingSystem")
RECORD_KEY = "SOFTWARE\\WinFleet\\RDLicensing"
OPERATIONS_KEY = RECORD_KEY + "\\Operations"
UNFINISHED_KEY = OPERATIONS_KEY + "\\Unfinished"
HKEY_LOCAL_MACHINE = str(0x80000002)
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

Class = tuple[str, str]
Value = str | int | bool | None


def element(name: str, value: Value | list[str] | list[int]) -> str:
    """One property or parameter; an array is a row of siblings."""
    if isinstance(value, list):
        return "".join(element(name, each) for each in value)
    if value is None:
        return f'<p:{name} xsi:nil="true"/>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<p:{name}>{escape(text)}</p:{name}>"


def instance(cim_class: Class, values: Mapping[str, Value]) -> str:
    """An instance of a class."""
    inner = "".join(element(name, value) for name, value in values.items())
    name = cim_class[1]
    return f'<p:{name} {XSI} xmlns:p="{WMI}{"/".join(cim_class)}" xsi:type="p:{name}_Type">{inner}</p:{name}>'


def get(cim_class: Class, values: Mapping[str, Value]) -> Exchange:
    """Get of a singleton."""
    return Exchange("Get").expect_class(*cim_class).expect_no_selectors().returns(envelope(instance(cim_class, values)))


def call(
    cim_class: Class,
    method: str,
    arguments: Mapping[str, Value] | None = None,
    *,
    returns: int = 0,
    **outputs: Value | list[str] | list[int],
) -> Exchange:
    """A call of a static method with exactly these arguments."""
    exchange = Exchange("Invoke", method).expect_class(*cim_class).expect_no_selectors()
    for name, value in (arguments or {}).items():
        exchange.expect_argument(name, None if value is None else str(value))
    return exchange.expect_only_arguments(*(arguments or {})).returns(output(cim_class, method, returns, outputs))


def output(
    cim_class: Class, method: str, returns: int = 0, outputs: Mapping[str, Value | list[str] | list[int]] | None = None
) -> str:
    """The answer to a call: out parameters first, the return value last."""
    inner = "".join(element(name, value) for name, value in (outputs or {}).items()) + element("ReturnValue", returns)
    uri = WMI + "/".join(cim_class)
    return envelope(f'<p:{method}_OUTPUT {XSI} xmlns:p="{uri}">{inner}</p:{method}_OUTPUT>')


def server_properties(**changes: Value) -> dict[str, Value]:
    """Properties of Win32_TSLicenseServer."""
    return {
        "Address": None,
        "City": "",
        "Company": CONTACT["company"],
        "CountryRegion": CONTACT["country_region"],
        "DatabasePath": "C:\\Windows\\system32\\lserver",
        "FirstName": CONTACT["first_name"],
        "LastName": CONTACT["last_name"],
        "ProductId": "00454-10000-00001-AA123",
        "ServerRole": 1,
        "Version": "Windows Server 2022",
        "VersionNumber": "10.0",
        "eMail": None,
        **changes,
    }


def reads_server(**changes: Value) -> list[Exchange]:
    """The license server's properties."""
    return [get(LICENSE_SERVER, server_properties(**changes))]


def reads_activation(license_server_id: str | None = TARGET_ID, status: int = 0) -> list[Exchange]:
    """Activation status, and the license server ID of an activated server."""
    read = [call(LICENSE_SERVER, "GetActivationStatus", ActivationStatus=status)]
    if status == 0:
        read.append(call(LICENSE_SERVER, "GetLicenseServerId", sLicenseServerId=license_server_id))
    return read


def reads_windows(version: str = "10.0.20348", name: str = "RDLS02") -> list[Exchange]:
    """The operating system."""
    values: dict[str, Value] = {
        "BuildNumber": version.rpartition(".")[2],
        "CSName": name,
        "Caption": "Microsoft Windows Server Standard ",
        "Version": version,
        "LocalDateTime": "20260101100000.000000+000",
    }
    wql = "SELECT Caption, Version, BuildNumber, CSName, SerialNumber, LocalDateTime FROM Win32_OperatingSystem"
    return [query(OPERATING_SYSTEM, wql, values)]


def query(cim_class: Class, wql: str, *found: Mapping[str, Value]) -> Exchange:
    """A query that selects at most one instance, which comes with the reply to Enumerate."""
    items = "".join(instance(cim_class, values) for values in found)
    answer = f"<n:EnumerationContext/><w:Items>{items}</w:Items><w:EndOfSequence/>"
    exchange = Exchange("Enumerate").expect_filter(wql)
    return exchange.returns(envelope(f"<n:EnumerateResponse>{answer}</n:EnumerateResponse>"))


def reads_key_packs(*packs: KeyPack) -> list[Exchange]:
    """Every key pack: the first with the reply to Enumerate, the others by one Pull."""
    items = [instance(KEY_PACK, _pack_values(each)) for each in packs]
    last = len(items) < 2
    end = "<w:EndOfSequence/>" if last else ""
    context = "" if last else "uuid:1"
    answer = f"<n:EnumerationContext>{context}</n:EnumerationContext><w:Items>{''.join(items[:1])}</w:Items>{end}"
    start = Exchange("Enumerate").expect_class(KEY_PACK[0], "*").expect_filter(select(TS_LICENSE_KEY_PACK))
    read = [start.returns(envelope(f"<n:EnumerateResponse>{answer}</n:EnumerateResponse>"))]
    if not last:
        rest = f"<n:Items>{''.join(items[1:])}</n:Items><n:EndOfSequence/>"
        pull = Exchange("Pull").expect_class(KEY_PACK[0], "*").expect_context(context)
        read.append(pull.returns(envelope(f"<n:PullResponse>{rest}</n:PullResponse>")))
    return read


def _pack_values(pack: KeyPack) -> dict[str, Value]:
    count = 0xFFFFFFFF if pack.total is None else pack.total
    return {
        "AvailableLicenses": count,
        "ExpirationDate": None,
        "IssuedLicenses": 0,
        "KeyPackId": pack.key_pack_id,
        "KeyPackType": pack.key_pack_type,
        "ProductType": pack.product_type,
        "ProductVersionID": pack.product_version_id,
        "TotalLicenses": count,
    }


def reads_value(key: str, name: str, value: str | None, missing: int = 1) -> Exchange:
    """A string value of the registry; None for one that is not there."""
    arguments: dict[str, Value] = {"hDefKey": HKEY_LOCAL_MACHINE, "sSubKeyName": key, "sValueName": name}
    return call(REGISTRY, "GetStringValue", arguments, returns=missing if value is None else 0, sValue=value)


def reads_record(*operations: Operation) -> list[Exchange]:
    """Every operation in the record; where there is none, there is no key either."""
    unfinished = [each for each in operations if each.unfinished]
    finished = [each for each in operations if not each.unfinished]
    texts = [reads_value(UNFINISHED_KEY, short_name(each), encode(each)) for each in unfinished]
    lists = [
        lists_values(UNFINISHED_KEY, *map(short_name, unfinished)),
        lists_values(OPERATIONS_KEY, *map(full_name, finished)),
    ]
    return [*lists, *texts]


def lists_values(key: str, *names: str) -> Exchange:
    """The names of the values of a key."""
    arguments: dict[str, Value] = {"hDefKey": HKEY_LOCAL_MACHINE, "sSubKeyName": key}
    if not names:
        return call(REGISTRY, "EnumValues", arguments, returns=2)
    return call(REGISTRY, "EnumValues", arguments, sNames=list(names), Types=[1] * len(names))


def reads_method(method: str | None = "automatic") -> list[Exchange]:
    """The recorded connection method."""
    return [reads_value(RECORD_KEY, "ConnectionMethod", method, missing=2)]


def writes_method(method: str) -> list[Exchange]:
    """Another connection method."""
    return [_write(RECORD_KEY, "ConnectionMethod").expect_argument("sValue", method)]


def writes_entry(name: str, status: str, **fields: t.Any) -> list[Exchange]:
    """An operation under a name, with this status and these fields, whatever else is in it.

    An intention is followed by a look at who else has one.
    """
    begins = status in ("intended", "answered")
    exchange = _write(UNFINISHED_KEY if begins else OPERATIONS_KEY)

    def check(header: ET.Element, body: ET.Element) -> None:
        values = {each.tag.rpartition("}")[2]: each.text or "" for each in body[0]}
        assert values["sValueName"] == name if begins else values["sValueName"].startswith(f"{name} {status}")
        written = json.loads(values["sValue"])
        found = {field: written.get(field) for field in ("status", *fields)}
        assert found == {"status": status, **fields}, f"the operation {name} is {written}"

    exchange.checks.append(check)
    return [exchange, lists_values(UNFINISHED_KEY, name)] if status == "intended" else [exchange]


def _write(key: str, name: str | None = None) -> Exchange:
    exchange = Exchange("Invoke", "SetStringValue").expect_class(*REGISTRY).expect_no_selectors()
    exchange.expect_only_arguments("hDefKey", "sSubKeyName", "sValueName", "sValue")
    exchange.expect_argument("hDefKey", HKEY_LOCAL_MACHINE).returns(output(REGISTRY, "SetStringValue"))
    exchange.expect_argument("sSubKeyName", key)
    return exchange if name is None else exchange.expect_argument("sValueName", name)
