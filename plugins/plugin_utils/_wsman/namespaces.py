# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML namespaces and action URIs of WS-Management as Windows speaks it ([MS-WSMV] 2.2.1, DSP0226, DSP0230)."""

from __future__ import annotations

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
WSMAN_FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
CIM_COMMON = "http://schemas.dmtf.org/wbem/wscim/1/common"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"

ANONYMOUS = ADDRESSING + "/role/anonymous"
UNSPECIFIED_MESSAGE = ADDRESSING + "/id/unspecified"
"""What a response relates to whose server did not learn the request's ID (WS-Addressing 2004/08, section 3.1)."""
WQL_DIALECT = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
WMI_RESOURCE = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
CLASS_DECLARATIONS = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
"""Address of all class declarations; selectors name the namespace and the class. Since WinRM 3.0."""

ACTION_GET = TRANSFER + "/Get"
ACTION_PUT = TRANSFER + "/Put"
ACTION_ENUMERATE = ENUMERATION + "/Enumerate"
ACTION_PULL = ENUMERATION + "/Pull"
ACTION_RELEASE = ENUMERATION + "/Release"

PREFIXES = {
    SOAP: "s",
    ADDRESSING: "a",
    ENUMERATION: "n",
    TRANSFER: "x",
    WSMAN: "w",
    CIM_COMMON: "cim",
    XSI: "xsi",
    XML: "xml",
}
"""Prefixes written into requests; every other namespace (the class of an instance) gets p, p1, p2..."""


def wmi_resource_uri(namespace: str, class_name: str) -> str:
    """Address of a WMI class, or of a whole WMI namespace with class name ``*`` (for WQL)."""
    path = namespace.replace("\\", "/").strip("/")
    return f"{WMI_RESOURCE}/{path}/{class_name}"
