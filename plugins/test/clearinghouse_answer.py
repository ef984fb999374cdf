# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test plugin: whether a text can be an answer of the Microsoft Clearinghouse."""

from __future__ import annotations

DOCUMENTATION = r"""
name: clearinghouse_answer
short_description: Whether a text can be an answer of the Microsoft Clearinghouse
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - A license key pack ID and a license server ID have 35 letters and digits, with or without hyphens. The form of a
    confirmation code is not published, so only text that cannot be a code is rejected.
  - Only the form is checked. Only the license server can tell whether the Clearinghouse issued the text.
positional: _input, request
options:
  _input:
    description: The text, as typed or pasted.
    type: str
    required: true
  request:
    description: What was asked for.
    type: str
    required: true
    choices:
      - license_key_pack_id
      - license_server_id
      - confirmation_code
"""

EXAMPLES = r"""
- name: Ask for a license key pack ID until the text can be one
  ansible.builtin.pause:
    prompt: License key pack ID
  register: typed
  until: typed.user_input is winfleet.rd_licensing.clearinghouse_answer('license_key_pack_id')
  retries: 9
  delay: 0
"""

RETURN = r"""
_value:
  description: Whether the text has the form.
  type: bool
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import InvalidOption

_SHAPES: t.Final = {
    "license_key_pack_id": identifiers.LICENSE_KEY_PACK_ID,
    "license_server_id": identifiers.LICENSE_SERVER_ID,
    "confirmation_code": identifiers.CONFIRMATION_CODE,
}


def clearinghouse_answer(text: object, request: str) -> bool:
    """Whether the text can be the answer to the request.

    Raises:
        AnsibleFilterError: there is no such request.
    """
    if request not in _SHAPES:
        raise AnsibleFilterError(f"clearinghouse_answer: the request must be one of {', '.join(_SHAPES)}.")
    try:
        identifiers.canonical(text, _SHAPES[request], request)
    except InvalidOption:
        return False
    return True


class TestModule:
    """The tests of this file."""

    __test__ = False

    def tests(self) -> dict[str, t.Callable[..., t.Any]]:
        """Name to function."""
        return {"clearinghouse_answer": clearinghouse_answer}
