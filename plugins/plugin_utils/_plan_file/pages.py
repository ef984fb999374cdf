# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages for the change ticket: what a plan does, how long it takes, how to go back, who must be at hand. Pure.

The text of a task is made once, by the task itself; the page puts the texts together.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.document import Head
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.steps import (
    CLEARINGHOUSE,
    PROVIDER,
    RECORD,
    SERVICE,
    kind_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.page_parts import (
    Markup,
    document,
    escaped,
    table,
    tile,
)

Row = Mapping[str, t.Any]

# Seconds that one step may take, by what it calls: assumptions, for Microsoft publishes none.
_SECONDS: t.Final[Mapping[str, tuple[float, float]]] = {
    CLEARINGHOUSE: (5, 60),
    PROVIDER: (1, 20),
    SERVICE: (5, 300),
    RECORD: (0.1, 2),
}
_BASIS: t.Final = (
    "What was measured is the reading and planning in the check run. The steps are assumptions, for Microsoft "
    "publishes no times: 5 s to 60 s for a call that goes to the Clearinghouse, 1 s to 20 s for another call of the "
    "provider, up to 5 minutes for stopping or starting the service. Hosts are worked on at the same time, as many as "
    "forks allows."
)
_TITLES: t.Final[Mapping[str, str]] = {
    "cal_migration": "migrate RDS CALs",
    "connection_method": "record the connection method",
    "database_rebuild": "rebuild the licensing database",
    "issued_cal": "revoke per device CALs",
    "key_pack": "change key packs",
    "license_server": "set up the license server",
    "session_host": "set the licensing of the session host",
}
_NO_WAY_BACK: t.Final = "Cannot be undone"


def summary_of(host: str, task: Row) -> dict[str, t.Any]:
    """The numbers of a task for the head of the page."""
    if "failed" in task:
        return {"host": host, "server": task["server"], "module": task["module"], "failed": task["failed"]}
    steps = task["steps"]
    calls = [_SECONDS[kind_of(step["action"]).calls] for step in steps]
    later = sum(step["part"] == 2 for step in steps)
    return {
        "host": host,
        "server": task["server"],
        "module": task["module"],
        "servers": _servers(steps),
        "steps": len(steps) - later,
        "later": later,
        "final": sum(step["undo"].startswith(_NO_WAY_BACK) for step in steps),
        "asks": len(task["asks"]),
        "seconds": [task["seconds"] + sum(each[end] for each in calls) for end in (0, 1)],
        "hands": _hands(task),
        "warnings": task["warnings"],
        "facts": {server: sum(map(len, facts.values())) for server, facts in task["facts"].items()},
    }


def _servers(steps: Sequence[Row]) -> list[str]:
    """The servers that steps change, also by what they write into another one's record, as for the source of CALs."""
    found = [name for step in steps for name in (step["server"], *(each["server"] for each in step["operations"]))]
    return list(dict.fromkeys(found))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _hands(task: Row) -> list[str]:
    """Who must be at hand while a task is applied."""
    steps = task["steps"]
    found = []
    if task["asks"]:
        ways = sorted({str(each["connection_method"]).replace("_", " ") for each in task["asks"]})
        found.append(f"somebody who asks the Microsoft Clearinghouse ({' or '.join(ways)})")
    elif any(kind_of(step["action"]).calls == CLEARINGHOUSE for step in steps):
        found.append("somebody who can call the Microsoft Clearinghouse, should it reject a request")
    if any(step["action"] == "SettleSource" for step in steps):
        found.append("an administrator of the source server")
    if any("has to be cleared manually" in step["text"] for step in steps):
        found.append("an administrator who removes the CALs from the source server manually")
    if any(kind_of(step["action"]).calls == SERVICE for step in steps):
        found.append(f"an administrator of {task['server']}, where the licensing service is restarted")
    return found


def duration(low: float, high: float) -> str:
    """A range of seconds, for people."""
    if high < 90:
        return f"{low:.0f} s to {high:.0f} s"
    return f"{max(low / 60, 1):.0f} min to {high / 60:.0f} min" if low >= 60 else f"{low:.0f} s to {high / 60:.0f} min"


def markdown_of(task: Row) -> str:
    """One task in Markdown."""
    if "failed" in task:
        return f"### {_md(_title(task))}\n\n**The check failed:** {_md(task['failed'])}\n"
    lines = [f"### {_md(_title(task))}\n"]
    for number, title in ((1, ""), (2, "Once the answers of the Clearinghouse are there:")):
        steps = [step for step in task["steps"] if step["part"] == number]
        if steps:
            lines += [f"{title}\n"] if title else []
            lines += ["| # | step | how to go back |", "|---|---|---|"]
            lines += [
                f"| {index} | {_md(step['text'])} | {_md(step['undo'])} |" for index, step in enumerate(steps, start=1)
            ]
            lines.append("")
    if not task["steps"]:
        lines.append("Nothing to change.\n")
    for ask in task["asks"]:
        lines.append(f"- Ask the Clearinghouse ({_method(ask)}): {_md(ask['title'])}")
    lines += [""] if task["asks"] else []
    for view in task["views"]:
        if view["before"] != view["after"]:
            for when in ("before", "after"):
                lines += [f"{_md(view['before_header'])}, {when}:\n", "```text", view[when].rstrip("\n"), "```\n"]
    lines += [f"> {_md(warning)}\n" for warning in task["warnings"]]
    return "\n".join(lines) + "\n"


def html_of(task: Row) -> str:
    """One task in HTML."""
    title = escaped(_title(task))
    if "failed" in task:
        return f'<h3>{title}</h3><p class="critical">The check failed: {escaped(task["failed"])}</p>'
    parts = [f"<h3>{title}</h3>"]
    for number, head in ((1, ""), (2, "Once the answers of the Clearinghouse are there")):
        rows = [
            (index, step["text"], step["undo"])
            for index, step in enumerate((each for each in task["steps"] if each["part"] == number), start=1)
        ]
        if rows:
            parts.append(f"<h4>{escaped(head)}</h4>" if head else "")
            parts.append(table(("#", "Step", "How to go back"), rows, ("n", "what", "what"), ""))
    if not task["steps"]:
        parts.append('<p class="none">Nothing to change.</p>')
    if task["asks"]:
        asks = [(ask["title"], _method(ask)) for ask in task["asks"]]
        parts.append("<h4>To ask of the Clearinghouse</h4>")
        parts.append(table(("What", "By"), asks, ("what", "name"), ""))
    parts += [_view(view) for view in task["views"] if view["before"] != view["after"]]
    parts += [f'<p class="warning">{escaped(warning)}</p>' for warning in task["warnings"]]
    return "".join(parts)


def _title(task: Row) -> str:
    return f"{task['server']}: {_TITLES.get(task['module'], task['module'])}"


def _view(view: Row) -> str:
    """One table before and after, beside each other where there is room."""
    cells = "".join(f"<div><b>{when}</b><pre>{escaped(view[when])}</pre></div>" for when in ("before", "after"))
    return f'<p class="view">{escaped(view["before_header"])}</p><div class="pair">{cells}</div>'


def _method(ask: Row) -> str:
    return str(ask["connection_method"]).replace("_", " ")


def _md(text: str) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


@dataclass(frozen=True)
class Page:
    """The page of a plan. C(summaries) are those of its tasks, in the order of the hosts."""

    name: str
    head: Head
    sha256: str
    summaries: Sequence[Row]

    @property
    def _hosts(self) -> list[str]:
        return list(dict.fromkeys(each["host"] for each in self.summaries))

    def _sum(self, name: str) -> int:
        return sum(each.get(name, 0) for each in self.summaries)

    def _rows(self) -> list[tuple[t.Any, ...]]:
        """A row for each host: servers that change, steps, how long, who must be at hand."""
        rows = []
        by_host: dict[str, list[Row]] = {}
        for each in self.summaries:
            by_host.setdefault(each["host"], []).append(each)
        for host, tasks in by_host.items():
            servers = dict.fromkeys(name for each in tasks for name in each.get("servers", ()))
            low, high = (sum(each["seconds"][end] for each in tasks if "seconds" in each) for end in (0, 1))
            hands = dict.fromkeys(hand for each in tasks for hand in each.get("hands", ()))
            steps = sum(each.get("steps", 0) for each in tasks)
            state = "check failed" if any("failed" in each for each in tasks) else ""
            later = sum(each.get("later", 0) for each in tasks)
            shown = f"{steps} + {later} later" if later else str(steps)
            time = duration(low, high) if steps or later else ""
            rows.append((host, ", ".join(servers) or "none", shown, time, "; ".join(hands), state))
        return rows

    @property
    def _verdict(self) -> str:
        steps, later, failed = self._sum("steps"), self._sum("later"), sum("failed" in each for each in self.summaries)
        text = f"{_count(steps, 'step')} for {_count(len(self._hosts), 'host')}" if steps else "Nothing to change now"
        text += f", and {_count(later, 'step')} once the answers of the Clearinghouse are there" if later else ""
        return f"{text}. {_count(failed, 'check')} failed." if failed else f"{text}."

    @property
    def _facts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.summaries:
            for server, number in each.get("facts", {}).items():
                found[server] = found.get(server, 0) + number
        return found

    def markdown(self, bodies: Mapping[str, Sequence[str]]) -> str:
        """The whole page in Markdown."""
        head = self.head
        lines = [f"# Plan {self.name}\n", f"{self._verdict}\n", "| | |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in self._about()]
        lines += ["\n## At a glance\n", "| host | servers | steps | how long | must be at hand | |"]
        lines.append("|---|---|---|---|---|---|")
        lines += [f"| {' | '.join(_md(cell) for cell in row)} |" for row in self._rows()]
        lines.append(f"\n{_BASIS}\n")
        for host, texts in bodies.items():
            lines += [f"## What happens for {host}\n", *texts]
        facts = ", ".join(f"{server} ({number})" for server, number in self._facts.items())
        lines += ["## What it rests on\n", f"{self._rest} Facts by server: {facts or 'none'}.\n"]
        lines += ["## How to apply it\n", f"{self._how}\n", f"```text\n{self._command}\n```\n"]
        lines.append(f"Made by winfleet.rd_licensing {head.collection_version}.")
        return "\n".join(lines) + "\n"

    def html(self, bodies: Mapping[str, Sequence[str]]) -> str:
        """The whole page in HTML."""
        failed = sum("failed" in each for each in self.summaries)
        final = self._sum("final")
        tiles = (
            tile(len(self._hosts), "hosts"),
            tile(self._sum("steps"), "steps"),
            tile(self._sum("later"), "steps later"),
            tile(self._sum("asks"), "requests to the Clearinghouse"),
            tile(final, "cannot be undone", "warning" if final else "good"),
            tile(failed, "checks failed", "critical" if failed else "good"),
        )
        headings = ("Host", "Servers", "Steps", "How long", "Must be at hand", "")
        glance = table(headings, self._rows(), ("name", "", "n", "name", "what", "severity"), "No host.")
        about = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in self._about())
        facts = table(("Server", "Facts"), list(self._facts.items()), ("name", "n"), "No facts.")
        happens = "".join(
            f"<section>{f'<h2>{escaped(host)}</h2>' if len(bodies) > 1 else ''}{''.join(texts)}</section>"
            for host, texts in bodies.items()
        )
        body = (
            f'<p class="sub">{escaped(self._verdict)} Valid until {escaped(_time(self.head.expires))}.</p>'
            f'<div class="tiles">{"".join(tiles)}</div>'
            f'<h2>At a glance</h2>{glance}<p class="sub">{escaped(_BASIS)}</p>'
            f"{happens}"
            f"<h2>What it rests on</h2><p>{escaped(self._rest)}</p>{facts}"
            f"<h2>How to apply it</h2><p>{escaped(self._how)}</p><pre>{escaped(self._command)}</pre>"
            f'<h2>The plan</h2><dl class="about">{about}</dl>'
            f"<footer>Made by winfleet.rd_licensing {escaped(self.head.collection_version)}.</footer>"
        )
        return document(f"Plan {self.name}", Markup(body), style=_STYLE)

    def _about(self) -> list[tuple[str, str]]:
        signed = "HMAC-SHA-256 with plan_key" if self.head.signed else "not signed"
        return [
            ("Made", _time(self.head.made)),
            ("Valid until", _time(self.head.expires)),
            ("SHA-256", self.sha256),
            ("Signature", signed),
        ]

    @property
    def _rest(self) -> str:
        return (
            "Each fact that was read is in the plan file. The run that applies the plan reads all of them again before "
            "its first change on a host, and stops if one is neither as it was nor as a step of the plan leaves it."
        )

    @property
    def _how(self) -> str:
        return (
            "Compare the SHA-256 with that of the plan that was approved. Then run the same playbook without --check, "
            "and with plan: apply. A run that breaks off is continued by running the same command again."
        )

    @property
    def _command(self) -> str:
        return (
            f"ansible-playbook PLAYBOOK -i INVENTORY -e rd_licensing_plan_file={self.name}.json "
            f"-e rd_licensing_plan=apply"
        )


def _time(text: str) -> str:
    return text[:16].replace("T", " ") + " UTC"


_STYLE: t.Final = """
h3 { font-size: 16px; margin: 26px 0 8px; }
h4 { font-size: 14px; margin: 16px 0 6px; color: var(--soft); font-weight: 600; }
p.critical { color: var(--critical); }
p.warning { color: var(--warning); }
p.view { margin: 16px 0 4px; font-weight: 600; }
.pair { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 560px), 1fr)); }
.pair b { color: var(--soft); font-size: 13px; font-weight: 600; }
.pair pre { margin-top: 2px; font-size: 11.5px; }
dl.about { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; font-size: 14px; }
dl.about dt { color: var(--soft); }
dl.about dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.scroll + p.sub { margin-top: 10px; }
td.check.failed { color: var(--critical); white-space: nowrap; }
@media print { pre { white-space: pre-wrap; } }
"""
