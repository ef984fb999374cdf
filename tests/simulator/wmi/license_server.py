# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_TSLicenseServer: contact data, activation, discovery scope, Active Directory."""

from __future__ import annotations

import ntpath
import re

from tests.simulator.clearinghouse import activation
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model import catalog
from tests.simulator.model.fleet import Server
from tests.simulator.wire import names
from tests.simulator.wire.faults import WmiError
from tests.simulator.wire.values import Values
from tests.simulator.wmi import directory
from tests.simulator.wmi.licensing import (
    PROVIDER_NAME,
    Handler,
    LicensingProvider,
    number_argument,
    text_argument,
)
from tests.simulator.wmi.provider import Call, Outcome

_REACTIVATION_REASONS = range(5)


class LicenseServerProvider(LicensingProvider):
    """The singleton. Who is no administrator sees every property empty, and no error."""

    needs_database = False

    def instances(self, call: Call) -> list[Values]:
        self.check(call)
        server = call.server
        unset = None if server.info.behaviour.unset_contact == "null" else ""
        values: Values = {name: value or unset for name, value in server.state.contact.items()}
        release = catalog.release(server.info.windows_release)
        values.update(
            ServerRole=server.state.server_role,
            DatabasePath=ntpath.dirname(server.state.database_file),
            ProductId=server.state.product_id,
            Version=release["caption"].removeprefix("Microsoft "),
            VersionNumber=release["version"],
        )
        return [values if call.account.is_administrator else dict.fromkeys(values)]

    def put(self, call: Call, old: Values, new: Values) -> None:
        """Change contact data; one property per Put unless the fleet file says otherwise."""
        self.check(call)
        if not call.account.is_administrator:
            raise WmiError(names.WBEM_E_ACCESS_DENIED, PROVIDER_NAME)
        changed = {name: value for name, value in new.items() if value != old[name]}
        if len(changed) > 1 and call.server.info.behaviour.put_one_property_at_a_time:
            raise WmiError(names.WBEM_E_INVALID_PARAMETER, PROVIDER_NAME)
        country = changed.get("CountryRegion")
        if isinstance(country, str) and not catalog.is_country(country, call.server.info.ui_language):
            raise WmiError(names.WBEM_E_INVALID_PARAMETER, PROVIDER_NAME)
        for name, value in changed.items():
            call.server.state.contact[name] = value if isinstance(value, str) else None

    def latency(self, server: Server, method: str) -> float:
        return server.info.behaviour.clearinghouse_seconds if method.endswith("Automatic") else 0.0

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        self.check(call)
        return self.run(call, _HANDLERS, method, arguments)


def _status(call: Call) -> Outcome:
    told = call.server.info.activation_status
    status = 0 if call.server.state.activated else 1
    return Outcome(values={"ActivationStatus": status if told is None else int(told)})


def _need_contact(call: Call, *fields: str) -> None:
    if not all((call.server.state.contact[field] or "").strip() for field in fields):
        raise RefusalError("contact_missing", "contact data is missing")


def _need_internet(call: Call) -> None:
    if not call.server.state.internet:
        raise RefusalError("no_internet", "the Clearinghouse cannot be reached")


def _need_activation(call: Call) -> None:
    if not call.server.state.activated:
        raise RefusalError("not_activated", "the license server is not activated")


def _identifier(arguments: Values, name: str) -> str:
    text = text_argument(arguments, name)
    if not re.fullmatch(r"[0-9A-Za-z]{35}", text):
        raise RefusalError("malformed", f"{name} must have 35 letters and digits")
    return text.upper()


def _get_activation_status(call: Call, arguments: Values) -> Outcome:
    return _status(call)


def _get_license_server_id(call: Call, arguments: Values) -> Outcome:
    _need_activation(call)
    return Outcome(values={"sLicenseServerId": call.server.state.license_server_id})


def _activate_automatic(call: Call, arguments: Values) -> Outcome:
    _need_contact(call, "FirstName", "LastName", "Company", "CountryRegion")
    _need_internet(call)
    if call.server.state.activated:
        raise RefusalError("already_activated", "the license server is activated already")
    activation.activate(call.fleet, call.server)
    return _status(call)


def _activate(call: Call, arguments: Values) -> Outcome:
    license_server_id = _identifier(arguments, "sLicenseServerId")
    if call.server.state.activated:
        raise RefusalError("already_activated", "the license server is activated already")
    if license_server_id != call.server.state.license_server_id:
        raise RefusalError("wrong_license_server_id", "not the ID for this product ID")
    activation.activate(call.fleet, call.server)
    return _status(call)


def _reactivate_automatic(call: Call, arguments: Values) -> Outcome:
    if number_argument(arguments, "Reason") not in _REACTIVATION_REASONS:
        raise RefusalError("malformed", "Reason must be 0 to 4")
    _need_activation(call)
    _need_contact(call, "FirstName", "LastName")
    _need_internet(call)
    activation.reactivate(call.fleet, call.server)
    return _status(call)


def _reactivate(call: Call, arguments: Values) -> Outcome:
    license_server_id = _identifier(arguments, "sNewLicenseServerId")
    _need_activation(call)
    if license_server_id != activation.reactivation_id(call.fleet, call.server):
        raise RefusalError("wrong_license_server_id", "not the new ID for this product ID")
    activation.reactivate(call.fleet, call.server)
    return _status(call)


def _deactivate_automatic(call: Call, arguments: Values) -> Outcome:
    _need_activation(call)
    _need_contact(call, "FirstName", "LastName")
    _need_internet(call)
    activation.deactivate(call.fleet, call.server)
    return _status(call)


def _deactivate(call: Call, arguments: Values) -> Outcome:
    code = text_argument(arguments, "sConfirmCode")
    _need_activation(call)
    if code.upper() != activation.confirmation_code(call.server.state.license_server_id):
        raise RefusalError("wrong_confirmation_code", "not the code for this license server")
    activation.deactivate(call.fleet, call.server)
    return _status(call)


def _change_role(call: Call, arguments: Values) -> Outcome:
    role = number_argument(arguments, "ServerRole")
    if role not in (0, 1, 2):
        raise RefusalError("malformed", "ServerRole must be 0, 1 or 2")
    if role == 1:
        directory.need_right(call, "domain_admin", "enterprise_admin")
    elif role == 2:
        directory.need_right(call, "enterprise_admin")
    call.server.state.server_role = role
    return Outcome()


_HANDLERS: dict[str, Handler] = {
    "GetActivationStatus": _get_activation_status,
    "GetLicenseServerId": _get_license_server_id,
    "ActivateServerAutomatic": _activate_automatic,
    "ActivateServer": _activate,
    "ReactivateServerAutomatic": _reactivate_automatic,
    "ReactivateServer": _reactivate,
    "DeactivateServerAutomatic": _deactivate_automatic,
    "DeactivateServer": _deactivate,
    "ChangeRole": _change_role,
    **directory.HANDLERS,
}
