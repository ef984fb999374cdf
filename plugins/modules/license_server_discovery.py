# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/license_server_discovery.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: license_server_discovery
short_description: Find out which license servers a fleet uses
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Asks session hosts which license servers they name, find and know from Active Directory, and license servers what
    they are called. The result is a map of both. It lists license servers that no session host names, names that no
    server answers to, and session hosts without a license server.
  - All hosts are read in one task. A host that cannot be read is listed in the result and is not a failure.
  - It only reads, and changes nothing on any server.
options:
  session_hosts:
    description: Inventory names of the session hosts.
    type: list
    elements: str
    default: []
  license_servers:
    description: Inventory names of the license servers that are known.
    type: list
    elements: str
    default: []
  contact_license_servers:
    description:
      - If true, lets each session host find its license servers over the network. This takes longer if a license server
        is off.
    type: bool
    default: true
  concurrency:
    description: How many hosts are read at a time, from 1 to 100.
    type: int
    default: 16
notes:
  - The account of each connection must be a local Administrator of its host.
  - Automatic discovery ended with Windows Server 2008 R2. Session hosts of later releases find the license servers that
    they name.
  - To find license servers in Active Directory, use the inventory plugin C(microsoft.ad.ldap). The documentation of the
    collection has an inventory file for it.
seealso:
  - module: winfleet.rd_licensing.session_host_info
    description: Reads the licensing of one session host.
  - module: winfleet.rd_licensing.session_host
    description: Sets the license servers of a session host.
  - name: Win32_TerminalServiceSetting
    description: Microsoft's page on the WMI class behind the module.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.info_module
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
"""

EXAMPLES = r"""
- name: Map session hosts and license servers
  winfleet.rd_licensing.license_server_discovery:
    session_hosts: "{{ groups['session_hosts'] }}"
    license_servers: "{{ groups['license_servers'] }}"
  run_once: true
  register: map

- name: Show license servers that can be retired
  ansible.builtin.debug:
    var: map.discovery.named_by_nobody

- name: Read the lists of session hosts without contacting any license server
  winfleet.rd_licensing.license_server_discovery:
    session_hosts: "{{ groups['session_hosts'] }}"
    contact_license_servers: false
  run_once: true
"""

RETURN = r"""
discovery:
  description: The map.
  returned: success
  type: dict
  contains:
    license_servers:
      description: Every license server that is known or named.
      type: list
      elements: dict
      contains:
        name:
          description: The name, in small letters.
          type: str
          sample: rdls01.contoso.example
        inventory_name:
          description: Its name in the inventory, or null.
          type: str
          sample: rdls01
        named_by:
          description: The session hosts that name it.
          type: list
          elements: str
          sample: [rdsh01, rdsh02]
        registered:
          description: Whether a session host knows it from Active Directory.
          type: bool
          sample: true
        answers:
          description: Whether it answered this task or a session host. Null if nothing asked it.
          type: bool
          sample: true
        activated:
          description: Whether it is activated, or null if it was not read.
          type: bool
          sample: true
    session_hosts:
      description: The session hosts.
      type: list
      elements: dict
      contains:
        host:
          description: Its name in the inventory.
          type: str
          sample: rdsh01
        read:
          description: Whether it could be read.
          type: bool
          sample: true
        license_servers:
          description: The license servers that it names, in their order.
          returned: if it could be read
          type: list
          elements: str
          sample: [rdls01.contoso.example]
        source:
          description: What sets the list, V(server) or V(group_policy), or null.
          returned: if it could be read
          type: str
          sample: group_policy
    named_by_nobody:
      description: License servers that no session host names.
      type: list
      elements: str
      sample: [rdls09.contoso.example]
    names_without_answer:
      description: Names that no server answers to.
      type: list
      elements: str
      sample: [rdls00.contoso.example]
    hosts_without_server:
      description: Session hosts that name no license server.
      type: list
      elements: str
      sample: []
    unreadable:
      description: Hosts that could not be read, and why.
      type: list
      elements: dict
      sample: []
"""
