# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_Service: state, start and stop. Starting the licensing service brings up its database."""

from __future__ import annotations

from tests.simulator import surroundings
from tests.simulator.model.initial import LICENSING_SERVICE
from tests.simulator.model.state import ServiceState
from tests.simulator.wire import names
from tests.simulator.wire.faults import WmiError
from tests.simulator.wire.values import Values
from tests.simulator.wmi.provider import Call, Outcome, Provider

_ACCEPTED, _DENIED, _WRONG_STATE, _ALREADY_RUNNING, _DISABLED = 0, 2, 5, 10, 14


class ServiceProvider(Provider):
    """Methods answer at once; with `service_seconds` the state stays pending for that long."""

    def instances(self, call: Call) -> list[Values]:
        return [_row(call, service) for service in call.server.state.services.values()]

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        assert instance is not None
        service = call.server.state.services[str(instance["Name"]).lower()]
        if not call.account.is_administrator:
            return Outcome(_DENIED)
        if method == "StartService":
            return Outcome(_start(call, service))
        if method == "StopService":
            return Outcome(_stop(call, service))
        raise WmiError(names.WBEM_E_INVALID_METHOD)


def _start(call: Call, service: ServiceState) -> int:
    if service.running:
        return _ALREADY_RUNNING
    if service.start_mode == "Disabled":
        return _DISABLED
    behaviour = call.server.info.behaviour
    service.running = True
    service.process_id = 5120
    service.changing_until = _until(behaviour.service_seconds)
    if service.name == LICENSING_SERVICE:
        call.server.state.provider_ready_at = _until(behaviour.service_seconds + behaviour.provider_seconds)
        _made = call.server.database  # a missing one is made when the service comes up
    return _ACCEPTED


def _stop(call: Call, service: ServiceState) -> int:
    if not service.running or surroundings.time() < service.changing_until:
        return _WRONG_STATE
    service.running = False
    service.process_id = 0
    service.changing_until = _until(call.server.info.behaviour.service_seconds)
    return _ACCEPTED


def _until(seconds: float) -> float:
    return surroundings.time() + seconds if seconds else 0.0


def state_of(service: ServiceState) -> str:
    if surroundings.time() < service.changing_until:
        return "Start Pending" if service.running else "Stop Pending"
    return "Running" if service.running else "Stopped"


def _row(call: Call, service: ServiceState) -> Values:
    state = state_of(service)
    return {
        "Name": service.name,
        "AcceptPause": False,
        "AcceptStop": state == "Running",
        "Caption": service.display_name,
        "CheckPoint": 0,
        "CreationClassName": "Win32_Service",
        "DelayedAutoStart": False,
        "Description": service.display_name,
        "DesktopInteract": False,
        "DisplayName": service.display_name,
        "ErrorControl": "Normal",
        "ExitCode": 0,
        "InstallDate": None,
        "PathName": "C:\\Windows\\System32\\svchost.exe -k netsvcs",
        "ProcessId": service.process_id,
        "ServiceSpecificExitCode": 0,
        "ServiceType": "Share Process",
        "Started": state in ("Running", "Start Pending"),
        "StartMode": service.start_mode,
        "StartName": "NT AUTHORITY\\NetworkService",
        "State": state,
        "Status": "OK",
        "SystemCreationClassName": "Win32_ComputerSystem",
        "SystemName": call.server.name.upper(),
        "TagId": 0,
        "WaitHint": 0,
    }
