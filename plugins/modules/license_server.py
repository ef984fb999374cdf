# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/license_server.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: license_server
short_description: Activate, deactivate and set up a Remote Desktop license server
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Sets the contact data, activation, discovery scope and registration in Active Directory of a Remote Desktop
    license server. Settings that are not given do not change.
  - It replaces the Activate Server Wizard of Remote Desktop Licensing Manager, its commands to deactivate and
    reactivate a server, the contact data in the server's properties, and the settings under Review Configuration.
  - The contact data is set first, because activation requires it. A server joins Active Directory after it is
    activated, and leaves it before it is deactivated. Every change is read back.
  - Activations, deactivations and reactivations are recorded in the collection's record on the server, in the registry
    under C(HKLM\SOFTWARE\WinFleet\RDLicensing), before and after the call. IDs and codes that the task was given are
    not kept there.
  - It never installs the role service, never touches key packs, and never reactivates twice under one O(change_id).
options:
  state:
    description:
      - The wanted activation. If omitted, the activation does not change.
      - If the server says that its activation status is unknown, V(activated) and V(deactivated) stop the task.
    type: str
    choices:
      activated: The server is activated.
      deactivated: The server is not activated. Its key packs stay where they are.
      reactivated: The server has been reactivated for O(reason), once for each O(change_id).
  contact:
    description:
      - Contact data of the server, as the Clearinghouse requires it.
      - Only what is given is set. An empty string clears what is there.
      - To activate with the method V(automatic), the server must have or be given O(contact.first_name),
        O(contact.last_name), O(contact.company) and O(contact.country_region). To reactivate or deactivate with it, the
        first and last name are enough.
    type: dict
    suboptions:
      first_name:
        description: First name.
        type: str
      last_name:
        description: Last name.
        type: str
      company:
        description: Company.
        type: str
      country_region:
        description:
          - Country or region. The server accepts only the names in its own list, which are in its display language. The
            list is in the server's properties in Remote Desktop Licensing Manager.
        type: str
      email:
        description: E-mail address.
        type: str
      organizational_unit:
        description: Organizational unit.
        type: str
      address:
        description: Company address.
        type: str
      city:
        description: City.
        type: str
      state_or_province:
        description: State or province.
        type: str
      postal_code:
        description: Postal code, in quotes, because YAML drops leading zeros.
        type: str
  discovery_scope:
    description:
      - Where session hosts find the server automatically. If omitted, it does not change.
    type: str
    choices:
      workgroup: In the server's workgroup.
      domain: In the server's domain. To set it, the account must be a Domain Admin.
      forest: In the whole forest. To set it, the account must be an Enterprise Admin.
  active_directory:
    description:
      - Registration of the server in Active Directory. Only what is given is set, V(true) adds and V(false) removes.
    type: dict
    suboptions:
      license_servers_group:
        description:
          - Whether the server is a member of the group Terminal Server License Servers of its own domain. Without it,
            per user CALs are not tracked.
          - To change it, the account must be a Domain Admin.
        type: bool
      service_connection_point:
        description:
          - Whether the server is registered at a service connection point, where session hosts look for it.
        type: bool
      published:
        description:
          - Whether the server is published as a license server of the forest.
          - To change it, the account must be an Enterprise Admin.
        type: bool
  license_server_id:
    description:
      - The license server ID from the Clearinghouse, 35 letters and digits. Hyphens, spaces and case are ignored.
      - Needed with O(state=activated) and O(state=reactivated) if the connection method is V(web_browser) or
        V(telephone). Without it nothing is activated, and RV(awaiting) says what to tell the Clearinghouse.
      - If the server is activated already, O(state=activated) accepts the ID that the server has and refuses any other.
      - Refused with other states, and if the server is to be activated or reactivated with the method V(automatic).
    type: str
  confirmation_code:
    description:
      - The code that a representative of the Clearinghouse gave on the telephone to deactivate the server. Hyphens,
        spaces and case are ignored. Its format is not published.
      - Needed with O(state=deactivated) if the connection method is V(web_browser) or V(telephone), because the web
        site has no page for deactivation. Without it nothing is deactivated, and RV(awaiting) says what to tell the
        representative.
      - Refused with other states, and if the server is to be deactivated with the method V(automatic).
    type: str
  reason:
    description:
      - Why the server is reactivated. The method V(automatic) tells the Clearinghouse; with the other methods the
        administrator does.
      - Required with O(state=reactivated), refused with other states.
    type: str
    choices:
      server_redeployed: The server was redeployed.
      certificate_corrupt: Its certificate is damaged.
      private_key_compromised: Its private key was compromised.
      activation_key_expired: Its activation has expired.
      server_upgraded: The server was upgraded.
  change_id:
    description:
      - Any text that identifies this reactivation, such as the number of a change ticket. A reactivation leaves no
        state that can be read, so the record keeps the change ID, and the server is reactivated once for each ID.
      - After an interrupted run, a changed license server ID proves that the server was reactivated. If the ID is still
        the same, the task stops, and O(resolve_operations) says how to continue.
      - Required with O(state=reactivated), refused with other states.
    type: str
  connection_method:
    description:
      - How this task contacts the Microsoft Clearinghouse. It is used only if O(state) is given.
      - By default the method that M(winfleet.rd_licensing.connection_method) recorded on the license server, or
        V(automatic) if none is recorded.
      - It applies to this task only. The recorded method does not change.
  resolve_operations:
    description:
      - What became of recorded operations whose outcome is unknown, decided by an administrator who has looked at the
        server. The message that asks for the decision names the operation and this option.
      - It concerns activations, deactivations and reactivations. Only a reactivation can need it, because the
        activation status shows the outcome of the other two.
      - An entry does nothing once its operation has an outcome, so it may stay in the playbook.
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - One table, with the settings that the task is about.
  idempotent:
    support: full
    details:
      - Reactivating is done once for each O(change_id).
notes:
  - The account must be a local Administrator of the license server, and more where the options say so.
  - To register in Active Directory, the server contacts a domain controller on behalf of the account. Over a connection
    that does not delegate credentials (NTLM, or Kerberos without delegation) this is likely to fail; use CredSSP, or
    Kerberos with delegation.
  - If a license server is a domain controller as well, Microsoft requires NETWORK SERVICE to be in the group Terminal
    Server License Servers too. The module does not add it.
  - If a task fails after it has changed something, its message says what was done, and it reports C(changed=true).
    Running it again continues from there.
  - The module has been tested with this project's simulated license servers. Whether deactivating a server frees its
    CALs at the Clearinghouse is not published.
seealso:
  - module: winfleet.rd_licensing.license_server_info
    description: Reads a license server.
  - module: winfleet.rd_licensing.connection_method
    description: Records the connection method.
  - module: winfleet.rd_licensing.key_pack
    description: Installs RDS CALs on an activated license server.
  - module: winfleet.rd_licensing.cal_migration
    description: Migrates RDS CALs before a server is deactivated.
  - name: Activate the Remote Desktop Services license server
    description: Microsoft's page on the wizard that this module replaces.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/rds-activate-license-server
  - name: Win32_TSLicenseServer class
    description: Microsoft's reference of the provider's methods that this module calls.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-tslicenseserver
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
  - winfleet.rd_licensing._connection_method
  - winfleet.rd_licensing._resolve_operations
  - winfleet.rd_licensing._resolve_operations.wait
  - winfleet.rd_licensing._plan
"""

EXAMPLES = r"""
- name: Activate a new license server over the Internet
  winfleet.rd_licensing.license_server:
    state: activated
    contact:
      first_name: Rosa
      last_name: Example
      company: Winfleet Example
      country_region: Germany
    connection_method: automatic

- name: Register it so that per user CALs are tracked
  winfleet.rd_licensing.license_server:
    active_directory:
      license_servers_group: true
      service_connection_point: true

# Run it once to learn what to tell the Clearinghouse, and again with the ID that it gave.
- name: Activate a license server without Internet access
  winfleet.rd_licensing.license_server:
    state: activated
    connection_method: web_browser
    license_server_id: "{{ vault_license_server_id | default(omit) }}"
  register: result

- name: Say what is awaited
  ansible.builtin.debug:
    var: result.awaiting
  when: result.awaiting | length > 0

- name: Reactivate a license server whose certificate is damaged, once for this change ticket
  winfleet.rd_licensing.license_server:
    state: reactivated
    reason: certificate_corrupt
    change_id: CHG0031337

- name: Take an old license server out of Active Directory, and deactivate it
  winfleet.rd_licensing.license_server:
    state: deactivated
    active_directory:
      license_servers_group: false
      service_connection_point: false
"""

RETURN = r"""
steps:
  description: What the task did, in order; in check mode what a real run would do. Empty if there is nothing to do.
  returned: success
  type: list
  elements: str
  sample:
    - Set company of rdls02
    - Activate rdls02 by the automatic method
license_server:
  description: The license server after the task; in check mode as it is.
  returned: success
  type: dict
  contains:
    activated:
      description: Whether the server is activated.
      returned: success
      type: bool
      sample: true
    activation_status:
      description: Activation status that the server reports, V(activated), V(not_activated) or V(unknown).
      returned: success
      type: str
      sample: activated
    license_server_id:
      description: License server ID in 7 groups of 5. Null while the server is not activated.
      returned: success
      type: str
      sample: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG
    product_id:
      description: Product ID of the license server, which the licensing web site asks for to activate it.
      returned: success
      type: str
      sample: 12345-67890-12345-AB678
    discovery_scope:
      description: Discovery scope, V(workgroup), V(domain) or V(forest). Null if the server reports another number.
      returned: success
      type: str
      sample: domain
    contact:
      description: Contact data of the server. Values that are not set are empty strings.
      returned: success
      type: dict
      contains:
        first_name:
          description: First name.
          type: str
          sample: Rosa
        last_name:
          description: Last name.
          type: str
          sample: Example
        company:
          description: Company.
          type: str
          sample: Winfleet Example
        country_region:
          description: Country or region, in the display language of the server.
          type: str
          sample: Germany
        email:
          description: E-mail address.
          type: str
          sample: licensing@example.com
        organizational_unit:
          description: Organizational unit.
          type: str
          sample: Data center
        address:
          description: Company address.
          type: str
          sample: 1 Example Street
        city:
          description: City.
          type: str
          sample: Exampleton
        state_or_province:
          description: State or province.
          type: str
          sample: ''
        postal_code:
          description: Postal code.
          type: str
          sample: '12345'
awaiting:
  description:
    - The request to the Clearinghouse, if an ID or a code is missing. It has one entry at most.
    - The same in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    title:
      description: The request in one sentence.
      type: str
      sample: Waits for the license server ID
    request:
      description: What is asked for, V(license_server_id) or V(confirmation_code).
      type: str
      sample: license_server_id
    connection_method:
      description: The connection method that is used.
      type: str
      sample: web_browser
    web_site:
      description: Address of the licensing web site.
      returned: if the request is to be made on the web site
      type: str
      sample: https://activate.microsoft.com
    telephone:
      description: Where to find the telephone number.
      returned: if the request is to be made on the telephone
      type: str
      sample: The number for the server's country or region is shown in Remote Desktop Licensing Manager.
    option:
      description: What to choose on the web site under C(Select Option).
      returned: unless a confirmation code is requested
      type: str
      sample: Activate a license server
    product_id:
      description: Product ID of the license server.
      type: str
      sample: 12345-67890-12345-AB678
    license_server_id:
      description: The license server ID that the server has now, in 7 groups of 5. Null if it is not activated.
      type: str
      sample: null
    reason:
      description: The O(reason) to reactivate, or null.
      type: str
      sample: null
    first_name:
      description: First name, as on the server once the task is done. Null if it is not set; so are the others below.
      type: str
      sample: Rosa
    last_name:
      description: Last name.
      type: str
      sample: Example
    company:
      description: Company.
      type: str
      sample: Winfleet Example
    country_region:
      description: Country or region.
      type: str
      sample: Germany
    email:
      description: E-mail address.
      type: str
      sample: licensing@example.com
    organizational_unit:
      description: Organizational unit.
      type: str
      sample: Data center
    address:
      description: Company address.
      type: str
      sample: 1 Example Street
    city:
      description: City.
      type: str
      sample: Exampleton
    state_or_province:
      description: State or province.
      type: str
      sample: null
    postal_code:
      description: Postal code.
      type: str
      sample: '12345'
error_code:
  description:
    - The code that the licensing provider or WMI returned, in hexadecimal. Messages may change with a release of the
      collection, codes do not.
  returned: on a failure, if the server gave a code
  type: str
  sample: '0x80041004'
role_service_missing:
  description:
    - The server lacks the WMI classes of the role service, so the role service is not installed. Servers report this
      with different codes, so use this key rather than RV(error_code) to recognize it.
  returned: on a failure, if the role service is missing
  type: bool
  sample: true
"""
