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
          discard: It cannot be read, and nothing depends on it. O(resolve_operations[].operation) is then the name of
            the registry value as the message shows it. The value is removed from the record, and its text is kept in
            the history beside it.
      key_pack_id:
        description:
          - The key pack that holds the CALs which the operation brought, or the result of a conversion.
          - Required with O(resolve_operations[].outcome=took_effect) for an operation that installs, migrates,
            reinstalls or converts CALs. The module records what it reads of that key pack, also if the rest of the task
            is refused.
          - If these CALs are those of another purchase, because two license key pack IDs were swapped, name the key
            pack anyway, and set C(key_pack_id) on that purchase.
        type: int
"""

    # For modules that make calls with an unknown outcome.
    WAIT = r"""
options:
  outcome_wait:
    description:
      - How many seconds the license server may still be working on a call whose outcome is unknown, by the server's own
        clock.
      - When the operation timeout of the connection is over, the WinRM service stops waiting for the licensing
        provider, but the provider continues, and no limit is documented. A call without a response or a visible effect
        is therefore never repeated before this time has passed. The task looks for its effect first, and stops with the
        remaining time if there is none.
      - After this time, removals, reductions and conversions that show no effect are repeated, and so are migrations
        whose readable source still holds all its CALs. Installations, reinstallations and migrations from an
        unreachable source are repeated only if O(resolve_operations) says that they had no effect.
      - Use V(0) if the license server was restarted since the call.
    type: int
    default: 3600
"""
