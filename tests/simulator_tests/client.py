# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CIM operations on top of pypsrp's WSMan class, and a door for hand-made messages."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

import requests
from pypsrp.wsman import SelectorSet, WSMan

NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
    "cim": "http://schemas.dmtf.org/wbem/wscim/1/common",
}
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
LICENSE_SERVER = "Win32_TSLicenseServer"
KEY_PACK = "Win32_TSLicenseKeyPack"
HKLM = 0x80000002
FAILED = 0x80041001


def uri(class_name: str, namespace: str = "root/cimv2") -> str:
    return f"http://schemas.microsoft.com/wbem/wsman/1/wmi/{namespace}/{class_name}"


def tag(prefix: str, name: str) -> str:
    return f"{{{NAMESPACES[prefix]}}}{name}"


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def part(element: ET.Element, name: str) -> ET.Element:
    """The child of that prefixed name, which has to be there."""
    found = element.find(name, NAMESPACES)
    assert found is not None, f"no {name} in {element.tag}"
    return found


def text_of(element: ET.Element) -> str | None:
    """The value of a property: None for nil, else its text, or that of the Datetime inside."""
    if element.get(NIL) == "true":
        return None
    return (element[0].text if len(element) else element.text) or ""


def values_of(item: ET.Element) -> dict[str, str | None]:
    return {local(child): text_of(child) for child in item}


def selectors(keys: Mapping[str, str]) -> SelectorSet:
    result = SelectorSet()
    for name, value in keys.items():
        result.add_option(name, value)
    return result


class Client:
    """One user on one server."""

    def __init__(self, wsman: WSMan) -> None:
        self.wsman = wsman

    def get(self, class_name: str, keys: Mapping[str, str] | None = None, namespace: str = "root/cimv2") -> ET.Element:
        answer: ET.Element = self.wsman.get(uri(class_name, namespace), selector_set=selectors(keys) if keys else None)
        return answer[0]

    def values(
        self, class_name: str, keys: Mapping[str, str] | None = None, namespace: str = "root/cimv2"
    ) -> dict[str, str | None]:
        return values_of(self.get(class_name, keys, namespace))

    def put(self, class_name: str, instance: ET.Element) -> ET.Element:
        answer: ET.Element = self.wsman.put(uri(class_name), instance)
        return answer[0]

    def set(self, class_name: str, **changes: str) -> dict[str, str | None]:
        """Get, change, put back."""
        instance = self.get(class_name)
        for child in instance:
            if local(child) in changes:
                child.attrib.pop(NIL, None)
                child.text = changes[local(child)]
        return values_of(self.put(class_name, instance))

    def invoke(
        self,
        class_name: str,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        keys: Mapping[str, str] | None = None,
        namespace: str = "root/cimv2",
    ) -> dict[str, Any]:
        """Out parameters as text (lists where repeated), ReturnValue as a number."""
        resource = uri(class_name, namespace)
        body = ET.Element(f"{{{resource}}}{method}_INPUT")
        for name, value in (arguments or {}).items():
            for item in value if isinstance(value, list) else [value]:
                child = ET.SubElement(body, f"{{{resource}}}{name}")
                if item is None:
                    child.set(NIL, "true")
                else:
                    child.text = str(item)
        envelope = self.wsman.invoke(
            f"{resource}/{method}", resource, body, selector_set=selectors(keys) if keys else None
        )
        output = part(envelope, "s:Body")[0]
        result: dict[str, Any] = {}
        for child in output:
            value = values_of(child) if len(child) > 1 else text_of(child)
            known = result.get(local(child))
            if known is None:
                result[local(child)] = value
            else:
                result[local(child)] = [*(known if isinstance(known, list) else [known]), value]
        result["ReturnValue"] = int(result["ReturnValue"])
        return result

    def open(
        self, class_name: str, *, optimized: bool = True, query: str | None = None, namespace: str = "root/cimv2"
    ) -> ET.Element:
        """The EnumerateResponse."""
        body = ET.Element(tag("n", "Enumerate"))
        if optimized:
            ET.SubElement(body, tag("w", "OptimizeEnumeration"))
            ET.SubElement(body, tag("w", "MaxElements")).text = "1000"
        if query is not None:
            ET.SubElement(body, tag("w", "Filter"), Dialect=WQL).text = query
        answer: ET.Element = self.wsman.enumerate(uri("*" if query else class_name, namespace), body)
        return answer[0]

    def pull(self, class_name: str, context: str, most: int | None = 1000, namespace: str = "root/cimv2") -> ET.Element:
        """The PullResponse."""
        body = ET.Element(tag("n", "Pull"))
        ET.SubElement(body, tag("n", "EnumerationContext")).text = context
        if most is not None:
            ET.SubElement(body, tag("n", "MaxElements")).text = str(most)
        answer: ET.Element = self.wsman.pull(uri(class_name, namespace), body)
        return answer[0]

    def release(self, class_name: str, context: str) -> None:
        body = ET.Element(tag("n", "Release"))
        ET.SubElement(body, tag("n", "EnumerationContext")).text = context
        self.wsman.invoke(f"{NAMESPACES['n']}/Release", uri(class_name), body)

    def items(
        self, class_name: str, *, query: str | None = None, namespace: str = "root/cimv2"
    ) -> list[dict[str, str | None]]:
        """Everything an enumeration has, by as many messages as it takes."""
        answer = self.open(class_name, query=query, namespace=namespace)
        found = [values_of(item) for item in part(answer, "w:Items")]
        end = answer.find("w:EndOfSequence", NAMESPACES)
        while end is None:
            context = answer.findtext("n:EnumerationContext", namespaces=NAMESPACES)
            answer = self.pull("*" if query else class_name, context or "", namespace=namespace)
            found += [values_of(item) for item in part(answer, "n:Items")]
            end = answer.find("n:EndOfSequence", NAMESPACES)
        return found

    def packs(self) -> dict[int, dict[str, str | None]]:
        """The purchased packs by key pack ID."""
        return {
            int(item["KeyPackId"] or 0): item for item in self.items(KEY_PACK) if item["KeyPackType"] in ("1", "2", "5")
        }

    def registry(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        return self.invoke(
            "StdRegProv", method, {"hDefKey": HKLM, "sSubKeyName": path, **arguments}, namespace="root/default"
        )


class RawClient:
    """Sends envelopes as they are, over HTTPS with Basic, and shows the bytes of the answer."""

    def __init__(self, url: str, ca: str, login: tuple[str, str]) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = ca
        self.session.auth = login

    def post(self, body: bytes | str, content_type: str = "application/soap+xml;charset=UTF-8") -> requests.Response:
        data = body.encode() if isinstance(body, str) else body
        return self.session.post(self.url, data=data, headers={"Content-Type": content_type}, timeout=20)

    def send(
        self, action: str, resource: str, body: str = "", *, keys: Mapping[str, str] | None = None, header: str = ""
    ) -> requests.Response:
        return self.post(envelope(action, resource, body, keys=keys, header=header))


def envelope(
    action: str, resource: str, body: str = "", *, keys: Mapping[str, str] | None = None, header: str = ""
) -> str:
    """A request envelope written out by hand."""
    declared = " ".join(f'xmlns:{prefix}="{value}"' for prefix, value in NAMESPACES.items())
    chosen = "".join(f'<w:Selector Name="{name}">{value}</w:Selector>' for name, value in (keys or {}).items())
    return (
        f"<s:Envelope {declared}><s:Header><a:Action>{action}</a:Action>"
        f"<a:MessageID>uuid:{uuid.uuid4()}</a:MessageID><a:To>http://server/wsman</a:To>"
        f"<w:ResourceURI>{resource}</w:ResourceURI>"
        + (f"<w:SelectorSet>{chosen}</w:SelectorSet>" if keys else "")
        + f"{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
