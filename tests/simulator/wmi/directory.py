# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of Win32_TSLicenseServer that ask or change Active Directory and its policies."""

from __future__ import annotations

from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.wire.values import Values
from tests.simulator.wmi.licensing import Handler, text_argument
from tests.simulator.wmi.provider import Call, Outcome


def need_right(call: Call, *rights: str) -> None:
    """Raise RefusalError unless the caller has one of the rights and its credentials reach a domain controller."""
    if call.server.info.behaviour.double_hop_refused and not call.account.delegated:
        raise RefusalError("active_directory", "the credentials were not delegated")
    if not any(getattr(call.account.rights, right) for right in rights):
        raise RefusalError("active_directory", f"needs {' or '.join(rights)}")


def _set_member(value: bool) -> Handler:
    def handler(call: Call, arguments: Values) -> Outcome:
        need_right(call, "domain_admin", "enterprise_admin")
        call.server.state.directory.in_license_servers_group = value
        return Outcome()

    return handler


def _set_published(value: bool) -> Handler:
    def handler(call: Call, arguments: Values) -> Outcome:
        need_right(call, "enterprise_admin")
        call.server.state.directory.published = value
        return Outcome()

    return handler


def _set_registered(value: bool) -> Handler:
    def handler(call: Call, arguments: Values) -> Outcome:
        call.server.state.directory.registered_to_scp = value
        return Outcome()

    return handler


def _is_member(call: Call, arguments: Values) -> Outcome:
    domain = text_argument(arguments, "Domain")
    if domain.lower() in ("", call.server.domain.lower(), call.fleet.info.domain.netbios.lower()):
        return Outcome(values={"IsMember": call.server.state.directory.in_license_servers_group})
    others = {each.lower() for each in call.server.info.in_license_servers_group_of}
    return Outcome(values={"IsMember": domain.lower() in others})


def _is_published(call: Call, arguments: Values) -> Outcome:
    return Outcome(values={"Published": call.server.state.directory.published})


def _is_registered(call: Call, arguments: Values) -> Outcome:
    return Outcome(values={"Registered": call.server.state.directory.registered_to_scp})


def _is_on_domain_controller(call: Call, arguments: Values) -> Outcome:
    return Outcome(values={"OnDC": call.server.info.on_domain_controller})


def _is_security_group_policy(call: Call, arguments: Values) -> Outcome:
    return Outcome(values={"Enabled": call.server.info.security_group_policy})


def _is_prevent_upgrade_policy(call: Call, arguments: Values) -> Outcome:
    return Outcome(values={"Enabled": call.server.info.prevent_upgrade_policy})


def _is_access_allowed(call: Call, arguments: Values) -> Outcome:
    member = _in_security_group(call, text_argument(arguments, "tsname"))
    return Outcome(values={"Allowed": member or not call.server.info.security_group_policy})


def _is_in_computer_group(call: Call, arguments: Values) -> Outcome:
    return Outcome(values={"IsMember": _in_security_group(call, text_argument(arguments, "tsname"))})


def _in_security_group(call: Call, name: str) -> bool:
    """Whether a computer is in the local group; with or without its domain, since the page does not say which."""
    return name.split(".", maxsplit=1)[0].lower() in {each.lower() for each in call.server.info.security_group}


def _not_supported(call: Call, arguments: Values) -> Outcome:
    raise RefusalError("not_supported", "not supported since Windows Server 2012")


HANDLERS: dict[str, Handler] = {
    "AddLStoTSLSGroup": _set_member(True),
    "RemoveLSfromTSLSGroup": _set_member(False),
    "PublishLS": _set_published(True),
    "UnpublishLS": _set_published(False),
    "RegisterLSToSCP": _set_registered(True),
    "UnRegisterLSFromSCP": _set_registered(False),
    "IsLSinTSLSGroup": _is_member,
    "IsLSPublished": _is_published,
    "IsLSRegisteredToSCP": _is_registered,
    "IsLSonDC": _is_on_domain_controller,
    "IsLSSecGrpGPEnabled": _is_security_group_policy,
    "IsLSPreventUpgradeGPEnabled": _is_prevent_upgrade_policy,
    "IsSecureAccessAllowed": _is_access_allowed,
    "IsTSinTSCGroup": _is_in_computer_group,
    "CreateTSCGroup": _not_supported,
    "RemoveTSCGroup": _not_supported,
    "IsTSCGroupPresent": _not_supported,
}
