# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refusal: why the licensing provider or the Clearinghouse says no."""

from __future__ import annotations

from typing import Literal

Cause = Literal[
    "malformed", "not_administrator", "not_supported", "contact_missing", "no_internet", "not_activated",
    "already_activated", "wrong_license_server_id", "wrong_confirmation_code", "wrong_credential", "too_many",
    "version_too_new", "wrong_license_key_pack_id", "wrong_source", "no_such_key_pack", "protected_key_pack",
    "active_directory",
]  # fmt: skip


class RefusalError(Exception):
    """`cause` picks the return value (Refusals of the fleet file); the text is for the web site and the telephone."""

    def __init__(self, cause: Cause, text: str) -> None:
        super().__init__(text)
        self.cause = cause
        self.text = text
