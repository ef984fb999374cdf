# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource URIs: which class in which namespace a message is about."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulator.wire import names
from tests.simulator.wire.faults import FaultError, WmiDetail
from tests.simulator.wire.request import Request
from tests.simulator.wmi.schema import CimClass, find_class, namespaces

ALL = "*"
_WINRM = "winrm/config"


@dataclass(frozen=True)
class Resource:
    """`class_name` is * for a query; `is_dmtf` tells in which style the answer names classes.

    `is_declaration`: what is wanted is not an instance but how the class is declared.
    """

    namespace: str
    class_name: str
    is_dmtf: bool
    keys: tuple[tuple[str, str], ...]
    is_declaration: bool = False

    def uri_of(self, class_name: str) -> str:
        if self.namespace == _WINRM:
            return names.WINRM_CONFIGURATION
        if self.is_dmtf:
            return f"{names.DMTF_CLASS_PREFIX}{class_name}"
        return f"{names.WMI_PREFIX}{self.namespace}/{class_name}"

    def cim_class(self, operation: str) -> CimClass:
        """The class; raises the fault Windows gives for a class or namespace that is not there."""
        found = find_class(self.namespace, self.class_name)
        if found is None:
            raise not_found(self, operation, missing_code(self.namespace))
        return found


def missing_code(namespace: str) -> int:
    known = namespace.lower() in namespaces()
    return names.WBEM_E_INVALID_CLASS if known else names.WBEM_E_INVALID_NAMESPACE


def not_found(resource: Resource, operation: str, wmi_code: int) -> FaultError:
    keys = ",".join(f'{name}="{value}"' for name, value in resource.keys)
    parameter = f"{resource.class_name}.{keys}" if keys else resource.class_name
    return FaultError(
        "s:Sender",
        "a:DestinationUnreachable",
        names.RESOURCE_NOT_FOUND,
        detail=f"{names.FAULT_DETAIL}InvalidResourceURI",
        wmi=WmiDetail(wmi_code, operation, parameter, resource.namespace),
    )


def resource_of(request: Request) -> Resource:
    """Take the resource URI and the selectors apart; raises FaultError for a URI that is not WMI's."""
    uri = request.resource_uri
    keys = [(name, value) for name, value in request.selectors if name.lower() != "__cimnamespace"]
    given = next((value for name, value in request.selectors if name.lower() == "__cimnamespace"), None)
    if uri == names.WINRM_CONFIGURATION:
        return Resource(_WINRM, "Config", False, tuple(keys))
    if uri.lower().startswith(names.WMI_PREFIX):
        namespace, _separator, class_name = uri[len(names.WMI_PREFIX) :].replace("\\", "/").rpartition("/")
        if namespace and class_name:
            return Resource(given or namespace, class_name, False, tuple(keys))
    if uri == names.CLASS_DECLARATIONS:
        class_name = next((value for name, value in keys if name.lower() == "classname"), "")
        return Resource(given or "root/cimv2", class_name, False, (), is_declaration=True)
    for prefix in (names.DMTF_ALL_CLASSES[:-1], names.DMTF_CLASS_PREFIX):
        rest = uri.removeprefix(prefix)
        if rest != uri and rest and "/" not in rest:
            return Resource(given or "root/cimv2", rest, True, tuple(keys))
    detail = f"{names.FAULT_DETAIL}InvalidResourceURI"
    raise FaultError("s:Sender", "a:DestinationUnreachable", names.RESOURCE_NOT_FOUND, detail=detail)
