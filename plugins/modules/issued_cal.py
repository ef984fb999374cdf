# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/issued_cal.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: issued_cal
short_description: Revoke RDS per device CALs of devices that are out of use
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Revokes per device CALs on a license server by rule, so that other devices can get them at once.
  - For each product version, the server allows at most 20 % of the installed per device CALs, and at least one, to be
    in the revoked state at a time. The module revokes as many as that allows, and says how many are left and when more
    can be revoked.
  - CALs that are already revoked, and devices without a CAL, are skipped. The same task, run again, changes nothing.
  - Per user CALs, temporary CALs and built-in key packs are never touched. A CAL that has expired is skipped too, since
    the license server takes it back by itself.
options:
  devices:
    description:
      - Revokes the CALs of these computers only. C(*) and C(?) stand for any text and any character. Case does not
        matter.
      - To match every name, use V(*); other patterns that match every name are refused.
      - A name is refused if several devices with that name hold a CAL. Set O(hardware_ids) for these, or use a pattern.
    type: list
    elements: str
  hardware_ids:
    description:
      - Revokes the CALs of devices with these hardware IDs only, as M(winfleet.rd_licensing.cal_usage_info) shows them.
        Case does not matter.
    type: list
    elements: str
  not_renewed_since:
    description:
      - Revokes only CALs whose dates prove that they were neither issued nor renewed since this date (V(2026-09-01)) or
        time (ISO 8601, UTC unless it names a zone).
      - A CAL is issued for at least 52 days. A CAL that was issued before this date and expires less than 52 days after
        it was therefore not renewed since.
    type: str
  product_version:
    description: Revokes CALs of these versions only, such as V(windows_server_2019).
    type: list
    elements: str
  status:
    description:
      - Revokes CALs with one of these states. Whether the server revokes a CAL with the status V(upgrade) is not
        documented.
    type: list
    elements: str
    choices:
      - active
      - upgrade
    default:
      - active
  require_all:
    description: If true, revokes nothing unless the limit allows all selected CALs to be revoked.
    type: bool
    default: false
  confirm_revocation:
    description:
      - Confirms that CALs are to be revoked, which cannot be undone. Required if there are CALs to revoke, except in
        check mode.
    type: bool
    default: false
notes:
  - At least one of O(devices), O(hardware_ids) and O(not_renewed_since) is required. All conditions that are set must
    be met.
  - The account must be a local Administrator of the license server.
  - A revoked CAL can be issued again at once, but it stays in the list as revoked, and counts against the limit, until
    it expires. The device keeps its copy until then, and gets a new CAL when it connects again.
  - Revocation is meant for devices that are out of service or have another purpose. It is not a way to use one CAL for
    several devices; see the license terms.
seealso:
  - module: winfleet.rd_licensing.cal_usage_info
    description: Reads who uses the CALs.
  - name: Revoke method of Win32_TSIssuedLicense
    description: Microsoft's page on the method behind the module.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-tsissuedlicense-revoke
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
  - winfleet.rd_licensing._plan
"""

EXAMPLES = r"""
- name: Revoke the CALs of scrapped devices
  winfleet.rd_licensing.issued_cal:
    devices: [SITE7-PC041, SITE7-PC042]
    confirm_revocation: true

- name: Revoke the CALs of a closed site, for devices that were not seen since the summer
  winfleet.rd_licensing.issued_cal:
    devices: ['SITE7-*']
    not_renewed_since: '2026-09-01'
    confirm_revocation: true
  register: revocation

- name: Say when the rest can be revoked
  ansible.builtin.debug:
    msg: "{{ revocation.beyond_limit | length }} CALs are left until {{ revocation.next_revocation_allowed }}"
  when: revocation.beyond_limit | length > 0
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode, one line for each CAL.
  returned: success
  type: list
  elements: str
  sample:
    - Revoke the CAL of SITE7-PC041 (Windows Server 2019 per device, license 41 of key pack 6)
revoked:
  description: The CALs that were revoked, or would be revoked in check mode, as they were before.
  returned: success
  type: list
  elements: dict
  contains: &cal
    license_id:
      description: Number of the CAL.
      type: int
      sample: 41
    key_pack_id:
      description: Number of the key pack that the CAL belongs to.
      type: int
      sample: 6
    computer:
      description: The name that the device gave.
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
      description: The status before.
      type: str
      sample: active
    issued:
      description: When the CAL was issued, or null.
      type: str
      sample: '2026-07-01T07:12:00+00:00'
    expires:
      description: When the CAL expires, or null.
      type: str
      sample: '2026-09-20T07:12:00+00:00'
beyond_limit:
  description: The selected CALs that were not revoked because of the limit.
  returned: success
  type: list
  elements: dict
  contains: *cal
limits:
  description: Where each product version stood against the limit before the task.
  returned: success
  type: list
  elements: dict
  contains:
    product_version:
      description: The version.
      type: str
      sample: windows_server_2019
    installed:
      description: Installed per device CALs of the version.
      type: int
      sample: 100
    limit:
      description: How many of them may be in the revoked state at a time. The server decides; this is rounded down.
      type: int
      sample: 20
    revoked:
      description: How many were in the revoked state.
      type: int
      sample: 18
    room:
      description: How many more could be revoked.
      type: int
      sample: 2
    next_allowed:
      description: When the first CAL that was revoked before expires and makes room, or null if there is none.
      type: str
      sample: '2026-12-01T00:00:00+00:00'
next_revocation_allowed:
  description:
    - When the first of the CALs in RV(beyond_limit) can be revoked, as far as the server or the expiration dates say.
    - Null if none was left.
  returned: success
  type: str
  sample: '2026-12-01T00:00:00+00:00'
error_code:
  description:
    - The code that the provider or WMI returned, in hexadecimal. Messages may change with a release of the collection,
      codes do not.
  returned: on a failure, if the server gave a code
  type: str
  sample: '0x80041016'
"""
