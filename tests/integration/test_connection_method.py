# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""connection_method: the record on the server, and that other modules go by it."""

from __future__ import annotations

from tests.integration.fleet import Fleet
from tests.integration.ladder import climb_each
from tests.integration.playbook import task
from tests.integration.purchases import CLEARINGHOUSE, purchase

FLEET = (
    """
servers:
  rdls01: {activated: true}
  rdls03: {registry: {"SOFTWARE\\\\WinFleet\\\\RDLicensing": {ConnectionMethod: carrier_pigeon}}}
  rdls04: {role_installed: false}
"""
    + CLEARINGHOUSE
)
RECORD = "SOFTWARE\\WinFleet\\RDLicensing"


def test_sets_each_method(fleet: Fleet) -> None:
    methods = ["telephone", "web_browser", "automatic"]
    ladders = climb_each(fleet, "connection_method", {method: {"connection_method": method} for method in methods})
    for previous, method in zip([None, *methods], methods, strict=False):
        ladder = ladders[method]
        assert ladder.server("rdls01")["registry"][RECORD] == {"ConnectionMethod": method}
        assert (ladder.dry.result["previous"], ladder.dry.result["connection_method"]) == (previous, method)
        assert ladder.again.result["previous"] == method


def test_reads_without_an_option(fleet: Fleet) -> None:
    run = fleet.play(
        task("none yet", "connection_method"),
        task("set it", "connection_method", {"connection_method": "web_browser"}),
        task("read it", "connection_method"),
    ).succeeded()
    assert run["none yet"].result["connection_method"] is None
    assert run["read it"].result["connection_method"] == "web_browser"
    assert not run["none yet"].changed
    assert not run["read it"].changed
    assert run["none yet"].writes == run["read it"].writes == []


def test_other_modules_go_by_the_record_unless_told_otherwise(fleet: Fleet) -> None:
    run = fleet.play(
        task("by web browser", "connection_method", {"connection_method": "web_browser"}),
        task("has open requests", "key_pack", {"purchases": [purchase("enterprise")]}),
        task("told otherwise", "key_pack", {"purchases": [purchase("enterprise")], "connection_method": "automatic"}),
        task("the record stays", "connection_method"),
    ).succeeded()
    assert [request["license_program"] for request in run["has open requests"].result["awaiting"]] == ["enterprise"]
    assert not run["has open requests"].changed
    assert run["told otherwise"].changed
    assert fleet.cals("rdls01") == [("enterprise", 250)]
    assert run["the record stays"].result["connection_method"] == "web_browser"


def test_an_unknown_method_in_the_record_is_said_so(fleet: Fleet) -> None:
    run = fleet.play(task("read it", "connection_method"), hosts="rdls03")
    assert run.code == 2
    assert "has an unknown ConnectionMethod; set it again" in run["read it"].message


def test_a_server_without_the_role_service_gets_no_record(fleet: Fleet) -> None:
    run = fleet.play(task("set it", "connection_method", {"connection_method": "automatic"}), hosts="rdls04")
    assert run.code == 2
    assert "role service is not installed" in run["set it"].message
    assert RECORD not in fleet.server("rdls04")["registry"]
