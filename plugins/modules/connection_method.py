# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the module. The work is done by plugins/action/connection_method.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: connection_method
short_description: Set and read how a license server contacts the Microsoft Clearinghouse
version_added: 0.1.0
author:
  - Winfleet contributors (!UNKNOWN)
description:
  - Records on a Remote Desktop license server which method it uses to contact the Microsoft Clearinghouse. The other
    modules of the collection use the recorded method, so playbooks do not have to repeat it.
  - It corresponds to the Connection Method tab in the server's properties in Remote Desktop Licensing Manager.
  - The method is kept in the registry of the license server, under C(HKLM\SOFTWARE\WinFleet\RDLicensing), because
    Windows has no documented place for it. Licensing Manager keeps its own choice elsewhere. The module neither reads
    nor changes that choice.
  - Nothing else is changed, and the Clearinghouse is not contacted.
options:
  connection_method:
    description:
      - The method to record.
      - If omitted, the module reads the recorded method and changes nothing.
    type: str
    choices:
      automatic: The license server contacts the Clearinghouse itself, over the Internet (outbound TCP port 443).
      web_browser: An administrator gets IDs on U(https://activate.microsoft.com), on any computer.
      telephone: An administrator gets IDs and codes from a representative of the Clearinghouse.
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - One table, with the method before and after.
  idempotent:
    support: full
notes:
  - The account must be a local Administrator of the license server.
seealso:
  - module: winfleet.rd_licensing.license_server
    description: Activates a license server by the recorded method.
  - module: winfleet.rd_licensing.key_pack
    description: Installs RDS CALs by the recorded method.
  - module: winfleet.rd_licensing.cal_migration
    description: Migrates RDS CALs by the recorded method.
  - module: winfleet.rd_licensing.license_server_info
    description: Reads the recorded method together with everything else.
  - name: Activate the Remote Desktop Services license server
    description: Microsoft's page on activation, with the three methods.
    link: https://learn.microsoft.com/windows-server/remote/remote-desktop-services/rds-activate-license-server
extends_documentation_fragment:
  - winfleet.rd_licensing._attributes
  - winfleet.rd_licensing._attributes.actiongroup_rd_licensing
  - winfleet.rd_licensing._attributes.flow
  - winfleet.rd_licensing._attributes.windows
  - winfleet.rd_licensing._attributes.conn
  - winfleet.rd_licensing._plan
"""

EXAMPLES = r"""
- name: Let the license server contact the Clearinghouse itself
  winfleet.rd_licensing.connection_method:
    connection_method: automatic

- name: Use the web site for a license server without Internet access
  winfleet.rd_licensing.connection_method:
    connection_method: web_browser

- name: Read the recorded connection method
  winfleet.rd_licensing.connection_method:
  register: recorded

- name: Stop if no connection method is recorded
  ansible.builtin.assert:
    that: recorded.connection_method is not none
    fail_msg: "No connection method is recorded on {{ inventory_hostname }}."
"""

RETURN = r"""
connection_method:
  description:
    - The recorded method; in check mode the one that a real run would record.
    - It is null if none is recorded. The other modules then use V(automatic).
  returned: success
  type: str
  sample: automatic
previous:
  description: The method that was recorded before the task, or null.
  returned: success
  type: str
  sample: telephone
steps:
  description: What the task did, in order; in check mode what a real run would do. Empty if there is nothing to do.
  returned: success
  type: list
  elements: str
  sample:
    - Record automatic as the connection method of rdls02
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
