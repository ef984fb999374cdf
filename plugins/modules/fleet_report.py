# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/fleet_report.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_report
short_description: Write a report on all license servers and session hosts
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Reads any number of license servers and session hosts in one task and writes a report to the controller. It shows
    who holds the CALs, how many are free, what is wrong, and what is unfinished.
  - Several hosts are read at a time, each over its own connection settings. A host that cannot be read is listed in the
    report and is not a failure.
  - The page works without a network. Its tables can be sorted and filtered, and it can be printed.
  - Servers are only read. The task runs on the controller and needs no connection of its own.
options:
  license_servers:
    description: Inventory names of the license servers.
    type: list
    elements: str
    default: []
  session_hosts:
    description: Inventory names of the session hosts.
    type: list
    elements: str
    default: []
  directory:
    description:
      - Directory on the controller for the files C(fleet-report.html), C(fleet-report.json),
        C(fleet-report-key-packs.csv) and C(fleet-report-findings.csv). It is created if needed. The files have mode
        0600.
      - A relative path starts at the directory in which C(ansible-playbook) was started.
    type: path
    required: true
  title:
    description: Title of the page.
    type: str
    default: Remote Desktop licensing
  previous:
    description:
      - The JSON file of an earlier report. The report then shows what changed since, and when CALs run out at the
        current rate. A missing file is not a failure, so the task can name its own previous report.
    type: path
  requests_file:
    description:
      - The file C(clearinghouse-requests.json) of M(winfleet.rd_licensing.clearinghouse_request). The report then lists
        the open Clearinghouse requests.
    type: path
  ignore:
    description:
      - IDs of checks of M(winfleet.rd_licensing.licensing_check) that are not run, or of those that need a whole fleet
        (C(cals_nobody_can_use), C(modes_differ), C(only_one_server), C(role_not_needed), C(split_across_servers)).
      - Checks that depend on what session hosts use are made only if all of O(session_hosts) could be read.
    type: list
    elements: str
    default: []
  concurrency:
    description: How many hosts are read at a time, from 1 to 100.
    type: int
    default: 16
notes:
  - The account of each connection must be a local Administrator of its host.
  - The report holds no purchase numbers. It holds names of servers, and no names of users or devices.
  - In check mode the servers are read and nothing is written.
seealso:
  - module: winfleet.rd_licensing.licensing_check
    description: The same checks for one host, with events and issued CALs.
  - module: winfleet.rd_licensing.cal_usage_info
    description: Reads who uses the CALs of one license server.
  - name: License your RDS deployment with client access licenses
    description: Microsoft's page on CALs.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/rds-client-access-license
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details:
      - The report is written at each run, with the time.
  idempotent:
    support: full
    details:
      - The files are written at each run, with the time. C(changed) tells whether anything else differs.
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
"""

EXAMPLES = r"""
- name: Write the report of the fleet
  winfleet.rd_licensing.fleet_report:
    license_servers: "{{ groups['license_servers'] }}"
    session_hosts: "{{ groups['session_hosts'] }}"
    directory: reports
    previous: reports/fleet-report.json
  run_once: true

- name: Write the report of one site, with the open Clearinghouse requests
  winfleet.rd_licensing.fleet_report:
    license_servers: [rdls01, rdls02]
    directory: /srv/reports/site7
    title: Remote Desktop licensing, site 7
    requests_file: clearinghouse/clearinghouse-requests.json
  run_once: true

- name: Write a short report on session hosts alone
  winfleet.rd_licensing.fleet_report:
    session_hosts: "{{ groups['session_hosts'] }}"
    directory: reports
    ignore: [cannot_judge, security_group_off]
    concurrency: 40
  run_once: true
"""

RETURN = r"""
summary:
  description: The numbers at the top of the page.
  returned: success
  type: dict
  contains:
    license_servers:
      description: License servers that were read.
      type: int
      sample: 12
    session_hosts:
      description: Session hosts that were read.
      type: int
      sample: 80
    unreadable:
      description: Hosts that could not be read.
      type: int
      sample: 1
    pending_removals:
      description: CALs that were migrated and may still be on their source.
      type: int
      sample: 0
    unfinished:
      description: Recorded operations without an outcome.
      type: int
      sample: 0
    open_requests:
      description: Open Clearinghouse requests.
      type: int
      sample: 0
    critical:
      description: Critical findings.
      type: int
      sample: 1
    warning:
      description: Warnings.
      type: int
      sample: 3
    info:
      description: Findings that are worth knowing.
      type: int
      sample: 14
files:
  description: Absolute paths of the files.
  returned: success
  type: list
  elements: str
  sample: [/srv/reports/fleet-report.html]
changes:
  description: What changed since the earlier report.
  returned: if O(previous) was read
  type: dict
  contains:
    since:
      description: When the earlier report was made.
      type: str
      sample: '2026-10-27T06:00:00+00:00'
    new_findings:
      description: Findings that the earlier report did not have.
      type: list
      elements: dict
      sample: [{id: cals_low, host: rdls01}]
    settled_findings:
      description: Findings of the earlier report that are gone.
      type: list
      elements: dict
      sample: []
    new_hosts:
      description: Hosts that the earlier report did not have.
      type: list
      elements: str
      sample: []
    missing_hosts:
      description: Hosts of the earlier report that were not read this time.
      type: list
      elements: str
      sample: []
"""
