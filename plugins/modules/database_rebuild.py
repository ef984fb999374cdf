# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/database_rebuild.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: database_rebuild
short_description: Delete all RDS CALs of a license server and reinstall the named purchases
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Rebuilds the database of a Remote Desktop license server. Every RDS CAL that is installed is deleted, and the
    purchases that the task names are reinstalled, one after the other. This replaces the branch Rebuild the license
    server database of the Manage RDS CALs Wizard, for all three connection methods.
  - The licensing provider has no method for a rebuild. O(method) chooses between uninstalling every purchased key
    pack and, for a database that is corrupt, having the licensing service create a new one.
  - Key packs that are built into Windows and temporary ones are never uninstalled.
  - Before anything is deleted, the module writes what was there into its record on the license server, in the registry
    under C(HKLM\SOFTWARE\WinFleet\RDLicensing), and it returns that. The record outlives the database.
  - The deletion happens once for each O(change_id). If a run fails or is interrupted, the same task continues it. CALs
    that were deleted are not deleted again, and CALs that were reinstalled are not requested again. When everything is
    done, the same task changes nothing.
  - A call to the Clearinghouse is never repeated unless it provably had no effect. The module records its intention,
    makes the call, reads the key packs and records the outcome. If a response is lost, it looks for the CALs, and a
    later run looks again before it makes a call.
options:
  change_id:
    description:
      - Any text that identifies this rebuild, such as the number of a change ticket. With the same ID, a later run
        continues the rebuild, or does nothing once it is finished. Another ID starts another rebuild, which deletes the
        CALs again.
      - As long as a rebuild has not finished deleting, another one is refused. The message says how to continue the
        unfinished one, and how to give it up with O(resolve_operations).
    type: str
    required: true
  reason:
    description:
      - Why the database is rebuilt, in your own words. It goes into the record and into RV(awaiting).
      - The list of reasons that the wizard and the licensing web site offer is not published, so the administrator
        picks the closest one there. The licensing provider has no parameter for it.
    type: str
    required: true
  purchases:
    description:
      - The purchases whose CALs are reinstalled, one after the other, in this order, each with its full quantity.
      - Together they must account for all purchased CALs that are deleted, and the server must have held the CALs of
        each of them; see O(waive_coverage). The task stops otherwise, before anything is changed, and says which key
        packs are not covered.
      - Retail purchases that do not state their CALs stand for what the other purchases leave. As many packs must be
        left as there are such purchases.
    required: true
  confirm_deletion:
    description:
      - Confirms that all RDS CALs that are installed on the license server are to be deleted, as the check box in the
        wizard does.
      - With V(false) the task fails, in check mode too. The message names what would be deleted, and nothing is
        changed.
    type: bool
    default: false
  waive_coverage:
    description:
      - If true, continues although O(purchases) do not account for what is deleted, or name CALs that the server did
        not hold. The server then loses CALs that no purchase accounts for. The Clearinghouse decides whether CALs are
        reinstalled that the server did not hold.
      - It is also required if the database is so corrupt that its content cannot be read, because O(purchases) are
        then the only information about it.
    type: bool
    default: false
  method:
    description:
      - How the CALs are deleted.
      - An unfinished rebuild may be continued with the other method, for example where uninstalling failed. A database
        file that was renamed once is not renamed again.
      - A server that denies access, lacks the role service or has reached a limit of its WinRM service does not count
        as one with a corrupt database, whatever O(method) and O(waive_coverage) say. The task fails.
    type: str
    default: uninstall_key_packs
    choices:
      uninstall_key_packs: Uninstalls each purchased key pack.
      recreate_database: Stops the licensing service, renames the database file to a dated name in its folder, and
        starts the service, which creates a new database. Then waits until the licensing provider responds. Nothing is
        deleted from disk. If the file cannot be renamed, the service is started again and the database is unchanged.
  database_path:
    description:
      - Full path of the folder on the license server that holds the database file C(TLSLic.edb).
      - By default the path that the license server reports, or that an earlier run of the same change recorded.
        Required if neither is available because the database is corrupt. Unless it was changed when the role service
        was installed, it is C(System32\lserver) in the Windows folder.
      - Refused with O(method=uninstall_key_packs).
    type: str
  timeout:
    description:
      - How many seconds each of these may take, stopping the licensing service, starting it, and the first response of
        its provider after that.
      - It is used only with O(method=recreate_database), and if O(resolve_operations) starts the service.
    type: int
    default: 300
  connection_method:
    description:
      - How this task contacts the Microsoft Clearinghouse.
      - By default the method that M(winfleet.rd_licensing.connection_method) recorded on the license server, or
        V(automatic) if none is recorded.
      - With V(web_browser) and V(telephone) a purchase without a license key pack ID is not a failure. As in the
        wizard, the CALs are deleted first, and RV(awaiting) says what to tell the Clearinghouse. The next run with
        the same O(change_id) continues with the ID. Until then the server lacks these CALs.
      - Check mode returns RV(awaiting) too, so the IDs can be requested before anything is deleted.
      - It applies to this task only. The recorded method does not change.
  adopt:
    description:
      - If true, a key pack that fits a purchase in version, type and quantity, belongs to no recorded purchase and
        appeared after the deletion counts as that purchase. It is assumed to have been reinstalled manually. It is
        recorded, which counts as a change, and the Clearinghouse is not asked.
      - It is used only for a rebuild that is continued.
    type: bool
  resolve_operations:
    description:
      - What became of recorded operations whose outcome is unknown, decided by an administrator who has looked at the
        server. The message that asks for the decision names the operation and this option.
      - For an unfinished rebuild V(had_no_effect) means that it is given up, so that another O(change_id) can begin. If
        it had stopped the licensing service, the service is started. V(took_effect) means that the CALs are deleted.
      - An entry does nothing once its operation has an outcome, so it may stay in the playbook.
attributes:
  check_mode:
    support: full
    details:
      - It shows the steps of a real run. What is read of the license server after the deletion is reported with its
        current value.
  diff_mode:
    support: full
    details:
      - One table, with the purchased key packs and the purchases that they belong to.
  idempotent:
    support: full
    details:
      - A rebuild happens once for each O(change_id).
notes:
  - The account must be a local Administrator of the license server. Unless the database is corrupt, the server must be
    activated.
  - Whether a rebuild keeps the activation is not published. It is read after the deletion. If it is lost, the task
    stops and says so. Activate the server with M(winfleet.rd_licensing.license_server), and run the task again with the
    same O(change_id).
  - With O(method=recreate_database) only the file C(TLSLic.edb) is renamed. Other files in its folder, such as logs of
    the database engine, are not changed. Key packs are read once more before the service is stopped, and the task
    fails if any were added. Do not install CALs by other means meanwhile. What comes in the last moment stays in the
    old file.
  - What happens to issued CALs when their key pack is uninstalled is not published either. Have the purchase documents
    at hand, and rebuild outside working hours.
  - The module has been tested with this project's simulated license servers. No published report on the use of the
    provider's Reinstall methods is known, so try them first on a server that can do without its CALs.
seealso:
  - module: winfleet.rd_licensing.license_server_info
    description: Lists the key packs, and the record with the rebuilds in it.
  - module: winfleet.rd_licensing.license_server
    description: Activates the license server.
  - module: winfleet.rd_licensing.key_pack
    description: Installs CALs that are on no server yet, and removes key packs.
  - module: winfleet.rd_licensing.connection_method
    description: Records the connection method.
  - name: Win32_TSLicenseKeyPack class
    description: Microsoft's reference of the provider's methods that this module calls.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-tslicensekeypack
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
  - winfleet.rd_licensing._connection_method
  - winfleet.rd_licensing._purchases
  - winfleet.rd_licensing._resolve_operations
  - winfleet.rd_licensing._resolve_operations.wait
  - winfleet.rd_licensing._plan
"""

EXAMPLES = r"""
- name: Delete all CALs and reinstall the two purchases they came from, under a change ticket
  winfleet.rd_licensing.database_rebuild:
    change_id: CHG0031337
    reason: The key packs of the server were damaged by a failed update
    confirm_deletion: true
    purchases:
      - license_program: enterprise
        agreement_number: "{{ vault_agreement_number }}"
        product_version: windows_server_2022
        cal_type: per_user
        quantity: 250
      - license_program: retail
        license_code: "{{ vault_license_code }}"

- name: Make a corrupt database anew; what it held can no longer be read
  winfleet.rd_licensing.database_rebuild:
    change_id: CHG0031338
    reason: The licensing database is corrupt (event 4100)
    confirm_deletion: true
    method: recreate_database
    database_path: C:\Windows\System32\lserver
    waive_coverage: true
    purchases:
      - license_program: select
        agreement_number: "{{ vault_enrollment_number }}"
        product_version: windows_server_2022
        cal_type: per_device
        quantity: 100

- name: Begin another rebuild; the administrator gives up the unfinished one that the message named
  winfleet.rd_licensing.database_rebuild:
    change_id: CHG0031340
    reason: The key packs of the server were damaged by a failed update
    confirm_deletion: true
    resolve_operations:
      - operation: 000012-3f9a2c1d
        outcome: had_no_effect
    purchases:
      - license_program: retail
        license_code: "{{ vault_license_code }}"

# Run it in check mode to learn what to tell the Clearinghouse, and again with the ID that it gave.
- name: Rebuild a server without Internet access
  winfleet.rd_licensing.database_rebuild:
    change_id: CHG0031339
    reason: The licensing database is rebuilt after a restore
    confirm_deletion: true
    connection_method: web_browser
    purchases:
      - license_program: open
        license_number: "{{ vault_open_license_number }}"
        authorization_number: "{{ vault_authorization_number }}"
        product_version: windows_server_2019
        cal_type: per_user
        quantity: 20
        license_key_pack_id: "{{ vault_license_key_pack_id | default(omit) }}"
  register: result

- name: Say what is awaited
  ansible.builtin.debug:
    var: result.awaiting
  when: result.awaiting | length > 0
"""

RETURN = r"""
steps:
  description:
    - What the task did, in order; in check mode what a real run would do. Empty if there is nothing to do.
    - Recording the outcome of an earlier run is also a step, but does not count as a change.
  returned: success
  type: list
  elements: str
  sample:
    - Write what it holds (key pack 3 (250 Windows Server 2022 per user CALs)) into the record on rdls01, for change
      CHG0031337
    - Delete key pack 3 (250 Windows Server 2022 per user CALs) from rdls01
    - See that the CALs are gone, and record on rdls01 that change CHG0031337 has deleted them
    - Reinstall 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)
deleted_key_packs:
  description:
    - The purchased key packs that this rebuild deletes or has deleted, as they were before. In check mode those that a
      real run would delete.
    - Null if they could not be read.
  returned: success, and on a failure once the deletion was begun
  type: list
  elements: dict
  contains:
    key_pack_id:
      description: Number that the key pack had.
      type: int
      sample: 3
    key_pack_type_name:
      description: Type of the key pack, V(retail), V(volume), V(concurrent) or V(open). Null for an unknown kind.
      type: str
      sample: volume
    product_version:
      description: Product version of its CALs.
      type: str
      sample: windows_server_2022
    cal_type:
      description: Type of its CALs, V(per_user) or V(per_device).
      type: str
      sample: per_user
    quantity:
      description: Number of its CALs.
      type: int
      sample: 250
kept_database:
  description:
    - Full path of the renamed database file. Null with O(method=uninstall_key_packs), and in check mode if the file has
      not been renamed yet.
  returned: success
  type: str
  sample: C:\Windows\System32\lserver\TLSLic-20261103T091244Z.edb
key_packs:
  description:
    - The key packs of the license server after the task, in check mode before it, as
      M(winfleet.rd_licensing.license_server_info) returns them.
    - Missing in check mode if they cannot be read.
  returned: success
  type: list
  elements: dict
  sample:
    - key_pack_id: 3
      key_pack_type: 2
      key_pack_type_name: volume
      cal_type: per_user
      product_type: 1
      product_version: windows_server_2022
      product_version_id: 7
      product_version_text: Windows Server 2022
      total: 250
      issued: 0
      available: 250
      expires: null
      description: RDS Per User CAL
      type_and_model: Volume License
      access_rights: null
      built_in: false
      temporary: false
      purchased: true
begun:
  description: Whether the rebuild of this O(change_id) had begun before this task.
  returned: success
  type: bool
  sample: false
connection_method:
  description: The connection method that was used. Missing if the rebuild was finished before this task.
  returned: success, if anything was left to do
  type: str
  sample: automatic
license_server:
  description:
    - The activation of the license server after the deletion; in check mode as it is.
    - Missing if the rebuild was finished before this task.
  returned: success, if anything was left to do
  type: dict
  contains:
    activated:
      description: Whether the server is activated.
      type: bool
      sample: true
    activation_status:
      description:
        - Activation status that the server reports, V(activated), V(not_activated) or V(unknown). In check mode also
          V(unknown) if it cannot be read.
      type: str
      sample: activated
    license_server_id:
      description: License server ID in 7 groups of 5. Null while the server is not activated.
      type: str
      sample: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG
purchases:
  description: What became of each purchase, in the order of O(purchases).
  returned: success
  type: list
  elements: dict
  contains:
    license_program:
      description: The license program.
      type: str
      sample: enterprise
    credential:
      description: The credential, each number or code masked to its last four characters.
      type: str
      sample: '****4567'
    product_version:
      description: Product version. Null for a retail purchase that does not state it.
      type: str
      sample: windows_server_2022
    cal_type:
      description: CAL type. Null for a retail purchase that does not state it.
      type: str
      sample: per_user
    quantity:
      description: Number of CALs. Null for a retail purchase that does not state it.
      type: int
      sample: 250
    reference:
      description: The reference, or null.
      type: str
      sample: PO-2026-118
    request_id:
      description: Identifies the request for the license key pack ID of this purchase, as in RV(awaiting[].request_id).
      type: str
      sample: 3f9c0d21b7a4
    outcome:
      description:
        - V(recorded) if an earlier run of this rebuild had reinstalled it.
        - V(adopted) if a fitting key pack that appeared after the deletion was recorded as this purchase.
        - V(reinstalled) if it was reinstalled, in check mode if it would be.
        - V(awaiting) if its license key pack ID is missing.
      type: str
      sample: reinstalled
    key_pack_id:
      description:
        - The key pack that holds its CALs. Null if its ID is missing, in check mode if it would be reinstalled, and
          if it was reinstalled and later removed, according to the record.
      type: int
      sample: 3
awaiting:
  description:
    - The request to the Clearinghouse for each purchase whose license key pack ID is missing. Empty if there are
      none.
    - The same in check mode, before anything is deleted.
  returned: success
  type: list
  elements: dict
  contains:
    title:
      description: The request in one sentence.
      type: str
      sample: Waits for the license key pack ID of 100 Windows Server 2022 per device CALs (Select License ****7654)
    request:
      description: What is asked for, here V(license_key_pack_id).
      type: str
      sample: license_key_pack_id
    connection_method:
      description: The connection method that is used.
      type: str
      sample: web_browser
    web_site:
      description: Address of the licensing web site.
      returned: with the connection method V(web_browser)
      type: str
      sample: https://activate.microsoft.com
    telephone:
      description: Where to find the telephone number.
      returned: with the connection method V(telephone)
      type: str
      sample: The number for the server's country or region is shown in Remote Desktop Licensing Manager.
    operation:
      description: What the ID is for, V(reinstall) here.
      type: str
      sample: reinstall
    option:
      description: What to choose on the web site under C(Select Option).
      type: str
      sample: Manage CALs
    target_license_server_id:
      description: License server ID of this server, in 7 groups of 5. Null in check mode if it cannot be read.
      type: str
      sample: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG
    reason:
      description: The O(reason) that was given.
      type: str
      sample: The licensing database is rebuilt after a restore
    license_program_name:
      description: The license program in words.
      type: str
      sample: Select License
    first_name:
      description: First name, as set on the server. Null if it is not set; so are the others up to the postal code.
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
    license_program:
      description: The license program, as in RV(purchases).
      type: str
      sample: select
    credential:
      description: The credential, masked to its last four characters. Take it from the purchase documents.
      type: str
      sample: '****7654'
    product_version:
      description: Product version. Null for a retail purchase that does not state it.
      type: str
      sample: windows_server_2022
    cal_type:
      description: CAL type. Null for a retail purchase that does not state it.
      type: str
      sample: per_device
    quantity:
      description: Number of CALs. Null for a retail purchase that does not state it.
      type: int
      sample: 100
    reference:
      description: The reference, or null.
      type: str
      sample: PO-2026-121
    request_id:
      description:
        - Identifies this request. The same purchase and O(change_id) have the same ID in every run.
        - Use it as the key in O(license_key_pack_ids).
      type: str
      sample: 3f9c0d21b7a4
    change_id:
      description: The O(change_id) that was given.
      type: str
      sample: CHG0031339
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
