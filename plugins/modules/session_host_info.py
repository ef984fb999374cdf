# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/session_host_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: session_host_info
short_description: Read the licensing of a Remote Desktop Session Host
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Reads from a Remote Desktop Session Host its licensing mode, its license servers, whether Group Policy controls
    either, the days left of its grace period, and whether it can use each of its license servers.
  - It only reads, and changes nothing on any server.
options: {}
notes:
  - The account must be a local Administrator of the session host.
  - The Remote Desktop Session Host role service must be installed. License server lists require Windows Server 2008 R2
    or later.
  - The session host contacts a license server over the network, on behalf of the account of the connection. This takes
    longer if a license server is off. The status V(access_denied) means that this account is not an administrator of
    the license server, not that the session host gets no licenses. Connections that do not delegate credentials, such
    as NTLM, may show only this status.
seealso:
  - module: winfleet.rd_licensing.session_host
    description: Sets the licensing mode and the license servers.
  - module: winfleet.rd_licensing.license_server_info
    description: Reads a license server.
  - name: Win32_TerminalServiceSetting
    description: Microsoft's page on the WMI class behind the module.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.info_module
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
"""

EXAMPLES = r"""
- name: Read the licensing of the session host
  winfleet.rd_licensing.session_host_info:
  register: licensing

- name: Stop where the session host cannot use one of its license servers
  ansible.builtin.assert:
    that: licensing.session_host.connectivity | selectattr('usable', 'sameas', false) | length == 0
    fail_msg: "{{ licensing.session_host.connectivity }}"

- name: Warn of a session host whose grace period is what it lives on
  ansible.builtin.debug:
    msg: "{{ inventory_hostname }} has no license server and {{ licensing.session_host.grace_period_days }} days left"
  when: not licensing.session_host.license_servers

- name: List the session hosts that still ask the old license server
  ansible.builtin.debug:
    msg: "{{ inventory_hostname }} asks rdls01"
  when: "'rdls01.contoso.example' in licensing.session_host.license_servers | map('lower')"
"""

RETURN = r"""
session_host:
  description: The licensing of the session host.
  returned: success
  type: dict
  contains:
    server_name:
      description: The computer's own name.
      type: str
      sample: RDSH01
    licensing_mode:
      description:
        - V(per_device), V(per_user) or V(not_configured); also V(personal) or V(remote_administration), which no
          session host should have.
        - A number without a published name is returned as text.
      type: str
      sample: per_user
    licensing_type:
      description:
        - The raw number. V(3), which Microsoft's page of the class lists, and V(4), which its methods take, both mean
          per user.
      type: int
      sample: 4
    licensing_mode_source:
      description: What sets the mode, V(server) or V(group_policy). Null if the session host does not report it.
      type: str
      sample: group_policy
    license_servers:
      description: The license servers, in their order.
      type: list
      elements: str
      sample:
        - rdls02.contoso.example
    license_servers_source:
      description:
        - What sets the license servers, V(server) or V(group_policy). Null if the session host does not report it.
      type: str
      sample: server
    direct_connect_license_servers:
      description: The list of Windows Server 2008. Null on all later releases.
      type: str
      sample:
    direct_connect_license_servers_source:
      description: What sets that list, V(server) or V(group_policy). Null if the session host does not report it.
      type: str
      sample: server
    grace_period_days:
      description:
        - Days left in which the session host works without a license server, out of 120.
        - V(0) once a license server is configured, and null if the session host does not report it.
      type: int
      sample: 0
    connectivity:
      description: What the session host reports about each license server, in the order of the list.
      type: list
      elements: dict
      contains:
        license_server:
          description: The license server.
          type: str
          sample: rdls02.contoso.example
        status:
          description:
            - One of V(valid), V(valid_windows_server_2008_r2), V(valid_windows_server_2008),
              V(valid_windows_server_2008_r2_vdi), V(unknown), V(beta_version_mismatch), V(lower_version),
              V(not_in_license_server_security_group), V(not_connectable), V(unknown_validity), V(access_denied) and
              V(feature_not_supported).
            - Null if the session host did not answer, or not in time.
          type: str
          sample: valid
        status_number:
          description: The raw number, or null.
          type: int
          sample: 11
        usable:
          description: Whether the session host can get its licenses there. Null if that is unknown.
          type: bool
          sample: true
  sample:
    server_name: RDSH01
    licensing_mode: per_user
    licensing_type: 4
    licensing_mode_source: group_policy
    license_servers:
      - rdls02.contoso.example
    license_servers_source: server
    direct_connect_license_servers:
    direct_connect_license_servers_source: server
    grace_period_days: 0
    connectivity:
      - license_server: rdls02.contoso.example
        status: valid
        status_number: 11
        usable: true
error_code:
  description:
    - The code that the provider or WMI returned, in hexadecimal. Messages may change with a release of the collection,
      codes do not.
  returned: on a failure, if the server gave a code
  type: str
  sample: '0x80041016'
role_service_missing:
  description:
    - The server lacks the WMI classes of the role service, so the role service is not installed. Servers report this
      with different codes, so use this key rather than RV(error_code) to recognize it.
  returned: on a failure, if the role service is missing
  type: bool
  sample: true
"""
