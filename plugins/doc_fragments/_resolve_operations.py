# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option C(resolve_operations) of modules that change license servers."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents the option that decides about operations whose outcome is unknown."""

    DOCUMENTATION = r"""
options:
  resolve_operations:
    description:
      - What became of recorded operations whose outcome is unknown, decided by an administrator who has looked at the
        server. The message that asks for the decision names the operation and this option.
      - An entry does nothing once its operation has an outcome, so it may stay in the playbook.
    type: list
    elements: dict
    suboptions:
      operation:
        description: ID of the recorded operation, as the message shows it, such as V(000012-3f9a2c1d).
        type: str
        required: true
      outcome:
        description: What became of the operation.
        type: str
        required: true
        choices:
          took_effect: It took effect. The module checks what it can read, and refuses a decision that contradicts it.
          had_no_effect: It did not take effect, and is not continued. It is recorded as given up.
"""
