# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a WMI provider has to offer, and what it gets to know of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulator.model.fleet import Account, Fleet, Server
from tests.simulator.wire import names
from tests.simulator.wire.faults import WmiError
from tests.simulator.wire.values import Value, Values


@dataclass(frozen=True)
class Call:
    """One call: where, by whom, in which fleet. The caller holds the fleet's lock."""

    fleet: Fleet
    server: Server
    account: Account


@dataclass
class Outcome:
    """What a method answers. Out parameters that are not named are NULL."""

    return_value: int = 0
    values: dict[str, Value] = field(default_factory=dict)


class Provider:
    """The base: a class that can be read at best. Errors are raised as WmiError."""

    def instances(self, call: Call) -> list[Values]:
        return []

    def find(self, call: Call, keys: Mapping[str, str]) -> Values | None:
        """The instance with these keys, compared the way WMI compares them: as text, whatever the case."""
        for instance in self.instances(call):
            if all(str(instance[name]).lower() == value.lower() for name, value in keys.items()):
                return instance
        return None

    def put(self, call: Call, old: Values, new: Values) -> None:
        raise WmiError(names.WBEM_E_PROVIDER_NOT_CAPABLE)

    def latency(self, server: Server, method: str) -> float:
        """Seconds the method takes before it has any effect, such as a call to the Clearinghouse."""
        return 0.0

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        """Run the method of that name; arguments that were not sent are missing."""
        raise WmiError(names.WBEM_E_INVALID_METHOD)
