# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/clearinghouse_request.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: clearinghouse_request
short_description: Write a request sheet for the Microsoft Clearinghouse
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - With the connection methods C(web_browser) and C(telephone) an administrator gets license key pack IDs,
    license server IDs and confirmation codes from the Microsoft Clearinghouse. A task that lacks one changes nothing
    and returns what to request under RV(ignore:awaiting).
  - This module writes the open requests of a whole fleet into files on the controller. One is a sheet to read
    (Markdown), page by page as the licensing web site asks for it. Two hold the same for other tools (CSV and JSON).
    The fourth is a variables file to fill in, the answer file.
  - The next run takes the answer file as C(-e @clearinghouse-answers.yml). Its variable C(rd_licensing_answers)
    has by server C(license_key_pack_ids), C(license_server_id) and C(confirmation_code). The roles of this collection
    read it without further options.
  - Answers that are filled in stay. The answer file is rewritten only if a request is not in it yet. It is never
    written if it is encrypted, has encrypted values or holds other variables. A warning then names the missing
    requests.
  - Requests of servers that are not in O(requests) stay on the sheet, so a run with C(--limit) or C(serial) removes
    nothing of other servers. A request keeps its number, on the sheet and in the answer file, as long as it is open.
  - Entries of the answer file that fit no request are named in warnings. O(check_answers) checks them before anything
    else is done.
  - No server is asked and none is changed. The module does not need a connection to the host of the task.
  - The role C(winfleet.rd_licensing.clearinghouse_requests) collects the requests of all hosts of a play for it.
options:
  requests:
    description:
      - The servers of this run, one entry for each server.
      - If there is neither an open request nor a sheet of an earlier run, nothing is written. Once the last request of
        a sheet is closed, the sheet says that no requests are open.
    type: list
    elements: dict
    required: true
    suboptions:
      server:
        description:
          - Inventory name of the server. The answers are kept under this name.
        type: str
        required: true
      awaiting:
        description:
          - What a task returned as RV(winfleet.rd_licensing.key_pack#module:awaiting),
            RV(winfleet.rd_licensing.cal_migration#module:awaiting),
            RV(winfleet.rd_licensing.database_rebuild#module:awaiting) or
            RV(winfleet.rd_licensing.license_server#module:awaiting), unchanged.
          - An empty list closes the requests of this server on the sheet. If omitted, they stay.
        type: list
        elements: dict
      purchases:
        description:
          - The purchases of that task, as in O(winfleet.rd_licensing.key_pack#module:purchases). They are needed with
            O(include_credentials=true), because the result of a task never holds a number or code in clear text, and
            are useful for O(check_answers).
        type: list
        elements: dict
        suboptions:
          license_program:
            description: The license program under which the CALs were bought.
            type: str
            required: true
            choices:
              - retail
              - open
              - select
              - enterprise
              - campus
              - school
              - service_provider
              - other_agreement
          license_code:
            description: The code of a retail purchase.
            type: str
          license_number:
            description: The number of an Open License.
            type: str
          authorization_number:
            description: The authorization number of an Open License.
            type: str
          agreement_number:
            description: The number of an agreement or enrollment.
            type: str
          product_version:
            description: The Windows Server version of the CALs.
            type: str
          cal_type:
            description: Whether the CALs are for users or for devices.
            type: str
            choices:
              - per_device
              - per_user
          quantity:
            description: The number of CALs.
            type: int
          reference:
            description: A name of your own for the purchase.
            type: str
          license_key_pack_id:
            description: Ignored.
            type: str
          acknowledge_missing:
            description: Ignored.
            type: str
          key_pack_id:
            description: Ignored.
            type: int
      change_id:
        description:
          - The O(winfleet.rd_licensing.database_rebuild#module:change_id) of that task, for O(check_answers).
        type: str
  directory:
    description:
      - Directory on the controller for the files. It is created with mode 0700 if it does not exist. A relative path
        starts at the directory in which C(ansible-playbook) was started.
      - The files are called C(clearinghouse-requests.md), C(clearinghouse-requests.csv), C(clearinghouse-requests.json)
        and C(clearinghouse-answers.yml). They have mode 0600.
    type: path
    required: true
  include_credentials:
    description:
      - Whether the sheet, the CSV and the JSON file show the numbers and codes of O(requests[].purchases) in clear
        text.
      - If V(false), they show the last four characters, and the purchase documents are needed to make the requests.
      - The task's result and diff never show them.
    type: bool
    default: false
  check_answers:
    description:
      - The answers that this run was given, the variable C(rd_licensing_answers), to be checked before the first call.
      - The task fails and names each entry of an unknown server or request, each entry for a purchase that was changed
        since, unknown and misplaced keys, IDs of the wrong form or without quotes, and a license key pack ID that is
        given for two requests. Empty entries are accepted.
      - A request is known if it is on the sheet or if it belongs to O(requests[].purchases).
    type: raw
attributes:
  check_mode:
    support: full
    details:
      - No file or directory is created or changed.
  diff_mode:
    support: full
    details:
      - The sheet before and after, always without numbers and codes of purchases.
  idempotent:
    support: full
notes:
  - Run it once for all hosts, with C(run_once). Hosts that write to one directory at the same time overwrite each
    other's sheet.
  - The answer file is read in UTF-8, UTF-16 and Windows-1252, so any editor can be used. C(ansible-playbook) itself
    reads it in UTF-8 only.
  - Delete the files when everything is done, or encrypt the answer file with C(ansible-vault).
  - The web site has no page for deactivation; confirmation codes are given by telephone.
seealso:
  - module: winfleet.rd_licensing.key_pack
    description: Installs CALs, and returns open requests.
  - module: winfleet.rd_licensing.cal_migration
    description: Migrates CALs, and returns open requests.
  - module: winfleet.rd_licensing.database_rebuild
    description: Reinstalls CALs, and returns open requests.
  - module: winfleet.rd_licensing.license_server
    description: Activates and deactivates, and returns open requests.
  - name: Migrate Remote Desktop Services Client Access Licenses
    description: Microsoft's page on moving CALs, with the steps on the licensing web site.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/migrate-rds-cals
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.controller
"""

EXAMPLES = r"""
- name: Install CALs on servers without Internet access, with the IDs entered so far
  winfleet.rd_licensing.key_pack:
    connection_method: web_browser
    purchases: "{{ rds_purchases }}"
    license_key_pack_ids: "{{ rd_licensing_answers[inventory_hostname].license_key_pack_ids | default({}) }}"
  register: result

- name: Check the answers before anything is sent
  winfleet.rd_licensing.clearinghouse_request:
    requests:
      - server: rdls02
        purchases: "{{ rds_purchases }}"
    directory: clearinghouse
    check_answers: "{{ rd_licensing_answers | default({}) }}"
  delegate_to: localhost
  run_once: true

# Servers without open requests add an empty list, which closes their requests on the sheet.
- name: Write one sheet for all servers of the play
  winfleet.rd_licensing.clearinghouse_request:
    requests: "{{ requests }}"
    directory: clearinghouse
  vars:
    requests: >-
      {{
        dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['result', 'awaiting'])))
        | dict2items(key_name='server', value_name='awaiting')
      }}
  delegate_to: localhost
  run_once: true

- name: Write the sheet of one server, with the numbers and codes of its purchases in clear
  winfleet.rd_licensing.clearinghouse_request:
    requests:
      - server: rdls02
        awaiting: "{{ result.awaiting }}"
        purchases: "{{ rds_purchases }}"
    directory: ~/clearinghouse
    include_credentials: true
  delegate_to: localhost
"""

RETURN = r"""
sheet:
  description: Path of the sheet. Null if there is none.
  returned: success
  type: str
  sample: /home/ada/clearinghouse/clearinghouse-requests.md
answers:
  description: Path of the answer file. Null if there is no sheet.
  returned: success
  type: str
  sample: /home/ada/clearinghouse/clearinghouse-answers.yml
files:
  description: Paths of all four files, in check mode too. Empty if there is no sheet.
  returned: success
  type: list
  elements: str
  sample:
    - /home/ada/clearinghouse/clearinghouse-requests.md
    - /home/ada/clearinghouse/clearinghouse-requests.csv
    - /home/ada/clearinghouse/clearinghouse-requests.json
    - /home/ada/clearinghouse/clearinghouse-answers.yml
open_requests:
  description: Number of open requests on the sheet, those of other servers included.
  returned: success
  type: int
  sample: 3
requests:
  description: The open requests of the servers in O(requests).
  returned: success
  type: list
  elements: dict
  contains:
    number:
      description: Number of the request, on the sheet and in the answer file.
      type: int
      sample: 1
    server:
      description: The server that the request is for.
      type: str
      sample: rdls02
    title:
      description: The request in one sentence.
      type: str
      sample: Waits for the license key pack ID of 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)
    request:
      description: What is asked for, V(license_key_pack_id), V(license_server_id) or V(confirmation_code).
      type: str
      sample: license_key_pack_id
    request_id:
      description: The key for the answer in the answer file. Null if this is RV(requests[].request).
      type: str
      sample: 3f9c0d21b7a4
    answered:
      description: Whether the answer file has the answer, although the task was not given it.
      type: bool
      sample: false
    text:
      description: The request as plain text. Numbers and codes of purchases are masked.
      type: str
      sample: |-
        rdls02 waits for the license key pack ID: 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)

        RDS CALs are to be installed on this license server. Go to https://activate.microsoft.com from any computer.
"""
