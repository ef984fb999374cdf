# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write every task's result to a file, with what the fleet looked like right after it."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: notification
short_description: Results as lines of JSON
description: Each line is a result, the state of the simulated fleet after it, and what it was asked meanwhile.
requirements: [the environment variables RECORDER_FILE and, for looking at the fleet, RECORDER_CONTROL]
"""


class CallbackModule(CallbackBase):
    """Ansible calls this one result after the other, and starts no task of the linear strategy in between."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._path = os.environ["RECORDER_FILE"]
        self._control = os.environ.get("RECORDER_CONTROL")
        self._messages = len(self._ask("/journal"))
        self._requests = len(self._ask("/http"))
        self._started = time.monotonic()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._started = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def _write(self, status: str, result: Any) -> None:
        seconds = time.monotonic() - self._started
        messages = self._ask(f"/journal?since={self._messages}")
        requests = self._ask(f"/http?since={self._requests}")
        self._messages += len(messages)
        self._requests += len(requests)
        entry = {
            "task": result._task.get_name(),
            "host": result._host.get_name(),
            "status": status,
            "seconds": seconds,
            "result": result._result,
            "messages": messages,
            "requests": requests,
            "state": self._ask("/state") or None,
        }
        with open(self._path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry, default=str) + "\n")

    def _ask(self, path: str) -> Any:
        if self._control is None:
            return []
        with urllib.request.urlopen(self._control + path, timeout=30) as answer:  # noqa: S310  # the fleet's own door
            return json.load(answer)
