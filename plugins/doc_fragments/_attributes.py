# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that all modules of the collection share."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of a module, told once.

    A module names C(winfleet.rd_licensing._attributes) for the descriptions and sets C(support) itself. The further
    fragments, C(winfleet.rd_licensing._attributes.conn) and so on, bring C(support) along.
    """

    # What each attribute means. The module says how far it goes.
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description:
      - Whether a run with C(--check) predicts what a real run would do and changes nothing, including the collection's
        record on the server.
  diff_mode:
    description:
      - Whether a run with C(--diff) shows the state before and after as tables.
  idempotent:
    description:
      - Whether the same task, run again on a server that is in the wanted state, changes nothing
        and reports C(changed=false).
"""

    # For modules that only read.
    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - The module only reads.
  diff_mode:
    support: N/A
    details:
      - The module only reads, so there is no difference to show.
  idempotent:
    support: full
    details:
      - The module only reads.
"""

    # For every module listed under action_groups in meta/runtime.yml.
    ACTIONGROUP_RD_LICENSING = r"""
options: {}
attributes:
  action_group:
    description:
      - Options that several tasks share can be set once, with C(module_defaults) and
        C(group/winfleet.rd_licensing.rd_licensing).
    support: full
    membership:
      - winfleet.rd_licensing.rd_licensing
"""

    # For modules that work on a Windows host.
    WINDOWS = r"""
options: {}
attributes:
  platform:
    description:
      - Operating systems of the hosts that the module manages.
    support: full
    platforms: windows
"""

    # For modules that work on the controller alone.
    CONTROLLER = r"""
options: {}
attributes:
  platform:
    description:
      - Operating systems of the hosts that the module manages.
    support: full
    platforms: posix
    details:
      - The module works on the controller and connects to no host.
"""

    # How the task is carried out, from Ansible's side.
    FLOW = r"""
options: {}
attributes:
  action:
    description:
      - Whether the work is done by an action plugin, on the controller.
    support: full
  async:
    description:
      - Whether the task can run in the background with the C(async) keyword.
    support: none
"""

    # How the task reaches the server.
    CONN = r"""
options: {}
requirements:
  - Python package C(pywinrm) 0.4.3 or later on the controller, with C(pywinrm[kerberos]) or C(pywinrm[credssp])
    for these ways of signing in.
  - The connection P(ansible.builtin.winrm#connection) or P(ansible.builtin.psrp#connection),
    and an account that is an administrator on the server.
notes:
  - The task runs on the controller. It sends WS-Management messages to the licensing provider of the host, with the
    address, account, transport, certificates and timeouts that the inventory has for the connection.
    Nothing is copied to the host, and no PowerShell or other process is started there.
  - A host with any other connection, such as C(ssh) or C(local), is refused before anything is sent.
"""
