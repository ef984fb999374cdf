# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_report: one task for a fleet, and the page that it writes, opened in a browser where there is one."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import subprocess
import time
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import Check, Settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks import CATALOGUE, CHECK_IDS
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_fleet import with_fleet_findings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fleet import (
    LICENSE_SERVER,
    SESSION_HOST,
    Machine,
    health_of,
    read_fleet,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.fleet_page import (
    findings_csv,
    page,
    usage_csv,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.fleet_report import (
    EarlierReport,
    build_report,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.repair_tasks import repair_task

from tests.integration.fleet import Fleet
from tests.integration.playbook import task
from tests.integration.test_health_catalogue import license_server, session_host
from tests.unit.engine_session import EngineFleet

Row = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime.datetime(2026, 11, 27, 8, tzinfo=datetime.timezone.utc)
FLEET = """
servers:
  rdls01: &server
    windows_release: "2022"
    activated: true
    key_packs: [{product_version: windows_server_2022, cal_type: per_user, quantity: 800, issued: 801}]
  rdls02: {<<: *server, activated: false}
  rdsh01:
    role_installed: false
    session_host: {licensing_type: "4", license_servers: [rdls01.winfleet.example], grace_period_days: 0}
"""


def rows_of(servers: dict[str, Row]) -> list[Row]:
    """A fleet in memory, read."""
    fleet = EngineFleet(servers)
    machines = [
        Machine(name, SESSION_HOST if "session_host" in server else LICENSE_SERVER) for name, server in servers.items()
    ]
    read = partial(health_of, settings=Settings())
    rows = read_fleet(machines, fleet.session, read, workers=3, progress=lambda _done: None)
    return with_fleet_findings(rows, Settings())


def healthy(number: int) -> dict[str, Row]:
    """A fleet of license servers and one session host."""
    return {f"ls{index}": license_server() for index in range(number)} | {"host": session_host()}


def test_the_report_adds_up() -> None:
    report = build_report(rows_of(healthy(5)), NOW, [], None)
    assert report["summary"]["license_servers"] == 5
    assert report["summary"]["session_hosts"] == 1
    usage = {each["title"]: each for each in report["usage"]}
    assert usage["Windows Server 2022 per user"]["installed"] == 500
    assert usage["Windows Server 2022 per user"]["free"] == 400
    assert report["summary"]["critical"] == sum(each["severity"] == "critical" for each in report["findings"])


def test_what_changed_since_the_last_report() -> None:
    servers = healthy(2)
    before = json.loads(json.dumps(build_report(rows_of(servers), NOW - datetime.timedelta(days=10), [], None)))
    servers["ls0"]["key_packs"][1]["issued"] = 60
    servers["ls1"]["activated"] = False
    servers["ls2"] = license_server()
    del servers["host"]
    report = build_report(rows_of(servers), NOW, [], before)
    usage = next(each for each in report["usage"] if each["cal_type"] == "per_user")
    # 40 CALs before, 80 now on the same servers, 200 free: 4 a day.
    assert (usage["issued_before"], usage["issued"], usage["free"]) == (40, 100, 200)
    assert usage["runs_out"] == (NOW + datetime.timedelta(days=50)).date().isoformat()
    assert {"id": "not_activated", "host": "ls1"} in report["changes"]["new_findings"]
    assert (report["changes"]["new_hosts"], report["changes"]["missing_hosts"]) == (["ls2"], ["host"])


@pytest.mark.parametrize("previous", [{"format": 2}, {"format": 1, "generated": "soon"}, {"format": 1}])
def test_a_file_that_is_no_earlier_report(previous: Row) -> None:
    with pytest.raises(EarlierReport):
        build_report([], NOW, [], previous)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_needs_no_network_and_escapes_what_servers_say() -> None:
    rows = rows_of(healthy(1))
    rows[0]["windows"] = "<script>alert(1)</script>"
    rows.append({"host": "<img src=x>", "kind": LICENSE_SERVER, "read": False, "reason": '"><b onclick=x>'})
    text = page(build_report(rows, NOW, [{"server": "ls0", "title": "a & b"}], None), 'Fleet "<1>"')
    parser = _Links()
    parser.feed(text)
    assert parser.tags.count("script") == 1
    assert not {"img", "link", "iframe", "object"} & set(parser.tags)
    assert not {"src", "href", "onclick"} & {name for name, _value in parser.attributes}
    assert "url(" not in text
    assert "a &amp; b" in text


def test_spreadsheets_run_no_formula() -> None:
    rows = rows_of({"ls0": license_server()})
    rows[0]["host"] = " =1+1"
    report = build_report(rows, NOW, [], None)
    for each in report["findings"]:
        each["host"] = "@x"
    assert "\n' =1+1," in usage_csv(report)
    assert ",'@x," in findings_csv(report)


def test_spreadsheets_read_every_letter() -> None:
    """Without a byte order mark they take UTF-8 for the computer's own code page."""
    report = build_report(rows_of({"ls0": license_server()}), NOW, [], None)
    mark = "\N{ZERO WIDTH NO-BREAK SPACE}"
    assert usage_csv(report).startswith(f"{mark}host,")
    assert findings_csv(report).startswith(f"{mark}severity,")


def test_what_is_not_read_this_time_is_neither_settled_nor_given_back() -> None:
    servers = healthy(2)
    servers["ls0"]["key_packs"][1].update(quantity=10, issued=20)
    before = json.loads(json.dumps(build_report(rows_of(servers), NOW - datetime.timedelta(days=10), [], None)))
    servers["ls0"]["service"] = "stopped"
    servers["ls1"]["key_packs"][1]["issued"] = 30
    report = build_report(rows_of(servers), NOW, [], before)
    assert {"id": "user_cals_over_allocated", "host": "ls0"} not in report["changes"]["settled_findings"]
    usage = next(each for each in report["usage"] if each["cal_type"] == "per_user")
    # Ten more on ls1 in ten days; what ls0 issued is unknown.
    assert (usage["issued_before"], usage["issued"], usage["free"]) == (20, 30, 70)
    assert usage["runs_out"] == (NOW + datetime.timedelta(days=70)).date().isoformat()


EVERY_REPAIR = [each for each in CATALOGUE if "winfleet" in each.repair or "role" in each.repair]


@pytest.mark.parametrize("check", EVERY_REPAIR, ids=lambda check: f"{check.id}-{check.subject}")
def test_every_repair_by_a_module_or_role_is_a_task_with_options_that_exist(check: Check) -> None:
    finding = {"id": check.id, "host": "h1", "subject": check.subject, "repair": check.repair, "evidence": {}}
    text = repair_task(finding)
    if text is None:
        assert re.match(r"Manual:|Change|None needed|Wait", check.repair)
        return
    [task_of_repair] = yaml.safe_load(text)
    assert set(task_of_repair) <= {"name", "delegate_to", *(key for key in task_of_repair if "." in key)}
    [(action, options)] = [(key, value) for key, value in task_of_repair.items() if "." in key]
    if action == "ansible.builtin.include_role":
        assert (ROOT / "roles" / options["name"].rpartition(".")[2]).is_dir()
        return
    source = (ROOT / "plugins" / "modules" / f"{action.rpartition('.')[2]}.py").read_text(encoding="utf-8")
    documented = yaml.safe_load(source.split('DOCUMENTATION = r"""')[1].split('"""')[0])["options"]
    fragments = {"purchases", "connection_method", "license_servers"}
    assert set(options) <= set(documented) | fragments
    missing = {name for name, each in documented.items() if each.get("required")} - set(options)
    assert missing == set()


def test_a_repair_on_a_license_server_goes_there() -> None:
    finding = {
        "id": "named_server_not_activated",
        "host": "rdsh1",
        "subject": "pair",
        "repair": "winfleet.rd_licensing.license_server with state: activated, or winfleet.rd_licensing.key_pack",
        "evidence": {"servers": "ls1"},
    }
    assert str(repair_task(finding)).endswith("delegate_to: ls1")
    several = str(repair_task({**finding, "evidence": {"servers": "ls1, ls2"}}))
    assert several.endswith('delegate_to: "{{ license_server }}"')


def test_every_section_is_on_the_page() -> None:
    rows = rows_of(healthy(1))
    server = next(row for row in rows if row["kind"] == LICENSE_SERVER)
    server.update(pending_removals=["removal-1"], unfinished=["install-1"])
    server["key_packs"][0]["expires"] = "2026-12-09T00:00:00+00:00"
    rows.append({"host": "ls9", "kind": LICENSE_SERVER, "read": False, "reason": "refused-1"})
    before = json.loads(json.dumps(build_report([server], NOW - datetime.timedelta(days=1), [], None)))
    text = page(build_report(rows, NOW, [{"server": "ls0", "title": "request-1"}], before), "Fleet")
    headings = re.findall(r"<h2>(.*?)</h2>", text)
    assert headings == [
        "At a glance", "Usage", "Health findings", "Changes since 2026-11-26 08:00 UTC", "Pending removals",
        "Open Clearinghouse requests", "Unfinished operations", "Subscriptions that expire", "License servers",
        "Key packs", "Session hosts", "Not read",
    ]  # fmt: skip
    for each in ("removal-1", "install-1", "request-1", "refused-1", "2026-12-09"):
        assert each in text


def test_a_repair_becomes_a_task() -> None:
    finding = {
        "id": "not_activated",
        "host": "ls1",
        "subject": "license_server",
        "evidence": {},
        "repair": "winfleet.rd_licensing.license_server with state: activated",
    }
    assert repair_task(finding) == (
        "- name: Not activated\n  winfleet.rd_licensing.license_server:\n    state: activated\n  delegate_to: ls1"
    )
    assert repair_task({**finding, "repair": "Manual: restart the server."}) is None
    assert len(CHECK_IDS) > 60


def test_500_servers_open_within_two_seconds(tmp_path: Path) -> None:
    rows = rows_of({"ls0": license_server()})
    many = [{**rows[0], "host": f"ls{number:03d}"} for number in range(500)]
    text = page(build_report(many, NOW, [], None), "Fleet")
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    browser = shutil.which("chromium")
    if browser is None:
        # Without a browser the page is still held to its size.
        assert len(text) < 2_000_000
        return
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    script = 'document.title = String(performance.now() | 0) + " " + document.querySelectorAll("th.sort").length'
    marked = text.replace("</body>", f"<script>{script}</script></body>")
    (tmp_path / "page.html").write_text(marked, encoding="utf-8")
    command = [browser, *options, "--dump-dom", f"--user-data-dir={tmp_path}/profile", f"file://{tmp_path}/page.html"]
    fastest = 60_000
    # The machine may be busy with other tests: the best of three.
    for _attempt in range(3):
        dumped = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        found = re.search(r"<title>(\d+) (\d+)</title>", dumped)
        assert found is not None
        assert int(found.group(2)) > 20
        fastest = min(fastest, int(found.group(1)))
        if fastest < 2000:
            return
    raise AssertionError(f"{fastest} ms")


def test_a_fleet_by_one_task(fleet: Fleet, tmp_path: Path) -> None:
    fleet.switch_off("rdls02")
    options = {
        "license_servers": ["rdls01", "rdls02"],
        "session_hosts": ["rdsh01"],
        "directory": str(tmp_path / "report"),
        "previous": str(tmp_path / "report" / "fleet-report.json"),
    }
    before = fleet.state()
    run = fleet.play(task("report", "fleet_report", options, check_mode=True), hosts="rdls01")
    assert run.succeeded().last.result["summary"]["unreadable"] == 1
    assert not (tmp_path / "report").exists()
    run = fleet.play(task("report", "fleet_report", options), hosts="rdls01").succeeded()
    assert run.last.writes == []
    assert fleet.state() == before
    assert run.last.result["summary"]["critical"] >= 1
    report = json.loads((tmp_path / "report" / "fleet-report.json").read_text(encoding="utf-8"))
    assert [row["host"] for row in report["unreadable"]] == ["rdls02"]
    again = fleet.play(task("report", "fleet_report", options), hosts="rdls01").succeeded()
    assert again.last.result["changes"]["new_findings"] == []
    assert (run.last.changed, again.last.changed) == (True, False)


def test_options(fleet: Fleet, tmp_path: Path) -> None:
    for options, text in (
        ({}, "needs license_servers or session_hosts"),
        ({"license_servers": ["rdls01"], "concurrency": 0}, "must be from 1 to 100"),
        ({"license_servers": ["rdls01"], "ignore": ["cals_lo"]}, "cals_low"),
    ):
        run = fleet.play(task("report", "fleet_report", {"directory": str(tmp_path), **options}), hosts="rdls01")
        assert run.last.status == "failed"
        assert text in run.last.message


def test_a_report_that_is_written_in_part_is_a_change(fleet: Fleet, tmp_path: Path) -> None:
    (tmp_path / "fleet-report-findings.csv").mkdir()
    options = {"license_servers": ["rdls01"], "directory": str(tmp_path)}
    outcome = fleet.play(task("report", "fleet_report", options), hosts="rdls01").last
    assert (outcome.status, outcome.changed) == ("failed", True)
    assert "fleet-report-findings.csv" in outcome.message


def test_the_cost_of_a_server_does_not_grow_with_the_fleet() -> None:
    seconds = []
    for number in (50, 200):
        servers = {f"ls{index}": license_server() for index in range(number)}
        started = time.process_time()
        rows_of(servers)
        seconds.append((time.process_time() - started) / number)
    assert seconds[1] < seconds[0] * 2
