# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter plugin: answers of the Microsoft Clearinghouse from several places, by server."""

from __future__ import annotations

DOCUMENTATION = r"""
name: clearinghouse_answers
short_description: Merge answers of the Microsoft Clearinghouse
version_added: 0.1.0
author:
  - Winfleet contributors
description:
  - License key pack IDs, license server IDs and confirmation codes may come from the answer file and from prompts
    during the play. This filter merges them. Later answers override earlier ones, and empty answers are ignored.
  - The result holds the answers in clear text. Use it with C(no_log).
positional: _input
options:
  _input:
    description:
      - The answers, in increasing order of precedence. Each is either a mapping in the form of the variable
        C(rd_licensing_answers), or the C(results) of a loop over prompts, in which each C(item) is a request as
        returned in RV(winfleet.rd_licensing.clearinghouse_request#module:requests).
    type: list
    elements: raw
    required: true
  server:
    description: Inventory name of a server, to get only its answers.
    type: str
"""

EXAMPLES = r"""
- name: Install CALs with the answers that are available
  winfleet.rd_licensing.key_pack:
    connection_method: web_browser
    purchases: "{{ rds_purchases }}"
    license_key_pack_ids: "{{ answers.license_key_pack_ids | default({}) }}"
  vars:
    places: ["{{ rd_licensing_answers | default({}) }}", "{{ clearinghouse_requests_answers | default({}) }}"]
    answers: "{{ places | winfleet.rd_licensing.clearinghouse_answers(server=inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description:
    - The answers by server, or those of one server. Each has C(license_key_pack_ids) by request ID,
      C(license_server_id) and C(confirmation_code), unless there is none.
  type: dict
"""

import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet import answer_file

Answers = dict[str, dict[str, t.Any]]


def clearinghouse_answers(places: Iterable[t.Any], server: str | None = None) -> dict[str, t.Any]:
    """The answers of all places by server, or those of one server.

    Raises:
        AnsibleFilterError: a place has another form; the text does not repeat an answer.
    """
    merged: Answers = {}
    try:
        for place in places:
            for name, answers in _answers_in(place):
                found = merged.setdefault(name, {})
                ids = found.get(answer_file.KEY_PACK_IDS, {}) | _filled(answers.get(answer_file.KEY_PACK_IDS))
                found.update(_filled(answers))
                if ids:
                    found[answer_file.KEY_PACK_IDS] = ids
    except answer_file.NotAnswers as error:
        raise AnsibleFilterError(f"clearinghouse_answers: the answers: {error}.") from None
    except (AttributeError, KeyError, TypeError):
        raise AnsibleFilterError(
            "clearinghouse_answers: the input must be a list of rd_licensing_answers, or of the results of prompts."
        ) from None
    return merged if server is None else merged.get(server, {})


def _answers_in(place: t.Any) -> Iterator[tuple[str, Mapping[str, t.Any]]]:
    if isinstance(place, Mapping):
        yield from answer_file.parse({answer_file.VARIABLE: place}).items()
        return
    for result in place or []:
        typed, request = str(result.get("user_input") or "").strip(), result["item"]
        if request["request"] == "license_key_pack_id":
            yield request["server"], {answer_file.KEY_PACK_IDS: {request["request_id"]: typed}}
        else:
            yield request["server"], {request["request"]: typed}


def _filled(answers: Mapping[str, t.Any] | None) -> dict[str, t.Any]:
    return {
        name: value
        for name, value in (answers or {}).items()
        if name != answer_file.KEY_PACK_IDS and str(value or "").strip()
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Map filter names to functions."""
        return {"clearinghouse_answers": clearinghouse_answers}
