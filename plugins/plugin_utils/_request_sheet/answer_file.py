# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer file: a variables file to enter IDs from the Clearinghouse, in the shape that the next run takes.

Text in, text out, and the shape is this::

    rd_licensing_answers:
      rdls02:
        license_key_pack_ids:
          "3f9c0d21b7a4": ""
        license_server_id: ""
"""

from __future__ import annotations

import datetime
import json
import re
import typing as t
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import yaml
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import WANTED
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.pages import Request, subject

VARIABLE: t.Final = "rd_licensing_answers"
KEY_PACK_IDS: t.Final = "license_key_pack_ids"
# Server to what it was given: KEY_PACK_IDS with IDs by request ID, and single answers by name.
Answers = dict[str, dict[str, t.Any]]


class NotAnswers(ValueError):
    """A document that is not an answer file. The text says what is wrong with it, in one line."""


def parse(document: object) -> Answers:
    """The answers in a document that YAML gave. What is empty becomes the empty text.

    Raises:
        NotAnswers: it has another shape, or YAML may have changed a value that is not in quotes.
    """
    if document is None:
        return {}
    servers = document.get(VARIABLE, ()) if isinstance(document, Mapping) else ()
    if servers is None:
        return {}
    if not isinstance(servers, Mapping):
        raise NotAnswers(f"must hold the variable {VARIABLE}, by server")
    answers: Answers = {}
    for server, given in servers.items():
        answers[str(server)] = found = {}
        if given is not None and not isinstance(given, Mapping):
            raise NotAnswers(f"{VARIABLE}.{server} must hold the answers for this server by name")
        for name, value in (given or {}).items():
            if name == KEY_PACK_IDS and value is not None and not isinstance(value, Mapping):
                raise NotAnswers(f"{VARIABLE}.{server}.{name} must hold license key pack IDs by request ID")
            place = f"{VARIABLE}.{server}.{name}"
            found[str(name)] = (
                {str(k): _text(v, f"{place}[{k}]") for k, v in (value or {}).items()}
                if name == KEY_PACK_IDS
                else _text(value, place)
            )
    return answers


def repeated(text: str) -> tuple[str, ...]:
    """The names that stand twice in one mapping of a YAML text: YAML keeps the last one, and drops the others.

    Raises:
        yaml.YAMLError: it is not YAML.
    """
    return tuple(dict.fromkeys(_repeated(yaml.compose(text, Loader=yaml.SafeLoader))))


def _repeated(node: yaml.Node | None) -> Iterator[str]:
    if not isinstance(node, yaml.MappingNode):
        return
    names = [key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode)]
    yield from (name for name, times in Counter(names).items() if times > 1)
    for _key, value in node.value:
        yield from _repeated(value)


def is_ours(document: object, answers: Answers) -> bool:
    """Whether the document holds nothing but answers, so that nothing gets lost when it is written anew."""
    known = {KEY_PACK_IDS, *WANTED}
    return document is None or (
        isinstance(document, Mapping)
        and set(document) == {VARIABLE}
        and all(set(each) <= known for each in answers.values())
    )


def answer(request: Request, answers: Answers) -> str | None:
    """What was answered: empty when there is a place for it only, None when there is not even that."""
    given = answers.get(str(request["server"]), {})
    if request["request"] == "license_key_pack_id":
        found = given.get(KEY_PACK_IDS, {}).get(str(request["request_id"]))
    else:
        found = given.get(request["request"])
    return found if found is None else str(found)


def text(requests: Sequence[Request], answers: Answers, path: str) -> str:
    """The file, with a place for each request and everything that is answered already.

    Args:
        requests: the open requests.
        answers: what the file holds now.
        path: how the next run is to be given the file.
    """
    lines = [
        "---",
        "# Answers of the Microsoft Clearinghouse. Write each one between the quotes, and run the playbook again with",
        f"#   -e @{path}",
        "# What is left empty stays open. Save it as UTF-8. To keep the file, encrypt it with ansible-vault.",
        f"{VARIABLE}:",
    ]
    servers = dict.fromkeys([*(str(request["server"]) for request in requests), *answers])
    for server in servers:
        mine = [request for request in requests if str(request["server"]) == server]
        given = answers.get(server, {})
        places = [*_key_pack_ids(mine, given.get(KEY_PACK_IDS, {})), *_single(mine, given)]
        lines += [f"  {_name(server)}:", *places] if places else []
    return "\n".join(lines) + "\n"


def _key_pack_ids(requests: Sequence[Request], given: Mapping[str, str]) -> Iterator[str]:
    titles = {str(each["request_id"]): _comment(each) for each in requests if each["request"] == "license_key_pack_id"}
    # A place that was never filled in, for what nothing asks for any more, would only mislead.
    names = dict.fromkeys([*titles, *(name for name, value in given.items() if value)])
    if names:
        yield f"    {KEY_PACK_IDS}:"
    for name in names:
        if name in titles:
            yield f"      {titles[name]}"
        yield f"      {_quoted(name)}: {_quoted(given.get(name, ''))}"


def _single(requests: Sequence[Request], given: Mapping[str, t.Any]) -> Iterator[str]:
    wanted = {str(each["request"]): _comment(each) for each in requests if each["request"] != "license_key_pack_id"}
    for name in dict.fromkeys([*wanted, *(name for name, value in given.items() if name != KEY_PACK_IDS and value)]):
        if name in wanted:
            yield f"    {wanted[name]}"
        yield f"    {name}: {_quoted(given.get(name, ''))}"


def _comment(request: Request) -> str:
    """Which section of the sheet it is, and what it is for."""
    return f"# {request['number']}. {_one_line(subject(request))}"


def _name(server: str) -> str:
    """A host name as a key: in quotes only where YAML would take it for something else."""
    plain = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", server) and yaml.safe_load(server) == server
    return server if plain else _quoted(server)


def _quoted(value: str) -> str:
    """In double quotes: what JSON allows there, YAML does as well."""
    return json.dumps(value, ensure_ascii=False)


def _text(value: object, place: str) -> str:
    """A value that arrived as text. A number may be what YAML made of it, and would be written back as that."""
    if isinstance(value, (bool, int, float, datetime.date, list, Mapping)):
        raise NotAnswers(f"has no text at {place}. Put the answer in quotes")
    return "" if value is None else str(value)


def _one_line(value: str) -> str:
    return " ".join(value.split())
