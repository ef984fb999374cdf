# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""license_server: discovery scope and registration in Active Directory, and who may change them."""

from __future__ import annotations

from tests.integration.fleet import Fleet
from tests.integration.ladder import climb, climb_each
from tests.integration.playbook import task

FLEET = """
servers:
  rdls01: {activated: true}
  rdls02: {activated: true, behaviour: {double_hop_refused: true}}
"""
FLAGS = {
    "license_servers_group": ("in_license_servers_group", "AddLStoTSLSGroup", "RemoveLSfromTSLSGroup"),
    "published": ("published", "PublishLS", "UnpublishLS"),
    "service_connection_point": ("registered_to_scp", "RegisterLSToSCP", "UnRegisterLSFromSCP"),
}


def test_each_discovery_scope(fleet: Fleet) -> None:
    scopes = {"workgroup": 0, "forest": 2, "domain": 1}
    ladders = climb_each(
        fleet, "license_server", {scope: {"discovery_scope": scope} for scope in scopes}, user="entadmin"
    )
    for scope, number in scopes.items():
        assert ladders[scope].server("rdls01")["server_role"] == number
        assert ladders[scope].methods() == ["ChangeRole"]
        assert ladders[scope].real.result["license_server"]["discovery_scope"] == scope


def test_each_registration_there_and_back(fleet: Fleet) -> None:
    options = {f"{flag} {value}": {"active_directory": {flag: value}} for flag in FLAGS for value in (True, False)}
    ladders = climb_each(fleet, "license_server", options, user="entadmin")
    for flag, (shown, add, remove) in FLAGS.items():
        there, back = ladders[f"{flag} True"], ladders[f"{flag} False"]
        assert there.server("rdls01")["directory"][shown] is True
        assert back.server("rdls01")["directory"][shown] is False
        assert (there.methods(), back.methods()) == ([add], [remove])


def test_scope_and_registrations_in_one_task(fleet: Fleet) -> None:
    ladder = climb(
        fleet,
        "license_server",
        {"discovery_scope": "forest", "active_directory": dict.fromkeys(FLAGS, True)},
        user="entadmin",
    )
    assert set(ladder.server("rdls01")["directory"].values()) == {True}
    assert sorted(ladder.methods()) == sorted(["ChangeRole", *(add for _shown, add, _remove in FLAGS.values())])


def test_access_to_active_directory_denied(fleet: Fleet) -> None:
    """A local administrator without rights in the domain."""
    before = fleet.state()
    run = fleet.play(
        task("group", "license_server", {"active_directory": {"license_servers_group": True}}, ignore_errors=True),
        task("publish", "license_server", {"active_directory": {"published": True}}, ignore_errors=True),
        task("scope", "license_server", {"discovery_scope": "forest"}, ignore_errors=True),
    )
    assert [outcome.status for outcome in run.outcomes] == ["failed"] * 3
    assert "the group needs a Domain Admin and publishing an Enterprise Admin" in run["group"].message
    assert "(PublishLS) failed: 0x80041001 (WBEM_E_FAILED)" in run["publish"].message
    assert "scope forest an Enterprise Admin" in run["scope"].message
    assert fleet.state() == before


def test_credentials_that_are_not_handed_on_are_named_as_the_likely_cause(fleet: Fleet) -> None:
    """NTLM does not delegate: the server cannot go on to a domain controller."""
    options = {"active_directory": {"license_servers_group": True}}
    run = fleet.play(task("over NTLM", "license_server", options), hosts="rdls02", user="domadmin", scheme="http")
    assert run.code == 2
    assert "use CredSSP or Kerberos delegation" in run["over NTLM"].message
    climb(fleet, "license_server", options, hosts="rdls02", user="domadmin", scheme="https")
