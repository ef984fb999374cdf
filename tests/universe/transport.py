# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport of a world: a message goes into the simulator's engine in the same process, or meets a fault."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanConnectionLost,
    WsmanProtocolError,
    WsmanTimeout,
    WsmanUnreachable,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response

from tests.universe.faults import CHANGING_ONLY, Fault

if t.TYPE_CHECKING:
    from tests.universe.world import Run, World

MESSAGE_SECONDS = 0.05
_RELATES_TO = re.compile(r"(<[a-z]+:RelatesTo[^>]*>)[^<]*")


@dataclass(frozen=True)
class Late:
    """Whose a message is that takes effect later: the run may have begun another operation by then."""

    run: Run
    intention: str


class Killed(BaseException):
    """The controller's process ends here."""


class EngineTransport:
    """A MessageTransport that replaces WinrmTransport and nothing else."""

    def __init__(self, world: World, settings: t.Any) -> None:
        self._world = world
        self._settings = settings
        self._answered = 0
        self.server = str(urlsplit(settings.endpoint).hostname).partition(".")[0]

    def close(self) -> None:
        """Nothing is open."""

    def send(self, message: bytes, effect: Effect) -> Response:
        """Send one message; a read over a connection that the server closed goes out again, as in WinrmTransport."""
        kept_alive = self._answered > 0
        try:
            return self._send_once(message, effect)
        except WsmanConnectionLost:
            if effect is not Effect.READ or not kept_alive:
                raise
            return self._send_once(message, effect)

    def _send_once(self, message: bytes, effect: Effect) -> Response:
        world, run = self._world, self._world.run
        world.next_message(run)
        fault = run.meets(effect is Effect.CHANGE, _is_call(message, effect))
        if fault is not None and not (fault.kind in CHANGING_ONLY and b"_INPUT" not in message):
            answer = self._meet(fault, message, effect)
        else:
            world.sent(self.server, message)
            answer = self._deliver(message, effect)
        self._answered += 1
        return answer

    def _deliver(self, message: bytes, effect: Effect) -> Response:
        if self._world.is_away(self.server):
            raise WsmanUnreachable(f"cannot connect to {self._settings.endpoint}: connection refused")
        return self._carry_out(message, effect)

    def _carry_out(self, message: bytes, effect: Effect) -> Response:
        status, text = self._world.carry_out(self.server, message, effect is Effect.CHANGE)
        if status != 200 and "Envelope" not in text:
            return self._bad_status(status, effect)
        return Response(text, status)

    def _bad_status(self, status: int, effect: Effect) -> t.NoReturn:
        raise WsmanProtocolError(f"HTTP status {status}", outcome_unknown=effect is Effect.CHANGE)

    def _later(self, seconds: float | None, message: bytes, effect: Effect) -> None:
        """The message takes effect in the end, although nobody hears of it."""
        if seconds is None:
            return
        if seconds:
            run = self._world.run
            late = Late(run, run.intention)
            self._world.clock.later(
                seconds, lambda: self._world.carry_out(self.server, message, effect is Effect.CHANGE, late)
            )
        else:
            self._world.carry_out(self.server, message, effect is Effect.CHANGE)

    def _meet(self, fault: Fault, message: bytes, effect: Effect) -> Response:
        world = self._world
        world.struck(fault, self.server, message)
        if fault.kind in ("killed_before", "killed_after"):
            self._end_controller(fault, message, effect)
        if fault.kind == "refused" or world.is_away(self.server):
            world.goes_away(self.server, fault.away)
            raise WsmanUnreachable(f"cannot connect to {self._settings.endpoint}: connection refused")
        if fault.kind == "http_401":
            raise WsmanAuthenticationError("HTTP 401: the credentials were rejected by the server")
        if fault.kind in ("fault", "return_code"):
            return self._told(message, effect, fault.told())
        if fault.kind in ("truncated", "foreign"):
            return self._garbled(fault, self._carry_out(message, effect))
        if fault.kind in ("timeout", "timed_out", "lost_after"):
            self._later(fault.seconds, message, effect)
        elif fault.effect:
            self._later(0.0, message, effect)
        world.goes_away(self.server, fault.away)
        return self._no_response(fault, message, effect)

    def _end_controller(self, fault: Fault, message: bytes, effect: Effect) -> t.NoReturn:
        run = self._world.run
        run.dead = True
        run.killed_at_call = fault.kind == "killed_after" and _is_call(message, effect)
        if fault.kind == "killed_after" and not self._world.is_away(self.server):
            self._later(fault.seconds, message, effect)
        raise Killed

    def _no_response(self, fault: Fault, message: bytes, effect: Effect) -> Response:
        unknown = effect is Effect.CHANGE
        if fault.kind == "timed_out":
            self._world.sleep(self._settings.operation_timeout)
            return self._told(message, effect, {"what": "timeout", "takes_effect": False})
        if fault.kind == "timeout":
            self._world.sleep(self._settings.read_timeout)
            raise WsmanTimeout(f"no response within {self._settings.read_timeout} s", outcome_unknown=unknown)
        if fault.kind == "http_500":
            self._bad_status(500, effect)
        if fault.kind == "restart":
            self._world.restart(self.server, fault.seconds or 0.0)
        raise WsmanConnectionLost("the connection broke", outcome_unknown=unknown)

    def _garbled(self, fault: Fault, answer: Response) -> Response:
        text = str(answer.document)
        if fault.kind == "truncated":
            return Response(text[: len(text) * 2 // 3], answer.status)
        other = self._world.random_bytes(16).hex().upper()
        return Response(_RELATES_TO.sub(rf"\g<1>uuid:{other}", text), answer.status)

    def _told(self, message: bytes, effect: Effect, rule: dict[str, t.Any]) -> Response:
        self._world.engine.misbehaviour.add({"server": self.server, "times": 1, **rule})
        return self._carry_out(message, effect)


def _is_call(message: bytes, effect: Effect) -> bool:
    """Whether the message is one of those that matter most: it changes something, and not the record."""
    return effect is Effect.CHANGE and b"StdRegProv" not in message
