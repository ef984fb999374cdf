# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that is not to be applied is refused in one line, before any server is changed."""

from __future__ import annotations

import datetime
import json
import stat
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file import document

from tests.plan_apply.scenarios import MATRIX, OTHERS, TARGET
from tests.plan_apply.stage import Stage

INSTALL = next(each for each in OTHERS if each.name == "two of three installed")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A plan for installing three purchases, two of which are there."""
    return Stage(INSTALL, tmp_path)


def refusal(stage: Stage, **options: t.Any) -> str:
    """What the first task says to the plan. Nothing may change."""
    before = stage.snapshot()
    (run,) = stage.apply(**options)
    assert not run.green
    assert stage.snapshot() == before
    assert "\n" not in run.message
    return run.message


def sign_again(stage: Stage, change: t.Callable[[dict[str, t.Any]], None], key: str | None = None) -> None:
    """Change the plan and make its digest right, as somebody who knows how may do."""
    plan = stage.read()
    change(plan)
    head = {name: plan[name] for name in ("format", "collection_version", "made", "expires", "signed")}
    hosts = {host: [document.task_text(task) for task in tasks] for host, tasks in plan["hosts"].items()}
    stage.path.write_text(document.file_text(head, hosts, key)[0], encoding="utf-8")


def test_every_byte_counts(stage: Stage) -> None:
    """Each one is changed for the reader alone; the whole task is run for some."""
    stage.plan()
    data = stage.path.read_bytes()
    for place in range(0, len(data), 7):
        changed = bytearray(data)
        changed[place] ^= 1
        stage.path.write_bytes(bytes(changed))
        if place % 700 == 0:
            assert "change-4711.json" in refusal(stage), place
        else:
            with pytest.raises(Refused):
                document.parse_file(
                    bytes(changed).decode("utf-8", "replace"), "plan", None, "0.1.0", datetime.datetime.max
                )


@pytest.mark.parametrize("more", [" ", "\n", "x"])
def test_something_behind_the_end(stage: Stage, more: str) -> None:
    stage.plan()
    stage.path.write_text(stage.path.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert "was edited" in refusal(stage)


def test_expired(stage: Stage) -> None:
    stage.plan(plan_hours=0.5)
    stage.world.clock.advance(1900)
    assert "expired on" in refusal(stage)


def test_valid_for_a_day_if_nothing_is_said(stage: Stage) -> None:
    stage.plan()
    stage.world.clock.advance(23 * 3600)
    assert stage.apply()[0].green


@pytest.mark.parametrize("given", ["another key", None])
def test_signed_with_another_key(stage: Stage, given: str | None) -> None:
    stage.plan(plan_key="the right key")
    options = {"plan_key": given} if given else {}
    assert "plan_key" in refusal(stage, **options)
    assert stage.apply(plan_key="the right key")[0].green


def test_a_digest_does_not_stand_for_a_signature(stage: Stage) -> None:
    stage.plan(plan_key="the right key")
    sign_again(stage, lambda plan: plan.update(signed=False))
    assert "is not signed, but plan_key is set" in refusal(stage, plan_key="the right key")


def test_another_version_of_the_collection(stage: Stage) -> None:
    stage.plan()
    sign_again(stage, lambda plan: plan.update(collection_version="0.0.9"))
    assert "was made with winfleet.rd_licensing 0.0.9" in refusal(stage)


def test_another_format(stage: Stage) -> None:
    stage.plan()
    sign_again(stage, lambda plan: plan.update(format="winfleet.rd_licensing plan 2"))
    assert "unknown format" in refusal(stage)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format": 1}', "\udcff"])
def test_no_plan_at_all(stage: Stage, text: str) -> None:
    stage.path.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert "is not a plan file" in refusal(stage)


def test_no_file(stage: Stage) -> None:
    assert "No such file" in refusal(stage)


def test_another_host(stage: Stage) -> None:
    stage.plan()
    sign_again(stage, lambda plan: plan["hosts"].update(rdls09=plan["hosts"].pop(TARGET)))
    assert refusal(stage).startswith("rdls02 is not in change-4711.json, which was made for rdls09.")


def test_other_purchases(stage: Stage) -> None:
    """Which they are is said."""
    stage.plan()
    task = stage.scenario.tasks[0]
    fewer = {**task, "options": {"purchases": task["options"]["purchases"][1:]}}
    stage.scenario = replace(stage.scenario, tasks=(fewer,))
    message = refusal(stage)
    assert "in the plan only: 100 Windows Server 2022 per user CALs (Enterprise Agreement ****6541)" in message


def test_a_step_that_the_plan_does_not_have(stage: Stage) -> None:
    stage.plan()
    stage.scenario = replace(
        stage.scenario, tasks=({"host": TARGET, "module": "license_server", "options": {"discovery_scope": "forest"}},)
    )
    assert "has no step for 'Change the discovery scope of rdls02 to forest'" in refusal(stage)


def test_apply_is_not_forgotten(stage: Stage) -> None:
    stage.plan()
    before = stage.snapshot()
    (run,) = stage.run(plan_file=str(stage.path))
    assert "Set plan: apply" in run.message
    assert stage.snapshot() == before


def test_a_task_in_check_mode_of_a_real_run_leaves_the_plan_alone(stage: Stage) -> None:
    stage.plan()
    before = stage.path.read_bytes()
    assert stage.apply(check=True)[0].green
    assert stage.path.read_bytes() == before


def test_a_plan_without_a_file(stage: Stage) -> None:
    (run,) = stage.run(plan="apply")
    assert "plan requires plan_file" in run.message


@pytest.mark.parametrize(("option", "value"), [("plan_file", "change.txt"), ("plan_hours", -1)])
def test_options_that_cannot_be(stage: Stage, option: str, value: t.Any) -> None:
    (run,) = stage.apply(**{option: value})
    assert run.message.startswith(option)


def test_a_plan_of_a_failed_check_says_so(tmp_path: Path) -> None:
    task = {"host": TARGET, "module": "key_pack", "options": {"state": "absent", "key_pack_id": 2}}
    failing = replace(INSTALL, tasks=(task,))
    stage = Stage(failing, tmp_path)
    (run,) = stage.check()
    assert not run.green
    assert stage.read()["hosts"][TARGET][0]["failed"] == run.message
    assert run.message in stage.path.with_suffix(".html").read_text(encoding="utf-8").replace("&#x27;", "'")


def test_what_is_in_the_files(stage: Stage) -> None:
    """No credential, and nobody else reads them."""
    stage.plan(plan_key="a key that nobody reads")
    for suffix in (".json", ".md", ".html"):
        path = stage.path.with_suffix(suffix)
        text = path.read_text(encoding="utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "****6543" in text
        for secret in ("9876541", "9876542", "9876543", "a key that nobody reads", "Pl4nted"):
            assert secret not in text, suffix
    assert json.loads(stage.path.read_text(encoding="utf-8"))["signed"] is True


def test_clients_get_cals_between_plan_and_run(tmp_path: Path) -> None:
    """How many are issued changes all day long, and no step depends on it."""
    stage = Stage(next(each for each in OTHERS if each.name == "reduced"), tmp_path)
    stage.plan()
    for pack in stage.world.packs(TARGET):
        pack.issued = 3
    assert stage.apply()[0].green


def test_the_page_says_who_must_be_at_hand(tmp_path: Path) -> None:
    """Of a dead source somebody has to remove the CALs, and IDs are asked for by telephone."""
    stage = Stage(next(each for each in MATRIX if each.name == "migrate_dead-telephone-open"), tmp_path)
    stage.plan()
    page = stage.path.with_suffix(".md").read_text(encoding="utf-8")
    assert "removes the CALs from the source server manually" in page
    assert "somebody who asks the Microsoft Clearinghouse (telephone)" in page
    assert "- Ask the Clearinghouse (telephone): License key pack ID for 40 " in page
