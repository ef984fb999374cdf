# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/key_pack.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: key_pack
short_description: Install, remove, reduce and convert RDS CALs on a license server
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Ensures that purchases of RDS CALs are installed on a Remote Desktop license server, each of them once. This
    replaces the Install Licenses Wizard of Remote Desktop Licensing Manager.
  - Removes a license key pack, reduces it to a given number of CALs, or converts CALs between per user and per device.
  - A I(license key pack) is a set of CALs on a server, identified there by a small number, the O(key_pack_id). A
    I(license key pack ID) is the code of 35 characters that the Microsoft Clearinghouse issues for a purchase.
  - Windows keeps no trace of the purchase that a key pack came from. The module therefore keeps a record of its
    operations on the license server, in the registry under C(HKLM\SOFTWARE\WinFleet\RDLicensing). Every controller
    finds it there.
  - If a purchase is recorded and its key pack is there with the recorded product version, CAL type and quantity,
    nothing is done. If the key pack is gone or holds other CALs, the task stops and says so. It also stops if the
    purchase was migrated to another license server.
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
  - It never touches a key pack that is built into Windows, temporary, or of a type without a published meaning.
  - For CALs that are on another license server, use M(winfleet.rd_licensing.cal_migration).
options:
  state:
    description:
      - What is wanted.
    type: str
    default: present
    choices:
      present: The O(purchases) are installed.
      absent: The key pack O(key_pack_id) is not on the server.
      reduced: The key pack O(key_pack_id) holds O(quantity) CALs.
      converted: CALs of the key pack O(key_pack_id) have been converted to O(cal_type), once for each O(change_id).
  purchases:
    description:
      - The purchases that are to be on the server. They are installed one after the other, in this order.
      - Key packs of other purchases stay as they are; to remove one, use O(state=absent).
      - Required with O(state=present). Mutually exclusive with O(key_pack_id).
  adopt:
    description:
      - Whether a key pack that fits a purchase in version, type and quantity, and belongs to no recorded purchase,
        counts as that purchase. It is assumed to have been installed manually. It is recorded, which counts as a
        change, and the Clearinghouse is not asked.
      - With V(false) a purchase that is not recorded is installed, whatever else is on the server. Only what an
        operation on record brought, or what O(purchases[].key_pack_id) names, still counts.
      - A retail purchase that does not state its CALs cannot be compared. If there are retail packs that belong to no
        purchase, the task stops.
      - Requires O(state=present).
  key_pack_id:
    description:
      - The number of a key pack on the server, as returned by M(winfleet.rd_licensing.license_server_info).
      - Required with O(state=absent), O(state=reduced) and O(state=converted). Mutually exclusive with O(purchases).
      - With O(state=absent) a missing key pack is not an error; if a purchase is recorded in it, that purchase is no
        longer expected. With the other two states the task fails if the key pack is missing.
    type: int
  quantity:
    description:
      - Required with O(state=reduced), where it is the number of CALs that the pack is to hold, 1 or more. A pack with
        fewer CALs is an error.
      - With O(state=converted), the number of CALs to convert; the whole key pack if omitted.
      - Refused with the other states.
    type: int
  cal_type:
    description:
      - The wanted type of the CALs.
      - Required with O(state=converted), refused with the other states. If the key pack already has this type, nothing
        is done.
    type: str
    choices:
      per_device: RDS Per Device CALs.
      per_user: RDS Per User CALs.
  change_id:
    description:
      - Any text that identifies this conversion, such as the number of a change ticket. A conversion leaves no state
        that can be read, so the record keeps the change ID, and CALs are converted once for each ID.
      - Use a different ID for each conversion on a server. The ID of another key pack's conversion is refused.
      - Required with O(state=converted), refused with the other states.
    type: str
  connection_method:
    description:
      - How this task contacts the Microsoft Clearinghouse. It is used only with O(state=present).
      - By default the method that M(winfleet.rd_licensing.connection_method) recorded on the license server, or
        V(automatic) if none is recorded.
      - With V(web_browser) and V(telephone) a purchase without a license key pack ID is not a failure. It changes
        nothing, and RV(awaiting) says what to tell the Clearinghouse. The next run continues once it is given the ID.
      - It applies to this task only. The recorded method does not change.
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - One table, with the purchased key packs and the purchases that they belong to.
  idempotent:
    support: full
    details:
      - Converting is done once for each O(change_id).
notes:
  - The account must be a local Administrator of the license server. To install CALs, the server must be activated.
  - A key pack is removed or reduced on the server only. Whether that frees CALs at the Clearinghouse, and what happens
    to CALs of the key pack that are issued, is not published. The CALs can be installed again only as far as the
    Clearinghouse allows.
  - If a task fails after it has changed something, its message says what was done, and it reports C(changed=true).
    Running it again continues from there.
  - The module has been tested with this project's simulated license servers. Which codes a real server returns for
    rejected calls is not published, so unknown codes are shown in hexadecimal.
seealso:
  - module: winfleet.rd_licensing.license_server_info
    description: Lists the key packs with their IDs, and the record.
  - module: winfleet.rd_licensing.cal_migration
    description: Brings CALs from another license server.
  - module: winfleet.rd_licensing.license_server
    description: Activates the license server.
  - module: winfleet.rd_licensing.connection_method
    description: Records the connection method.
  - name: Install RDS client access licenses on the Remote Desktop license server
    description: Microsoft's page on the wizard that this module replaces.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/rds-install-cals
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
- name: Install the CALs of an agreement and of a retail purchase
  winfleet.rd_licensing.key_pack:
    purchases:
      - license_program: enterprise
        agreement_number: "{{ vault_agreement_number }}"
        product_version: windows_server_2022
        cal_type: per_user
        quantity: 250
      - license_program: retail
        license_code: "{{ vault_license_code }}"
        product_version: windows_server_2022
        cal_type: per_device
        quantity: 50

- name: Distinguish two equal orders under one agreement by their order numbers
  winfleet.rd_licensing.key_pack:
    purchases:
      - license_program: open
        license_number: "{{ vault_open_license_number }}"
        authorization_number: "{{ vault_authorization_number }}"
        product_version: windows_server_2019
        cal_type: per_user
        quantity: 20
        reference: PO-2025-004
      - license_program: open
        license_number: "{{ vault_open_license_number }}"
        authorization_number: "{{ vault_authorization_number }}"
        product_version: windows_server_2019
        cal_type: per_user
        quantity: 20
        reference: PO-2026-118

# Run it once to learn what to tell the Clearinghouse, and again with the ID that it gave.
- name: Install CALs on a server without Internet access
  winfleet.rd_licensing.key_pack:
    connection_method: web_browser
    purchases:
      - license_program: select
        agreement_number: "{{ vault_enrollment_number }}"
        product_version: windows_server_2022
        cal_type: per_device
        quantity: 100
        license_key_pack_id: "{{ vault_license_key_pack_id | default(omit) }}"
  register: result

- name: Say what is awaited
  ansible.builtin.debug:
    var: result.awaiting
  when: result.awaiting | length > 0

- name: Leave 40 CALs in key pack 3
  winfleet.rd_licensing.key_pack:
    state: reduced
    key_pack_id: 3
    quantity: 40

- name: Convert 25 CALs of key pack 3 to per device, under a change ticket
  winfleet.rd_licensing.key_pack:
    state: converted
    key_pack_id: 3
    cal_type: per_device
    quantity: 25
    change_id: CHG0031337

- name: Remove key pack 4
  winfleet.rd_licensing.key_pack:
    state: absent
    key_pack_id: 4
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
    - Install 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)
connection_method:
  description: The connection method that was used.
  returned: success and O(state=present)
  type: str
  sample: automatic
purchases:
  description: What became of each purchase, in the order of O(purchases).
  returned: success and O(state=present)
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
        - V(adopted) if a fitting key pack was recorded as this purchase.
        - V(installed) if it was installed, in check mode if it would be.
        - V(awaiting) if its license key pack ID is missing.
      type: str
      sample: installed
    key_pack_id:
      description: The key pack that holds its CALs. Null if its ID is missing, and in check mode if it would be
        installed.
      type: int
      sample: 3
awaiting:
  description:
    - The request to the Clearinghouse for each purchase whose license key pack ID is missing. Empty if there are
      none.
    - The same in check mode.
  returned: success and O(state=present)
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
      description: What the ID is for, V(install) here.
      type: str
      sample: install
    option:
      description: What to choose on the web site under C(Select Option).
      type: str
      sample: Install client access licenses
    target_license_server_id:
      description: License server ID of this server, in 7 groups of 5.
      type: str
      sample: AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG
    reason:
      description: What the ID is for.
      type: str
      sample: Installing RDS CALs
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
        - Identifies this request. The same purchase has the same ID in every run.
        - Use it as the key in O(license_key_pack_ids).
      type: str
      sample: 3f9c0d21b7a4
key_pack_id:
  description:
    - The key pack that holds the converted CALs.
    - Null in check mode before it is done, and if there was nothing to convert.
  returned: success and O(state=converted)
  type: int
  sample: 5
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
