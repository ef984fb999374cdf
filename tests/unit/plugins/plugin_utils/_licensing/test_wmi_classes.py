# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema is complete: every documented class, property and method, and nothing else."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass, CimType
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import (
    wmi_classes,
    wmi_report_classes,
    wmi_windows_classes,
)

from tests.unit.wsman_script import READING_METHODS

ALL_CLASSES: dict[str, CimClass] = {
    each.name: each
    for module in (wmi_classes, wmi_report_classes, wmi_windows_classes)
    for each in vars(module).values()
    if isinstance(each, CimClass) and (each.properties or each.methods)
}
SIGNATURES = Path(__file__).parents[3] / "data" / "wmi_signatures.txt"


def type_text(cim_type: CimType) -> str:
    name = cim_type.embedded.name if cim_type.embedded else cim_type.name
    return name + ("[]" if cim_type.is_array else "")


def lines_of(cim_class: CimClass) -> list[str]:
    lines = [f"class {cim_class.namespace} {cim_class.name}" + (" singleton" if cim_class.singleton else "")]
    for each in cim_class.properties.values():
        access = "rw" if each.writable else "ro"
        key = " key" if each.key else ""
        lines.append(f"property {cim_class.name} {each.name} {type_text(each.type)} {access}{key}")
    for method in cim_class.methods.values():
        parameters = [f" {each.direction}:{type_text(each.type)}:{each.name}" for each in method.parameters]
        kind = "static" if method.static else "instance"
        lines.append(f"method {cim_class.name} {kind} {method.name}{''.join(parameters)}")
    return lines


def test_methods_marked_as_reading_are_those_whose_names_say_so() -> None:
    for cim_class in ALL_CLASSES.values():
        for method in cim_class.methods.values():
            assert method.reads is bool(READING_METHODS.match(method.name)), method.name


def test_the_schema_is_what_microsoft_documents() -> None:
    text = SIGNATURES.read_text(encoding="utf-8")
    documented = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert sorted(line for each in ALL_CLASSES.values() for line in lines_of(each)) == sorted(documented)
