# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what planners need, and what one server is to call another."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.observation import (
    effective_method,
    network_name,
    observe,
    observe_rest,
    observe_rest_of_source,
    observe_source,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.not_observed import NotObserved

from tests.unit.builders import SOURCE_ID, TARGET_ID, built_in_pack, operation, pack, purchase
from tests.unit.conversations import (
    reads_activation,
    reads_key_packs,
    reads_method,
    reads_record,
    reads_server,
    reads_value,
    reads_windows,
)
from tests.unit.fake_license_server import RECORD_KEY, FakeLicenseServer
from tests.unit.wsman_script import WsmanScript

TCPIP = "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters"


def test_the_record_the_key_packs_and_the_method_tell_what_is_there() -> None:
    entry = operation(of=purchase(), key_pack_id=3)
    there = (built_in_pack(), pack(3))
    with WsmanScript(*reads_record(entry), *reads_key_packs(*there), *reads_method("web_browser")) as script:
        read = observe(LicenseServer(script.session("rdls02")), None)
    assert read.server == "rdls02"
    assert [each.key_pack_id for each in read.packs] == [2, 3]
    assert [each.operation_id for each in read.recorded.operations] == [entry.operation_id]
    assert read.connection_method == "web_browser"
    for ask in (lambda: read.activation.activated, lambda: read.release.release, lambda: read.properties.contact):
        with pytest.raises(NotObserved):
            ask()


def test_the_rest_is_read_where_a_plan_needs_it() -> None:
    server = FakeLicenseServer(packs=[built_in_pack()])
    read = observe_rest(server.license_server, observe(server.license_server, None))
    assert read.activation.license_server_id == TARGET_ID
    assert read.release.release == "windows_server_2022"


def test_a_server_that_shows_no_key_pack_at_all_is_asked_who_may_read_it() -> None:
    """The provider returns nothing to an account that is not an administrator, and no error."""
    nothing = dict.fromkeys(("DatabasePath", "ProductId", "Version", "VersionNumber"))
    script = WsmanScript(*reads_record(), *reads_key_packs(), *reads_method(None), *reads_server(**nothing))
    with script, pytest.raises(LicensingError, match="not a local Administrator"):
        observe(LicenseServer(script.session("rdls02")), None)


def test_a_method_that_the_task_gives_is_not_looked_up() -> None:
    with WsmanScript(*reads_record(), *reads_key_packs(pack(3))) as script:
        assert observe(LicenseServer(script.session()), "telephone").connection_method == "telephone"


@pytest.mark.parametrize(
    ("given", "recorded", "in_force"),
    [
        (None, None, "automatic"),
        (None, "telephone", "telephone"),
        ("web_browser", "telephone", "web_browser"),
        ("automatic", None, "automatic"),
    ],
)
def test_connection_method_in_force(given: str | None, recorded: str | None, in_force: str) -> None:
    server = FakeLicenseServer()
    if recorded:
        server.registry[RECORD_KEY] = {"ConnectionMethod": recorded}
    assert effective_method(server.license_server, given) == in_force


def test_a_source_is_only_read() -> None:
    with WsmanScript(
        *reads_activation(SOURCE_ID),
        *reads_key_packs(pack(3)),
        *reads_server(),
        *reads_windows("10.0.14393", "RDLS01"),
        *reads_record(),
        *reads_key_packs(pack(3)),
    ) as script:
        server = LicenseServer(script.session("rdls01"))
        read = observe_source(server, name=None, license_server_id=None)
        assert (read.server, read.license_server_id, len(read.packs)) == ("rdls01", SOURCE_ID, 1)
        read = observe_rest_of_source(server, read, "rdls01.contoso.example")
    assert (read.name, read.license_server_id) == ("rdls01.contoso.example", SOURCE_ID)
    assert (read.release.release, read.activation.activated) == ("windows_server_2016", True)
    assert len(read.packs) == 1


def test_a_source_behind_a_bastion_gets_its_own_name_and_a_warning() -> None:
    warnings: list[str] = []
    with WsmanScript(
        *reads_activation(SOURCE_ID),
        *reads_key_packs(pack(3)),
        *reads_server(),
        *reads_windows("10.0.14393", "RDLS01"),
        *reads_record(),
        reads_value(TCPIP, "Domain", "contoso.example"),
        *reads_key_packs(pack(3)),
    ) as script:
        server = LicenseServer(script.session("rdls01"))
        read = observe_source(server, name=None, license_server_id=None)
        read = observe_rest_of_source(server, read, "gate.contoso.example", warn=warnings.append)
    assert read.name == "RDLS01.contoso.example"
    (warning,) = warnings
    assert all(word in warning for word in ("rdls01", "gate.contoso.example", "RDLS01.contoso.example", "source.name"))


def source(given: str | None, *, status: int = 0) -> str | None:
    """License server ID of a source, for which the task gives one too."""
    server = FakeLicenseServer("rdls01", status=status, license_server_id=SOURCE_ID)
    read = observe_source(server.license_server, name="old.contoso.example", license_server_id=given)
    assert read.name == "old.contoso.example"
    return read.license_server_id


def test_the_id_that_is_given_has_to_be_the_one_of_the_server() -> None:
    assert source(SOURCE_ID) == SOURCE_ID
    with pytest.raises(InvalidOption, match=r"^source.license_server_id: rdls01 reports the license server ID 50URC-"):
        source(TARGET_ID)


def test_a_source_that_is_not_activated_is_known_by_the_id_that_is_given() -> None:
    assert source(SOURCE_ID, status=1) == SOURCE_ID
    assert source(None, status=1) is None


@pytest.mark.parametrize("address", ["rdls01.contoso.example", "10.0.0.1", "2001:db8::1", "192.168.1.20"])
def test_an_address_that_another_server_can_use_too(address: str) -> None:
    with WsmanScript() as script:
        assert network_name(LicenseServer(script.session()), address, "RDLS01") == address


@pytest.mark.parametrize(("domain", "name"), [("contoso.example", "RDLS01.contoso.example"), (None, "203.0.113.7")])
def test_the_address_of_a_forwarder_is_not_the_servers(domain: str | None, name: str) -> None:
    """Behind NAT the port is another one than WinRM's."""
    with WsmanScript(reads_value(TCPIP, "Domain", domain)) as script:
        server = LicenseServer(script.session())
        assert network_name(server, "203.0.113.7", "RDLS01", forwarded=True) == name


def test_a_name_of_its_own_stays_whatever_the_port() -> None:
    with WsmanScript() as script:
        server = LicenseServer(script.session())
        assert network_name(server, "rdls01.contoso.example", "RDLS01", forwarded=True) == "rdls01.contoso.example"


@pytest.mark.parametrize("address", ["rdls01", "127.0.0.1", "::1", "localhost", "169.254.7.7", "fe80::1%eth0"])
@pytest.mark.parametrize(
    ("domain", "name"), [("contoso.example", "RDLS01.contoso.example"), ("", "RDLS01"), (None, "RDLS01")]
)
def test_an_address_that_means_something_to_the_controller_alone(address: str, domain: str | None, name: str) -> None:
    with WsmanScript(reads_value(TCPIP, "Domain", domain)) as script:
        assert network_name(LicenseServer(script.session()), address, "RDLS01") == name


@pytest.mark.parametrize(
    ("domain", "name"), [("contoso.example", "RDLS01.contoso.example"), (None, "gate.contoso.example")]
)
def test_the_name_of_a_bastion_is_not_the_servers(domain: str | None, name: str) -> None:
    """Without a DNS domain the computer name alone would be no better."""
    with WsmanScript(reads_value(TCPIP, "Domain", domain)) as script:
        assert network_name(LicenseServer(script.session()), "gate.contoso.example", "RDLS01") == name


def test_a_computer_name_that_windows_cuts_off() -> None:
    with WsmanScript() as script:
        address = "license-server-01.contoso.example"
        assert network_name(LicenseServer(script.session()), address, "LICENSE-SERVER-") == address


def test_a_server_that_does_not_know_its_own_name() -> None:
    with WsmanScript(reads_value(TCPIP, "Domain", None)) as script:
        assert network_name(LicenseServer(script.session()), "rdls01", "") == "rdls01"
