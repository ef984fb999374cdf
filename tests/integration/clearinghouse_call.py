# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls the Clearinghouse with what a task returned under `awaiting`, and with the purchase documents."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from typing import Any

from tests.integration.fleet import Fleet

_CREDENTIALS = ("license_code", "license_number", "authorization_number", "agreement_number")
# What the Clearinghouse calls the fields for which a task has another word.
_FIELDS = {"reason": "reason_for_recovery"}


def ask(
    fleet: Fleet,
    request: str,
    awaiting: Mapping[str, Any],
    purchase: Mapping[str, Any] | None = None,
    **more: str,
) -> str:
    """The ID or code that the representative answers.

    Args:
        request: Manage CALs, Install CALs, Activate, Reactivate or Deactivate.
        awaiting: what the task said is to be told.
        purchase: the purchase documents, for what the task keeps to itself.
        more: what else is asked.
    """
    documents = {name: value for name, value in (purchase or {}).items() if name in _CREDENTIALS}
    said = {**awaiting, **documents, **more, "Request": request}
    lines = [f"{_FIELDS.get(name, name)}: {value}" for name, value in said.items() if value not in (None, "")]
    call = urllib.request.Request(fleet.ready["telephone_url"], "\n".join(lines).encode())  # noqa: S310  # the fleet's own
    with urllib.request.urlopen(call, timeout=30) as answer:  # noqa: S310  # as above
        return str(answer.read().decode().rpartition(": ")[2].strip())
