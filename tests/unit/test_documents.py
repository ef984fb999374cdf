# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents of the repository point at exists, and the files around the code agree with each other."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT: t.Final = Path(__file__).resolve().parents[2]
_LEFT_OUT: t.Final = {".build", ".git", ".ansible", ".hypothesis", "LICENSES"}
_LINK: t.Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE: t.Final = re.compile(r"`([^`\n]+)`")
_FENCE: t.Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_TARGET: t.Final = re.compile(r"\bmake ([a-z][a-z-]+(?: check-[a-z-]+)*)")
# A path of this repository in code marks: with a folder that exists at the top, and no placeholder.
_PATH: t.Final = re.compile(r"(?:[.]?[\w-]+/)+[\w.-]*")


def documents() -> Iterator[Path]:
    """Every Markdown file of the repository."""
    for path in sorted(ROOT.rglob("*.md")):
        parts = path.relative_to(ROOT).parts
        if not any(part in _LEFT_OUT or part.startswith(".venv") for part in parts):
            yield path


DOCUMENTS: t.Final = [str(path.relative_to(ROOT)) for path in documents()]


def anchors(path: Path) -> set[str]:
    """The anchors that a Markdown file's headings get."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    document = ROOT / name
    for link in _LINK.findall(_FENCE.sub("", document.read_text(encoding="utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        place, _hash, anchor = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), f"{name}: {link}"
        assert not anchor or anchor in anchors(target), f"{name}: {link}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_and_targets_that_are_named_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    top = {path.name for path in ROOT.iterdir() if path.name not in _LEFT_OUT}
    for code in _CODE.findall(_FENCE.sub("", text)):
        if _PATH.fullmatch(code) and code.split("/")[0] in top and not re.search(r"[A-Z]{4}|X\b", Path(code).name):
            assert (ROOT / code).exists(), f"{name}: {code}"
    for targets in _TARGET.findall("\n".join(_FENCE.findall(text) + _CODE.findall(text))):
        assert set(targets.split()) <= make_targets(), f"{name}: make {targets}"


def make_targets() -> set[str]:
    """The targets of the Makefile, those of its variables included."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    checks = re.search(r"^CHECKS := (.+)$", text, re.MULTILINE)
    assert checks
    rules = re.findall(r"^([a-z][a-z -]*):", text, re.MULTILINE)
    return {target for rule in rules for target in rule.split()} | {f"check-{name}" for name in checks[1].split()}


def load(name: str) -> t.Any:
    """A YAML file of the repository."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_ci_runs_everything_on_every_python_that_ansible_core_needs() -> None:
    jobs = load(".github/workflows/ci.yml")["jobs"]
    assert [step["run"] for step in jobs["everything"]["steps"] if "run" in step] == [".ci/run"]
    releases = (ROOT / "tools" / "compat.sh").read_text(encoding="utf-8")
    # The first Python of each line of the table is enough to try its release.
    needed = {line.split()[2] for line in re.findall(r"^(?:releases=')?(2\.\d+ [\d. ]+)'?$", releases, re.MULTILINE)}
    setup = next(step for step in jobs["compat"]["steps"] if "setup-python" in step.get("uses", ""))
    assert needed
    assert needed <= set(setup["with"]["python-version"].split())


def test_a_bug_report_asks_for_what_is_needed_to_work_on_it() -> None:
    fields = {field["id"]: field for field in load(".github/ISSUE_TEMPLATE/bug.yml")["body"] if "id" in field}
    assert "-vvv" in fields["output"]["attributes"]["label"]
    assert fields["output"]["validations"]["required"]
    assert "probe" in fields["probe"]["attributes"]["label"]


def test_pre_commit_runs_checks_of_the_makefile() -> None:
    (repository,) = load(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        program, *targets = hook["entry"].split()
        assert program == "make"
        assert set(targets) <= make_targets()


@pytest.mark.parametrize("folder", ["plugins/modules/*.py", "plugins/filter/*.py", "roles/*", "docs/docsite/rst/*.rst"])
def test_readme_names_everything(folder: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in ROOT.glob(folder):
        assert f"`{path.stem}`" in readme or f"({path.relative_to(ROOT)})" in readme, path


def test_galaxy_metadata_names_where_to_go() -> None:
    metadata = load("galaxy.yml")
    assert all(metadata[key].startswith("https://") for key in ("repository", "documentation", "homepage", "issues"))
