# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The telephone service: text in, text out. What is said is lines of "Field: value", the first one the request."""

from __future__ import annotations

from typing import Any

from tests.simulator.clearinghouse import service
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.control.serving import QuietHandler
from tests.simulator.model.fleet import Fleet

_GREETING = """Remote Desktop Licensing Clearinghouse. Say, line by line, "Field: value", beginning with
Request: Manage CALs, Install CALs, Activate, Reactivate or Deactivate
"""


def greeting() -> str:
    """What the representative says first: the requests, and the fields with what there is to choose from."""
    return _GREETING + "".join(f"{label}:{_choices(name)}\n" for name, label in service.LABELS.items())


def _choices(name: str) -> str:
    return " " + "; ".join(service.CHOICES[name].values()) if name in service.CHOICES else ""


def fields_of(text: str) -> dict[str, str]:
    """The fields in what was said; lines without a colon are small talk."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {service.field_name(name): value.strip() for name, colon, value in pairs if colon}


def call(fleet: Fleet, text: str) -> tuple[int, str]:
    """Status and what the representative answers."""
    fields = fields_of(text)
    request = service.normalized(fields.get("request", ""))
    if request not in service.REQUESTS:
        return 400, f"Refused: there is no request '{fields.get('request', '')}'.\n"
    try:
        name, answer = service.serve(fleet, request, fields)
    except RefusalError as refusal:
        return 400, f"Refused: {refusal.text}\n"
    return 200, f"{name}: {answer}\n"


class TelephoneHandler(QuietHandler):
    fleet: Fleet

    def get(self) -> None:
        self.send_text(200, greeting(), "text/plain")

    def post(self) -> None:
        status, text = call(self.fleet, self.body().decode("utf-8", "replace"))
        self.send_text(status, text, "text/plain")


def telephone_handler(fleet: Fleet) -> type[Any]:
    return type("Handler", (TelephoneHandler,), {"fleet": fleet})
