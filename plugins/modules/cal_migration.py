# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/cal_migration.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cal_migration
short_description: Migrate RDS CALs from one license server to another
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Brings the RDS CALs of named purchases from a source license server to the license server that the task runs for,
    the target. This replaces the branch Migrate RDS CALs from another license server to this license server of the
    Manage RDS CALs Wizard, for both of its reasons and all three connection methods.
  - If the source is a host of the inventory (O(source.host)), the module reads it too. It then knows which CALs can be
    migrated, reads afterward whether Windows removed them from the source, and with O(remove_from_source) removes any
    that remain. The same CALs must not be used on two servers.
  - An unreachable source is described by O(source.license_server_id) and O(source.operating_system). Nothing can be
    removed there, so the administrator confirms that it will be done (O(acknowledge_manual_removal)), and the record on
    the target keeps that as a pending removal.
  - Windows keeps no trace of the purchase that a key pack came from. The module therefore keeps a record of its
    operations on the target, in the registry under C(HKLM\SOFTWARE\WinFleet\RDLicensing). The record of a reachable
    source says which of its key packs the target takes over, for other targets and later tasks. It also tells which key
    pack belongs to which purchase, if this collection filled the source.
  - If a purchase is recorded on the target and its key pack is there, nothing is done. If its key pack is gone, the
    task stops and says so.
  - The module never repeats a call unless it provably had no effect. It writes its intention into the record, makes the
    call, reads the key packs and records what it sees there. If a response is lost, or no effect is seen, the outcome
    is unknown. The module then looks for the effect, and so does a later run before it makes any call
    (O(outcome_wait)). If the effect stays unknown, the task stops and says how to settle it (O(resolve_operations)).
    Removals, reductions and conversions follow the same rule.
  - If another task has just begun an operation on the same server, the task stops and changes nothing.
  - CALs are recorded as they are read. If a license key pack ID installs other CALs than those of its purchase, the
    task fails, reports a change, and says which purchase the ID probably belongs to. Enter each ID for its own
    purchase, and the key pack is recorded as the purchase whose ID brought it. Or set O(purchases[].key_pack_id) on
    that purchase; if both purchases already have a key pack, set it on both to exchange them. The same holds after a
    lost response or a return code that is not 0.
  - It never removes more from the source than was read on the target, only from key packs of the purchases that were
    migrated, and never from one that is built into Windows or temporary. The source is read once everything is
    imported. CALs that the source got after it was first read stay as well. The module changes nothing else on the
    source, and does not deactivate it; M(winfleet.rd_licensing.license_server) does.
options:
  source:
    description:
      - The license server that the CALs come from.
    type: dict
    required: true
    suboptions:
      host:
        description:
          - Inventory name of the source. The module connects to it with that host's own connection variables, and never
            tries the target's account on it.
          - One of O(source.host) and O(source.license_server_id) is required. Leave it out only for a source that
            cannot be reached.
        type: str
      name:
        description:
          - The name of the source for the target on the network, a fully qualified domain name or an IP address.
          - By default the address that O(source.host) has in the inventory. Where that is an alias or a loopback
            address, the source's own computer name with its DNS domain.
          - Without O(source.host) there is no default, and an empty name is sent. Whether a server accepts that is not
            published, so give the name if it is known.
        type: str
      license_server_id:
        description:
          - License server ID of the source, 35 letters and digits. Hyphens, spaces and case are ignored.
          - Required if O(source.host) is not given.
          - With O(source.host) the ID is read from the source, and a value given here must agree with it. Set it for a
            source that has been deactivated, whose ID can no longer be read, to complete earlier migrations.
        type: str
      operating_system:
        description:
          - Windows release of the source. Required if O(source.host) is not given, as in the wizard, and refused
            otherwise.
          - It goes into RV(awaiting), because the Clearinghouse asks for it. The licensing provider has no parameter
            for it.
        type: str
        choices:
          - windows_server_2008
          - windows_server_2008_r2
          - windows_server_2012
          - windows_server_2012_r2
          - windows_server_2016
          - windows_server_2019
          - windows_server_2022
          - windows_server_2025
  reason:
    description:
      - Why the CALs are migrated, one of the two reasons in the wizard.
      - It goes into the record and into RV(awaiting). The licensing provider has no parameter for it. How the module
        works depends on whether O(source.host) is given, not on the reason.
    type: str
    required: true
    choices:
      source_is_being_replaced: The source license server is being replaced by the target.
      source_is_not_functioning: The source license server no longer works.
  purchases:
    description:
      - The purchases whose CALs are to be on the target. They are migrated one after the other, in this order, each
        with its full quantity.
      - If O(source.host) is given, the source must hold the CALs of each purchase that is not on the target yet.
      - Retail purchases that do not state their CALs stand for what the other purchases leave on the source. As many
        packs must be left as there are such purchases, otherwise the task stops. Such purchases cannot be adopted.
      - An empty list is accepted. The task then only removes or records what earlier migrations left on the source.
    required: true
  adopt:
    description:
      - Whether a key pack on the target that fits a purchase in version, type and quantity, and belongs to no recorded
        purchase, counts as that purchase. It is assumed to have been migrated manually. It is recorded, which
        counts as a change, and the Clearinghouse is not asked.
      - A key pack is adopted only if the source no longer holds CALs of its version and type that no other purchase
        accounts for. If both servers hold such CALs, the task stops.
      - Without O(source.host) the source cannot be read, so the task stops if there is such a key pack, or if there is
        an unclaimed retail pack and a retail purchase that does not state its CALs.
      - With V(false) a purchase that is not recorded is migrated, whatever else is on the target.
    type: bool
  require_full_coverage:
    description:
      - Whether to stop, before anything is changed, if O(purchases) do not account for all purchased CALs that the
        source holds. The message names the key packs that are not covered.
      - Requires O(source.host).
    type: bool
    default: false
  remove_from_source:
    description:
      - Whether to remove from the source the migrated CALs that Windows left there. This covers earlier migrations
        between the two servers too, as recorded on the target.
      - With V(false) they stay, the task warns, and RV(left_behind) lists them.
      - CALs that were migrated while the source could not be read are removed only if all of them are still there. If
        some are gone, they may have been removed manually, so the rest stays and the task warns.
      - Requires O(source.host).
    type: bool
    default: false
  acknowledge_removed:
    description:
      - States that the CALs of earlier migrations are gone from the source, because the server was wiped or they were
        removed manually. The pending removals of that source in the record of the target are closed.
      - Nothing is read or changed on the source. If it can be reached, set O(source.host) and O(remove_from_source)
        instead, which read and remove the CALs.
      - Cannot be used with O(source.host).
    type: bool
    default: false
  acknowledge_manual_removal:
    description:
      - Confirms that the migrated CALs will be removed from a source that cannot be reached, or that it will never be
        used again as a license server. Using the same CALs on both servers violates the license terms.
      - Must be V(true) to migrate without O(source.host). With O(source.host) it is refused.
      - The confirmation is kept in the record on the target as a pending removal, see RV(obligations). A later task
        closes it if it reads the source (O(source.host)) and the CALs are gone, or if O(acknowledge_removed) is set.
    type: bool
    default: false
  connection_method:
    description:
      - How the target contacts the Microsoft Clearinghouse in this task.
      - By default the method that M(winfleet.rd_licensing.connection_method) recorded on the target, or V(automatic) if
        none is recorded.
      - With V(web_browser) and V(telephone) a purchase without a license key pack ID is not a failure. It changes
        nothing, and RV(awaiting) says what to tell the Clearinghouse. The next run continues once it is given the ID.
      - It applies to this task only. The recorded method does not change.
attributes:
  check_mode:
    support: full
    details:
      - Whether Windows will be able to remove the CALs from the source cannot be known beforehand. Check mode shows the
        source as it will be after Windows or O(remove_from_source) has removed them.
  diff_mode:
    support: full
    details:
      - A table of the purchased key packs of the target, and with O(remove_from_source) one of those of the source.
  idempotent:
    support: full
notes:
  - The account on each server must be a local Administrator there. Both servers must be activated, except for a
    source that cannot be reached.
  - Windows removes the CALs from the source only if the target reaches it over the network (RPC, TCP ports 135, 445 and
    49152 to 65535). Which account the target uses for that is not published, so the module itself reads the source and
    removes CALs over the source's own connection.
  - The source is cleared once everything is imported. If a run is interrupted, the CALs that it has imported may be on
    both servers until the next run, which continues from there.
  - If a task fails after it has changed something, its message says what was done, and it reports C(changed=true).
    Running it again continues from there.
  - The module has been tested with this project's simulated license servers. No published report on the use of the
    provider's Import methods is known, so begin with a small purchase on a real server.
seealso:
  - module: winfleet.rd_licensing.key_pack
    description: Installs CALs that are on no server yet, and removes key packs.
  - module: winfleet.rd_licensing.license_server
    description: Activates the target, and deactivates the source afterward.
  - module: winfleet.rd_licensing.license_server_info
    description: Reads both servers, and the record with its pending removals.
  - module: winfleet.rd_licensing.connection_method
    description: Records the connection method.
  - name: Migrate your Remote Desktop Services Client Access Licenses (RDS CALs)
    description: Microsoft's page on the wizard that this module replaces.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/migrate-rds-cals
  - name: License your RDS deployment with client access licenses (CALs)
    description: Microsoft's page on CAL types and on which server takes which CALs.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/rds-client-access-license
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
# The role winfleet.rd_licensing.replace_source_server does this and what belongs around it.
- name: Move all CALs from rdls01 to the license server of this play
  winfleet.rd_licensing.cal_migration:
    source:
      host: rdls01
    reason: source_is_being_replaced
    purchases:
      - license_program: enterprise
        agreement_number: "{{ vault_agreement_number }}"
        product_version: windows_server_2022
        cal_type: per_user
        quantity: 250
      - license_program: retail
        license_code: "{{ vault_license_code }}"
    require_full_coverage: true
    remove_from_source: true

- name: Move the CALs of a server that no longer works, with an ID from the licensing web site
  winfleet.rd_licensing.cal_migration:
    source:
      name: rdls01.example.com
      license_server_id: "{{ vault_source_license_server_id }}"
      operating_system: windows_server_2016
    reason: source_is_not_functioning
    acknowledge_manual_removal: true
    connection_method: web_browser
    purchases:
      - license_program: select
        agreement_number: "{{ vault_enrollment_number }}"
        product_version: windows_server_2016
        cal_type: per_device
        quantity: 100
        license_key_pack_id: "{{ vault_license_key_pack_id | default(omit) }}"
  register: result

- name: Say what is awaited
  ansible.builtin.debug:
    var: result.awaiting
  when: result.awaiting | length > 0

- name: Remove what earlier migrations left on rdls01, and migrate nothing
  winfleet.rd_licensing.cal_migration:
    source:
      host: rdls01
    reason: source_is_being_replaced
    purchases: []
    remove_from_source: true
"""

RETURN = r"""
steps:
  description:
    - What the task did, in order; in check mode what a real run would do. Empty if there is nothing to do.
    - Which CALs this migration leaves on the source is known only afterward, so the step that removes them names those
      that are expected.
    - Recording the outcome of an earlier run is also a step, but does not count as a change.
  returned: success
  type: list
  elements: str
  sample:
    - Migrate 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567) from rdls01
connection_method:
  description: The connection method that was used.
  returned: success
  type: str
  sample: automatic
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
        - V(recorded) if it was recorded and is there, or if an earlier, interrupted run had acquired it.
        - V(adopted) if a fitting key pack on the target was recorded as this purchase.
        - V(migrated) if it was migrated, in check mode if it would be.
        - V(awaiting) if its license key pack ID is missing.
      type: str
      sample: migrated
    key_pack_id:
      description:
        - The key pack on the target that holds its CALs. Null if its ID is missing, and in check mode if it would be
          migrated.
      type: int
      sample: 3
awaiting:
  description:
    - The request to the Clearinghouse for each purchase whose license key pack ID is missing. Empty if there are
      none.
    - The same in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    title:
      description: The request in one sentence.
      type: str
      sample: Waits for the license key pack ID of 100 Windows Server 2016 per device CALs (Select License ****7654)
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
      description: What the ID is for, V(migrate) here.
      type: str
      sample: migrate
    option:
      description: What to choose on the web site under C(Select Option).
      type: str
      sample: Manage CALs
    target_license_server_id:
      description: License server ID of the target, in 7 groups of 5.
      type: str
      sample: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG
    source_name:
      description: Name of the source, O(source.host) or O(source.name).
      type: str
      sample: rdls01
    source_license_server_id:
      description: License server ID of the source, in 7 groups of 5.
      type: str
      sample: HHHHH-JJJJJ-KKKKK-LLLLL-MMMMM-NNNNN-PPPPP
    source_operating_system:
      description: Windows release of the source, as read or as O(source.operating_system) says.
      type: str
      sample: windows_server_2016
    reason:
      description: The reason of the migration, in the words of the wizard.
      type: str
      sample: The source license server is no longer functioning
    license_program_name:
      description: The license program in words.
      type: str
      sample: Select License
    first_name:
      description: First name, as set on the target. Null if it is not set; so are the others up to the postal code.
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
      sample: windows_server_2016
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
        - Identifies this request. The same purchase has the same ID in every run.
        - Use it as the key in O(license_key_pack_ids).
      type: str
      sample: 3f9c0d21b7a4
left_behind:
  description:
    - Migrated CALs that the source still holds after the task; in check mode those that it holds now.
    - Empty without O(source.host), because the source cannot be read.
  returned: success
  type: list
  elements: dict
  contains:
    key_pack_id:
      description: The key pack on the source.
      type: int
      sample: 2
    quantity:
      description: How many of its CALs were migrated and are to be removed.
      type: int
      sample: 250
    whole:
      description: Whether these are all CALs of the key pack.
      type: bool
      sample: true
target:
  description: What the target holds, as it was read, in the form of
    RV(winfleet.rd_licensing.license_server_info#module:license_server.key_packs).
  returned: always
  type: dict
  contains: &held
    key_packs_before:
      description: The key packs before the task.
      type: list
      elements: dict
      sample: []
    key_packs_after:
      description: The key packs after the task. Missing in check mode.
      type: list
      elements: dict
      sample: []
source:
  description: What the source holds, as it was read. Missing for a source that cannot be reached.
  returned: with O(source.host)
  type: dict
  contains: *held
obligations:
  description:
    - Migrations recorded on the target whose CALs may still be on their source, whichever source that is, after the
      task. In check mode those recorded now.
  returned: success
  type: list
  elements: dict
  contains:
    title:
      description: The pending removal in one sentence.
      type: str
      sample: 'Still to be removed from rdls01.example.com: 100 Windows Server 2016 per device CALs'
    operation_id:
      description: Identifies the operation in messages and in O(resolve_operations).
      type: str
      sample: 000004-3f9a2c1d
    readable:
      description: Whether the operation could be read, here always V(true).
      type: bool
      sample: true
    sequence:
      description: Number of the operation.
      type: int
      sample: 4
    operation:
      description: What was done, here V(migrate).
      type: str
      sample: migrate
    status:
      description: How it ended, here V(done).
      type: str
      sample: done
    started:
      description: When it began, in UTC.
      type: str
      sample: '2026-11-03T09:12:44Z'
    finished:
      description: When its outcome was recorded, in UTC.
      type: str
      sample: '2026-11-03T09:12:51Z'
    connection_method:
      description: The connection method that was used.
      type: str
      sample: web_browser
    license_program:
      description: License program of the purchase.
      type: str
      sample: select
    credential:
      description: Credential of the purchase, masked to its last four characters.
      type: str
      sample: '****7654'
    reference:
      description: The reference that was given for the purchase.
      returned: if one was given
      type: str
      sample: PO-2026-121
    license_key_pack_id:
      description: The license key pack ID that was used, masked to its last four characters.
      returned: if one was used
      type: str
      sample: '****9XYZ'
    product_version:
      description: Product version of the CALs.
      returned: unless the purchase does not state its CALs
      type: str
      sample: windows_server_2016
    cal_type:
      description: Type of the CALs.
      returned: unless the purchase does not state its CALs
      type: str
      sample: per_device
    quantity:
      description: Number of CALs.
      returned: unless the purchase does not state its CALs
      type: int
      sample: 100
    key_pack_id:
      description: Key pack on the target that they are in.
      type: int
      sample: 5
    source:
      description: Name that the target used for the source. Empty if the source had no name.
      type: str
      sample: rdls01.example.com
    source_license_server_id:
      description: License server ID of the source, in 7 groups of 5.
      type: str
      sample: HHHHH-JJJJJ-KKKKK-LLLLL-MMMMM-NNNNN-PPPPP
    source_removal:
      description: What happened to the CALs on the source, here V(pending).
      type: str
      sample: pending
    reason:
      description: The O(reason) that was given.
      type: str
      sample: source_is_not_functioning
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
