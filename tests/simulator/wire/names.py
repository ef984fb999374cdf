# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces, actions and codes of WS-Management (DSP0226, DSP0227, [MS-WSMV], wsmerror.h)."""

from __future__ import annotations

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
MICROSOFT = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
CIM = "http://schemas.dmtf.org/wbem/wscim/1/common"
CIM_BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"

WINRM_CONFIGURATION = "http://schemas.microsoft.com/wbem/wsman/1/config"
WMI_PREFIX = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
DMTF_CLASS_PREFIX = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
DMTF_ALL_CLASSES = "http://schemas.dmtf.org/wbem/wscim/1/*"
CLASS_DECLARATIONS = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
WQL_DIALECT = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
FAULT_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"

GET = f"{TRANSFER}/Get"
PUT = f"{TRANSFER}/Put"
CREATE = f"{TRANSFER}/Create"
DELETE = f"{TRANSFER}/Delete"
ENUMERATE = f"{ENUMERATION}/Enumerate"
PULL = f"{ENUMERATION}/Pull"
RELEASE = f"{ENUMERATION}/Release"

WSMAN_FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
ADDRESSING_FAULT_ACTION = f"{ADDRESSING}/fault"
ENUMERATION_FAULT_ACTION = f"{ENUMERATION}/fault"

# WSMan codes; the names are those of wsmerror.h
RESOURCE_NOT_FOUND = 2150858752
MUST_UNDERSTAND = 2150858768
HEADER_REQUIRED = 2150858769
ACTION_NOT_SUPPORTED = 2150858771
CANNOT_PROCESS_FILTER = 2150858778
INVALID_ENUMERATION_CONTEXT = 2150858779
FILTER_DIALECT = 2150858777
TIMED_OUT = 2150858793
SCHEMA_VALIDATION = 2150858817
INVALID_SELECTORS = 2150858843
NO_KEYS_GIVEN = 2150859002
PROVIDER_NOT_CAPABLE = 2150859010
PROVIDER_ACCESS_DENIED = 2150859013
PROVIDER_INVALID_PARAMETER = 2150859038
QUOTA = 2150859173
ENVELOPE_TOO_LARGE = 2150858824
ACCESS_DENIED = 2147942405

# WMI codes
WBEM_E_FAILED = 0x80041001
WBEM_E_NOT_FOUND = 0x80041002
WBEM_E_ACCESS_DENIED = 0x80041003
WBEM_E_PROVIDER_FAILURE = 0x80041004
WBEM_E_TYPE_MISMATCH = 0x80041005
WBEM_E_INVALID_PARAMETER = 0x80041008
WBEM_E_NOT_SUPPORTED = 0x8004100C
WBEM_E_INVALID_NAMESPACE = 0x8004100E
WBEM_E_INVALID_CLASS = 0x80041010
WBEM_E_INITIALIZATION_FAILURE = 0x80041014
WBEM_E_INVALID_OPERATION = 0x80041016
WBEM_E_INVALID_QUERY = 0x80041017
WBEM_E_READ_ONLY = 0x80041023
WBEM_E_PROVIDER_NOT_CAPABLE = 0x80041024
WBEM_E_INVALID_METHOD = 0x8004102E
WBEM_E_INVALID_METHOD_PARAMETERS = 0x8004102F
