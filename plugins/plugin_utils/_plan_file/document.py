# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan file: JSON, with a digest over every byte before it. Pure.

It is put together from texts, one for each task, so that a run over many hosts does not write each of them anew for
every other. The digest is over the text, so that nothing in the file can change, not even a blank.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import Refused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.facts import Facts
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.steps import Context, document_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step

FORMAT: t.Final = "winfleet.rd_licensing plan 1"
PLAN_AGAIN: t.Final = "Make a new plan with --check, have it approved, and apply that one"
_TIME: t.Final = "%Y-%m-%dT%H:%M:%SZ"
_TAIL: t.Final = '\n "sha256": "'


@dataclass(frozen=True)
class PlannedTask:
    """What one task is about to do, and everything that this rests on.

    Attributes:
        module: the module, without its collection.
        facts: by server.
        awaited: the steps that follow once the answers of the Clearinghouse are there.
        asks: what an administrator has to ask the Clearinghouse, by title.
        seconds: how long observing and planning took.
    """

    module: str
    plan: Plan[object]
    context: Context
    facts: Mapping[str, Facts]
    purchases: tuple[Purchase, ...] = ()
    awaited: tuple[Step[object], ...] = ()
    asks: tuple[Mapping[str, t.Any], ...] = ()
    seconds: float = 0.0

    def steps(self) -> list[dict[str, t.Any]]:
        """Both parts of the plan."""
        first = [document_of(step, self.context) for step in self.plan.steps]
        known = {step["sha256"] for step in first}
        second = [document_of(step, self.context, part=2) for step in self.awaited]
        return first + [step for step in second if step["sha256"] not in known]

    def document(self) -> dict[str, t.Any]:
        """The task as the plan file has it."""
        return {
            "module": self.module,
            "server": self.context.server,
            "steps": self.steps(),
            "views": [view.as_diff() for view in self.plan.views],
            "warnings": list(self.plan.warnings),
            "purchases": [{"sha256": each.sha256, "title": each.title} for each in self.purchases],
            "asks": [dict(each) for each in self.asks],
            "facts": self.facts,
            "facts_sha256": digest_of(self.facts),
            "seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True)
class Head:
    """What a plan file says of itself. Times are UTC, in ISO 8601."""

    collection_version: str
    made: str
    expires: str
    signed: bool

    @classmethod
    def of(cls, now: datetime.datetime, hours: float, version: str, *, signed: bool) -> Head:
        """The head of a plan that is made now."""
        until = now + datetime.timedelta(hours=hours)
        return cls(version, now.strftime(_TIME), until.strftime(_TIME), signed)

    def document(self) -> dict[str, t.Any]:
        """The head as JSON knows it."""
        return {"format": FORMAT, **vars(self)}


@dataclass(frozen=True)
class PlanFile:
    """A plan file that was read and is whole. C(hosts) are the tasks by inventory host."""

    head: Head
    hosts: Mapping[str, t.Sequence[Mapping[str, t.Any]]] = field(default_factory=dict)
    sha256: str = ""


def digest_of(value: t.Any) -> str:
    """SHA-256 of anything that JSON knows."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def task_text(document: Mapping[str, t.Any]) -> str:
    """One task of a host as it stands in the file."""
    return json.dumps(document, indent=1, ensure_ascii=False)


def file_text(head: Mapping[str, t.Any], hosts: Mapping[str, Iterable[str]], key: str | None) -> tuple[str, str]:
    """The whole file from the texts of its tasks, and its digest."""
    lines = ["{"]
    lines += [f" {json.dumps(name)}: {json.dumps(value)}," for name, value in head.items()]
    tasks = ["  " + json.dumps(host) + ": [\n" + ",\n".join(texts) + "\n  ]" for host, texts in hosts.items()]
    lines.append(' "hosts": {\n' + ",\n".join(tasks) + "\n },")
    body = "\n".join(lines)
    return body + _tail(body, key), hashlib.sha256(body.encode()).hexdigest()


def parse_file(text: str, name: str, key: str | None, version: str, now: datetime.datetime) -> PlanFile:
    """The plan in a file.

    Raises:
        Refused: it is no plan, was edited, is not signed with the key, has expired, or is of another version.
    """
    body, tail, _rest = text.rpartition(_TAIL)
    try:
        document = json.loads(text)
        form = document["format"]
        hosts = {str(host): list(tasks) for host, tasks in document["hosts"].items()}
        head = Head(*(document[each] for each in ("collection_version", "made", "expires", "signed")))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Refused(f"{name} is not a plan file, or was edited. {PLAN_AGAIN}.") from None
    if form != FORMAT:
        raise Refused(f"{name} has the unknown format '{form}', not '{FORMAT}'. {PLAN_AGAIN}.")
    _require_signature(head, name, key)
    if not tail or not hmac.compare_digest(text.encode(), (body + _tail(body, key)).encode()):
        what = "was edited after it was made" + (", or plan_key is another one" if key else "")
        raise Refused(f"{name} {what}. {PLAN_AGAIN}.")
    require_current(head, name, version, now)
    return PlanFile(head, hosts, hashlib.sha256(body.encode()).hexdigest())


def require_current(head: Head, name: str, version: str, now: datetime.datetime) -> None:
    """A plan holds until it expires, for the release that made it.

    Raises:
        Refused: it does not any more.
    """
    if head.collection_version != version:
        made_with = f"winfleet.rd_licensing {head.collection_version}"
        raise Refused(f"{name} was made with {made_with}, and this is {version}. {PLAN_AGAIN}.")
    if now.strftime(_TIME) > head.expires:
        raise Refused(f"{name} expired on {head.expires}. {PLAN_AGAIN}.")


def _require_signature(head: Head, name: str, key: str | None) -> None:
    if head.signed is True and not key:
        raise Refused(f"{name} is signed, and plan_key is not set. Set plan_key to the key it was made with.")
    if head.signed is not True and key:
        raise Refused(f"{name} is not signed, but plan_key is set. {PLAN_AGAIN}, or remove plan_key.")


def _tail(body: str, key: str | None) -> str:
    """The end of the file, which is no other for the same text and key."""
    text = f'{_TAIL}{hashlib.sha256(body.encode()).hexdigest()}"'
    if key:
        text += f',\n "hmac_sha256": "{hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()}"'
    return text + "\n}\n"
