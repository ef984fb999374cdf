# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option C(connection_method) of modules that deal with the Clearinghouse."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents the option that takes precedence over the recorded connection method."""

    DOCUMENTATION = r"""
options:
  connection_method:
    description:
      - How this task contacts the Microsoft Clearinghouse.
      - By default the method that M(winfleet.rd_licensing.connection_method) recorded on the license server, or
        V(automatic) if none is recorded.
      - It applies to this task only. The recorded method does not change.
    type: str
    choices:
      automatic: The license server contacts the Clearinghouse itself, over the Internet.
      web_browser: An administrator gets an ID on U(https://activate.microsoft.com), on any computer, and gives it to
        the task.
      telephone: An administrator gets an ID or a code from a representative of the Clearinghouse, and gives it to the
        task.
notes:
  - With the automatic method the license server needs outbound TCP port 443, because its licensing provider makes the
    request. With Remote Desktop Licensing Manager it is the computer on which the console runs.
"""
