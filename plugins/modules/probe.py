# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/probe.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Compare your own server with what the collection assumes
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Makes every read that the modules of the collection make, in the same form, and compares the responses with what the
    collection expects. Run it on your license servers and session hosts before you trust the collection with a CAL.
  - It reports for each module whether it is proven here, differs here, or is unproven, and which modules not to run.
    Modules do not act on these results.
  - A module that changes something is unproven until a call of it is recorded on the server, because reading proves
    only what it reads. Probe again after a small purchase.
  - It sends no changing message, unless O(allow_writes=registry) is set.
  - It can save the messages in a file in which names, addresses, SIDs, IDs, users and companies are replaced. Read the
    file before you send it anywhere.
options:
  subject:
    description: What the host is probed as.
    type: str
    default: auto
    choices:
      auto: >-
        A license server if the service TermServLicensing exists, and a session host if it has that role service or is
        no license server.
      license_server: A license server.
      session_host: A session host.
  path:
    description:
      - The JSON file on the controller for the redacted messages. It has mode 0600. Nothing is saved if this is not
        set, or in check mode.
      - A relative path starts at the directory in which C(ansible-playbook) was started.
    type: path
  allow_writes:
    description: What may be written.
    type: str
    default: none
    choices:
      none: Nothing.
      registry: >-
        One value, C(Probe), under the collection's own registry key on a license server. It is written, read and
        deleted, so that writing the operation record is proven too. The key is created if it is missing, and stays.
        Check mode does not do it. The task reports a change if it created the key, or if the value may remain.
attributes:
  check_mode:
    support: full
    details:
      - Check mode writes no value and saves no file.
  diff_mode:
    support: N/A
  idempotent:
    support: full
notes:
  - The account must be a local Administrator of the host.
  - The number of reads does not grow with the server. Of issued CALs and of the entries of usage reports, only the
    first 200 are read.
  - Usage reports are read only if the server stores one, because generating one would be a write.
  - Rejected calls, and calls to the Clearinghouse, cannot be proven without making them. Try a small purchase next.
seealso:
  - module: winfleet.rd_licensing.licensing_check
    description: Finds what is wrong with the server.
  - module: winfleet.rd_licensing.license_server_info
    description: Reads a license server.
  - name: Win32_TSLicenseServer
    description: Microsoft's page on the first class that is read.
    link: https://learn.microsoft.com/windows/win32/termserv/win32-tslicenseserver
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
"""

EXAMPLES = r"""
- name: Probe a server and keep the messages
  winfleet.rd_licensing.probe:
    path: "probe/{{ inventory_hostname }}.json"
  register: probe

- name: Show what not to run here
  ansible.builtin.debug:
    var: probe.verdict

- name: Prove the way of the operation record as well
  winfleet.rd_licensing.probe:
    subject: license_server
    allow_writes: registry
"""

RETURN = r"""
subjects:
  description: What the host was probed as.
  returned: success
  type: list
  elements: str
  sample: [license_server]
assumptions:
  description: One row for each assumption, differences first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the assumption.
      type: str
      sample: absent_instance
    state:
      description: V(holds), V(differs) or V(could_not_be_tried).
      type: str
      sample: holds
    expected:
      description: What the collection expects.
      type: str
      sample: the fault for an instance that is absent is recognized
    informs:
      description: Whether a difference is only worth knowing, because the collection copes with it.
      type: bool
      sample: false
    optional:
      description: Whether a module counts as proven even if this could not be tried.
      type: bool
      sample: false
    modules:
      description: The modules that depend on it.
      type: list
      elements: str
      sample: [key_pack]
    got:
      description: What the server sent instead.
      returned: if it differs
      type: str
      sample: 'rdls01: reading CIM_DataFile failed: 0x80041001 (WBEM_E_FAILED).'
    means:
      description: What the difference means for these modules.
      returned: if it differs
      type: str
      sample: something absent looks like a failure
modules:
  description: Module to V(proven), V(differs) or V(unproven).
  returned: success
  type: dict
  sample: {key_pack: proven}
measured:
  description: What the probe measured.
  returned: success
  type: dict
  contains:
    requests:
      description: How many messages were sent.
      type: int
      sample: 80
    seconds:
      description: How long all responses took together.
      type: float
      sample: 1.3
    received_bytes:
      description: Size of all responses.
      type: int
      sample: 140000
    largest_response_bytes:
      description: Size of the largest response.
      type: int
      sample: 21000
    largest_response:
      description: The read that returned it.
      type: str
      sample: declaration of Win32_TSLicenseKeyPack
    slowest_milliseconds:
      description: How long the slowest response took.
      type: int
      sample: 210
    slowest:
      description: The read that returned it.
      type: str
      sample: health
verdict:
  description: What not to run here, in one sentence.
  returned: success
  type: str
  sample: rdls01 fits what all modules expect.
summary:
  description: The verdicts and what differs, in a few lines.
  returned: success
  type: list
  elements: str
  sample:
    - "proven here      license_server_info, licensing_check"
path:
  description: The file with the redacted messages.
  returned: if O(path) is set, except in check mode
  type: str
  sample: /home/admin/probe/rdls01.json
error_code:
  description:
    - The code that the provider or WMI returned, in hexadecimal. Messages may change with a release of the collection,
      codes do not.
  returned: on a failure, if the server gave a code
  type: str
  sample: '0x80041016'
"""
