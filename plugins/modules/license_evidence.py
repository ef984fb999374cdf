# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/license_evidence.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: license_evidence
short_description: Write evidence on RDS CALs for an audit
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Writes a dated folder on the controller with what is installed and issued on license servers and what is recorded of
    each purchase, as CSV, JSON and a page.
  - A file of SHA-256 digests covers the files of the folder and the digest file of the previous folder, so later
    changes are detected. O(state=verified) checks the whole chain.
  - It never holds the complete number or code of a purchase, and it changes nothing on any server.
options:
  state:
    description: What to do.
    type: str
    default: present
    choices:
      present: Write another folder.
      verified: Check that all folders are as they were written. The task fails if one is not.
  license_servers:
    description: Inventory names of the license servers. Required with O(state=present).
    type: list
    elements: str
    default: []
  directory:
    description:
      - Directory on the controller that holds the folders. The files have mode 0600.
      - A relative path starts at the directory in which C(ansible-playbook) was started.
    type: path
    required: true
  issued_cals:
    description: If true, includes the single issued CALs.
    type: bool
    default: true
  names:
    description: How user names, computer names and hardware IDs are handled.
    type: str
    default: omit
    choices:
      keep: They are written.
      omit: They are left out.
      digest: Each is replaced by a keyed digest, the same for the same name. Requires O(digest_key).
  digest_key:
    description: The key for O(names=digest). Keep it in a vault.
    type: str
  concurrency:
    description: How many license servers are read at a time, from 1 to 100.
    type: int
    default: 16
notes:
  - The account of each connection must be a local Administrator of its host.
  - The chain is proof only if a copy of the newest digest file is kept elsewhere. Send that one file to the auditor.
  - A license server that cannot be read is listed with the reason.
seealso:
  - module: winfleet.rd_licensing.fleet_report
    description: A report for daily work.
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
      - Each run writes a folder of its own.
  idempotent:
    support: full
    details:
      - O(state=verified) changes nothing. O(state=present) writes another dated folder at each run.
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
"""

EXAMPLES = r"""
- name: Write the evidence of this quarter
  winfleet.rd_licensing.license_evidence:
    license_servers: "{{ groups['license_servers'] }}"
    directory: /srv/evidence
  run_once: true

- name: Write it with a digest in place of each name
  winfleet.rd_licensing.license_evidence:
    license_servers: "{{ groups['license_servers'] }}"
    directory: /srv/evidence
    names: digest
    digest_key: "{{ vault_evidence_key }}"
  run_once: true

- name: Check that nothing was changed since
  winfleet.rd_licensing.license_evidence:
    state: verified
    directory: /srv/evidence
  run_once: true
"""

RETURN = r"""
folder:
  description: The folder that was written, or would be in check mode.
  returned: if O(state=present)
  type: str
  sample: /srv/evidence/2026-11-27T152600Z
files:
  description: The files in it.
  returned: if O(state=present)
  type: list
  elements: str
  sample: [digests.json, evidence.json, index.html, issued-cals.csv, key-packs.csv, operations.csv]
unreadable:
  description: License servers that could not be read, and why.
  returned: if O(state=present)
  type: list
  elements: dict
  sample: []
folders:
  description: The folders that were checked, the oldest first.
  returned: if O(state=verified)
  type: list
  elements: str
  sample: [2026-09-30T060000Z, 2026-11-27T152600Z]
problems:
  description: Empty, since the task fails if a folder is not as it was written.
  returned: if O(state=verified)
  type: list
  elements: str
  sample: []
"""
