# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of ansible-playbook, and what came of each of its tasks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "winfleet.rd_licensing"
_TRACEBACK = "Traceback (most recent call last)"
_NAME = ("ansible_collections", "winfleet", "rd_licensing")


@dataclass(frozen=True)
class Settings:
    """How to run a playbook.

    Attributes:
        connection: winrm or psrp.
        scheme: http (NTLM, messages encrypted) or https (Basic).
        user: an account of the fleet; the first administrator by default.
        hostvars: variables by host; "all" is every host of the fleet.
        variables: extra variables (-e), as a file of YAML.
        arguments: more of the command line.
        play_keywords: more keywords of the play.
        watch: whether to look at the fleet after each task. Off where many hosts are at work at a time.
        typed: what the user types at the prompts, one after the other; None when nobody sits at a terminal.
        seconds: how long it may take.
        collections: where Ansible finds the collection, instead of this checkout.
        start_in: where ansible-playbook is started, instead of the run's own directory.
        environment: more variables of the environment.
    """

    connection: str = "winrm"
    scheme: str = "https"
    user: str | None = None
    hostvars: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    play_keywords: Mapping[str, Any] = field(default_factory=dict)
    watch: bool = True
    typed: Sequence[str] | None = None
    seconds: float = 120.0
    collections: Path | None = None
    start_in: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of one task on one host.

    Attributes:
        status: ok, failed, unreachable or skipped.
        seconds: from the start of the task.
        messages: the WS-Management messages the fleet got since the result before; empty when nobody watched.
        requests: the HTTP requests likewise.
        state: the fleet right after; None when nobody watched.
    """

    task: str
    host: str
    status: str
    seconds: float
    result: dict[str, Any]
    messages: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    state: dict[str, Any] | None

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def message(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def writes(self) -> list[dict[str, Any]]:
        """The messages of a kind that changes something, whether it did or not."""
        return [message for message in self.messages if message["writes"]]


@dataclass(frozen=True)
class Run:
    """What came of a playbook. `output` is all that Ansible printed."""

    code: int
    output: str
    outcomes: list[Outcome]
    directory: Path

    def __getitem__(self, task: str) -> Outcome:
        """The only result of the task of that name (a role's name may stand before it)."""
        return self.of(task)

    def of(self, task: str, host: str | None = None) -> Outcome:
        """The only result of a task, on a host where there are several."""
        found = [
            each
            for each in self.outcomes
            if (each.task == task or each.task.endswith(f": {task}")) and host in (None, each.host)
        ]
        assert len(found) == 1, f"{len(found)} results of {task!r} on {host or 'any host'}:\n{self.output}"
        return found[0]

    def of_host(self, host: str) -> list[Outcome]:
        """All results of a host."""
        return [outcome for outcome in self.outcomes if outcome.host == host]

    @property
    def last(self) -> Outcome:
        return self.outcomes[-1]

    def succeeded(self) -> Run:
        """This run, which must have gone through."""
        assert self.code == 0, self.output
        return self


def task(name: str, module: str, options: Mapping[str, Any] | None = None, **keywords: Any) -> dict[str, Any]:
    """A task of a module of the collection, or of any module when its whole name is given."""
    return {"name": name, module if "." in module else f"{COLLECTION}.{module}": dict(options or {}), **keywords}


def collection_root() -> Path:
    """Where Ansible finds this checkout as a collection; the link that makes it so is made if need be."""
    if ROOT.parts[-3:] == _NAME:
        return ROOT.parents[2]
    root = ROOT / ".build" / "collections"
    link = root.joinpath(*_NAME)
    link.parent.mkdir(parents=True, exist_ok=True)
    # Several processes may get here at a time.
    with contextlib.suppress(FileExistsError):
        link.symlink_to(ROOT, target_is_directory=True)
    return root


def play(
    playbook: str | Sequence[Mapping[str, Any]],
    inventory: Mapping[str, Any],
    settings: Settings,
    directory: Path,
    control_url: str,
) -> Run:
    """Run a playbook in a directory of its own."""
    with start(playbook, inventory, settings, directory, control_url) as process:
        try:
            output, _unused = process.communicate(timeout=settings.seconds)
        except subprocess.TimeoutExpired:
            kill(process)
            raise AssertionError(f"not done after {settings.seconds} s: {process.communicate()[0]}") from None
    run = Run(process.returncode, output, _outcomes(directory / "results.jsonl"), directory)
    _check(run)
    return run


def start(
    playbook: str | Sequence[Mapping[str, Any]],
    inventory: Mapping[str, Any],
    settings: Settings,
    directory: Path,
    control_url: str,
) -> subprocess.Popen[str]:
    """Start ansible-playbook as the leader of a process group, so that it can be killed with all its workers."""
    directory.mkdir(parents=True)
    (directory / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    if not isinstance(playbook, str):
        playbook = _write(directory / "playbook.yml", list(playbook))
    command = [str(Path(sys.executable).parent / "ansible-playbook"), playbook]
    command += ["-i", _write(directory / "inventory.yml", inventory)]
    if settings.variables:
        command += ["-e", f"@{_write(directory / 'variables.yml', settings.variables)}"]
    if settings.typed is not None:
        command = [sys.executable, str(Path(__file__).parent / "terminal.py"), json.dumps(settings.typed), *command]
    return subprocess.Popen(
        [*command, *settings.arguments],
        cwd=settings.start_in or directory,
        env={
            **_environment(directory, control_url if settings.watch else None, settings.collections),
            **settings.environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9, the workers too."""
    os.killpg(process.pid, signal.SIGKILL)


def _environment(directory: Path, control_url: str | None, collections: Path | None = None) -> dict[str, str]:
    """Nothing of the caller's own Ansible settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment.update(
        HOME=str(directory),
        LC_ALL="C.UTF-8",
        NO_PROXY="*",
        no_proxy="*",
        ANSIBLE_CALLBACKS_ENABLED="recorder",
        ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).parent / "callback_plugins"),
        ANSIBLE_COLLECTIONS_PATH=str(collections or collection_root()),
        ANSIBLE_CONFIG=str(directory / "ansible.cfg"),
        ANSIBLE_HOME=str(directory / "ansible-home"),
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_NOCOWS="true",
        RECORDER_FILE=str(directory / "results.jsonl"),
    )
    if control_url is not None:
        environment["RECORDER_CONTROL"] = control_url
    return environment


def _write(path: Path, data: Any) -> str:
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return str(path)


def _outcomes(path: Path) -> list[Outcome]:
    if not path.exists():
        return []
    found = [Outcome(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    for outcome in found:
        for server in (outcome.state or {"servers": {}})["servers"].values():
            server.pop("opened_contexts")
    return found


def _check(run: Run) -> None:
    """What must hold whatever a playbook does: no traceback, and every failure in one line."""
    assert _TRACEBACK not in run.output, run.output
    for outcome in run.outcomes:
        assert _TRACEBACK not in str(outcome.result), outcome.result
        # What nobody foresaw: in the collection's own words, and in those of old and new cores.
        for words in ("please report it", "Unexpected failure", "Task failed: "):
            assert words not in outcome.message, outcome.message
        # Ansible checks a role's variables in a task of its own, and words the complaint itself.
        own_words = "Validating arguments against arg spec" not in outcome.task
        if outcome.status in ("failed", "unreachable") and own_words:
            assert "\n" not in outcome.message, outcome.message
