# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/retained_key_pack_ids.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: retained_key_pack_ids
short_description: Retain license key pack IDs in an encrypted file on the controller
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Microsoft recommends retaining a copy of every license key pack ID. The record on the license server has only the
    last four characters of it.
  - This module adds the IDs that were used to a variables file on the controller, encrypted with C(ansible-vault). Its
    variable C(rd_licensing_retained) lists each ID once, with the server and the CALs it was used for.
  - IDs that the file already holds are not changed. If there is no ID to retain, no file is written.
  - The role C(winfleet.rd_licensing.clearinghouse_requests) uses this module once for all hosts of a play.
options:
  servers:
    description:
      - The servers whose license key pack IDs are retained. Several of them may share a file.
    type: list
    elements: dict
    required: true
    suboptions:
      server:
        description: Inventory name of the license server.
        type: str
        required: true
      license_key_pack_ids:
        description:
          - License key pack IDs by request ID, as in O(winfleet.rd_licensing.key_pack#module:license_key_pack_ids).
            Empty values are ignored.
        type: dict
        required: true
      purchases:
        description:
          - What the task that used the IDs returned as RV(winfleet.rd_licensing.key_pack#module:purchases). The file
            then says which CALs each ID is for.
        type: list
        elements: dict
        default: []
      file:
        description:
          - The file on the controller. It gets mode 0600, and its directory is created with mode 0700 if needed.
          - A relative path starts at the directory in which C(ansible-playbook) was started.
        type: path
        required: true
      vault_password:
        description: Password to encrypt and decrypt the file with. Servers that share a file share its password.
        type: str
        required: true
attributes:
  check_mode:
    support: full
    details:
      - No file or directory is created or changed.
  diff_mode:
    support: N/A
    details:
      - The file holds secrets, so no difference is shown.
  idempotent:
    support: full
notes:
  - Run it once for all hosts, with C(run_once). Tasks that add to one file at the same time undo each other's work.
seealso:
  - module: winfleet.rd_licensing.clearinghouse_request
    description: Writes the request sheet for the Microsoft Clearinghouse.
  - name: Install Remote Desktop Services client access licenses
    description: Microsoft's page on installing CALs.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/rds-install-cals
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.controller
"""

EXAMPLES = r"""
- name: Install CALs with license key pack IDs from the answer file
  winfleet.rd_licensing.key_pack:
    connection_method: web_browser
    purchases: "{{ rds_purchases }}"
    license_key_pack_ids: "{{ rd_licensing_answers[inventory_hostname].license_key_pack_ids }}"
  register: installed

- name: Retain the license key pack IDs
  winfleet.rd_licensing.retained_key_pack_ids:
    servers:
      - server: "{{ inventory_hostname }}"
        license_key_pack_ids: "{{ rd_licensing_answers[inventory_hostname].license_key_pack_ids }}"
        purchases: "{{ installed.purchases }}"
        file: retained-{{ inventory_hostname }}.yml
        vault_password: "{{ vault_password_of_retained_ids }}"
  delegate_to: localhost

- name: Retain the license key pack IDs of two servers in one file
  winfleet.rd_licensing.retained_key_pack_ids:
    servers:
      - server: rdls02
        license_key_pack_ids: "{{ rd_licensing_answers.rdls02.license_key_pack_ids }}"
        file: &file ~/retained.yml
        vault_password: &password "{{ vault_password_of_retained_ids }}"
      - server: rdls03
        license_key_pack_ids: "{{ rd_licensing_answers.rdls03.license_key_pack_ids }}"
        file: *file
        vault_password: *password
  delegate_to: localhost
"""

RETURN = r"""
files:
  description: Absolute paths of the files that hold the IDs now; in check mode, those that would hold them.
  returned: always
  type: list
  elements: str
  sample:
    - /home/rosa/retained-rdls02.yml
"""
