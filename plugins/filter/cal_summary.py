# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: key packs in one line of words."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cal_summary
short_description: Sum up the purchased RDS CALs of a license server in one line
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - Adds up purchased key packs by product version and CAL type. Built-in and temporary packs are left out.
positional: _input
options:
  _input:
    description:
      - Key packs, as returned by M(winfleet.rd_licensing.license_server_info), or those that a rebuild deleted, as
        returned by M(winfleet.rd_licensing.database_rebuild).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Say what a license server holds
  ansible.builtin.debug:
    msg: "{{ result.license_server.key_packs | winfleet.rd_licensing.cal_summary }}"
"""

RETURN = r"""
_value:
  description: The CALs in words, by product version and CAL type.
  type: str
  sample: 250 Windows Server 2022 per user, 50 Windows Server 2022 per device
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import (
    CAL_TYPES,
    cal_type_title,
    parse_product_version,
    product_version_title,
)


def cal_summary(key_packs: list[dict[str, t.Any]]) -> str:
    """Number of CALs by product version and type, the newest version first.

    Raises:
        AnsibleFilterError: the input is not a list of key packs.
    """
    sums: dict[tuple[int, int], int] = {}
    try:
        for pack in key_packs:
            found = _cals(pack)
            if found:
                version, kind, quantity = found
                sums[version, kind] = sums.get((version, kind), 0) + quantity
    except (KeyError, TypeError, ValueError):
        raise AnsibleFilterError(
            "cal_summary: the input must be the key_packs that winfleet.rd_licensing.license_server_info returns, or "
            "the deleted_key_packs of winfleet.rd_licensing.database_rebuild."
        ) from None
    parts = [
        f"{sums[version, kind]} {product_version_title(version)} {cal_type_title(kind)}"
        for version, kind in sorted(sums, reverse=True)
    ]
    return ", ".join(parts) or "no purchased RDS CALs"


def _cals(pack: dict[str, t.Any]) -> tuple[int, int, int] | None:
    """Version, type and number; None for a pack that nobody purchased."""
    if "purchased" in pack:
        return (pack["product_version_id"], pack["product_type"], pack["total"]) if pack["purchased"] else None
    # A deleted pack: only purchased ones are, and the record has their names.
    return parse_product_version(pack["product_version"]), CAL_TYPES[pack["cal_type"]], pack["quantity"]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Map filter names to functions."""
        return {"cal_summary": cal_summary}
