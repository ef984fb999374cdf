# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a session host is asked and how it answers, for scripts: Win32_TerminalServiceSetting of a server RDSH01."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.unit.wsman_script import WMI, Exchange, envelope

NAMESPACE = "root/cimv2/TerminalServices"
CLASS = "Win32_TerminalServiceSetting"
XMLNS = f'xmlns:p="{WMI}{NAMESPACE}/{CLASS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
PROPERTIES: dict[str, object] = {
    "ServerName": "RDSH01",
    "TerminalServerMode": 1,
    "LicensingType": 4,
    "PolicySourceLicensingType": 0,
    "DirectConnectLicenseServers": None,
    "PolicySourceDirectConnectLicenseServers": 0,
    "PolicySourceConfiguredLicenseServers": 0,
}

Value = str | int | list[str] | None


def _element(name: str, value: object) -> str:
    """One value; an array is a row of elements, and an empty one is left out altogether, as Windows does."""
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    return f'<p:{name} xsi:nil="true"/>' if value is None else f"<p:{name}>{escape(str(value))}</p:{name}>"


def found(*without: str, **changed: Value) -> Exchange:
    """The instance is found by enumerating. C(without) are properties that an old release does not have."""
    values = {name: value for name, value in {**PROPERTIES, **changed}.items() if name not in without}
    properties = "".join(_element(name, value) for name, value in values.items())
    item = f'<p:{CLASS} xsi:type="p:{CLASS}_Type" {XMLNS}>{properties}</p:{CLASS}>'
    return _enumerated(item)


def found_nothing() -> Exchange:
    """No instance at all."""
    return _enumerated("")


def _enumerated(items: str) -> Exchange:
    answer = envelope(
        "<n:EnumerateResponse><n:EnumerationContext/>"
        f"<w:Items>{items}</w:Items><w:EndOfSequence/></n:EnumerateResponse>"
    )
    return Exchange("Enumerate").expect_class(NAMESPACE, CLASS).returns(answer)


def called(method: str, return_value: int = 0, /, **out: Value) -> Exchange:
    """A call on the instance, and its answer."""
    body = "".join(_element(name, value) for name, value in out.items()) + _element("ReturnValue", return_value)
    answer = envelope(f"<p:{method}_OUTPUT {XMLNS}>{body}</p:{method}_OUTPUT>")
    return _call(method).returns(answer)


def refused(method: str, code: int, subcode: str = "w:InternalError") -> Exchange:
    """A call that ends with a fault which nests a WMI code."""
    return _call(method).returns(fault(code, subcode))


def fault(code: int, subcode: str = "w:InternalError") -> str:
    """A fault as Windows gives it for a WMI error."""
    wmi = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
    inner = (
        f'<f:WSManFault xmlns:f="{wmi}" Code="{code}" Machine="rdsh01"><f:Message>Trouble </f:Message></f:WSManFault>'
    )
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
        '<s:Reason><s:Text xml:lang="en-US">The provider failed. </s:Text></s:Reason><s:Detail>'
        f'<f:WSManFault xmlns:f="{wmi}" Code="2150859010" Machine="rdsh01"><f:Message>'
        f'<f:ProviderFault provider="WMI Provider">{inner}</f:ProviderFault></f:Message></f:WSManFault>'
        "</s:Detail></s:Fault>"
    )


def listed(*names: str) -> Exchange:
    """Reading the license server list."""
    return called("GetSpecifiedLicenseServerList", SpecifiedLSList=list(names))


def status(name: str, number: int | None, return_value: int = 0) -> Exchange:
    """Asking for the connectivity to a license server."""
    call = called("GetTStoLSConnectivityStatus", return_value, TStoLSConnectivityStatus=number)
    return call.expect_argument("ServerName", name)


def _call(method: str) -> Exchange:
    return Exchange("Invoke", method).expect_class(NAMESPACE, CLASS).expect_selector("ServerName", "RDSH01")
