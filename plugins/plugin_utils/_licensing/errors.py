# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of the licensing model. Each is one line for the user."""

from __future__ import annotations


class LicensingError(Exception):
    """The license server or its content does not allow something. The text says what to do next."""


class InvalidOption(LicensingError):
    """An option has the wrong shape. The text names the option and the shape, and never repeats the value."""


class Refused(LicensingError):
    """A plan cannot be made: going on would risk licenses. Nothing was changed."""


class OutcomeUnknown(LicensingError):
    """A call was made and its effect was not seen. The record on the server keeps the intention.

    C(succeeded) tells whether the server reported success.
    """

    outcome_unknown = True

    def __init__(self, message: str, *, succeeded: bool = False) -> None:
        super().__init__(message)
        self.succeeded = succeeded


class AnotherController(LicensingError):
    """Another run is at work on the same server. This one withdrew and changed nothing."""
