# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what went wrong, and how Windows wraps it ([MS-WSMV] 2.2.4.43, recorded messages)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulator.model.catalog import language_of, load_data
from tests.simulator.model.description import Dialect
from tests.simulator.wire import names
from tests.simulator.wire.xml import Node

_PLUGIN = "%systemroot%\\system32\\WsmWmiPl.dll"


@dataclass
class WmiDetail:
    """The WMI error inside a fault; `operation` and `parameter` go into __ExtendedStatus."""

    code: int
    operation: str
    parameter: str
    namespace: str = "root/cimv2"
    provider: str = "WinMgmt"


class FaultError(Exception):
    """A SOAP fault. `code` is the WSMan code; `wmi` the WMI error that caused it."""

    def __init__(
        self,
        role: str,
        subcode: str,
        code: int,
        *,
        parameter: str = "",
        detail: str = "",
        wmi: WmiDetail | None = None,
        message: str = "",
    ) -> None:
        super().__init__(subcode, code)
        self.role = role
        self.subcode = subcode
        self.code = code
        self.parameter = parameter
        self.detail = detail
        self.wmi = wmi
        self.message = message
        self.message_id = ""

    def answering(self, message_id: str) -> FaultError:
        """Note which message this answers; returns self."""
        self.message_id = message_id
        return self

    @property
    def action(self) -> str:
        prefix = self.subcode.split(":")[0]
        if prefix == "a":
            return names.ADDRESSING_FAULT_ACTION
        return names.ENUMERATION_FAULT_ACTION if prefix == "n" else names.WSMAN_FAULT_ACTION

    def summary(self) -> str:
        nested = f" ({self.wmi.code:#010x})" if self.wmi else ""
        return f"fault {self.code} {self.subcode}{nested}"


class WmiError(Exception):
    """A provider or WMI itself failed with an HRESULT."""

    def __init__(self, code: int, provider: str = "WinMgmt") -> None:
        super().__init__(f"{code:#010x}")
        self.code = code
        self.provider = provider


def schema_fault() -> FaultError:
    return FaultError("s:Sender", "w:SchemaValidationError", names.SCHEMA_VALIDATION)


def selector_fault() -> FaultError:
    detail = f"{names.FAULT_DETAIL}UnexpectedSelectors"
    return FaultError("s:Sender", "w:InvalidSelectors", names.INVALID_SELECTORS, detail=detail)


def access_denied_fault(dialect: Dialect) -> FaultError:
    """Some hosts report a refused logon right as an internal error."""
    subcode = "w:InternalError" if dialect.access_denied_as_internal_error else "w:AccessDenied"
    return FaultError("s:Sender", subcode, names.ACCESS_DENIED)


def filter_fault(query: str, namespace: str, wmi_code: int = names.WBEM_E_INVALID_QUERY) -> FaultError:
    wmi = WmiDetail(wmi_code, "ExecQuery", query, namespace)
    return FaultError("s:Sender", "n:CannotProcessFilter", names.CANNOT_PROCESS_FILTER, wmi=wmi)


def wmi_fault(error: WmiError, operation: str, parameter: str, namespace: str) -> FaultError:
    """The fault WinRM makes of a WMI error.

    The pairs for 0x80041002, 1003, 1008, 1010 and 1024 are documented; for the rest WinRM hands the HRESULT through,
    which is an assumption.
    """
    wmi = WmiDetail(error.code, operation, parameter, namespace, error.provider)
    missing = (names.WBEM_E_NOT_FOUND, names.WBEM_E_INVALID_CLASS, names.WBEM_E_INVALID_NAMESPACE)
    if error.code in missing:
        detail = f"{names.FAULT_DETAIL}InvalidResourceURI"
        return FaultError("s:Sender", "a:DestinationUnreachable", names.RESOURCE_NOT_FOUND, detail=detail, wmi=wmi)
    codes = {
        names.WBEM_E_ACCESS_DENIED: ("w:AccessDenied", names.PROVIDER_ACCESS_DENIED),
        names.WBEM_E_INVALID_PARAMETER: ("w:InvalidParameter", names.PROVIDER_INVALID_PARAMETER),
        names.WBEM_E_PROVIDER_NOT_CAPABLE: ("w:InternalError", names.PROVIDER_NOT_CAPABLE),
    }
    subcode, code = codes.get(error.code, ("w:InternalError", error.code))
    return FaultError("s:Receiver", subcode, code, wmi=wmi)


def message_of(code: int, ui_language: str) -> str:
    """The text of a WSMan or WMI code in the server's display language, with the blank Windows leaves at the end."""
    texts: dict[int, dict[str, str]] = load_data("messages.yml")
    entry = texts.get(code, {"en": f"Unknown error {code:#010x}"})
    return entry.get(language_of(ui_language), entry["en"]) + " "


def render_fault(fault: FaultError, dialect: Dialect, ui_language: str, machine: str) -> Node:
    """The s:Fault element."""
    code = Node("s:Code", Node("s:Value", fault.role))
    if fault.subcode:
        code.add(Node("s:Subcode", Node("s:Value", fault.subcode)))
    reason = "" if dialect.empty_reason else fault.message or message_of(fault.code, ui_language)
    text = Node("s:Text", reason).with_attributes({"xml:lang": "" if dialect.empty_reason else ui_language})
    result = Node("s:Fault", code, Node("s:Reason", text))
    if dialect.empty_fault_detail:
        return result
    detail = Node("s:Detail")
    if dialect.wmi_error_detail:
        return result.add(detail.add(_wmi_error(fault, ui_language)))
    if fault.detail:
        detail.add(Node("w:FaultDetail", fault.detail))
    return result.add(detail.add(_wsman_fault(fault, dialect, ui_language, machine)))


def _wsman_fault(fault: FaultError, dialect: Dialect, ui_language: str, machine: str) -> Node:
    text = fault.message or message_of(fault.code, ui_language)
    if fault.wmi is None:
        return _fault_node(fault.code, machine, text)
    provider = Node("f:ProviderFault", provider="WMI Provider", path=_PLUGIN)
    # Every recorded message repeats the outer code and text here; the other forms are known from hearsay.
    inner_code = fault.wmi.code if dialect.nested_wmi_code == "fault" else fault.code
    inner_text = text if dialect.nested_wmi_code == "repeated" else message_of(fault.wmi.code, ui_language)
    provider.add(_fault_node(inner_code, machine, inner_text))
    provider.add(Node("f:ExtendedError", _extended_status(fault.wmi, dialect)))
    outer = Node("f:WSManFault", Node("f:Message", provider))
    return outer.with_attributes({"xmlns:f": names.FAULT, "Code": str(fault.code), "Machine": machine})


def _fault_node(code: int, machine: str, text: str) -> Node:
    attributes = {"xmlns:f": names.FAULT, "Code": str(code), "Machine": machine}
    return Node("f:WSManFault", Node("f:Message", text)).with_attributes(attributes)


def _extended_status(wmi: WmiDetail, dialect: Dialect) -> Node:
    status = Node("p:StatusCode").with_attributes({"xsi:nil": "true"})
    if dialect.nested_wmi_code == "extended_status":
        status = Node("p:StatusCode", str(wmi.code))
    return Node(
        "p:__ExtendedStatus",
        Node("p:Description").with_attributes({"xsi:nil": "true"}),
        Node("p:Operation", wmi.operation),
        Node("p:ParameterInfo", wmi.parameter),
        Node("p:ProviderName", wmi.provider),
        status,
    ).with_attributes(
        {
            "xmlns:xsi": names.XSI,
            "xmlns:p": f"{names.WMI_PREFIX}{wmi.namespace}/__ExtendedStatus",
            "xmlns:cim": names.CIM,
            "xsi:type": "p:__ExtendedStatus_Type",
        }
    )


def _wmi_error(fault: FaultError, ui_language: str) -> Node:
    """The other form of the detail; an envelope that carries it has no RelatesTo."""
    code = fault.wmi.code if fault.wmi else fault.code
    text = message_of(code, ui_language)

    def typed(name: str, kind: str, value: str | None) -> Node:
        node = Node(f"p:{name}") if value is None else Node(f"p:{name}", value)
        node.with_attributes({"xsi:type": f"cim:{kind}"})
        return node.with_attributes({"xsi:nil": "true"}) if value is None else node

    return Node(
        "p:MSFT_WmiError",
        typed("CIMStatusCode", "cimUnsignedInt", "1"),
        typed("CIMStatusCodeDescription", "cimString", None),
        typed("ErrorSource", "cimString", None),
        typed("ErrorSourceFormat", "cimUnsignedShort", "0"),
        typed("ErrorType", "cimUnsignedShort", "0"),
        typed("Message", "cimString", text),
        typed("MessageID", "cimString", f"HRESULT {code:#010x}"),
        typed("error_Category", "cimUnsignedInt", "0"),
        typed("error_Code", "cimUnsignedInt", str(code)),
        typed("error_Type", "cimString", "HRESULT"),
        typed("error_WindowsErrorMessage", "cimString", text),
    ).with_attributes(
        {
            "b:IsCIM_Error": "true",
            "xmlns:xsi": names.XSI,
            "xmlns:b": names.CIM_BINDING,
            "xmlns:p": f"{names.DMTF_CLASS_PREFIX}MSFT_WmiError",
            "xmlns:cim": names.CIM,
            "xsi:type": "p:MSFT_WmiError_Type",
        }
    )
