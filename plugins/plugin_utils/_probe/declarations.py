# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the server declares the classes that the collection uses, held against the signatures that it knows.

The declaration is CIM-XML (DSP0203). Qualifiers, the direction of a parameter among them, come only when asked for, so
names, types and arrays are compared.
"""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass, CimType
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import wmi_classes, wmi_windows_classes
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import (
    ALL,
    BOTH,
    HEALTH,
    KEY_PACKS,
    RECORDING,
    USAGE,
    Assumption,
    Evidence,
    Finding,
    Look,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import HOST, SERVER, declaration_label

_SHOWN: t.Final = 5


def differences(element: ET.Element, cim_class: CimClass, *, changing: bool = False) -> list[str]:
    """What the declaration lacks or has in another type, of what reads use, or of the methods that change something."""
    declared = _declared(element)
    found = []
    missing = ""
    for path, kind in _known(cim_class, changing):
        there = declared.get(path.lower())
        if there is None and not (missing and path.startswith(f"{missing}.")):
            missing = path
            found.append(f"{path} is not declared")
        elif there not in (None, kind):
            found.append(f"{path} is {there} instead of {kind}")
    return found


def _known(cim_class: CimClass, changing: bool) -> Iterator[tuple[str, str]]:
    for each in () if changing else cim_class.properties.values():
        yield each.name, _title(each.type)
    for method in cim_class.methods.values():
        if method.reads is not changing:
            yield method.name, "uint32"
            for parameter in method.parameters:
                yield f"{method.name}.{parameter.name}", _title(parameter.type)


def _title(kind: CimType) -> str:
    # To CIM-XML an embedded instance is text.
    return ("string" if kind.embedded else kind.name) + ("[]" if kind.is_array else "")


def _declared(element: ET.Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in element:
        name = child.get("NAME", "").lower()
        found[name] = _declared_type(child)
        if _tag(child) == "METHOD":
            found.update({f"{name}.{each.get('NAME', '').lower()}": _declared_type(each) for each in child})
    return found


def _declared_type(element: ET.Element) -> str:
    return element.get("TYPE", "") + ("[]" if _tag(element).endswith(".ARRAY") else "")


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _compared(cim_class: CimClass, changing: bool) -> Look:
    def look(evidence: Evidence) -> Finding:
        element = evidence.value(declaration_label(cim_class))
        if element is None:
            return None
        found = differences(element, cim_class, changing=changing)
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return "; ".join(found[:_SHOWN]) + more

    return look


def _assumption(
    cim_class: CimClass, subjects: tuple[str, ...], modules: tuple[str, ...], *, changing: bool = False
) -> Assumption:
    what = "the methods that change something" if changing else "the properties and methods that are read"
    return Assumption(
        f"class_{cim_class.name}{CHANGES if changing else ''}",
        subjects,
        f"{cim_class.name} has {what}, with these types",
        "calls of that class may fail" if changing else "values of that class may be missing or wrong",
        modules,
        _compared(cim_class, changing),
        # A host before WinRM 3.0 does not give declarations, and what is read is proven by reading it.
        optional=True,
    )


CHANGES: t.Final = "_changes"
_PACK_READERS: t.Final = (*KEY_PACKS, "cal_usage_info", "license_server_info", *HEALTH)
_READ: t.Final[tuple[tuple[CimClass, tuple[str, ...], tuple[str, ...]], ...]] = (
    (wmi_classes.TS_LICENSE_SERVER, (SERVER,), (ALL,)),
    (wmi_classes.TS_LICENSE_KEY_PACK, (SERVER,), _PACK_READERS),
    (wmi_classes.TS_ISSUED_LICENSE, (SERVER,), USAGE),
    (wmi_classes.TS_LICENSE_REPORT, (SERVER,), ("cal_usage_info",)),
    (wmi_windows_classes.STD_REG_PROV, (SERVER,), (*RECORDING, "license_server_info", *HEALTH)),
    (wmi_windows_classes.STD_REG_PROV, (HOST,), HEALTH),
    (wmi_windows_classes.WIN32_SERVICE, (SERVER,), ("database_rebuild", *HEALTH)),
    (wmi_windows_classes.CIM_DATA_FILE, (SERVER,), ("database_rebuild", *HEALTH)),
    (wmi_windows_classes.WIN32_OPERATING_SYSTEM, BOTH, (ALL,)),
    (wmi_windows_classes.TERMINAL_SERVICE_SETTING, (HOST,), (ALL,)),
    (wmi_windows_classes.WIN32_COMPUTER_SYSTEM, BOTH, HEALTH),
    (wmi_windows_classes.WIN32_LOGICAL_DISK, (SERVER,), HEALTH),
    (wmi_windows_classes.WIN32_NT_LOG_EVENT, BOTH, HEALTH),
    (wmi_windows_classes.WIN32_NT_EVENTLOG_FILE, BOTH, HEALTH),
    (wmi_windows_classes.WIN32_SERVER_FEATURE, (SERVER,), HEALTH),
    (wmi_windows_classes.TS_DEPLOYMENT_LICENSING, (HOST,), HEALTH),
)
_CHANGED: t.Final[tuple[tuple[CimClass, tuple[str, ...], tuple[str, ...]], ...]] = (
    (wmi_classes.TS_LICENSE_SERVER, (SERVER,), ("license_server",)),
    (wmi_classes.TS_LICENSE_KEY_PACK, (SERVER,), KEY_PACKS),
    (wmi_classes.TS_ISSUED_LICENSE, (SERVER,), ("issued_cal",)),
    (wmi_classes.TS_LICENSE_REPORT, (SERVER,), ("cal_usage_info",)),
    (wmi_windows_classes.STD_REG_PROV, (SERVER,), RECORDING),
    (wmi_windows_classes.WIN32_SERVICE, (SERVER,), ("database_rebuild",)),
    (wmi_windows_classes.CIM_DATA_FILE, (SERVER,), ("database_rebuild",)),
    (wmi_windows_classes.TERMINAL_SERVICE_SETTING, (HOST,), ("session_host",)),
)
DECLARATIONS: t.Final = (
    *(_assumption(*each) for each in _READ),
    *(_assumption(*each, changing=True) for each in _CHANGED),
)
