# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/clearinghouse_request.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: clearinghouse_request
short_description: Write down what persons have to ask the Microsoft Clearinghouse
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - With the connection methods C(web_browser) and C(telephone) a person fetches license key pack IDs,
    license server IDs and confirmation codes from the Microsoft Clearinghouse. A task that lacks one changes nothing
    and returns under RV(ignore:awaiting) what to ask.
  - This module writes what the tasks of a whole fleet wait for into files on the controller. One is a sheet to read
    (Markdown), page by page as the licensing web site asks for it. Two hold the same for other tools (CSV and JSON).
    The fourth is a variables file to fill in, the file of answers.
  - The next run takes the file of answers as C(-e @clearinghouse-answers.yml). Its variable C(rd_licensing_answers)
    has by server C(license_key_pack_ids), C(license_server_id) and C(confirmation_code). The roles of this collection
    look there by themselves.
  - What is filled in already stays. The file of answers is written anew only if a request has no place in it yet. It is
    never written if it is encrypted, has encrypted values or holds other variables. The requests without a place are
    then named in a warning.
  - No server is asked and none is changed. The module does not need a connection to the host of the task.
  - The role C(winfleet.rd_licensing.clearinghouse_requests) collects the requests of all hosts of a play for it.
options:
  requests:
    description:
      - What servers wait for, one entry for each server.
      - If no server waits for anything, nothing is written, and files of an earlier run stay as they are.
    type: list
    elements: dict
    required: true
    suboptions:
      server:
        description:
          - Inventory name of the server that waits. The answers are kept under this name.
        type: str
        required: true
      awaiting:
        description:
          - What a task returned as RV(winfleet.rd_licensing.key_pack#module:awaiting),
            RV(winfleet.rd_licensing.cal_migration#module:awaiting),
            RV(winfleet.rd_licensing.database_rebuild#module:awaiting) or
            RV(winfleet.rd_licensing.license_server#module:awaiting), unchanged.
        type: list
        elements: dict
        required: true
      purchases:
        description:
          - The purchases of that task, as in O(winfleet.rd_licensing.key_pack#module:purchases). They are needed only
            with O(include_credentials=true), for what a task returns never holds a number or code in clear.
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
            description: Makes no difference here.
            type: str
          acknowledge_missing:
            description: Makes no difference here.
            type: bool
            default: false
  directory:
    description:
      - Directory on the controller for the files. It is made with mode 0700 if it is not there. A relative path starts
        at the directory in which C(ansible-playbook) was started.
      - The files are called C(clearinghouse-requests.md), C(clearinghouse-requests.csv), C(clearinghouse-requests.json)
        and C(clearinghouse-answers.yml). They have mode 0600.
    type: path
    required: true
  include_credentials:
    description:
      - Whether the sheet, the CSV and the JSON file show the numbers and codes of O(requests[].purchases) in clear.
      - With V(false) they show the last four characters, and whoever makes the requests has the papers at hand.
      - The task's result and diff never show them.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details:
      - No file and no directory is made or changed.
  diff_mode:
    support: full
    details:
      - The sheet before and after, always without numbers and codes of purchases.
  idempotent:
    support: full
notes:
  - Run it once for all hosts, with C(run_once). Hosts that write to one directory at the same time take the sheet away
    from each other.
  - Delete the files once all is done, or encrypt the file of answers with C(ansible-vault), so that only those who
    should can read them.
  - Deactivating has no page on the web site; a confirmation code comes by telephone.
seealso:
  - module: winfleet.rd_licensing.key_pack
    description: Installs CALs, and returns what it waits for.
  - module: winfleet.rd_licensing.cal_migration
    description: Migrates CALs, and returns what it waits for.
  - module: winfleet.rd_licensing.database_rebuild
    description: Reinstalls CALs, and returns what it waits for.
  - module: winfleet.rd_licensing.license_server
    description: Activates and deactivates, and returns what it waits for.
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
- name: Install CALs on servers without Internet access, with the answers that are at hand
  winfleet.rd_licensing.key_pack:
    connection_method: web_browser
    purchases: "{{ rds_purchases }}"
    license_key_pack_ids: "{{ rd_licensing_answers[inventory_hostname].license_key_pack_ids | default({}) }}"
  register: result

# The servers that wait for nothing add an empty list, which is fine.
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
  description: Path of the sheet. Null if there is no request.
  returned: success
  type: str
  sample: clearinghouse/clearinghouse-requests.md
answers:
  description: Path of the file of answers. Null if there is no request.
  returned: success
  type: str
  sample: clearinghouse/clearinghouse-answers.yml
files:
  description: Paths of all four files, in check mode too. Empty if there is no request.
  returned: success
  type: list
  elements: str
  sample:
    - clearinghouse/clearinghouse-requests.md
    - clearinghouse/clearinghouse-requests.csv
    - clearinghouse/clearinghouse-requests.json
    - clearinghouse/clearinghouse-answers.yml
requests:
  description: The requests, in the order of O(requests).
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description: The server that waits.
      type: str
      sample: rdls02
    title:
      description: What is awaited, in one sentence.
      type: str
      sample: Waits for the license key pack ID of 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)
    request:
      description: What is asked for, V(license_key_pack_id), V(license_server_id) or V(confirmation_code).
      type: str
      sample: license_key_pack_id
    request_id:
      description: The key for the answer in the file of answers. Null if this is RV(requests[].request).
      type: str
      sample: 3f9c0d21b7a4
    answered:
      description: Whether the file of answers has the answer, though the task that waits was not given it.
      type: bool
      sample: false
    text:
      description: The request as plain text, to be shown to a person. Numbers and codes of purchases are masked.
      type: str
      sample: |-
        rdls02 waits for the license key pack ID: 250 Windows Server 2022 per user CALs (Enterprise Agreement ****4567)

        RDS CALs are to be installed on this license server. Go to https://activate.microsoft.com from any computer.
"""
