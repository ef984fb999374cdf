# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: what a packaged playbook did to each server of a fleet."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_rows
short_description: Collect what a role of this collection did to each server of a play
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - Looks at each host once, including those that failed, and returns a row for each.
  - The packaged playbooks show these rows at the end, as a table made by P(winfleet.rd_licensing.fleet_table#filter).
positional: _input, hosts, role
options:
  _input:
    description: The magic variable C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts of the play, such as C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  role:
    description: Name of the role, without the collection.
    type: str
    required: true
  alive:
    description: The hosts that did not fail, such as C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  planned:
    description: Whether this was a dry run.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what was done to the fleet
  ansible.builtin.debug:
    msg: "{{ rows | winfleet.rd_licensing.fleet_table }}"
  vars:
    hosts: "{{ ansible_play_hosts_all }}"
    rows: "{{ hostvars | winfleet.rd_licensing.fleet_rows(hosts, 'rebuild_database', alive=ansible_play_hosts) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - A row for each host, with C(server), C(before) and C(after) in words, C(waiting), the number of requests to the
      Microsoft Clearinghouse that are open, C(pending_removals), their number, C(outcome), and C(reason), why it
      failed.
    - C(outcome) is one of V(changed), V(planned), V(unchanged), V(waiting), V(failed), V(unreachable) and
      V(not started).
  type: list
  elements: dict
"""

import typing as t
from collections.abc import Collection, Iterable, Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.cal_summary import cal_summary

Row = dict[str, t.Any]
Facts = dict[str, t.Any]


def fleet_rows(
    hostvars: t.Any, hosts: Iterable[str], role: str, alive: Collection[str] = (), planned: bool = False
) -> list[Row]:
    """A row for each host.

    Raises:
        AnsibleFilterError: the input is not the magic variable C(hostvars).
    """
    if not isinstance(hostvars, Mapping):
        raise AnsibleFilterError("fleet_rows: the input is not the magic variable hostvars.")
    living = set(alive)
    return [_row(host, _registered(hostvars[host], role), host in living, planned) for host in hosts]


def _registered(variables: Mapping[str, t.Any], role: str) -> Facts:
    """What the tasks of the role registered, by name without the role's."""
    prefix = f"__{role}_"
    found = {name: variables[name] for name in variables if name.startswith(prefix)}
    return {name.removeprefix(prefix): value for name, value in found.items() if isinstance(value, Mapping)}


def _row(host: str, registered: Facts, alive: bool, planned: bool) -> Row:
    result = registered.get("result", {})
    outcome, reason = _outcome(registered, alive, planned)
    return {
        "server": host,
        "before": _cals(_first(result.get("target") or {}, result, "key_packs_before", "deleted_key_packs")),
        "after": _cals(_first(result.get("target") or {}, result, "key_packs_after", "key_packs")) or _status(result),
        "waiting": sum(len(each.get("awaiting") or []) for each in registered.values()),
        "pending_removals": len(result.get("obligations") or []),
        "outcome": outcome,
        "reason": reason,
    }


def _first(target: Mapping[str, t.Any], result: Mapping[str, t.Any], of_target: str, of_result: str) -> t.Any:
    """Key packs as a migration returns them, else as a rebuild does. None if the task returned neither."""
    return target.get(of_target, result.get(of_result))


def _cals(key_packs: list[dict[str, t.Any]] | None) -> str:
    """Key packs in words. Empty if nothing was read."""
    return "" if key_packs is None else cal_summary(key_packs)


def _status(result: Mapping[str, t.Any]) -> str:
    """Whether the server is activated, in words."""
    return str((result.get("license_server") or {}).get("activation_status") or "").replace("_", " ")


def _outcome(registered: Facts, alive: bool, planned: bool) -> tuple[str, str]:
    if not alive:
        return _failure(registered)
    if any(each.get("awaiting") for each in registered.values()):
        return "waiting", ""
    if any(each.get("changed") for each in registered.values()):
        return ("planned" if planned else "changed"), ""
    return "unchanged", ""


def _failure(registered: Facts) -> tuple[str, str]:
    """Why a host failed. Tasks that register nothing leave no reason; a host without any result did not start."""
    for outcome in ("unreachable", "failed"):
        for each in registered.values():
            if each.get(outcome):
                return outcome, _message(each)
    return ("failed", "see the messages above") if registered else ("not started", "")


def _message(result: Mapping[str, t.Any]) -> str:
    """The message of a task, or of the first failed item of its loop."""
    items = [item for item in result.get("results") or [] if item.get("failed") or item.get("unreachable")]
    return " ".join(str((items[0] if items else result).get("msg", "")).split())


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Map filter names to functions."""
        return {"fleet_rows": fleet_rows}
