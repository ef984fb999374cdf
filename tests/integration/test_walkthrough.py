# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The walkthroughs of the documentation, followed to the letter by web browser and by telephone."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import textwrap
from collections.abc import Iterator

import pytest
import yaml

from tests.integration.fleet import Fleet
from tests.integration.playbook import Settings
from tests.integration.purchases import CLEARINGHOUSE
from tests.simulator_tests.browser import Browser

FLEET = (
    """
servers:
  rdls01:
    windows_release: "2025"
    activated: true
    key_packs: [{purchase: enterprise, quantity: 250}]
"""
    + CLEARINGHOUSE
)

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "docsite" / "rst"
PLACE = "/tmp/walkthrough"


class Reader:
    """Somebody who follows a page, in a directory of the test's own instead of the page's."""

    def __init__(self, page: str, place: pathlib.Path) -> None:
        self.place = place
        text = (PAGES / f"{page}.rst").read_text(encoding="utf-8").replace(PLACE, str(place))
        parts = re.split(r"^(\S[^\n]*)\n[-~]{5,}\n", text, flags=re.M)
        self.sections = dict(zip(parts[1::2], parts[2::2], strict=True))

    def blocks(self, section: str, language: str = "console") -> list[str]:
        """The code blocks of a section."""
        pattern = rf"^\.\. code-block:: {language}\n\n((?:   .*\n|\n)+)"
        return [textwrap.dedent(block).strip() + "\n" for block in re.findall(pattern, self.sections[section], re.M)]

    def run(self, section: str, number: int = 0) -> str:
        """Type the commands of a block; gives what they print."""
        done = subprocess.run(
            ["bash", "-e", "-c", self.blocks(section)[number]],
            cwd=ROOT,
            env={**os.environ, "VENV": os.environ.get("VENV", ".venv")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def requests(self) -> list[dict[str, str]]:
        """The sections of the request sheet: heading to value, as its tables have them, and where the ID goes."""
        sheet = (self.place / "clearinghouse" / "clearinghouse-requests.md").read_text(encoding="utf-8")
        found = []
        for section in re.split(r"^## \d+\. ", sheet, flags=re.M)[1:]:
            rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", section, re.M))
            places = re.findall(r"`([0-9a-f]{12})`", section)
            assert places
            found.append({**rows, "place": places[0]})
        return found

    def enter(self, identifiers: list[str]) -> None:
        """Write the IDs into the answer file, one for each section of the sheet."""
        answers = self.place / "clearinghouse" / "clearinghouse-answers.yml"
        text = answers.read_text(encoding="utf-8")
        for request, identifier in zip(self.requests(), identifiers, strict=True):
            text = text.replace(f'"{request["place"]}": ""', f'"{request["place"]}": "{identifier}"')
        answers.write_text(text, encoding="utf-8")


@pytest.fixture
def place(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Where the reader works. No fleet is left running, however far the reader got."""
    place = tmp_path / "walk"
    yield place
    ready = place / "ready.json"
    if ready.exists():
        os.kill(json.loads(ready.read_text())["pid"], 15)


def browse(reader: Reader, purchases: list[dict[str, str]]) -> list[str]:
    """The IDs from the web site, given the sheet and, for what it keeps to itself, the purchase documents."""
    assert "website_url" in reader.run("By web browser")
    url = json.loads((reader.place / "ready.json").read_text())["website_url"]
    documents = {
        "Agreement number": purchases[0]["agreement_number"],
        "License code": purchases[1]["license_code"],
    }
    # The sheet has the administrator's own reason; the site has a list.
    chosen = re.findall(r"on the simulated site \*(.+?)\*", reader.sections["5. Ask the Clearinghouse"])
    reason = {"Reason for recovery": chosen[0]} if chosen else {}
    return [_fill_in(Browser(url), {**request, **documents, **reason}) for request in reader.requests()]


def _fill_in(browser: Browser, known: dict[str, str]) -> str:
    browser.submit({"Select Option": "Manage CALs"})
    for _page in range(6):
        if browser.page.identifier:
            return browser.page.identifier
        assert not browser.page.refusal, browser.page.refusal
        browser.submit({label: known[label] for label in browser.page.labels if label in known})
    raise AssertionError(f"the web site gave no ID: {browser.page}")


def call(reader: Reader) -> list[str]:
    """The IDs from the calls that the page prints."""
    said = [reader.run("By telephone", number) for number in range(2)]
    for request, spoken in zip(reader.requests(), reader.blocks("By telephone"), strict=True):
        for label in ("Target License Server ID", "License Program", "Company name"):
            assert f"{label}: {request[label]}\n" in spoken, "the page says something else than the sheet"
    return [answer.rpartition(": ")[2].strip() for answer in said]


def follow(reader: Reader, method: str, variables: str, section: str) -> list[str]:
    """Steps 1 to 6 of a page; gives what the servers held before and hold after."""
    assert reader.blocks("1. Prepare")[0] == "make venv\n"
    before = reader.run("2. Start a simulated fleet")
    described = reader.blocks(section, "yaml")[0].replace("web_browser", method)
    (reader.place / variables).write_text(described, encoding="utf-8")
    assert "failed=0" in reader.run("4. Dry run, then first run")
    assert "Target License Server ID" in reader.run("4. Dry run, then first run", 1)
    purchases = next(value for key, value in yaml.safe_load(described).items() if key.endswith("_purchases"))
    reader.enter(browse(reader, purchases) if method == "web_browser" else call(reader))
    after = reader.run("6. Second run")
    reader.run("7. Clean up")
    assert not reader.place.exists()
    return [before, after]


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
def test_the_page_on_migrating_leads_to_a_migrated_server(place: pathlib.Path, method: str) -> None:
    reader = Reader("walkthrough_migrate", place)
    before, after = follow(reader, method, "purchases.yml", "3. Describe the purchases")
    assert re.search(r"rdls02 +- +no CALs", before)
    assert re.search(r"rdls01 +- +no CALs", after)
    assert re.search(r"rdls02 +\d+ +Windows Server 2022 +per user +250", after)
    assert re.search(r"rdls02 +\d+ +Windows Server 2022 +per device +50", after)


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
def test_the_page_on_rebuilding_leads_to_a_rebuilt_database(place: pathlib.Path, method: str) -> None:
    reader = Reader("walkthrough_rebuild", place)
    _before, after = follow(reader, method, "rebuild.yml", "3. Describe the change")
    assert re.search(r"rdls01 +\d+ +Windows Server 2022 +per user +250 +0", after)
    assert re.search(r"rdls01 +\d+ +Windows Server 2022 +per device +50 +0", after)


def test_the_page_on_change_control_applies_what_was_approved(place: pathlib.Path) -> None:
    reader = Reader("change_control", place)
    reader.run("2. Start a simulated fleet")
    (reader.place / "change.yml").write_text(reader.blocks("3. Describe the change", "yaml")[0], encoding="utf-8")
    planned = reader.run("4. Plan")
    assert re.search(r"Migrate 250 Windows Server 2022 per user CALs .* from rdls01", planned)
    reader.run("6. Something moves")
    refused = reader.run("6. Something moves", 1)
    assert "failed=1" in refused
    assert "changed=0" in refused
    shown = reader.blocks("6. Something moves", "text")[0]
    assert " ".join(shown.split()) in refused
    assert "failed=0" in reader.run("6. Something moves", 2)
    applied = reader.run("7. Apply")
    assert "failed=0" in applied
    assert re.search(r"rdls01 +- +no CALs", applied)
    assert re.search(r"rdls02 +\d+ +Windows Server 2022 +per user +250", applied)
    assert re.search(r"changed=0 .*failed=0", reader.run("7. Apply", 1))
    reader.run("9. Clean up")
    assert not reader.place.exists()


def test_the_first_playbook_shows_what_the_server_holds(fleet: Fleet) -> None:
    (plays,) = yaml.safe_load_all(Reader("start", pathlib.Path()).blocks("Read your own server", "yaml")[1])
    run = fleet.run([{**play, "hosts": "rdls01"} for play in plays], Settings()).succeeded()
    assert run["Show what it holds"].result["msg"] == "250 Windows Server 2022 per user"
