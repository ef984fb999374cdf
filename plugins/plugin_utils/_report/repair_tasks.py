# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The repair of a finding as a task to paste into a playbook. Pure.

What only the administrator knows, such as a purchase, is a variable of the same name.
"""

from __future__ import annotations

import re
import typing as t

Row = dict[str, t.Any]

_COLLECTION: t.Final = "winfleet.rd_licensing"
_OPTION: t.Final = r"[a-z_]+(?:: \w+)?"
_MODULE: t.Final = re.compile(rf"(?<!role )winfleet\.rd_licensing\.(\w+)(?: with ({_OPTION}(?: and {_OPTION})*))?")
_ROLE: t.Final = re.compile(r"\brole (?:winfleet\.rd_licensing\.)?(\w+)")
# What a module cannot do without, where the repair names no option.
_NEEDED: t.Final[dict[str, tuple[str, ...]]] = {
    "key_pack": ("purchases",),
    "cal_migration": ("source", "reason", "purchases"),
    "database_rebuild": ("change_id", "reason", "purchases", "confirm_deletion"),
    "connection_method": ("connection_method",),
    "issued_cal": ("devices", "confirm_revocation"),
    "session_host": ("license_servers",),
}
_FIXED: t.Final = {"require_connectivity": "true"}
_REGISTRATIONS: t.Final = {"not_published": "published", "no_service_connection_point": "service_connection_point"}
# These act on a session host; the others on its license server.
_OF_SESSION_HOSTS: t.Final = ("session_host", "licensing_check")


def repair_task(finding: Row) -> str | None:
    """The repair as a task; None where it is a manual step."""
    repair = finding["repair"]
    if repair.startswith(("Manual:", "Change the policy", "None needed.", "None needed:", "Wait ")):
        return None
    name = f"- name: {finding['id'].replace('_', ' ').capitalize()}"
    module, role = _MODULE.search(repair), _ROLE.search(repair)
    if role and (module is None or role.start() < module.start()):
        return f"{name}\n  ansible.builtin.include_role:\n    name: {_COLLECTION}.{role.group(1)}"
    if module is None:
        return None
    options = _options(finding["id"], module.group(1), module.group(2) or "")
    lines = [name, f"  {_COLLECTION}.{module.group(1)}:{'' if options else ' {}'}", *options]
    return "\n".join([*lines, f"  delegate_to: {_where(finding, module.group(1))}"])


def _options(check: str, module: str, text: str) -> list[str]:
    lines = []
    for part in text.split(" and ") if text else _NEEDED.get(module, ()):
        option, _colon, value = part.partition(": ")
        if option == "active_directory":
            lines += ["    active_directory:", f"      {_REGISTRATIONS.get(check, 'license_servers_group')}: true"]
        else:
            lines.append(f"    {option}: {value or _FIXED.get(option) or _variable(option)}")
    if module == "key_pack" and "state: converted" in text:
        lines += [f"    {option}: {_variable(option)}" for option in ("key_pack_id", "cal_type", "change_id")]
    if "require_connectivity" in text:
        lines.append(f"    license_servers: {_variable('license_servers')}")
    if module == "cal_migration" and text:
        lines += [f"    {option}: {_variable(option)}" for option in _NEEDED[module]]
    return lines


def _variable(option: str) -> str:
    return f'"{{{{ {option} }}}}"'


def _where(finding: Row, module: str) -> str:
    """The host that the task is for: what is found on a session host may be repaired on its license server."""
    if finding["subject"] not in ("session_host", "pair") or module in _OF_SESSION_HOSTS:
        return str(finding["host"])
    named = finding["evidence"].get("license_servers") or finding["evidence"].get("servers") or ""
    names = named if isinstance(named, list) else named.split(", ")
    only = names[0] if len(names) == 1 and finding["subject"] == "pair" else ""
    return only or _variable("license_server")
