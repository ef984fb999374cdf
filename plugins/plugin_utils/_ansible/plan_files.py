# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan file of a run over many hosts, whose tasks are processes of their own.

Each task leaves its part, as ready text, in the directory that Ansible makes for the run; the one that holds the lock
then puts all parts together, also for those that wait for the lock. So the cost of a task hardly grows with the number
of hosts, and a new run of ansible-playbook begins a new plan. An approved plan is read whole once for each run, too.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import pathlib
import time
import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import write_private
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.run_directory import file_name_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError, Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file import pages
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.approval import (
    ApprovedHost,
    approved_host,
    not_planned,
    steps_by_server,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.document import (
    PLAN_AGAIN,
    Head,
    PlanFile,
    digest_of,
    file_text,
    parse_file,
    require_current,
    task_text,
)

_SPOOL: t.Final = "winfleet.rd_licensing-plan"
_APPROVED: t.Final = "winfleet.rd_licensing-approved"
# The texts of a host's tasks, and what stands between two of them.
_JOINTS: t.Final = {"json": ",\n", "md": "", "html": ""}


class PlanSpool:
    """The parts of one plan in one run of ansible-playbook."""

    def __init__(self, path: pathlib.Path, run_directory: pathlib.Path, head: Head, key: str | None) -> None:
        self._path = path
        self._directory = run_directory / f"{_SPOOL}-{file_name_of(str(path))}"
        self._head = head
        self._plan_key = key

    def add(self, host: str, document: Mapping[str, t.Any]) -> None:
        """Add what a task of a host is about to do, and write the plan.

        A task that plans the same as an earlier one of the host replaces it: roles plan in advance what later tasks do.

        Raises:
            LicensingError: the plan cannot be written.
        """
        self._write_head()
        same = digest_of({name: value for name, value in document.items() if name != "seconds"})
        summary = json.dumps(pages.summary_of(host, document))
        texts = (summary, task_text(document), pages.markdown_of(document), pages.html_of(document))
        self._write_host(file_name_of(host), self._tasks(file_name_of(host)) | {same: texts})
        written = time.time_ns()
        with _locked(self._directory / "lock"):
            if self._assembled() < written:
                self._assemble()

    def _tasks(self, host: str) -> dict[str, t.Sequence[str]]:
        """The tasks of a host so far, by what they say. A host has one task at a time."""
        try:
            found: dict[str, t.Sequence[str]] = json.loads(_read(self._directory / f"{host}.tasks"))
        except FileNotFoundError:
            return {}
        return found

    def _write_host(self, host: str, tasks: Mapping[str, t.Sequence[str]]) -> None:
        """Write all parts of a host: the summary last, for a host that has one is whole."""
        summaries, *parts = (list(part) for part in zip(*tasks.values(), strict=True))
        merged = {
            "tasks": json.dumps(tasks),
            **{name: joint.join(part) for (name, joint), part in zip(_JOINTS.items(), parts, strict=True)},
            "summary": f"[{','.join(summaries)}]",
        }
        for name, text in merged.items():
            new = self._directory / f"{host}.{name}.new"
            new.write_text(text, encoding="utf-8")
            new.rename(self._directory / f"{host}.{name}")

    def _write_head(self) -> None:
        """All tasks of a run have the same head, that of the first."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        path = self._directory / "head.json"
        with contextlib.suppress(FileExistsError), path.open("x", encoding="utf-8") as stream:
            json.dump(vars(self._head), stream)

    def _assembled(self) -> int:
        """When the plan was last put together."""
        try:
            return int((self._directory / "assembled").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0

    def _assemble(self) -> None:
        began = time.time_ns()
        head = Head(**json.loads(_read(self._directory / "head.json")))
        found = [(json.loads(_read(path)), path) for path in self._directory.glob("*.summary")]
        hosts = {summaries[0]["host"]: (summaries, path) for summaries, path in found}

        def texts(suffix: str) -> dict[str, list[str]]:
            return {host: [_read(hosts[host][1].with_suffix(suffix))] for host in sorted(hosts)}

        text, sha256 = file_text(head.document(), texts(".json"), self._plan_key)
        page = pages.Page(self._path.stem, head, sha256, [each for host in sorted(hosts) for each in hosts[host][0]])
        write_private(self._path, text)
        write_private(self._path.with_suffix(".md"), page.markdown(texts(".md")))
        write_private(self._path.with_suffix(".html"), page.html(texts(".html")))
        (self._directory / "assembled").write_text(str(began), encoding="utf-8")


def read_approved(
    path: pathlib.Path,
    run_directory: pathlib.Path,
    host: str,
    key: str | None,
    version: str,
    now: datetime.datetime,
) -> ApprovedHost:
    """What is approved for a host. The file is checked whole by the first task of a run that comes here.

    Raises:
        Refused: the plan is not to be used.
        LicensingError: it cannot be read.
    """
    try:
        about = path.stat()
    except OSError as error:
        raise LicensingError(f"{path}: the plan cannot be read ({error.strerror}). Check plan_file.") from None
    state = [str(path), about.st_size, about.st_mtime_ns, about.st_ino, file_name_of(key or "")]
    directory = run_directory / f"{_APPROVED}-{file_name_of(json.dumps(state))}"
    with _locked(directory / "lock"):
        if not (directory / "head.json").is_file():
            _split(_parsed(path, key, version, now), path.name, directory)
        head = Head(**json.loads(_read(directory / "head.json")))
    require_current(head, path.name, version, now)
    part = directory / "hosts" / f"{file_name_of(host)}.json"
    if not part.is_file():
        raise not_planned(path.name, host, json.loads(_read(directory / "names.json")))
    found = json.loads(_read(part))
    return ApprovedHost(path.name, host, found["tasks"], found["steps"])


def _parsed(path: pathlib.Path, key: str | None, version: str, now: datetime.datetime) -> PlanFile:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{path.name} is not a plan file, or was edited. {PLAN_AGAIN}.") from None
    except OSError as error:
        raise LicensingError(f"{path}: the plan cannot be read ({error.strerror}). Check plan_file.") from None
    return parse_file(text, path.name, key, version, now)


def _split(plan: PlanFile, name: str, directory: pathlib.Path) -> None:
    """A part for each host, so that 500 hosts do not read the plan of 500 hosts each."""
    (directory / "hosts").mkdir(mode=0o700, exist_ok=True)
    by_server = steps_by_server(plan.hosts)
    for host in plan.hosts:
        approved = approved_host(name, host, plan.hosts, by_server)
        part = {"tasks": list(approved.tasks), "steps": list(approved.steps)}
        (directory / "hosts" / f"{file_name_of(host)}.json").write_text(json.dumps(part), encoding="utf-8")
    (directory / "names.json").write_text(json.dumps(list(plan.hosts)), encoding="utf-8")
    (directory / "head.json").write_text(json.dumps(vars(plan.head)), encoding="utf-8")


def _read(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8")


@contextlib.contextmanager
def _locked(path: pathlib.Path) -> Iterator[None]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
