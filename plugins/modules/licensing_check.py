# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/licensing_check.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: licensing_check
short_description: Find what is wrong with RD Licensing, and how to repair it
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Checks a license server, a session host, or a session host together with its license servers. Each finding names the
    values that show it, and the module, role or manual step that repairs it.
  - What cannot be read is reported separately and never counts as healthy. Checks without a conclusive public source
    (confidence V(C)) are never more severe than V(info).
  - It only reads, and changes nothing on any server.
options:
  subject:
    description: What the host is checked as.
    type: str
    default: auto
    choices:
      auto: >-
        A license server if the service TermServLicensing exists, and a session host if the RD Session Host role service
        is installed.
      license_server: A license server. A missing role service is a finding.
      session_host: A session host. A server in remote administration mode is a finding if licensing is configured.
  license_servers:
    description:
      - Inventory names of license servers. A session host is checked together with the ones that it names, for example
        whether they hold CALs for its Windows release and its licensing mode.
      - A license server that cannot be reached is reported, and is not a failure.
    type: list
    elements: str
    default: []
  events:
    description:
      - If true, also reads licensing events from the System and Application logs. Each query names its log, its sources
        and a date.
      - Channels such as C(Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational) cannot be read this
        way, unless an administrator made them visible to WMI. A check that needs them is a row V(cannot_be_read).
    type: bool
    default: false
  event_days:
    description: How many days of events to read.
    type: int
    default: 7
  issued_cals:
    description: If true, also reads the single issued CALs. This takes long on large servers.
    type: bool
    default: false
  usage_reports:
    description: If true, also counts the stored usage reports.
    type: bool
    default: false
  extended:
    description:
      - If true, also reads what is rarely the cause, with up to three more requests. These are the limits of WinRM, the
        size and age of the licensing database, and the keys of the license server's certificates.
    type: bool
    default: false
  user_domains:
    description:
      - Domains, beside its own, whose users get per user CALs from the license server. In each of them the server must
        be a member of the group Terminal Server License Servers.
    type: list
    elements: str
    default: []
  connection_broker:
    description:
      - Inventory name of the RD Connection Broker whose deployment the session host belongs to. The licensing of the
        session host is compared with that of the deployment.
      - A broker that cannot be reached is a row, not a failure.
    type: str
  thresholds:
    description: Limits that differ from the defaults.
    type: dict
    suboptions:
      free_cals_percent:
        description: Percent of the installed CALs of a version and type that should be free. The default is V(10).
        type: int
      disk_free_mb:
        description: Megabytes that should be free on the disk with the licensing database. The default is V(1024).
        type: int
      disk_free_mb_critical:
        description: Megabytes below which that finding is critical. The default is V(100).
        type: int
      pack_expires_days:
        description: A key pack that expires within this many days is a finding. The default is V(30).
        type: int
      grace_days_warning:
        description: A grace period with this many days left or fewer is a finding. The default is V(9).
        type: int
      grace_days_critical:
        description: A grace period with this many days left or fewer is a critical finding. The default is V(4).
        type: int
      clock_skew_seconds:
        description: Seconds by which the clocks of the host and of the controller may differ. The default is V(300).
        type: int
      temporary_cal_days:
        description: Days after which a device should have a permanent CAL. The default is V(14).
        type: int
      stored_reports:
        description: Usage reports that may be stored. The default is V(20).
        type: int
      database_mb:
        description: Megabytes that the licensing database may have. The default is V(1024).
        type: int
      database_days:
        description: Days since the licensing database was last written, if CALs are issued. The default is V(30).
        type: int
  severities:
    description:
      - Severities that differ from the defaults, by check ID. One of V(critical), V(warning) and V(info).
      - A check of confidence V(C) stays V(info).
    type: dict
    default: {}
  ignore:
    description:
      - IDs of checks that are not run. The page "Health checks" of the documentation lists all of them.
    type: list
    elements: str
    default: []
  fail_on:
    description: The lowest severity at which a finding makes the task fail.
    type: str
    default: never
    choices:
      critical: A critical finding.
      warning: A critical finding or a warning.
      never: No finding.
notes:
  - The account must be a local Administrator of every server that is checked.
  - Without events, issued CALs, usage reports, O(extended) and O(user_domains), a license server takes at most 17
    requests. A session host takes at most 12 with one license server, and one more for each further one, without those
    that O(license_servers) and O(connection_broker) send to other hosts.
  - The table of Windows updates is dated. A finding shows the date as C(table).
seealso:
  - module: winfleet.rd_licensing.cal_usage_info
    description: Reads who uses the CALs.
  - module: winfleet.rd_licensing.session_host_info
    description: Reads the licensing of a session host.
  - name: Can't connect to Remote Desktop, no license server available
    description: Microsoft's troubleshooting page for the most frequent complaint.
    link: https://learn.microsoft.com/troubleshoot/windows-server/remote/cannot-connect-rds-no-license-server
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.info_module
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
"""

EXAMPLES = r"""
- name: Check a license server or session host
  winfleet.rd_licensing.licensing_check:
  register: check

- name: Show what was found
  ansible.builtin.debug:
    msg: "{{ item.severity }}: {{ item.what }} {{ item.repair }}"
  loop: "{{ check.findings }}"
  loop_control:
    label: "{{ item.id }}"

- name: Find out why a session host gets no licenses
  winfleet.rd_licensing.licensing_check:
    subject: session_host
    license_servers: "{{ groups['license_servers'] }}"
    events: true

- name: Fail in a scheduled job when something is critical
  winfleet.rd_licensing.licensing_check:
    fail_on: critical
    ignore: [security_group_off]
    thresholds:
      free_cals_percent: 5
"""

RETURN = r"""
subjects:
  description: What the host was checked as. It is empty if it is neither.
  returned: success, or a failure because of O(fail_on)
  type: list
  elements: str
  sample: [license_server]
findings:
  description: The findings, the worst first, then the checks that could not be made.
  returned: success, or a failure because of O(fail_on)
  type: list
  elements: dict
  contains:
    id:
      description: ID of the check.
      type: str
      sample: user_cals_over_allocated
    host:
      description: The host that was checked.
      type: str
      sample: rdls01
    subject:
      description: V(license_server), V(session_host) or V(pair).
      type: str
      sample: license_server
    state:
      description: V(found), or V(cannot_be_read) if a value that the check needs could not be read.
      type: str
      sample: found
    severity:
      description: V(critical), V(warning) or V(info).
      type: str
      sample: critical
    what:
      description: The finding in one sentence.
      type: str
      sample: 'rdls01 has issued more per user CALs than are installed: 801 of 800 Windows Server 2022 per user CALs.'
    evidence:
      description: The values that were read. For V(cannot_be_read), C(reason) says why.
      type: dict
      sample: {}
    repair:
      description: The module, role or manual step that repairs it.
      type: str
      sample: winfleet.rd_licensing.key_pack
    confidence:
      description: >-
        V(A) if the rule is documented, V(B) if it is documented or observed and joined by inference, V(C) if it is
        uncertain.
      type: str
      sample: A
    source:
      description: Where the rule comes from.
      type: str
      sample: 'Microsoft: per user CALs can be over-allocated, which breaches the license terms'
summary:
  description: The number of findings by severity, and of checks that could not be made.
  returned: success, or a failure because of O(fail_on)
  type: dict
  sample: {critical: 1, warning: 0, info: 2, cannot_be_read: 0}
error_code:
  description:
    - The code that the provider or WMI returned, in hexadecimal. Messages may change with a release of the collection,
      codes do not.
  returned: on a failure, if the server gave a code
  type: str
  sample: '0x80041016'
"""
