# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: license key pack IDs that were used, added to those that are kept."""

from __future__ import annotations

DOCUMENTATION = r"""
name: retained_ids
short_description: Add license key pack IDs that were used to those that are kept
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - Microsoft advises to keep a copy of every license key pack ID. This filter makes the list of those to keep, each of
    them once. The role C(winfleet.rd_licensing.clearinghouse_requests) keeps the list in an encrypted file.
  - The result holds the IDs in clear. Use it with C(no_log).
positional: _input
options:
  _input:
    description:
      - The servers, each with V(ignore:server), its name, V(ignore:ids), license key pack IDs by request ID as in
        O(winfleet.rd_licensing.key_pack#module:license_key_pack_ids), and V(ignore:purchases), what the task returned
        as RV(winfleet.rd_licensing.key_pack#module:purchases), to tell which CALs an ID is for.
    type: list
    elements: dict
    required: true
  kept:
    description:
      - What is kept already, as this filter returned it earlier. It stays as it is.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Add the license key pack IDs of a server to those that are kept
  ansible.builtin.set_fact:
    kept: "{{ [used] | winfleet.rd_licensing.retained_ids(kept=kept | default([])) }}"
  vars:
    used:
      server: "{{ inventory_hostname }}"
      ids: "{{ rd_licensing_answers[inventory_hostname].license_key_pack_ids }}"
      purchases: "{{ result.purchases }}"
  no_log: true
"""

RETURN = r"""
_value:
  description:
    - The IDs, each with C(server), C(license_key_pack_id), C(request_id), C(purchase) and C(retained_on), the date on
      which it was added.
  type: list
  elements: dict
"""

import datetime
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption

_DESCRIBES_PURCHASE: t.Final = (
    "license_program",
    "credential",
    "product_version",
    "cal_type",
    "quantity",
    "reference",
)


def retained_ids(servers: list[dict[str, t.Any]], kept: list[dict[str, t.Any]] | None = None) -> list[dict[str, t.Any]]:
    """What is kept, and each ID that is not yet among it. Empty IDs are no IDs.

    Raises:
        AnsibleFilterError: the input has another shape, or an ID has; the text never repeats one.
    """
    try:
        found = [dict(entry) for entry in kept or []]
        known = {entry["license_key_pack_id"] for entry in found}
        for server in servers:
            for request_id, text in server["ids"].items():
                if not str(text or "").strip():
                    continue
                entry = _entry(server, str(request_id), text)
                if entry["license_key_pack_id"] not in known:
                    known.add(entry["license_key_pack_id"])
                    found.append(entry)
    except InvalidOption as error:
        raise AnsibleFilterError(f"retained_ids: {error}") from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise AnsibleFilterError(
            "retained_ids: wants servers with 'server', 'ids' and 'purchases', and 'kept' as it returned it earlier."
        ) from None
    return found


def _entry(server: Mapping[str, t.Any], request_id: str, text: object) -> dict[str, t.Any]:
    code = identifiers.canonical(text, identifiers.LICENSE_KEY_PACK_ID, f"ids[{request_id}]")
    purchase: Mapping[str, t.Any] = next(
        (each for each in server.get("purchases") or [] if each.get("request_id") == request_id), {}
    )
    return {
        "server": str(server["server"]),
        "license_key_pack_id": identifiers.in_groups(code),
        "request_id": request_id,
        "purchase": {name: purchase[name] for name in _DESCRIBES_PURCHASE if purchase.get(name) is not None},
        "retained_on": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Name to function."""
        return {"retained_ids": retained_ids}
