# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option C(connection_method) of modules that deal with the Clearinghouse. PRIVATE: may change in any release."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents the option that takes precedence over the recorded connection method."""

    DOCUMENTATION = r"""
options:
  connection_method:
    description:
      - How this task deals with the Microsoft Clearinghouse.
      - If left out, the method that M(winfleet.rd_licensing.connection_method) recorded on the license server is in
        force, and V(automatic) if none was recorded.
      - It holds for this task alone. What is recorded stays as it is.
    type: str
    choices:
      automatic: The license server asks the Clearinghouse itself, over the Internet.
      web_browser: A person fetches an ID on U(https://activate.microsoft.com), from any computer, and gives it to the
        task.
      telephone: A person gets an ID or a code from a representative of the Clearinghouse, and gives it to the task.
notes:
  - With the automatic method it is the license server that needs outbound TCP port 443, for its licensing provider
    makes the request. In Remote Desktop Licensing Manager it is the computer on which that console runs.
"""
