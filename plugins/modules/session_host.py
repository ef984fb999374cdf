# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/session_host.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: session_host
short_description: Set the licensing mode and the license servers of a Remote Desktop Session Host
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Sets on a Remote Desktop Session Host whether it uses per user or per device CALs, and which license servers it asks
    for them. When a license server is replaced, use this module to point the session hosts at the new one.
  - Names of license servers are compared without regard to case, and duplicates are ignored. Their order matters in
    O(license_servers). A host name and the FQDN of the same server are two different names.
  - The module never tries to change a setting that Group Policy controls. If the policy already sets the wanted value,
    the task succeeds with a warning. If not, the task fails with one line that names the policy, and changes neither
    setting.
  - Both settings are read before either is written. If the session host accepts the list and then rejects the mode, the
    list is restored.
  - Every change is verified by reading it back, and the session host is asked whether it can use the license servers.
options:
  licensing_mode:
    description:
      - The kind of CALs that the session host uses.
      - If omitted, the mode does not change.
      - At least one of O(licensing_mode), O(license_servers), O(license_servers_to_add) and
        O(license_servers_to_remove) is required.
    type: str
    choices:
      per_device: RDS Per Device CALs, one for each computer.
      per_user: RDS Per User CALs, one for each user.
  license_servers:
    description:
      - The license servers, in the wanted order. They replace the current ones.
      - An empty list removes all license servers.
      - Give each by host name, FQDN or IP address.
      - Mutually exclusive with O(license_servers_to_add) and O(license_servers_to_remove).
    type: list
    elements: str
  license_servers_to_add:
    description:
      - License servers to add to the list. New ones are appended, in this order.
    type: list
    elements: str
  license_servers_to_remove:
    description:
      - License servers to remove from the list. All others stay, in their order.
      - May be combined with O(license_servers_to_add), as long as no server is in both.
    type: list
    elements: str
  require_connectivity:
    description:
      - If V(true), the task first asks the session host about every license server in the new list. If it cannot use
        one of them, the task fails and changes nothing. If that is unknown for a server, the task continues with a
        warning.
      - If V(false), the task warns in both cases.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - One table, with the settings that the task names, before and after.
  idempotent:
    support: full
notes:
  - The account must be a local Administrator of the session host.
  - The Remote Desktop Session Host role service must be installed. License server lists require Windows Server 2008 R2
    or later.
  - In a deployment with an RD Connection Broker, the licensing of the deployment is set at the broker (in Server
    Manager, or with C(Set-RDLicenseConfiguration)), and that setting takes precedence. Set it there.
  - The two policies are C(Set the Remote Desktop licensing mode) and C(Use the specified Remote Desktop license
    servers). They are under Computer Configuration, Administrative Templates, Windows Components, Remote Desktop
    Services, Remote Desktop Session Host, Licensing.
  - The session host contacts a license server over the network, on behalf of the account of the connection. This takes
    longer if a license server is off. The status V(access_denied) means that this account is not an administrator of
    the license server, not that the session host gets no licenses. Connections that do not delegate credentials, such
    as NTLM, may show only this status.
  - CALs must be at least as new as the session host, and the license server at least as new as the CALs.
seealso:
  - module: winfleet.rd_licensing.session_host_info
    description: Reads the same, with the grace period.
  - module: winfleet.rd_licensing.cal_migration
    description: Migrates the CALs to the license server that the session hosts are to use.
  - name: License Remote Desktop session hosts
    description: Microsoft's page on the licensing mode and the license servers of session hosts.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/rds-license-session-hosts
  - name: Win32_TerminalServiceSetting
    description: Microsoft's page on the WMI class behind the module.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
  - winfleet.rd_licensing._plan
"""

EXAMPLES = r"""
- name: Per user CALs from two license servers
  winfleet.rd_licensing.session_host:
    licensing_mode: per_user
    license_servers:
      - rdls02.contoso.example
      - rdls03.contoso.example

- name: Point a session host at the new license server, if the new one serves it
  winfleet.rd_licensing.session_host:
    license_servers_to_add:
      - rdls02.contoso.example
    license_servers_to_remove:
      - rdls01.contoso.example
    require_connectivity: true

- name: Take all license servers away from a session host that is about to be retired
  winfleet.rd_licensing.session_host:
    license_servers: []

- name: Go on where Group Policy owns the setting, and tell who has to change it
  block:
    - name: Set the license server
      winfleet.rd_licensing.session_host:
        license_servers:
          - rdls02.contoso.example
  rescue:
    - name: Leave the policy to those who look after it
      ansible.builtin.debug:
        msg: "{{ ansible_failed_result.msg }}"
"""

RETURN = r"""
session_host:
  description: The licensing of the session host; in check mode as a real run would leave it.
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
      sample: server
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
    licensing_mode_source: server
    license_servers:
      - rdls02.contoso.example
    license_servers_source: server
    connectivity:
      - license_server: rdls02.contoso.example
        status: valid
        status_number: 11
        usable: true
steps:
  description: What the task did, in order; in check mode what a real run would do. Empty if there is nothing to do.
  returned: success
  type: list
  elements: str
  sample:
    - Set the license servers of rdsh01 to rdls02.contoso.example
    - Set the licensing mode of rdsh01 to per user
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
