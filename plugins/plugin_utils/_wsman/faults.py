# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading of SOAP faults, in all the shapes Windows gives them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import (
    ACCESS_DENIED_CODES,
    ERROR_WSMAN_OPERATION_TIMEDOUT,
    ERROR_WSMAN_WMI_PROVIDER_NOT_CAPABLE,
    NOT_FOUND_CODES,
    WBEM_E_INVALID_OPERATION,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanFault, printable
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import (
    child,
    children_named,
    is_nil,
    local_name,
    own_text,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.namespaces import SOAP, WSMAN_FAULT

FACILITY_WMI = 0x80040000
_LONGEST_SUBCODE = 64
_CODE_IN_TEXT = re.compile(r"\b0x8004[0-9A-Fa-f]{4}\b")

_REFUSED_CODES = frozenset(
    {
        *NOT_FOUND_CODES,
        *ACCESS_DENIED_CODES,
        WBEM_E_INVALID_OPERATION,
        ERROR_WSMAN_WMI_PROVIDER_NOT_CAPABLE,
        0x80041011,  # provider not found
        0x80041013,  # provider load failure
        0x80041017,  # invalid query
        0x80041024,  # provider not capable
        0x8004102E,  # invalid method
        0x8004102F,  # invalid method parameters
        0x8004103A,  # invalid object path
        0x80041055,  # method not implemented
        0x80041056,  # method disabled
    }
)
_REFUSED_SUBCODES = frozenset(
    {
        "AccessDenied",
        "ActionNotSupported",
        "CannotProcessFilter",
        "DestinationUnreachable",
        "InvalidMessageInformationHeader",
        "InvalidSelectors",
        "MessageInformationHeaderRequired",
        "QuotaLimit",
        "SchemaValidationError",
    }
)


def parse_fault(fault: ET.Element, http_status: int) -> WsmanFault:
    """Read ``s:Fault``: the codes from the outside in, the subcode and the innermost message ([MS-WSMV] 2.2.4.43)."""
    detail = child(fault, SOAP, "Detail")
    chain = list(_nested_faults(detail))
    codes = list(_codes(detail, chain))
    wmi_codes = [code for code in codes if code & 0xFFFF0000 == FACILITY_WMI]
    return WsmanFault(
        _innermost_message(fault, detail, chain),
        code=codes[0] if codes else None,
        subcode=_subcode(fault),
        wmi_code=wmi_codes[-1] if wmi_codes else None,
        http_status=http_status,
        codes=tuple(codes),
    )


def is_timeout(fault: WsmanFault) -> bool:
    """Whether the server gave the operation up because its time was over."""
    return fault.subcode == "TimedOut" or ERROR_WSMAN_OPERATION_TIMEDOUT in fault.codes


def refused_before_running(fault: WsmanFault) -> bool:
    """Whether the fault proves that a method was not run. Any other fault may come from the middle of it."""
    if fault.too_large:
        return False
    inner = [code for code in fault.codes if code in _REFUSED_CODES]
    if inner:
        return inner[-1] == fault.codes[-1]
    return fault.wmi_code is None and fault.subcode in _REFUSED_SUBCODES


def _nested_faults(detail: ET.Element | None) -> Iterator[ET.Element]:
    """The WSManFault elements, each inside the one before it."""
    current = detail
    while current is not None:
        inner = (found for found in current.iter(f"{{{WSMAN_FAULT}}}WSManFault") if found is not current)
        current = next(inner, None)
        if current is not None:
            yield current


def _codes(detail: ET.Element | None, chain: list[ET.Element]) -> Iterator[int]:
    texts = [fault.get("Code", "") for fault in chain]
    texts += [own_text(element) for element in _parts(detail, "MSFT_WmiError", "error_Code")]
    texts += [own_text(element) for element in _parts(detail, "__ExtendedStatus", "StatusCode")]
    if len(chain) < 2:
        # Only without a nested WSManFault does the provider's text have to carry the code itself.
        texts += [code for text in _provider_texts(chain) for code in _CODE_IN_TEXT.findall(text)]
    for text in texts:
        code = _number(text)
        if code is not None:
            yield code


def _number(text: str) -> int | None:
    """An unsigned 32-bit code from decimal, hexadecimal or signed text; None for 0 and other texts."""
    try:
        return (int(text.strip(), 0) & 0xFFFFFFFF) or None
    except ValueError:
        return None


def _innermost_message(fault: ET.Element, detail: ET.Element | None, chain: list[ET.Element]) -> str:
    for text in _messages(fault, detail, chain):
        if text.strip():
            return " ".join(text.split())
    return ""


def _messages(fault: ET.Element, detail: ET.Element | None, chain: list[ET.Element]) -> Iterator[str]:
    """Candidates, the most telling first."""
    if len(chain) > 1:
        yield from (own_text(child(inner, WSMAN_FAULT, "Message")) for inner in reversed(chain[1:]))
    for part in ("Message", "error_WindowsErrorMessage"):
        yield from (own_text(element) for element in _parts(detail, "MSFT_WmiError", part))
    yield from (own_text(element) for element in _parts(detail, "__ExtendedStatus", "Description"))
    yield from _provider_texts(chain)
    yield from (own_text(child(outer, WSMAN_FAULT, "Message")) for outer in chain[:1])
    reason = child(fault, SOAP, "Reason")
    if reason is not None:
        yield from (own_text(text) for text in reason)


def _provider_texts(chain: list[ET.Element]) -> Iterator[str]:
    for fault in reversed(chain):
        message = child(fault, WSMAN_FAULT, "Message")
        if message is not None:
            yield from (own_text(provider) for provider in children_named(message, "ProviderFault"))


def _parts(detail: ET.Element | None, owner: str, name: str) -> Iterator[ET.Element]:
    if detail is not None:
        for element in detail.iter():
            if local_name(element) == owner:
                yield from (part for part in children_named(element, name) if not is_nil(part))


def _subcode(fault: ET.Element) -> str:
    value = child(child(child(fault, SOAP, "Code"), SOAP, "Subcode"), SOAP, "Value")
    return printable(own_text(value)).rpartition(":")[2][:_LONGEST_SUBCODE]
