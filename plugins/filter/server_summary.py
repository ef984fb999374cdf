# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: what a role did to license servers, in lines of text."""

from __future__ import annotations

DOCUMENTATION = r"""
name: server_summary
short_description: Sum up in a few lines what was done to license servers
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - Makes the lines that the roles of this collection show at the end.
positional: _input
options:
  _input:
    description:
      - V(ignore:servers), a list of license servers, each with its V(ignore:name), and its key packs V(ignore:before)
        and V(ignore:after), as returned by M(winfleet.rd_licensing.license_server_info). Key packs that are null could
        not be read.
      - V(ignore:steps), the steps of a dry run. V(ignore:session_hosts), the results of a loop of
        M(winfleet.rd_licensing.session_host) over inventory names. V(ignore:waiting) and V(ignore:pending), what a task
        returned as RV(ignore:awaiting) and RV(ignore:obligations). V(ignore:notes), further lines. All of these may be
        left out.
    type: dict
    required: true
  planned:
    description: Whether this was a dry run, which shows what the servers hold and the steps that would be taken.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what was done
  ansible.builtin.debug:
    msg: "{{ facts | winfleet.rd_licensing.server_summary(planned=ansible_check_mode) }}"
  vars:
    facts:
      servers:
        - name: "{{ inventory_hostname }}"
          before: "{{ before.license_server.key_packs }}"
          after: "{{ after.license_server.key_packs }}"
      waiting: "{{ installed.awaiting }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
  sample:
    - rdls01 held 250 Windows Server 2022 per user, and now holds no purchased RDS CALs
    - rdls02 held no purchased RDS CALs, and now holds 250 Windows Server 2022 per user
"""

import typing as t
from collections.abc import Iterator, Mapping, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.filter.cal_summary import cal_summary

KeyPacks = Sequence[dict[str, t.Any]] | None


def server_summary(facts: Mapping[str, t.Any], planned: bool = False) -> list[str]:
    """The lines: what the servers hold, what was or would be done, what is left to do.

    Raises:
        AnsibleFilterError: the input has another form.
    """
    try:
        return [*_lines(facts, planned)]
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError(f"server_summary: the input has the wrong form ({type(error).__name__}).") from None


def _lines(facts: Mapping[str, t.Any], planned: bool) -> Iterator[str]:
    for server in facts.get("servers") or []:
        yield _held(server) if planned else _changed(server)
    if planned:
        for step in facts.get("steps") or []:
            yield f"Planned: {step}"
    else:
        for result in facts.get("session_hosts") or []:
            if "session_host" in result:
                names = " and ".join(result["session_host"]["license_servers"])
                yield f"{result['item']} requests licenses from {names}"
    yield from facts.get("notes") or []
    for name in ("waiting", "pending"):
        for entry in facts.get(name) or []:
            yield str(entry["title"])


def _held(server: Mapping[str, t.Any]) -> str:
    before: KeyPacks = server["before"]
    return f"What {server['name']} holds could not be read" if before is None else _holds(server["name"], before)


def _changed(server: Mapping[str, t.Any]) -> str:
    name: str = server["name"]
    before: KeyPacks = server["before"]
    after: KeyPacks = server["after"]
    if after is None:
        return f"What {name} holds could not be read"
    if before is None:
        return f"{_holds(name, after)}; what it held before could not be read"
    if cal_summary(list(before)) == cal_summary(list(after)):
        return f"{_holds(name, after)}, as before"
    return f"{name} held {cal_summary(list(before))}, and now holds {cal_summary(list(after))}"


def _holds(name: str, key_packs: Sequence[dict[str, t.Any]]) -> str:
    return f"{name} holds {cal_summary(list(key_packs))}"


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Map filter names to functions."""
        return {"server_summary": server_summary}
