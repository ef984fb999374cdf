# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: requests to the Microsoft Clearinghouse that have no answer yet."""

from __future__ import annotations

DOCUMENTATION = r"""
name: open_requests
short_description: Leave out requests to the Microsoft Clearinghouse that are answered
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - Compares what a task of the collection returned under RV(ignore:awaiting) with the answers for its server.
positional: _input, answers
options:
  _input:
    description: What a task returned as RV(winfleet.rd_licensing.key_pack#module:awaiting), unchanged.
    type: list
    elements: dict
    required: true
  answers:
    description: The answers for the server, as returned by P(winfleet.rd_licensing.clearinghouse_answers#filter).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what remains to be requested
  ansible.builtin.debug:
    msg: "{{ result.awaiting | winfleet.rd_licensing.open_requests(answers) | map(attribute='title') }}"
"""

RETURN = r"""
_value:
  description: The requests without an answer, unchanged.
  type: list
  elements: dict
"""

import typing as t
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet import answer_file

Requests = list[Mapping[str, t.Any]]


def open_requests(awaiting: Iterable[Mapping[str, t.Any]], answers: Mapping[str, t.Any]) -> Requests:
    """The requests without an answer.

    Raises:
        AnsibleFilterError: the input has another form.
    """
    try:
        return [each for each in awaiting if not answer_file.answer({**each, "server": ""}, {"": dict(answers)})]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise AnsibleFilterError(
            "open_requests: the input must be what a task returned under awaiting, and a server's answers."
        ) from None


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Map filter names to functions."""
        return {"open_requests": open_requests}
