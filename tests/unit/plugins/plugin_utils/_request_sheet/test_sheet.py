# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sheet as people read it, in Markdown and on a terminal."""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.sheet import (
    markdown,
    plain_text,
)

from tests.unit.builders import code, properties, purchase
from tests.unit.clearinghouse_requests import for_activation, for_key_pack, numbered

ANSWERS = "clearinghouse/clearinghouse-answers.yml"
FLEET = numbered(
    for_key_pack(of=purchase(250, reference="PO-1")),
    for_key_pack("rdls03", code(), "telephone"),
    for_activation(server="rdls04"),
    for_activation("confirmation_code", "rdls05"),
)


def test_every_request_has_a_section_and_a_line_in_the_overview() -> None:
    sheet = markdown(FLEET, ANSWERS)
    assert "4 requests are open, for 4 servers." in sheet
    for number, (server, wanted) in enumerate(
        [
            ("rdls02", "license key pack ID"),
            ("rdls03", "license key pack ID"),
            ("rdls04", "license server ID"),
            ("rdls05", "confirmation code"),
        ],
        1,
    ):
        assert f"\n## {number}. {server}: {wanted}\n" in sheet
        assert f"\n| {number} | {server} | {wanted} | " in sheet


def test_a_single_request_needs_no_overview() -> None:
    sheet = markdown(FLEET[:1], ANSWERS)
    assert "1 request is open, for 1 server." in sheet
    assert "| Server |" not in sheet


def test_the_section_of_a_request_on_the_web_site() -> None:
    sheet = markdown(FLEET[:1], ANSWERS)
    assert "For 250 Windows Server 2022 per user CALs (Enterprise Agreement …4567, PO-1) from rdls01." in sheet
    assert "Go to <https://activate.microsoft.com> from any computer" in sheet
    pages = ("Page 1: What it is about", "Page 2: Who asks", "Page 3: What was bought", "Only if asked")
    places = [sheet.index(f"\n\n| {page} | |\n|---|---|\n| ") for page in pages]
    assert places == sorted(places)
    assert f"Enter it at `{FLEET[0]['request_id']}` of `rdls02`, and keep" in sheet
    assert sheet.endswith("\n    _____-_____-_____-_____-_____-_____-_____\n")


def test_on_the_telephone_there_are_no_pages() -> None:
    sheet = markdown(FLEET[1:2], ANSWERS)
    assert "Call the Clearinghouse." in sheet
    assert "\n| What it is about | |\n" in sheet
    assert "Page 1" not in sheet


def test_the_place_of_a_single_answer_is_its_name() -> None:
    assert "Enter it at `license_server_id` of `rdls04`, and keep" in markdown(FLEET[2:3], ANSWERS)
    assert "Enter it at `confirmation_code` of `rdls05`, and keep" in markdown(FLEET[3:], ANSWERS)


def test_how_to_run_it_again_can_be_copied_into_a_shell() -> None:
    assert f"\n   `-e @{ANSWERS}`\n" in markdown(FLEET, ANSWERS)
    assert "\n   `-e @'my sheets/answers.yml'`\n" in markdown(FLEET, "my sheets/answers.yml")
    assert "in the file `answers.yml` beside this sheet" in markdown(FLEET, "my sheets/answers.yml")


def test_it_says_whether_numbers_are_on_it() -> None:
    assert "Numbers and codes of purchases are not on this sheet." in markdown(FLEET, ANSWERS)
    assert "Keep it private" in markdown(FLEET, ANSWERS, in_clear=True)
    # Nothing of a purchase is asked for an activation.
    assert "Numbers and codes" not in markdown(FLEET[2:], ANSWERS)


def test_what_is_on_the_server_cannot_be_taken_for_markup() -> None:
    contact = {**properties().contact, "company": "R&D *core* | <b>|\n# `x` [y](z) _u_ &amp;", "city": "A\\B"}
    sheet = markdown(numbered(for_key_pack(contact=contact)), ANSWERS)
    assert r"| Company name | R&D \*core\* \| \<b\>\| # \`x\` \[y\](z) \_u\_ \&amp; |" in sheet
    assert r"| City (optional) | A\\B |" in sheet


def test_a_request_on_a_terminal() -> None:
    text = plain_text(FLEET[0])
    first, blank, *rest = text.splitlines()
    assert first.startswith("rdls02 waits for the license key pack ID: 250 Windows Server 2022 per user CALs (")
    assert blank == ""
    assert "  Reason for recovery       The source license server is being replaced by this license server" in rest
    assert "  Agreement number          in the purchase documents; it ends in 4567" in rest
    assert max(len(line) for line in rest) <= 96
    assert "|" not in text
    assert text == text.rstrip()


def test_a_finished_sheet_says_so() -> None:
    sheet = markdown([], ANSWERS)
    assert "No requests are open." in sheet
    assert "Run the playbook" not in sheet


def test_sections_keep_their_numbers() -> None:
    sheet = markdown([{**FLEET[0], "number": 7}, {**FLEET[2], "number": 3}], ANSWERS)
    assert "\n## 7. rdls02: " in sheet
    assert "\n| 3 | rdls04 | " in sheet
