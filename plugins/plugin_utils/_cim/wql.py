# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WQL data queries. A projection is smaller than whole instances, and something that is absent is an empty result."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass


def select(cim_class: CimClass, columns: Collection[str] = (), where: str = "") -> str:
    """A query for properties of a class, all of them by default.

    Args:
        where: the condition, in WQL; put text into it with C(literal) only.

    Raises:
        ValueError: the class has no such property.
    """
    unknown = [name for name in columns if name not in cim_class.properties]
    if unknown:
        raise ValueError(f"{cim_class.name} has no property {', '.join(unknown)}")
    names = ", ".join(columns or cim_class.properties)
    condition = f" WHERE {where}" if where else ""
    return f"SELECT {names} FROM {cim_class.name}{condition}"  # noqa: S608  # no database: class and names are checked


def literal(text: str) -> str:
    """A text as a WQL string: quotes and backslashes are escaped by a backslash."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
