# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide "Monday morning": its playbooks and task files are run as they stand there."""

from __future__ import annotations

import http.server
import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from ansible.plugins.filter.core import FilterModule

from tests.integration.fleet import Fleet
from tests.integration.playbook import Run, Settings

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "monday_morning.rst"
PLAYBOOK = str(ROOT / "playbooks" / "monitor.yml")
FLEET = """
servers:
  rdls01: &server
    windows_release: "2022"
    activated: true
    in_license_servers_group: true
    registered_to_scp: true
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
    key_packs: [{product_version: windows_server_2022, cal_type: per_user, quantity: 800, issued: 801}]
  rdls02:
    <<: *server
    key_packs: [{product_version: windows_server_2022, cal_type: per_user, quantity: 800, issued: 8}]
"""
MAIL = """#!/usr/bin/python
import json
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({name: {"type": "str"} for name in ("host", "port", "to", "subject", "body")})
with open(__OUT__, "a") as stream:
    stream.write(json.dumps(module.params) + "\\n")
module.exit_json(changed=True)
"""


def blocks() -> dict[str, str]:
    """The YAML of the guide by the file name in its first line."""
    found = {}
    for text in re.findall(r"\.\. code-block:: yaml\n\n((?:    .*\n|\n)+)", GUIDE.read_text(encoding="utf-8")):
        lines = [line[4:] for line in text.splitlines()]
        name = re.match(r"# (\S+\.yml)", lines[0])
        if name:
            found[name.group(1)] = "\n".join(lines) + "\n"
    return found


def monitor(fleet: Fleet, **variables: Any) -> Run:
    """What came of the playbook."""
    environment = variables.pop("environment", {})
    collections = variables.pop("collections", None)
    settings = Settings(
        variables={"monitor_hosts": "rdls01:rdls02", **variables},
        watch=False,
        environment=environment,
        **({"collections": collections} if collections else {}),
    )
    return fleet.run(PLAYBOOK, settings)


def notify(tmp_path: Path, name: str, **replacements: str) -> str:
    """A task file of the guide, with a path of it replaced where the test has its own."""
    text = blocks()[name]
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / name)


def test_it_fails_by_the_threshold(fleet: Fleet) -> None:
    run = monitor(fleet)
    assert run.code != 0
    assert "801 of 800" in run.output
    assert re.search(r"rdls02 .*failed=0", run.output)
    assert monitor(fleet, monitor_ignore=["user_cals_over_allocated"]).code == 0


def test_a_file_that_the_guide_shows_for_each_way() -> None:
    assert {"notify_mail.yml", "notify_webhook.yml", "notify_checkmk.yml"} <= set(blocks())
    for text in blocks().values():
        assert yaml.safe_load(text)


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A web server that keeps what is posted to it."""
    posted: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", posted
    server.shutdown()


def test_a_webhook(fleet: Fleet, tmp_path: Path, webhook: tuple[str, list[dict[str, Any]]]) -> None:
    url, posted = webhook
    run = monitor(fleet, monitor_tasks=notify(tmp_path, "notify_webhook.yml"), vault_webhook_url=url)
    assert run.code == 0, run.output
    assert [each["host"] for each in posted] == ["rdls01"]
    assert [row["id"] for row in posted[0]["findings"]] == ["user_cals_over_allocated"]


def test_checkmk(fleet: Fleet, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    tasks = notify(tmp_path, "notify_checkmk.yml", **{"/var/lib/check_mk_agent/spool": str(spool)})
    run = monitor(fleet, monitor_tasks=tasks, monitor_fail_on="warning", monitor_always=True)
    assert run.code == 0, run.output
    files = {path.name.rpartition("_")[2]: path.read_text(encoding="utf-8").splitlines() for path in spool.iterdir()}
    assert files["rdls02"] == ["<<<local:sep(0)>>>", '0 "RD Licensing rdls02" findings=0 no findings']
    header, line = files["rdls01"]
    assert header == "<<<local:sep(0)>>>"
    assert re.fullmatch(r'2 "RD Licensing rdls01" findings=\d+ .*801 of 800.*', line)


def test_an_e_mail(fleet: Fleet, tmp_path: Path) -> None:
    """The module of community.general is played: what it is given is what counts here."""
    module = (
        tmp_path / "collections" / "ansible_collections" / "community" / "general" / "plugins" / "modules" / "mail.py"
    )
    module.parent.mkdir(parents=True)
    module.write_text(MAIL.replace("__OUT__", repr(str(tmp_path / "sent"))), encoding="utf-8")
    paths = f"{tmp_path / 'collections'}:{os.environ['ANSIBLE_COLLECTIONS_PATH']}"
    run = monitor(fleet, monitor_tasks=notify(tmp_path, "notify_mail.yml"), collections=paths)
    assert run.code == 0, run.output
    [mail] = [json.loads(line) for line in (tmp_path / "sent").read_text(encoding="utf-8").splitlines()]
    assert mail["subject"] == "RD Licensing: rdls01"
    assert "801 of 800" in mail["body"]


GROUPS: dict[str, Any] = {
    "all": {"children": {"license_servers": {"hosts": {"rdls01": {}}}, "session_hosts": {"hosts": {"rdsh01": {}}}}}
}


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The fleet of a Monday morning, as the Molecule scenarios have it."""
    text = (ROOT / "tests" / "simulator" / "fleets" / "monday.yml").read_text(encoding="utf-8")
    fleet = Fleet(text, tmp_path_factory.mktemp("monday"))
    fleet.start()
    yield fleet
    fleet.stop()


def follow(fleet: Fleet, tmp_path: Path, name: str, *arguments: str, **replacements: str) -> Run:
    """What came of a playbook of the guide."""
    playbook = notify(tmp_path, name, **replacements)
    (tmp_path / "groups.yml").write_text(json.dumps(GROUPS), encoding="utf-8")
    settings = Settings(watch=False, arguments=["-i", str(tmp_path / "groups.yml"), *arguments])
    run = fleet.run(playbook, settings)
    assert run.code == 0, run.output
    return run


def test_from_the_complaint_to_the_cause(monday: Fleet, tmp_path: Path) -> None:
    before = monday.state()
    why = follow(monday, tmp_path, "why.yml", rdsh07="rdsh01").output
    lines = re.findall(r'^ +"(.*?)",?$', why, re.MULTILINE)
    # The cause comes first: there are per user CALs for this release, and per device CALs for an older one.
    cause = "No license server that rdsh01 names has per device CALs for Windows Server 2022 Standard or later."
    assert lines[0] == cause
    look = follow(monday, tmp_path, "license_server.yml").output
    assert "801 of 800 Windows Server 2022 per user CALs" in look
    assert "windows_server_2019" in look
    room = follow(monday, tmp_path, "make_room.yml", "--check", "--diff").output
    assert monday.state() == before
    assert "SITE7" in room or "changed=0" in room
    discovered = follow(monday, tmp_path, "discover.yml").output
    assert "no server answers to it" in discovered
    assert monday.state() == before


CONNECTION_OPTIONS = {"plugin", "server", "port", "username", "password", "tls_mode", "ca_cert", "auth_protocol"}
SEARCH_OPTIONS = {"filter", "filter_without_computer", "search_base", "search_scope", "attributes"}
CONSTRUCTED_OPTIONS = {"compose", "groups", "keyed_groups", "strict"}


@pytest.mark.parametrize(
    "name", ["license_servers.microsoft.ad.ldap.yml", "license_server_group.microsoft.ad.ldap.yml"]
)
def test_inventory_files_for_active_directory(name: str) -> None:
    """microsoft.ad is not there to read them, so each option, filter and expression is checked by itself."""
    config = yaml.safe_load(blocks()[name])
    assert config["plugin"] == "microsoft.ad.ldap"
    assert set(config) <= CONNECTION_OPTIONS | SEARCH_OPTIONS | CONSTRUCTED_OPTIONS
    assert config["filter"].count("(") == config["filter"].count(")")
    assert re.fullmatch(r"\((&(\(\w+=[\w ,=]+\))+|\w+=[\w ,=]+)\)", config["filter"])
    variables: dict[str, Any] = {
        "microsoft_ad_distinguished_name": "CN=TermServLicensing,CN=RDLS01,OU=Servers,DC=contoso,DC=example"
    }
    environment = jinja2.Environment()  # noqa: S701  # no HTML
    environment.filters.update(FilterModule().filters())
    for option, expected in (("inventory_hostname", "RDLS01"), ("ansible_host", "RDLS01.contoso.example")):
        if "compose" in config:
            variables[option] = environment.compile_expression(config["compose"][option])(**variables)
            assert variables[option] == expected
