# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the classes of the licensing provider have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model.description import Refusals
from tests.simulator.wire import names
from tests.simulator.wire.faults import WmiError
from tests.simulator.wire.values import Values
from tests.simulator.wmi.provider import Call, Outcome, Provider

PROVIDER_NAME = "Win32_WIN32_TERMSERVLICENSING_Prov"
Handler = Callable[[Call, Values], Outcome]


class LicensingProvider(Provider):
    """Exists only with the role service, answers only while the service runs on a sound database.

    What the real provider answers without its service is not known; the faults are set in the fleet file.
    """

    # Whether the class answers while the file of the database is missing; what the real one does is not known.
    needs_database = True

    def check(self, call: Call) -> None:
        """Raise WmiError where the provider cannot answer at all."""
        server = call.server
        if not (server.state.role_installed and server.info.licensing_classes):
            raise WmiError(names.WBEM_E_INVALID_CLASS)
        if not server.is_licensing_running:
            raise WmiError(server.info.behaviour.stopped_service_fault, PROVIDER_NAME)
        if server.database.corrupt or (server.info.database_missing and self.needs_database):
            raise WmiError(server.info.behaviour.corrupt_database_fault, PROVIDER_NAME)

    def run(self, call: Call, handlers: Mapping[str, Handler], method: str, arguments: Values) -> Outcome:
        """Call the method's handler; a refusal becomes a return value, as with the real methods."""
        try:
            if not call.account.is_administrator:
                raise RefusalError("not_administrator", "administrators only")
            return handlers[method](call, arguments)
        except RefusalError as refused:
            return Outcome(return_value(call.server.info.refusals, refused))


def return_value(refusals: Refusals, refused: RefusalError) -> int:
    value: int | None = getattr(refusals, refused.cause)
    return refusals.default if value is None else value


def text_argument(arguments: Values, name: str) -> str:
    """A string argument; NULL and missing ones are refused, since the provider checks before it acts."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise RefusalError("malformed", f"{name} is missing")
    return value


def number_argument(arguments: Values, name: str) -> int:
    value = arguments.get(name)
    if not isinstance(value, int):
        raise RefusalError("malformed", f"{name} is missing")
    return value


def moment(text: str) -> datetime:
    """A stored time stamp; without an offset it is UTC."""
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
