# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: a path on the controller as an absolute one."""

from __future__ import annotations

DOCUMENTATION = r"""
name: controller_path
short_description: Absolute path of a file on the controller
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - A relative path starts at the directory in which C(ansible-playbook) was started. The modules and roles of this
    collection use this rule for all files on the controller, wherever the playbook is stored.
  - C(~) and environment variables are expanded. Symbolic links are kept.
positional: _input
options:
  _input:
    description: Path on the controller.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Copy the request sheet to a share
  ansible.builtin.copy:
    src: "{{ 'clearinghouse/clearinghouse-requests.md' | winfleet.rd_licensing.controller_path }}"
    dest: /srv/share/
    mode: "0640"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The absolute path.
  type: str
  sample: /home/rosa/clearinghouse/clearinghouse-requests.md
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible import private_files


def controller_path(path: object) -> str:
    """The path as an absolute one.

    Raises:
        AnsibleFilterError: the input is empty or not text.
    """
    if not isinstance(path, str) or not path.strip():
        raise AnsibleFilterError("controller_path: the path is empty or not text.")
    return str(private_files.controller_path(path))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Map filter names to functions."""
        return {"controller_path": controller_path}
