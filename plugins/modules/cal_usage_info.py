# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/cal_usage_info.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cal_usage_info
short_description: Read who uses the RDS CALs of a license server
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Reads how many RDS CALs of each version and type are installed, issued and free on a license server, and which
    devices and users hold them.
  - It can also read the usage reports that the server stores, or generate one, read it and delete it again. A report
    is the only documented source for per user CALs.
  - CALs, key packs and the record on the server are not changed.
options:
  summary_only:
    description:
      - If true, reads the key packs only and not the single CALs. This takes 3 or 4 requests whatever the number of
        issued CALs. Use it for large servers.
    type: bool
    default: false
  cal_type:
    description: Restricts everything but usage reports to CALs of this type.
    type: str
    choices:
      per_device: Per device CALs.
      per_user: Per user CALs.
  product_version:
    description:
      - Restricts everything but usage reports to CALs of these versions, such as V(windows_server_2022).
    type: list
    elements: str
  devices:
    description:
      - Restricts the issued CALs to these computers. C(*) and C(?) stand for any text and any character. Case does not
        matter.
      - O(devices) requires O(summary_only=false).
    type: list
    elements: str
  users:
    description:
      - Restricts the issued CALs to these users, as the server writes them, for example V(EXAMPLE\\anna). C(*) and C(?)
        stand for any text and any character. Case does not matter.
      - O(users) requires O(summary_only=false).
    type: list
    elements: str
  status:
    description:
      - Restricts the issued CALs to those with one of these states.
      - O(status) requires O(summary_only=false).
    type: list
    elements: str
    choices:
      - unknown
      - temporary
      - active
      - upgrade
      - revoked
      - pending
      - concurrent
  expires_before:
    description:
      - Restricts the issued CALs to those that expire before this date (V(2026-12-31)) or time (ISO 8601, UTC unless it
        names a zone). CALs without a date are left out.
      - O(expires_before) requires O(summary_only=false).
    type: str
  limit:
    description:
      - The largest number of rows in RV(cal_usage.issued_cals). All rows are counted, whatever the limit.
    type: int
    default: 1000
  usage_report:
    description: What to do about usage reports.
    type: str
    default: none
    choices:
      none: Nothing.
      list: List the stored reports.
      newest: List the stored reports and read the newest.
      generate: Generate a report, read it and delete it again, even if reading fails. Other reports are not touched. In
        check mode this reads the newest stored report instead.
  report_entries:
    description: The kinds of entries to read from a report. Each costs one request for 100 entries.
    type: list
    elements: str
    choices:
      summary: Installed and issued CALs by version and type.
      per_user: Users that hold a CAL.
      per_device: Devices that hold a CAL.
      failed_per_user: Users whose CAL could not be recorded in Active Directory.
      failed_by_domain: The number of these users for each domain.
    default:
      - summary
      - per_user
      - per_device
      - failed_per_user
      - failed_by_domain
  report_scope:
    description:
      - The scope of a generated report. Only Windows Server 2008 and 2008 R2 take one, and they need it. Windows Server
        2012 and later reject it.
      - O(report_scope) requires O(usage_report=generate).
    type: dict
    suboptions:
      type:
        description: The kind of scope.
        type: str
        required: true
        choices:
          domain: The server's domain.
          organizational_unit: The organizational unit O(report_scope.organizational_unit).
          all_trusted_domains: All trusted domains.
      organizational_unit:
        description:
          - The organizational unit, for example V(OU=Sales,OU=Europe). Required if
            O(report_scope.type=organizational_unit), and not allowed otherwise.
        type: str
notes:
  - The account must be a local Administrator of the license server.
  - Microsoft documents the list of issued CALs for per device CALs only. Some servers list per user CALs as well. The
    module decides by the key pack what a CAL is, and shows what the server lists.
  - Per user CALs are counted only where the license server may write to Active Directory. It must be a member of the
    group Terminal Server License Servers of each domain whose users sign in.
  - Names of users and devices are personal data. Set O(limit=0) to get the numbers only.
seealso:
  - module: winfleet.rd_licensing.issued_cal
    description: Revokes per device CALs.
  - module: winfleet.rd_licensing.license_server_info
    description: Reads the server itself, with its key packs.
  - name: Win32_TSIssuedLicense
    description: Microsoft's page on issued CALs.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-tsissuedlicense
  - name: Win32_TSLicenseReport
    description: Microsoft's page on usage reports.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-tslicensereport
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.info_module
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
"""

EXAMPLES = r"""
- name: Read how many CALs are left
  winfleet.rd_licensing.cal_usage_info:
    summary_only: true
  register: usage

- name: Warn before the CALs run out
  ansible.builtin.debug:
    msg: "{{ inventory_hostname }}: {{ item.free }} of {{ item.installed }} {{ item.product_version }} CALs are free"
  loop: "{{ usage.cal_usage.summary }}"
  when: item.free < item.installed * 0.1

- name: List the devices of a site whose CAL expires this year
  winfleet.rd_licensing.cal_usage_info:
    cal_type: per_device
    devices: ['SITE7-*']
    status: [active]
    expires_before: '2027-01-01'

- name: Read which users hold a CAL, and whose could not be recorded
  winfleet.rd_licensing.cal_usage_info:
    summary_only: true
    usage_report: generate
    report_entries: [per_user, failed_per_user]
"""

RETURN = r"""
cal_usage:
  description: The use of CALs on the license server.
  returned: success
  type: dict
  contains:
    summary:
      description:
        - One entry for each product version and CAL type, from the counts of the key packs.
        - An entry with no installed CALs stands for CALs that the server issued of a version nobody installed.
      type: list
      elements: dict
      contains:
        product_version:
          description: The version, or its number as text if it has no published name.
          type: str
          sample: windows_server_2022
        product_version_id:
          description: The raw number.
          type: int
          sample: 7
        cal_type:
          description: V(per_device) or V(per_user).
          type: str
          sample: per_user
        installed:
          description: CALs in the key packs.
          type: int
          sample: 800
        issued:
          description: CALs in use.
          type: int
          sample: 801
        free:
          description: Installed minus issued. Negative if more CALs are issued than installed.
          type: int
          sample: -1
        over_allocated:
          description: By how many the issued CALs exceed the installed ones.
          type: int
          sample: 1
        key_pack_ids:
          description: The key packs that were added up.
          type: list
          elements: int
          sample: [5, 6]
        next_pack_expiry:
          description: When the first of these key packs expires, or null if none does.
          type: str
          sample:
    temporary_cals_issued:
      description: Temporary CALs in use, as the key packs count them.
      type: int
      sample: 3
    issued_cals_by_status:
      description: The number of matching issued CALs by status.
      returned: unless O(summary_only=true)
      type: dict
      sample: {active: 801}
    issued_cals:
      description: The matching issued CALs, O(limit) at most.
      returned: unless O(summary_only=true)
      type: list
      elements: dict
      contains:
        license_id:
          description: Number of the CAL. Together with RV(cal_usage.issued_cals[].key_pack_id) it identifies the CAL.
          type: int
          sample: 41
        key_pack_id:
          description: Number of the key pack that the CAL belongs to.
          type: int
          sample: 5
        cal_type:
          description: The type of the key pack, or null if that key pack is not there.
          type: str
          sample: per_device
        product_version:
          description: The version of the key pack, or null if that key pack is not there.
          type: str
          sample: windows_server_2022
        computer:
          description: The name that the device gave. It need not be unique.
          type: str
          sample: SITE7-PC041
        user:
          description: The user, if the server names one.
          type: str
          sample: ''
        hardware_id:
          description: The ID by which the server tells devices apart.
          type: str
          sample: 7a0c11d2-1a4e-4be5-9f3b-0d2f6b1c5a77
        status:
          description: The status by name, or the number as text if it has no published name.
          type: str
          sample: active
        issued:
          description: When the CAL was issued, or null.
          type: str
          sample: '2026-09-01T07:12:00+00:00'
        expires:
          description: When the CAL expires, or null.
          type: str
          sample: '2026-11-22T07:12:00+00:00'
    issued_cals_matching:
      description: The number of matching issued CALs, including those beyond O(limit).
      returned: unless O(summary_only=true)
      type: int
      sample: 801
    devices_with_several_cals:
      description: Computers that hold more than one active per device CAL of a version, among the matching CALs.
      returned: unless O(summary_only=true)
      type: list
      elements: dict
      contains:
        computer:
          description: The computer, in lowercase.
          type: str
          sample: site7-pc041
        product_version:
          description: The version.
          type: str
          sample: windows_server_2022
        cals:
          description: The number of active CALs.
          type: int
          sample: 2
    next_device_expiry:
      description: When the first of the matching active per device CALs expires, or null.
      returned: unless O(summary_only=true)
      type: str
      sample: '2026-11-22T07:12:00+00:00'
    usage_reports:
      description: The stored usage reports, the newest first.
      returned: if O(usage_report) is V(list) or V(newest), and in check mode if it is V(generate)
      type: list
      elements: dict
      contains:
        file_name:
          description: Name of the report.
          type: str
          sample: Report 0001
        generated:
          description: When it was generated, or null if the server does not say.
          type: str
          sample: '2026-11-27T13:40:00+00:00'
        version:
          description: Version of the report, as the server has it.
          type: int
          sample: 2
    usage_report:
      description: The report that was read.
      returned: if O(usage_report) is V(newest) or V(generate), and there is a report
      type: dict
      contains:
        file_name:
          description: Name of the report. A generated report is deleted by the time the task ends.
          type: str
          sample: Report 0001
        generated:
          description: When it was generated, or null if the server does not say.
          returned: if a stored report was read
          type: str
          sample: '2026-11-27T13:40:00+00:00'
        version:
          description: Version of the report, as the server has it.
          returned: if a stored report was read
          type: int
          sample: 2
        entries:
          description: >-
            The entries by kind. Texts whose names end in C(_text) are as the server has them, in its display language.
          type: dict
          sample:
            per_user:
              - user: EXAMPLE\anna
                expires: '2027-01-20T08:00:00+00:00'
                cal_type_text: RDS Per User CAL
                product_version: windows_server_2022
                product_version_id: 7
                product_version_text: Windows Server 2022
  sample:
    summary:
      - product_version: windows_server_2022
        product_version_id: 7
        cal_type: per_user
        installed: 800
        issued: 801
        free: -1
        over_allocated: 1
        key_pack_ids: [5, 6]
        next_pack_expiry:
    temporary_cals_issued: 3
error_code:
  description:
    - The code that the provider or WMI returned, in hexadecimal. Messages may change with a release of the collection,
      codes do not.
  returned: on a failure, if the server gave a code
  type: str
  sample: '0x80041016'
"""
