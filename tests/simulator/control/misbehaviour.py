# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server is told to do wrong, to which messages and how often."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.simulator.model.plain import from_plain, to_plain

What = Literal["delay", "drop_before", "drop_after", "fault", "return_value", "timeout", "http"]


@dataclass
class Match:
    """Null matches everything. `action` is get, put, enumerate, pull, release or invoke."""

    action: str | None = None
    class_name: str | None = None
    method: str | None = None


@dataclass
class Rule:
    """One misbehaviour. `skip` messages pass first, then `times` are hit (-1: all).

    delay: wait `seconds`, then answer; past the message's OperationTimeout the answer is TimedOut and the
    effect comes when the seconds are over. drop_before / drop_after: close the connection before / after the
    change took effect. fault: answer with `code`, `role`, `subcode`, `text`. return_value: answer with
    `return_value`. timeout: answer TimedOut. http: answer `status` with `text`.
    `takes_effect` says whether fault, return_value, timeout and http do the work all the same.
    """

    what: What
    server: str | None = None
    match: Match = field(default_factory=Match)
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    code: int = 0x80041001
    wmi_code: int | None = None
    role: str = "s:Receiver"
    subcode: str = "w:InternalError"
    return_value: int = 0x80041001
    status: int = 503
    text: str = ""
    takes_effect: bool | None = None

    @property
    def has_effect(self) -> bool:
        """A timed out provider goes on working unless told otherwise; the others do nothing unless told so."""
        return self.what == "timeout" if self.takes_effect is None else self.takes_effect

    def fits(self, server: str, action: str, class_name: str, method: str) -> bool:
        pairs = (
            (self.server, server),
            (self.match.action, action),
            (self.match.class_name, class_name),
            (self.match.method, method),
        )
        return all(wanted is None or wanted.lower() == found.lower() for wanted, found in pairs)


class Misbehaviour:
    """The rules in force, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def add(self, data: dict[str, Any]) -> None:
        """Add a rule from JSON (`match.class` for the class); raises PlainError."""
        match = dict(data.get("match") or {})
        if "class" in match:
            match["class_name"] = match.pop("class")
        rule = from_plain(Rule, {**data, "match": match}, "misbehave")
        with self._lock:
            self._rules.append(rule)

    def take(self, server: str, action: str, class_name: str, method: str) -> Rule | None:
        """The rule for this message, used up by one."""
        with self._lock:
            for rule in self._rules:
                if rule.times == 0 or not rule.fits(server, action, class_name, method):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    continue
                rule.times -= rule.times > 0
                return rule
        return None

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def rules(self) -> list[dict[str, Any]]:
        with self._lock:
            return [to_plain(rule) for rule in self._rules]
