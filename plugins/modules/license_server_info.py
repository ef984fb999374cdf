# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/license_server_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: license_server_info
short_description: Read everything about a Remote Desktop license server
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Reads a Remote Desktop license server. This covers its activation, its contact data, the Windows release it runs,
    its key packs with the RDS CALs, its registration in Active Directory, and the record that this collection keeps
    on it.
  - It shows what Remote Desktop Licensing Manager shows in the server's properties, under Review Configuration and in
    the list of key packs, with the raw numbers of the licensing provider beside the names.
  - It only reads. The server, the record and Active Directory are not changed, and the Clearinghouse is not contacted.
  - It never returns the number or code of a purchase. Windows does not know them, and the record holds only their last
    four characters.
options:
  gather:
    description:
      - The parts to read. The more parts, the more requests.
      - Whether there is a license server that responds to this account is always checked.
    type: list
    elements: str
    choices:
      server: Product ID, version, discovery scope, database path and contact data.
      activation: Activation status and license server ID.
      windows_release: The Windows release that the server runs.
      key_packs: All key packs, built-in and temporary ones too.
      connection_method: The connection method that is recorded on the server.
      network_name: The name of this server for other servers on the network, and its own name.
      active_directory: Registration of the server in Active Directory, and the licensing policies on it. One request
        for each of six flags.
      operations: The record of operations, its history included. One request for each operation.
      obligations: The pending removals in the record, which are CALs that still have to be removed from the source of a
        migration. Reading them takes as many requests as V(operations), and no more if both are listed.
    default:
      - server
      - activation
      - windows_release
      - key_packs
      - connection_method
notes:
  - The account must be a local Administrator of the license server. The licensing provider answers any other account
    with empty properties and no error; the task then fails and says so.
  - The license server ID can be read only while the server is activated.
seealso:
  - module: winfleet.rd_licensing.license_server
    description: Changes what this module reads of the server itself.
  - module: winfleet.rd_licensing.key_pack
    description: Installs, removes, reduces and converts key packs.
  - module: winfleet.rd_licensing.cal_migration
    description: Migrates RDS CALs from one license server to another.
  - module: winfleet.rd_licensing.connection_method
    description: Reads the recorded connection method alone, in two requests.
  - plugin: winfleet.rd_licensing.cal_summary
    plugin_type: filter
    description: Puts key packs into one line of words.
  - name: Win32_TSLicenseKeyPack class
    description: Microsoft's reference of the properties of a key pack.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-tslicensekeypack
  - name: Win32_TSLicenseServer class
    description: Microsoft's reference of the properties of a license server.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-tslicenseserver
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.info_module
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
"""

EXAMPLES = r"""
- name: Read what matters most of a license server
  winfleet.rd_licensing.license_server_info:
  register: result

- name: Say what the server holds
  ansible.builtin.debug:
    msg: >-
      {{ inventory_hostname }} runs {{ result.license_server.windows.caption }} and holds
      {{ result.license_server.key_packs | winfleet.rd_licensing.cal_summary }}.

- name: Read the purchased key packs alone
  winfleet.rd_licensing.license_server_info:
    gather:
      - key_packs
  register: result

- name: Complain where fewer than 10 per user CALs are left
  ansible.builtin.assert:
    that: available | sum >= 10
    fail_msg: "Only {{ available | sum }} per user CALs are left on {{ inventory_hostname }}."
  vars:
    available: >-
      {{ result.license_server.key_packs | selectattr('purchased') | selectattr('cal_type', 'eq', 'per_user')
         | map(attribute='available') }}

- name: Read whether migrated CALs are still to be removed from their source, and whether per user CALs are tracked
  winfleet.rd_licensing.license_server_info:
    gather:
      - obligations
      - active_directory
  register: result

- name: Complain about CALs that may be in use on two servers
  ansible.builtin.assert:
    that: result.license_server.obligations | length == 0
    fail_msg: "{{ result.license_server.obligations | map(attribute='title') | join('; ') }}"

- name: Complain where per user CALs are not tracked
  ansible.builtin.assert:
    that: result.license_server.active_directory.license_servers_group is true
"""

RETURN = r"""
license_server:
  description:
    - The license server, as far as O(gather) asks for it.
    - Check mode makes no difference.
  returned: success
  type: dict
  contains:
    product_id:
      description: Product ID of the license server, which the licensing web site asks for to activate it.
      returned: if O(gather) has V(server)
      type: str
      sample: 12345-67890-12345-AB678
    version:
      description: Version of the licensing service, as the server reports it.
      returned: if O(gather) has V(server)
      type: str
      sample: Windows Server 2022
    version_number:
      description: Version number of the licensing service, as the server reports it.
      returned: if O(gather) has V(server)
      type: str
      sample: 10.0.20348
    discovery_scope:
      description: Discovery scope, one of V(workgroup), V(domain) and V(forest). Null if the server reports another
        number.
      returned: if O(gather) has V(server)
      type: str
      sample: domain
    server_role:
      description: The number behind RV(license_server.discovery_scope).
      returned: if O(gather) has V(server)
      type: int
      sample: 1
    database_path:
      description: Folder of the licensing database on the server.
      returned: if O(gather) has V(server)
      type: str
      sample: C:\Windows\system32\lserver
    contact:
      description: Contact data of the server. Values that are not set are empty strings.
      returned: if O(gather) has V(server)
      type: dict
      contains: &contact
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
    activated:
      description: Whether the server is activated.
      returned: if O(gather) has V(activation)
      type: bool
      sample: true
    activation_status:
      description: Activation status that the server reports, V(activated), V(not_activated) or V(unknown).
      returned: if O(gather) has V(activation)
      type: str
      sample: activated
    license_server_id:
      description: License server ID in 7 groups of 5. Null while the server is not activated.
      returned: if O(gather) has V(activation)
      type: str
      sample: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG
    windows:
      description: The operating system of the server.
      returned: if O(gather) has V(windows_release)
      type: dict
      contains:
        caption:
          description: Name of the operating system, as Windows reports it.
          type: str
          sample: Microsoft Windows Server 2022 Datacenter
        version:
          description: Version number.
          type: str
          sample: 10.0.20348
        build:
          description: Build number.
          type: str
          sample: '20348'
        release:
          description:
            - The Windows Server release, named as in
              O(winfleet.rd_licensing.key_pack#module:purchases[].product_version).
            - Null for a release that this collection does not know.
          type: str
          sample: windows_server_2022
        computer_name:
          description: Computer name.
          type: str
          sample: RDLS02
    network_name:
      description:
        - The name of this server for other servers on the network, a fully qualified domain name or an IP address.
        - This is the address in the inventory. Where that is an alias, a loopback address, or the name of a bastion, it
          is the server's own computer name with its DNS domain.
      returned: if O(gather) has V(network_name)
      type: str
      sample: rdls02.example.com
    dns_name:
      description:
        - The server's own computer name with its DNS domain, whatever the inventory says.
        - The computer name alone where it has no DNS domain.
      returned: if O(gather) has V(network_name)
      type: str
      sample: RDLS02.example.com
    key_packs:
      description: All key packs, by key pack ID.
      returned: if O(gather) has V(key_packs)
      type: list
      elements: dict
      contains:
        key_pack_id:
          description: Number of the key pack on this server.
          type: int
          sample: 3
        key_pack_type:
          description: Kind of pack, as the provider numbers it.
          type: int
          sample: 2
        key_pack_type_name:
          description:
            - Kind of pack, one of V(unknown), V(retail), V(volume), V(concurrent), V(temporary), V(open) and
              V(built_in).
            - Null for a number without a published meaning.
          type: str
          sample: volume
        cal_type:
          description: Type of the CALs, V(per_device), V(per_user), V(built_in) or V(invalid). Null for another number.
          type: str
          sample: per_user
        product_type:
          description: The number behind RV(license_server.key_packs[].cal_type).
          type: int
          sample: 1
        product_version:
          description:
            - Product version of the CALs, such as V(windows_server_2022).
            - The number as text for a version without a name here, such as V(0) of the built-in pack.
          type: str
          sample: windows_server_2022
        product_version_id:
          description: The number behind RV(license_server.key_packs[].product_version).
          type: int
          sample: 7
        product_version_text:
          description: Product version in words, in the display language of the server.
          type: str
          sample: Windows Server 2022
        total:
          description: Number of CALs in the pack. Null if it is unlimited.
          type: int
          sample: 250
        issued:
          description: Number of CALs that are issued.
          type: int
          sample: 231
        available:
          description: Number of CALs that are left. Null if it is unlimited.
          type: int
          sample: 19
        expires:
          description:
            - When the pack expires, in ISO 8601 form. Null if it does not.
            - Windows uses dates in 2036 (built-in key packs) and January 2038 (others) for never. These become null.
          type: str
          sample: '2027-06-30T00:00:00+00:00'
        description:
          description: Description of the pack, a stock keeping unit.
          type: str
          sample: C50-10.01-S
        type_and_model:
          description: Type and model of the CALs in words, in the display language of the server.
          type: str
          sample: RDS Per User CAL
        access_rights:
          description: Bit map of access rights, as the provider reports it.
          type: int
          sample: 7
        built_in:
          description: Whether the key pack is part of Windows and was not purchased.
          type: bool
          sample: false
        temporary:
          description: Whether the server made the pack itself, to issue temporary CALs.
          type: bool
          sample: false
        purchased:
          description:
            - Whether the pack holds purchased CALs.
            - The modules of this collection never touch a pack for which this is V(false). Besides built-in and
              temporary key packs, these are key packs of a type without a published meaning.
          type: bool
          sample: true
    connection_method:
      description: The connection method that is recorded on the server. Null if none is; the modules then use
        V(automatic).
      returned: if O(gather) has V(connection_method)
      type: str
      sample: automatic
    active_directory:
      description: Flags of the server. A flag is null if the server does not answer, such as one outside a domain.
      returned: if O(gather) has V(active_directory)
      type: dict
      contains:
        license_servers_group:
          description:
            - Whether the server is a member of the group Terminal Server License Servers of its own domain.
            - Without it, per user CALs are not tracked.
          type: bool
          sample: true
        service_connection_point:
          description: Whether the server is registered at a service connection point.
          type: bool
          sample: true
        published:
          description: Whether the server is published as a license server of the forest.
          type: bool
          sample: false
        on_domain_controller:
          description: Whether the server is also a domain controller.
          type: bool
          sample: false
        security_group_policy:
          description: Whether the policy License server security group is in force, so that only listed hosts get CALs.
          type: bool
          sample: false
        prevent_upgrade_policy:
          description: Whether the policy Prevent license upgrade is in force.
          type: bool
          sample: false
    operations:
      description:
        - The record of operations on the server, in the order in which they began.
        - Keys that do not apply to an operation are left out.
      returned: if O(gather) has V(operations)
      type: list
      elements: dict
      contains: &operation
        operation_id:
          description:
            - Identifies the operation in messages, in O(winfleet.rd_licensing.key_pack#module:resolve_operations) and
              in C(acknowledge_missing) of a purchase.
            - The name of the registry value if RV(license_server.operations[].readable) is false.
          type: str
          sample: 000001-3f9a2c1d
        readable:
          description:
            - Whether the operation could be read. If it is false, only RV(license_server.operations[].operation_id) and
              RV(license_server.operations[].reason) are returned.
          type: bool
          sample: true
        sequence:
          description: Number of the operation.
          returned: if the operation can be read
          type: int
          sample: 1
        operation:
          description:
            - The kind of operation. For purchases V(install), V(migrate), V(reinstall), V(adopt), or V(missing) for a
              purchase that is no longer there. For key packs V(remove), V(reduce) or V(convert). For the server
              V(activate), V(deactivate), V(reactivate) or V(rebuild).
            - V(hand_over) on the source of a migration, for the CALs that a target takes over from it.
            - V(settle) for what became of the CALs that several migrations left on their source.
          returned: if the operation can be read
          type: str
          sample: migrate
        status:
          description:
            - V(done) if its effect was seen, V(not_done) if it provably had none, and V(given_up) if an administrator
              decided that it had none.
            - V(intended) if its outcome is unknown so far, and V(answered) if the server reported success but no effect
              was seen. The next task about the same purchase, key pack or change looks for its effect first.
          returned: if the operation can be read
          type: str
          sample: done
        started:
          description: When it began, in UTC, by the clock of the server.
          returned: if the operation can be read
          type: str
          sample: '2026-11-03T09:12:44Z'
        finished:
          description: When its outcome was recorded, in UTC, by the clock of the server.
          returned: if it applies
          type: str
          sample: '2026-11-03T09:12:51Z'
        connection_method:
          description: The connection method that was used.
          returned: if it applies
          type: str
          sample: automatic
        license_program:
          description: License program of the purchase.
          returned: if it applies
          type: str
          sample: enterprise
        credential:
          description: Credential of the purchase, masked to its last four characters.
          returned: if it applies
          type: str
          sample: '****4567'
        reference:
          description: The reference that was given for the purchase.
          returned: if it applies
          type: str
          sample: PO-2026-118
        license_key_pack_id:
          description: The license key pack ID that was used, masked to its last four characters.
          returned: if it applies
          type: str
          sample: '****9XYZ'
        product_version:
          description: Product version of the CALs.
          returned: if it applies
          type: str
          sample: windows_server_2022
        cal_type:
          description: Type of the CALs (after a conversion, the new type).
          returned: if it applies
          type: str
          sample: per_user
        quantity:
          description: Number of CALs that the operation was about.
          returned: if it applies
          type: int
          sample: 250
        key_pack_id:
          description: Key pack that the operation created or changed.
          returned: if it applies
          type: int
          sample: 3
        result_key_pack_id:
          description: Key pack with the CALs that a conversion made.
          returned: if it applies
          type: int
          sample: 5
        source:
          description: Name that the target used for the source of a migration.
          returned: if it applies
          type: str
          sample: rdls01.example.com
        source_license_server_id:
          description: License server ID of the source of a migration.
          returned: if it applies
          type: str
          sample: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG
        target:
          description: The target that took over CALs from this server.
          returned: if it applies
          type: str
          sample: null
        source_removal:
          description:
            - What happened to the CALs on the source of a migration. V(provider) if Windows removed them, V(collection)
              if M(winfleet.rd_licensing.cal_migration) did, V(pending) if they may still be there.
          returned: if it applies
          type: str
          sample: provider
        change_id:
          description: The change ID under which it was done.
          returned: if it applies
          type: str
          sample: CHG0031337
        reason:
          description: The reason that was given for it. For an operation that cannot be read, what is wrong.
          returned: if it applies
          type: str
          sample: source_is_being_replaced
        rebuild_method:
          description: How a rebuild deleted the CALs of the server, V(uninstall_key_packs) or V(recreate_database),
            or null.
          returned: if it applies
          type: str
          sample: null
        deleted_key_packs:
          description: Purchased key packs that a rebuild deleted. Null for other operations, and if they could not be
            read.
          returned: if it applies
          type: list
          elements: dict
          contains:
            key_pack_id:
              description: Number that the key pack had.
              type: int
              sample: 3
            key_pack_type_name:
              description: Kind of pack, as in RV(license_server.key_packs[].key_pack_type_name).
              type: str
              sample: volume
            product_version:
              description: Product version of the CALs.
              type: str
              sample: windows_server_2022
            cal_type:
              description: Type of the CALs.
              type: str
              sample: per_user
            quantity:
              description: Number of CALs.
              type: int
              sample: 250
        kept_database:
          description: Path on the server under which a rebuild kept the old database file.
          returned: if it applies
          type: str
          sample: null
    obligations:
      description:
        - Pending removals, which are migrations whose CALs may still be on their source and have to be removed there.
        - These are the entries of the record with RV(license_server.operations[].source_removal=pending), with the
          keys of RV(license_server.operations) and one more.
      returned: if O(gather) has V(obligations)
      type: list
      elements: dict
      contains:
        title:
          description: The pending removal in one sentence.
          type: str
          sample: 'Still to be removed from rdls01.example.com: 250 Windows Server 2022 per user CALs'
        <<: *operation
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
