# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_TerminalServiceSetting: the licensing side of a Remote Desktop Session Host."""

from __future__ import annotations

from tests.simulator.model.description import SessionHost
from tests.simulator.model.fleet import Server
from tests.simulator.model.state import SessionHostState
from tests.simulator.wire import names
from tests.simulator.wire.faults import WmiError
from tests.simulator.wire.values import CimType, Embedded, Value, Values
from tests.simulator.wmi.provider import Call, Outcome, Provider

_REMOTE_ADMINISTRATION, _APPLICATION_SERVER = 0, 1
_MODES = {2: "Per Device", 4: "Per User", 5: "Not configured", 6: "Unknown"}
_UNKNOWN, _NOT_CONNECTABLE, _ACCESS_DENIED, _VALID = 0, 6, 8, 11
_CLASS = "Win32_TSDiscoveredLicenseServer"


class SessionHostProvider(Provider):
    """The class is on every Windows server; only a session host has licensing to configure."""

    def instances(self, call: Call) -> list[Values]:
        policy, state = _of(call.server)
        mode = _mode(policy, state)
        return [
            {
                "ServerName": call.server.name.upper(),
                "Caption": None,
                "Description": None,
                "InstallDate": None,
                "Name": None,
                "Status": None,
                "TerminalServerMode": _terminal_server_mode(call.server),
                "AllowTSConnections": 1,
                "LicensingType": mode,
                "PolicySourceLicensingType": int(policy.policy_licensing_type is not None),
                "PossibleLicensingTypes": 12,
                "LicensingName": _MODES[mode],
                "LicensingDescription": f"Remote Desktop licensing mode: {_MODES[mode]}",
                "DirectConnectLicenseServers": state.direct_connect,
                "PolicySourceDirectConnectLicenseServers": 0,
                "PolicySourceConfiguredLicenseServers": int(policy.policy_license_servers is not None),
                "SessionBrokerDrainMode": 0,
                "SingleSession": 1,
            }
        ]

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        handlers = {
            "ChangeMode": _change_mode,
            "SetSpecifiedLicenseServerList": _set_servers,
            "EmptySpecifiedLicenseServerList": _empty_servers,
            "UpdateDirectConnectLicenseServer": _set_direct_connect,
            "GetSpecifiedLicenseServerList": _get_servers,
            "GetRegisteredLicenseServerList": _get_registered,
            "GetGracePeriodDays": _get_grace_period,
            "GetDomain": _get_domain,
            "GetTStoLSConnectivityStatus": _get_connectivity,
            "PingLicenseServer": _ping,
            "CanAccessLicenseServer": _can_access,
            "FindLicenseServers": _find_servers,
        }
        return handlers[method](call, arguments)


def _of(server: Server) -> tuple[SessionHost, SessionHostState]:
    policy = server.info.session_host or SessionHost()
    return policy, server.state.session_host or SessionHostState(5, [], 0)


def _terminal_server_mode(server: Server) -> int:
    configured = server.state.session_host is not None and not _of(server)[0].remote_administration
    return _APPLICATION_SERVER if configured else _REMOTE_ADMINISTRATION


def _mode(policy: SessionHost, state: SessionHostState) -> int:
    return int(policy.policy_licensing_type or state.licensing_type)


def _servers(call: Call) -> list[str]:
    policy, state = _of(call.server)
    return state.license_servers if policy.policy_license_servers is None else policy.policy_license_servers


def _writable(call: Call, owned_by_policy: bool) -> SessionHostState | Outcome:
    """The state to change, or why it cannot be: no administrator, no session host, or Group Policy owns it."""
    if not call.account.is_administrator:
        return Outcome(names.WBEM_E_ACCESS_DENIED)
    if call.server.state.session_host is None:
        return Outcome(names.WBEM_E_NOT_SUPPORTED)
    if not owned_by_policy:
        return call.server.state.session_host
    if call.server.info.behaviour.group_policy_refusal == "fault":
        raise WmiError(names.WBEM_E_INVALID_OPERATION, "Win32_WIN32_TERMINALSERVICE_Prov")
    return Outcome(names.WBEM_E_INVALID_OPERATION)


def _change_mode(call: Call, arguments: Values) -> Outcome:
    mode = arguments.get("LicensingType")
    state = _writable(call, _of(call.server)[0].policy_licensing_type is not None)
    if isinstance(state, Outcome):
        return state
    if not isinstance(mode, int) or mode not in (2, 4):
        return Outcome(names.WBEM_E_INVALID_PARAMETER)
    state.licensing_type = mode
    return Outcome()


def _change_servers(call: Call, servers: list[str]) -> Outcome:
    state = _writable(call, _of(call.server)[0].policy_license_servers is not None)
    if isinstance(state, Outcome):
        return state
    state.license_servers = servers
    if servers:
        # "Decremented to 0 as soon as a license server is configured" (troubleshooting guide).
        state.grace_period_days = 0
    return Outcome()


def _set_servers(call: Call, arguments: Values) -> Outcome:
    servers = arguments.get("SpecifiedLSList")
    if not isinstance(servers, list) or not servers:
        return Outcome(names.WBEM_E_INVALID_PARAMETER)
    return _change_servers(call, [str(server) for server in servers])


def _empty_servers(call: Call, arguments: Values) -> Outcome:
    return _change_servers(call, [])


def _set_direct_connect(call: Call, arguments: Values) -> Outcome:
    servers = arguments.get("LicenseServerList")
    state = _writable(call, False)
    if isinstance(state, Outcome):
        return state
    if not isinstance(servers, str):
        return Outcome(names.WBEM_E_INVALID_PARAMETER)
    state.direct_connect = servers or None
    return Outcome()


def _get_servers(call: Call, arguments: Values) -> Outcome:
    return Outcome(values={"SpecifiedLSList": list(_servers(call))})


def _get_registered(call: Call, arguments: Values) -> Outcome:
    registered = [server.fqdn for server in call.fleet.servers.values() if server.state.directory.registered_to_scp]
    return Outcome(values={"RegisteredLSList": registered})


def _get_grace_period(call: Call, arguments: Values) -> Outcome:
    if _of(call.server)[0].grace_period_fails:
        return Outcome(names.WBEM_E_FAILED)
    return Outcome(values={"DaysLeft": _of(call.server)[1].grace_period_days})


def _get_domain(call: Call, arguments: Values) -> Outcome:
    return Outcome(values={"Domain": call.server.domain})


def _license_server(call: Call, name: Value) -> Server | None:
    """The license server of that name, if this host reaches it."""
    for server in call.fleet.find_servers(str(name)):
        if server.is_licensing_running and call.fleet.can_reach(call.server.name, server.name):
            return server
    return None


def _get_connectivity(call: Call, arguments: Values) -> Outcome:
    name = arguments.get("ServerName")
    if not isinstance(name, str):
        return Outcome(names.WBEM_E_INVALID_PARAMETER)
    return Outcome(values={"TStoLSConnectivityStatus": _connectivity(call, name)})


def _connectivity(call: Call, name: str) -> int:
    told = _of(call.server)[0].connectivity
    if name in told:
        return told[name]
    server = _license_server(call, name)
    if server is None:
        return _NOT_CONNECTABLE
    allowed = _of(call.server)[0].allowed_on
    if allowed is not None and server.name not in allowed:
        return _ACCESS_DENIED
    return _VALID if server.is_active else _UNKNOWN


def _ping(call: Call, arguments: Values) -> Outcome:
    found = _license_server(call, arguments.get("ServerName"))
    return Outcome(0 if found else names.WBEM_E_NOT_FOUND)


def _can_access(call: Call, arguments: Values) -> Outcome:
    status = _connectivity(call, str(arguments.get("ServerName")))
    return Outcome(values={"AccessAllowed": int(status not in (_ACCESS_DENIED, _NOT_CONNECTABLE))})


def _find_servers(call: Call, arguments: Values) -> Outcome:
    number = CimType("uint32")
    found: list[Embedded] = []
    for name in _servers(call):
        available = int(_license_server(call, name) is not None)
        found.append(
            Embedded(
                _CLASS,
                (
                    ("HowDiscovered", number, 1),
                    ("IsAdminOnLS", number, 1),
                    ("IsLSAvailable", number, available),
                    ("IssuingCALs", number, available and int(name not in _of(call.server)[0].not_issuing)),
                    ("LicenseServer", CimType("string"), name),
                ),
            )
        )
    return Outcome(values={"LicenseServersList": found, "Count": len(found)})
