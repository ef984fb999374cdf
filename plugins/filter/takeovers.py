# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: which servers of a play take over from which."""

from __future__ import annotations

DOCUMENTATION = r"""
name: takeovers
short_description: Find the servers of a play that take over from another one
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - A server takes over from the one that a variable of its own names. This filter looks at each host once, so that
    a playbook can check a whole fleet in one task with C(run_once).
  - The packaged playbooks C(replace_source_server) and C(retire_dead_server) use it.
positional: _input, hosts, variable
options:
  _input:
    description: The magic variable C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts to look at, such as C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  variable:
    description:
      - Name of the variable that names the server to take over from. A host that lacks it, or that names itself, takes
        over from none.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Check that no two servers take over from the same one
  ansible.builtin.assert:
    that: found.rivals | length == 0
    fail_msg: "{{ found.rivals | join('; ') }}"
  vars:
    found: "{{ hostvars | winfleet.rd_licensing.takeovers(ansible_play_hosts_all, 'dead_server_id') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - C(targets), the hosts that take over from another server, in the order of O(hosts), and C(rivals), a sentence for
      each server that several hosts would take over from.
  type: dict
  sample:
    targets: [rdls02, rdls08]
    rivals: [rdls02 and rdls08 would take over from the same server (rdls01)]
"""

import typing as t
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleFilterError


def takeovers(hostvars: t.Any, hosts: Iterable[str], variable: str) -> dict[str, list[str]]:
    """Targets and rivals, from one look at each host.

    Raises:
        AnsibleFilterError: the input is not the magic variable C(hostvars).
    """
    if not isinstance(hostvars, Mapping):
        raise AnsibleFilterError("takeovers: the input is not the magic variable hostvars.")
    targets_of: dict[str, list[str]] = {}
    named: dict[str, str] = {}
    targets = []
    for host in hosts:
        source = str(hostvars[host].get(variable) or "").strip()
        if source and source != host:
            # A license server ID may be written with and without hyphens.
            key = source.replace("-", "").casefold() if variable.endswith("_id") else source
            named.setdefault(key, source)
            targets_of.setdefault(key, []).append(host)
            targets.append(host)
    rivals = [
        f"{' and '.join(several)} would take over from the same server ({named[key]})"
        for key, several in targets_of.items()
        if len(several) > 1
    ]
    return {"targets": targets, "rivals": rivals}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Map filter names to functions."""
        return {"takeovers": takeovers}
