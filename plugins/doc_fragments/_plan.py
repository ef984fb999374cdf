# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options about a plan that is approved before it is applied, of every module that changes a server."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents how a plan is written, approved and applied."""

    DOCUMENTATION = r"""
options:
  plan_file:
    description:
      - File on the controller that holds the plan of a whole run of C(ansible-playbook), in JSON. Its name must end in
        C(.json). A relative path starts in the directory in which C(ansible-playbook) was started.
      - In a run with C(--check), the task writes into this file what it would do, and every fact that this rests on.
        All tasks of the run share the file, and a later run with C(--check) replaces it. Two pages for a change ticket
        are written beside it, with the same name and C(.md) and C(.html).
      - In a run without C(--check), the task requires O(plan=apply), so that nothing is changed that was not approved
        because an option was forgotten.
      - By default the value of the variable C(rd_licensing_plan_file), so that one variable serves roles, playbooks
        and modules.
      - The file holds no credential, license key pack ID or confirmation code. It holds names, contact data and key
        packs as they were read. It is written with mode 0600.
    type: path
  plan:
    description:
      - What to do with the plan in O(plan_file).
      - By default the value of the variable C(rd_licensing_plan).
    type: str
    choices:
      apply: >-
        The task carries out steps of the plan and no others. Before its first change it reads every fact again. If one
        is neither as it was when the plan was made nor as a step of the plan leaves it, the task stops and names it.
        The task also stops if the plan was edited, has expired, was made by another release of the collection, for
        other purchases, or without this host. Steps that an interrupted run has carried out count as done. In check
        mode the task makes the same comparison and changes nothing.
  plan_key:
    description:
      - Key with which the plan is signed (HMAC-SHA-256), such as a text from a vault. Without it, the plan has a
        digest, which shows that the file was changed but not by whom.
      - A plan that was made with a key is applied only with the same key.
      - By default the value of the variable C(rd_licensing_plan_key).
      - Requires O(plan_file).
    type: str
  plan_hours:
    description:
      - How many hours the plan may be applied, from the beginning of the run that makes it. 24 by default.
      - By default the value of the variable C(rd_licensing_plan_hours).
      - Requires O(plan_file).
    type: float
"""
