# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of clearinghouse_request as Ansible runs it, from a task's arguments to files and the result."""

from __future__ import annotations

import json
import pathlib
import stat
import typing as t
from types import SimpleNamespace
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import PromptVaultSecret, VaultLib
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task as PlaybookTask
from ansible.template import Templar
from ansible_collections.winfleet.rd_licensing.plugins.action.clearinghouse_request import ActionModule

from tests.unit.builders import KEY_PACK_CODE, LICENSE_CODE, code, purchase
from tests.unit.clearinghouse_requests import for_activation, for_key_pack

NUMBER = "1234567"
NAMES = [f"clearinghouse-{name}" for name in ("answers.yml", "requests.csv", "requests.json", "requests.md")]
CALS = {"product_version": "windows_server_2022", "cal_type": "per_user", "quantity": 250}
ENTERPRISE = {"license_program": "enterprise", "agreement_number": NUMBER, **CALS}
RETAIL = {"license_program": "retail", "license_code": LICENSE_CODE}
FIRST, SECOND = for_key_pack(), for_key_pack("rdls03", code())
SECRET = "vault-password"


def entry(*requests: dict[str, t.Any], purchases: t.Any = None) -> dict[str, t.Any]:
    """An item of the option requests: what the task of one server returned."""
    awaiting = [{name: value for name, value in each.items() if name != "server"} for each in requests]
    return {"server": requests[0]["server"], "awaiting": awaiting, "purchases": purchases or []}


DONE = {"server": "rdls03", "awaiting": []}
FLEET = [entry(FIRST, purchases=[ENTERPRISE]), entry(SECOND, purchases=[RETAIL])]


class Controller:
    """Runs the task in a directory of its own."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.loader = DataLoader()
        self.loader.set_vault_secrets([("default", PromptVaultSecret(SECRET.encode()))])

    @property
    def answers(self) -> pathlib.Path:
        return self.directory / NAMES[0]

    def run(self, *requests: dict[str, t.Any], check: bool = False, **arguments: t.Any) -> dict[str, t.Any]:
        """The result."""
        task = PlaybookTask()
        task.action = "winfleet.rd_licensing.clearinghouse_request"
        task.args = {"requests": list(requests or FLEET), "directory": str(self.directory), **arguments}
        task.check_mode = check
        task.diff = True
        task.async_val = 0
        module = ActionModule(
            task=task,
            connection=mock.MagicMock(),
            play_context=PlayContext(),
            loader=self.loader,
            templar=Templar(loader=self.loader),
            shared_loader_obj=SimpleNamespace(),
        )
        return module.run(task_vars={"inventory_hostname": "rdls02"})

    def texts(self) -> dict[str, str]:
        """Every file by its name."""
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(self.directory.glob("*"))}

    def fill_in(self, request: dict[str, t.Any], answer: str) -> None:
        """What an administrator does with an editor."""
        text, place = self.answers.read_text(encoding="utf-8"), f'"{request["request_id"]}": '
        assert f'{place}""' in text
        self.answers.write_text(text.replace(f'{place}""', f'{place}"{answer}"'), encoding="utf-8")

    def encrypt(self) -> None:
        """What an administrator does with ansible-vault."""
        sealed = VaultLib([("default", PromptVaultSecret(SECRET.encode()))]).encrypt(self.answers.read_bytes())
        self.answers.write_bytes(sealed)


@pytest.fixture
def controller(tmp_path: pathlib.Path) -> Controller:
    return Controller(tmp_path / "clearinghouse")


def mode(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_four_files_for_their_owner_alone(controller: Controller) -> None:
    result = controller.run()
    assert result["changed"] is True
    assert sorted(controller.texts()) == NAMES
    assert {mode(path) for path in controller.directory.iterdir()} == {0o600}
    assert mode(controller.directory) == 0o700
    assert sorted(result["files"]) == [str(controller.directory / name) for name in NAMES]
    assert (result["sheet"], result["answers"]) == (str(controller.directory / NAMES[3]), str(controller.answers))
    assert [each["server"] for each in result["requests"]] == ["rdls02", "rdls03"]


def test_the_result_says_what_is_asked_and_whether_it_is_answered(controller: Controller) -> None:
    controller.run()
    controller.fill_in(SECOND, KEY_PACK_CODE)
    first, second = controller.run()["requests"]
    assert first["title"].startswith("Waits for the license key pack ID of 250 Windows Server 2022 per user CALs")
    assert (first["request"], first["request_id"]) == ("license_key_pack_id", FIRST["request_id"])
    assert "Target License Server ID" in first["text"]
    assert (first["answered"], second["answered"]) == (False, True)
    (activation,) = controller.run(entry(for_activation()))["requests"]
    assert (activation["request"], activation["request_id"]) == ("license_server_id", None)


def test_the_second_run_changes_nothing(controller: Controller) -> None:
    controller.run()
    before = controller.texts()
    result = controller.run()
    assert result["changed"] is False
    assert "diff" not in result
    assert controller.texts() == before


def test_check_mode_makes_nothing_and_tells_the_same(controller: Controller) -> None:
    predicted = controller.run(check=True)
    assert not controller.directory.exists()
    assert predicted == controller.run()
    predicted = controller.run(FLEET[0], check=True)
    assert len(json.loads(controller.texts()[NAMES[2]])["requests"]) == 2
    assert predicted == controller.run(FLEET[0])


def test_servers_of_another_run_stay_on_the_sheet(controller: Controller) -> None:
    """As with --limit, and with batches."""
    controller.run()
    before = controller.texts()
    result = controller.run(FLEET[1])
    assert (result["changed"], result["open_requests"]) == (False, 2)
    assert [(each["server"], each["number"]) for each in result["requests"]] == [("rdls03", 2)]
    assert controller.texts() == before
    # Only to check answers.
    assert controller.run({"server": "rdls02", "purchases": [ENTERPRISE]})["changed"] is False


def test_numbers_in_clear_of_servers_of_another_run_stay_as_long_as_they_are_wanted(controller: Controller) -> None:
    controller.run(include_credentials=True)
    controller.run(FLEET[1], include_credentials=True)
    assert NUMBER in controller.texts()[NAMES[3]]
    controller.run(FLEET[1])
    assert NUMBER not in "".join(controller.texts().values())


def test_a_request_keeps_its_number(controller: Controller) -> None:
    controller.run()
    controller.run({"server": "rdls02", "awaiting": []})
    assert "## 2. rdls03" in controller.texts()[NAMES[3]]
    result = controller.run(entry(for_key_pack(of=purchase(7))))
    assert result["requests"][0]["number"] == 3
    assert "# 3. 7 Windows Server 2022 per user CALs" in controller.texts()[NAMES[0]]


def test_once_all_is_done_the_sheet_says_so(controller: Controller) -> None:
    controller.run()
    answers = controller.texts()[NAMES[0]]
    done = [{"server": "rdls02", "awaiting": []}, DONE]
    result = controller.run(*done)
    assert (result["changed"], result["open_requests"], result["requests"]) == (True, 0, [])
    texts = controller.texts()
    assert "No requests are open" in texts[NAMES[3]]
    assert len(texts[NAMES[1]].splitlines()) == 1
    assert texts[NAMES[0]] == answers
    assert "No requests are open" in result["diff"][0]["after"]
    assert controller.run(*done)["changed"] is False


def test_no_request_is_nothing_to_do(controller: Controller) -> None:
    for requests in ([], [{"server": "rdls02", "awaiting": []}]):
        result = controller.run(requests=requests)
        assert (result["changed"], result["files"], result["sheet"], result["requests"]) == (False, [], None, [])
        assert not controller.directory.exists()


def test_a_file_that_others_may_read_is_put_right(controller: Controller) -> None:
    controller.run()
    (controller.directory / NAMES[3]).chmod(0o644)
    assert controller.run(check=True)["changed"] is True
    assert controller.run()["changed"] is True
    assert mode(controller.directory / NAMES[3]) == 0o600
    assert controller.run()["changed"] is False


# The answer file


def test_what_was_filled_in_stays_as_it_is(controller: Controller) -> None:
    controller.run()
    controller.fill_in(FIRST, "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGGG")
    controller.answers.write_text(controller.answers.read_text() + "# asked Ada on Monday\n", encoding="utf-8")
    before = controller.answers.read_text()
    # The other request is done with by now.
    assert controller.run(FLEET[0], DONE)["changed"] is True
    assert controller.answers.read_text() == before
    assert controller.run(FLEET[0], DONE)["changed"] is False


def test_a_new_request_gets_its_place_beside_what_is_filled_in(controller: Controller) -> None:
    controller.run(FLEET[0])
    controller.fill_in(FIRST, "AAAAA")
    controller.run(*FLEET)
    assert yaml.safe_load(controller.answers.read_text()) == {
        "rd_licensing_answers": {
            "rdls02": {"license_key_pack_ids": {FIRST["request_id"]: "AAAAA"}},
            "rdls03": {"license_key_pack_ids": {SECOND["request_id"]: ""}},
        }
    }


def test_an_encrypted_file_is_read_and_left_alone(controller: Controller) -> None:
    controller.run(FLEET[0])
    controller.fill_in(FIRST, KEY_PACK_CODE)
    controller.encrypt()
    sealed = controller.answers.read_bytes()
    result = controller.run(FLEET[0])
    assert (result["changed"], result["requests"][0]["answered"]) == (False, True)
    assert "warnings" not in result
    result = controller.run(*FLEET)
    assert result["changed"] is True
    assert controller.answers.read_bytes() == sealed
    (warning,) = result["warnings"]
    assert "is encrypted or holds other variables, so it is not written to" in warning
    assert f"rdls03 {SECOND['request_id']}" in warning
    assert KEY_PACK_CODE not in str(result)


def test_without_the_vault_password_it_stops_with_one_line(controller: Controller) -> None:
    controller.run(FLEET[0])
    controller.encrypt()
    controller.loader = DataLoader()
    result = controller.run()
    assert result["failed"] is True
    assert result["msg"] == (
        f"{controller.answers}: the answer file cannot be decrypted with the vault passwords given."
    )


@pytest.mark.parametrize("once_more", ["  rdls02: {}", "    license_key_pack_ids: {}", "rd_licensing_answers: {}"])
def test_a_name_that_stands_twice_is_refused_before_an_answer_is_lost(controller: Controller, once_more: str) -> None:
    """YAML reads the last one alone, and the file would be written without the others."""
    controller.run()
    filled = f"{controller.answers.read_text(encoding='utf-8')}{once_more}\n"
    filled = filled.replace("rdls03:", "rdls02:") if once_more.startswith("  rdls02") else filled
    controller.answers.write_text(filled, encoding="utf-8")
    result = controller.run()
    assert result["failed"], result
    assert f"holds {once_more.strip().partition(':')[0]} twice" in result["msg"]
    assert controller.answers.read_text(encoding="utf-8") == filled


def test_a_file_with_other_variables_is_left_alone(controller: Controller) -> None:
    controller.run(FLEET[0])
    text = controller.answers.read_text() + "my_own: 1\n"
    controller.answers.write_text(text, encoding="utf-8")
    assert len(controller.run(*FLEET)["warnings"]) == 1
    assert controller.answers.read_text() == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('rd_licensing_answers: {rdls02: "SECRET-ANSWER', "is not valid YAML"),
        ("my_own: SECRET-ANSWER", "must hold the variable rd_licensing_answers, by server; correct it"),
        ("rd_licensing_answers: {rdls02: SECRET-ANSWER}", "must hold the answers for this server by name"),
    ],
)
def test_a_broken_file_of_answers_is_said_in_one_line(controller: Controller, text: str, complaint: str) -> None:
    controller.directory.mkdir()
    controller.answers.write_text(text, encoding="utf-8")
    result = controller.run()
    assert result["failed"] is True
    assert result["msg"].startswith(f"{controller.answers}: the answer file ")
    assert complaint in result["msg"]
    assert "SECRET" not in str(result)
    assert sorted(controller.texts()) == NAMES[:1]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_that_an_editor_saved_in_another_encoding_is_read(controller: Controller, encoding: str) -> None:
    controller.run()
    controller.fill_in(FIRST, KEY_PACK_CODE)
    text = controller.answers.read_text(encoding="utf-8") + "# für Ada\n"
    controller.answers.write_bytes(text.encode(encoding))
    assert controller.run()["requests"][0]["answered"] is True


def test_entries_that_fit_nothing_are_named(controller: Controller) -> None:
    controller.run()
    text = controller.answers.read_text(encoding="utf-8").replace(
        f'"{FIRST["request_id"]}": ""', f'"0f1e2d3c4b5a": "{KEY_PACK_CODE}"'
    )
    controller.answers.write_text(text, encoding="utf-8")
    result = controller.run(check=True)
    assert any(
        "rdls02.license_key_pack_ids[0f1e2d3c4b5a] is not the ID of a request" in each for each in result["warnings"]
    )
    given = yaml.safe_load(text)["rd_licensing_answers"]
    result = controller.run({"server": "rdls02", "purchases": [ENTERPRISE]}, check_answers=given)
    assert result["failed"] is True
    assert result["msg"].startswith("check_answers: rdls02.license_key_pack_ids[0f1e2d3c4b5a] is not the ID")
    assert KEY_PACK_CODE not in str(result)


# Credentials


def test_numbers_and_codes_are_nowhere_unless_wanted(controller: Controller) -> None:
    result = controller.run()
    everything = str(result) + "".join(controller.texts().values())
    assert NUMBER not in everything
    assert LICENSE_CODE not in everything
    assert "it ends in 4567" in controller.texts()[NAMES[3]]


def test_wanted_numbers_and_codes_are_in_the_files_and_not_in_the_result(controller: Controller) -> None:
    for options in ({"check": True}, {}, {}):
        result = controller.run(include_credentials=True, **options)
        assert NUMBER not in str(result)
        assert LICENSE_CODE not in str(result)
        assert "warnings" not in result
    texts = controller.texts()
    for name in NAMES[1:]:
        assert NUMBER in texts[name]
        assert LICENSE_CODE in texts[name]
    assert NUMBER not in texts[NAMES[0]]
    assert "Keep it private" in texts[NAMES[3]]
    assert {mode(path) for path in controller.directory.iterdir()} == {0o600}


def test_a_diff_never_shows_what_an_earlier_sheet_showed(controller: Controller) -> None:
    controller.run(include_credentials=True)
    # The purchases are no longer given, so that nothing could be masked by knowing it.
    (diff,) = controller.run(entry(FIRST), DONE)["diff"]
    assert NUMBER not in str(diff)
    assert LICENSE_CODE not in str(diff)
    assert "## 2. rdls03" in diff["before"]
    assert "## 2. rdls03" not in diff["after"]
    assert NUMBER not in "".join(controller.texts().values())


def test_files_that_somebody_else_made_are_no_reason_to_fail(controller: Controller) -> None:
    controller.directory.mkdir()
    for name in NAMES[1:]:
        (controller.directory / name).write_text(f"agreement {NUMBER}", encoding="utf-8")
    result = controller.run()
    assert result["diff"][0]["before"] == ""
    assert "was not written by this module, so it is replaced" in result["warnings"][0]


def test_a_purchase_that_is_not_given_stays_masked_with_a_warning(controller: Controller) -> None:
    result = controller.run(entry(FIRST, purchases=[RETAIL]), include_credentials=True)
    assert "stays masked, because none of the purchases given fit the request" in result["warnings"][0]
    assert "it ends in 4567" in controller.texts()[NAMES[3]]


def test_purchases_that_look_alike_are_never_mixed_up(controller: Controller) -> None:
    other = for_key_pack(of=purchase(250, number="9994567"))
    both = [ENTERPRISE, {**ENTERPRISE, "agreement_number": "9994567"}]
    result = controller.run(entry(FIRST, other, purchases=both), include_credentials=True)
    assert "9994567" not in "".join(controller.texts().values())
    assert any(
        "2 purchases are identical except for their credentials and share the request" in text
        for text in result["warnings"]
    )


# Bad input


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"title": "x"},
        {"title": "x", "request": "license_key_pack_id"},
        {"title": "x", "request": "a pony"},
        {"title": 1, "request": "license_server_id"},
        {"title": "x", "request": "license_server_id"},
        {"title": "x", "request": "license_server_id", "web_site": "https://activate.example"},
    ],
)
def test_what_no_task_returned_is_refused(controller: Controller, request_: dict[str, t.Any]) -> None:
    result = controller.run(FLEET[0], {"server": "rdls09", "awaiting": [request_]})
    assert result["failed"] is True
    assert result["msg"] == (
        "requests[1].awaiting: entry 1 is not a Clearinghouse request. Pass what a task of this collection returned "
        "under awaiting, unchanged."
    )
    assert not controller.directory.exists()


def test_a_wrong_purchase_is_refused_before_anything_is_written(controller: Controller) -> None:
    wrong = {**ENTERPRISE, "agreement_number": "12"}
    result = controller.run(entry(FIRST, purchases=[wrong]), include_credentials=True)
    assert result["msg"].startswith("requests[0].purchases[0].agreement_number: ")
    assert not controller.directory.exists()


@pytest.mark.parametrize("below", ["", "below"])
def test_a_directory_that_is_a_file_is_said_in_one_line(controller: Controller, below: str) -> None:
    controller.directory.write_text("", encoding="utf-8")
    for check in (True, False):
        result = controller.run(directory=str(controller.directory / below), check=check)
        assert result["failed"] is True
        assert "set another directory" in result["msg"]
        assert "\n" not in result["msg"]


def test_a_file_that_is_a_directory_is_said_in_one_line(controller: Controller) -> None:
    (controller.directory / NAMES[3]).mkdir(parents=True)
    result = controller.run()
    assert result["failed"] is True
    assert "Is a directory" in result["msg"]
    assert sorted(path.name for path in controller.directory.iterdir()) == [NAMES[3]]
