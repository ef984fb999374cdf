# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/web-browser.md, followed to the letter: its commands run, its file written, the sheet read by its person."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
from collections.abc import Iterator

import pytest
import yaml

from tests.simulator_tests.browser import Browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "web-browser.md").read_text(encoding="utf-8")
PLACE = "/tmp/web-browser"


class Reader:
    """Somebody who follows the page, in a directory of the test's own instead of the page's."""

    def __init__(self, place: pathlib.Path) -> None:
        self.place = place
        self.blocks = re.findall(r"^```(console|yaml)\n(.*?)^```$", PAGE.replace(PLACE, str(place)), re.M | re.S)

    def block(self, number: int) -> str:
        """The text of a block, counted from 0."""
        return str(self.blocks[number][1])

    def run(self, number: int) -> str:
        """Type the commands of a block; gives what they print."""
        environment = {**os.environ, "VENV": os.environ.get("VENV", ".venv")}
        done = subprocess.run(
            ["bash", "-e", "-c", self.block(number)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sections(self) -> list[dict[str, str]]:
        """The sections of the sheet: heading to value, as its tables have them, and where the answer goes."""
        sheet = (self.place / "clearinghouse" / "clearinghouse-requests.md").read_text(encoding="utf-8")
        found = []
        for section in re.split(r"^## \d+\. ", sheet, flags=re.M)[1:]:
            rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", section, re.M))
            place = re.search(r"Its place is at `(\w+)` of `(\w+)`", section)
            assert place
            found.append({**rows, "place": place[1], "server": place[2]})
        return found


@pytest.fixture
def reader(tmp_path: pathlib.Path) -> Iterator[Reader]:
    """A reader, who leaves no fleet running however far they got."""
    following = Reader(tmp_path / "walk")
    yield following
    ready = following.place / "ready.json"
    if ready.exists():
        os.kill(json.loads(ready.read_text())["pid"], 15)


def fetch(url: str, section: dict[str, str], papers: dict[str, str]) -> str:
    """Fill in the web site from a section of the sheet, and from the papers what the sheet keeps to itself."""
    browser = Browser(url)
    browser.submit({"Select Option": "Manage CALs"})
    for _page in range(6):
        if browser.page.identifier:
            return browser.page.identifier
        assert not browser.page.refusal, browser.page.refusal
        known = {**section, **papers}
        browser.submit({label: known[label] for label in browser.page.labels if label in known})
    raise AssertionError(f"the web site gave no ID: {browser.page}")


def test_the_page_leads_to_a_migrated_server(reader: Reader) -> None:
    assert "git clone" in reader.block(0)
    before = reader.run(1)
    assert re.search(r"rdls02 +- +no CALs", before)
    (reader.place / "purchases.yml").write_text(reader.block(2), encoding="utf-8")
    assert "changed=0" not in reader.run(3)
    assert "website_url" in reader.run(4)

    purchases = yaml.safe_load(reader.block(2))["replace_source_server_purchases"]
    papers = {"Agreement number": purchases[0]["agreement_number"], "License code": purchases[1]["license_code"]}
    url = json.loads((reader.place / "ready.json").read_text())["website_url"]
    answers = reader.place / "clearinghouse" / "clearinghouse-answers.yml"
    text = answers.read_text(encoding="utf-8")
    for section in reader.sections():
        identifier = fetch(url, section, papers)
        text = text.replace(f'"{section["place"]}": ""', f'"{section["place"]}": "{identifier}"')
    answers.write_text(text, encoding="utf-8")

    after = reader.run(5)
    assert re.search(r"rdls01 +- +no CALs", after)
    assert re.search(r"rdls02 +\d+ +Windows Server 2022 +per user +250", after)
    assert re.search(r"rdls02 +\d+ +Windows Server 2022 +per device +50", after)
    reader.run(6)
    assert not reader.place.exists()
