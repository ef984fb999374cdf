# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays with the role clearinghouse_requests, and an administrator who fills in its answer file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.integration.clearinghouse_call import ask
from tests.integration.fleet import Fleet
from tests.integration.playbook import COLLECTION, Run, task
from tests.integration.purchases import CLEARINGHOUSE, purchase

# Two servers without Internet, so that nothing comes to them but what an administrator brings.
FLEET = (
    """
servers:
  rdls01: &server
    windows_release: "2025"
    activated: true
    internet: false
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
  rdls02: *server
"""
    + CLEARINGHOUSE
)
ROLE = f"{COLLECTION}.clearinghouse_requests"
BOUGHT = {"rdls01": ["enterprise", "retail"], "rdls02": ["open"]}
SHEET, DATA, ANSWERS = "clearinghouse-requests.md", "clearinghouse-requests.json", "clearinghouse-answers.yml"
_AT_HAND = """{{
  (rd_licensing_answers | default({})).get(inventory_hostname, {}).get('license_key_pack_ids', {})
  | combine((clearinghouse_requests_answers | default({})).get(inventory_hostname, {}).get('license_key_pack_ids', {}))
}}"""


def install(name: str = "install", **keywords: Any) -> dict[str, Any]:
    """Install what was bought for each server, with the IDs that are at hand."""
    options = {"connection_method": "web_browser", "purchases": "{{ purchases }}", "license_key_pack_ids": _AT_HAND}
    return task(name, "key_pack", options, register="installed", **keywords)


def requests(**options: Any) -> dict[str, Any]:
    """The role, after a task that may wait for an ID."""
    variables = {"awaiting": "{{ installed.awaiting }}", "purchases": "{{ purchases }}", **options}
    return _role("requests", variables)


def retain(**options: Any) -> dict[str, Any]:
    """The role's other entry point: keep the IDs that were used."""
    variables = {"retain_ids": _AT_HAND, "retain_purchases": "{{ installed.purchases }}", **options}
    return _role("retain", variables, tasks_from="retain")


def _role(name: str, variables: Mapping[str, Any], tasks_from: str = "main", **keywords: Any) -> dict[str, Any]:
    options = {"name": ROLE, "tasks_from": tasks_from}
    named = {f"clearinghouse_requests_{option}": value for option, value in variables.items()}
    return task(name, "ansible.builtin.include_role", options, vars=named, **keywords)


def play(fleet: Fleet, tasks: Sequence[Mapping[str, Any]], hosts: str = "rdls01:rdls02", **settings: Any) -> Run:
    """Run tasks on both servers, each of which knows what was bought for it."""
    hostvars = {host: {"purchases": [purchase(each) for each in programs]} for host, programs in BOUGHT.items()}
    return fleet.play(*tasks, hosts=hosts, hostvars=hostvars, **settings)


def asked(fleet: Fleet) -> dict[str, str]:
    """Ask the Clearinghouse for everything that was bought; the IDs by program, in the order of the requests."""
    contact = {"last_name": "Example", "first_name": "Rosa", "company": "Winfleet Example", "country_region": "Germany"}
    return {
        program: ask(
            fleet,
            "Install CALs",
            {**contact, **purchase(program), "target_license_server_id": fleet.server(server)["license_server_id"]},
        )
        for server, programs in BOUGHT.items()
        for program in programs
    }


def fill_in(directory: Path, answers: Mapping[str, str]) -> None:
    """Write IDs, by program, between the quotes of the answer file, and leave the rest of it as it is."""
    found = json.loads((directory / DATA).read_text(encoding="utf-8"))["requests"]
    places = {each["license_program"]: f'      "{each["request_id"]}": ' for each in found}
    path = directory / ANSWERS
    text = path.read_text(encoding="utf-8")
    for program, answer in answers.items():
        assert text.count(f'{places[program]}""\n') == 1, text
        text = text.replace(f'{places[program]}""\n', f'{places[program]}"{answer}"\n')
    path.write_text(text, encoding="utf-8")
