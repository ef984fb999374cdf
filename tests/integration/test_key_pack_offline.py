# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""key_pack with the connection methods that need a license key pack ID from the Clearinghouse."""

from __future__ import annotations

import pytest

from tests.integration import request_plays
from tests.integration.clearinghouse_call import ask
from tests.integration.fleet import Fleet
from tests.integration.ladder import climb
from tests.integration.playbook import task
from tests.integration.purchases import PROGRAMS, bare, purchase

FLEET = request_plays.FLEET


@pytest.mark.parametrize("method", ["web_browser", "telephone"])
def test_each_license_program(fleet: Fleet, method: str) -> None:
    """The first run returns requests, the second run continues with eight IDs. The server itself has no Internet."""
    before = fleet.state()
    options = {"connection_method": method, "purchases": [purchase(program) for program in PROGRAMS]}
    run = fleet.play(task("without IDs", "key_pack", options)).succeeded()
    assert not run.last.changed
    assert run.last.writes == []
    assert fleet.state() == before
    awaiting = run.last.result["awaiting"]
    assert [request["license_program"] for request in awaiting] == list(PROGRAMS)
    assert all(bool(request.get("web_site")) == (method == "web_browser") for request in awaiting)

    purchases = [
        purchase(program, license_key_pack_id=ask(fleet, "Install CALs", request, purchase(program)))
        for program, request in zip(PROGRAMS, awaiting, strict=True)
    ]
    ladder = climb(fleet, "key_pack", {"connection_method": method, "purchases": purchases})
    assert ladder.cals("rdls01") == [(program, purchase(program)["quantity"]) for program in PROGRAMS]
    assert ladder.methods() == ["InstallLicenseKeyPack"] * len(PROGRAMS)
    assert ladder.real.result["awaiting"] == []

    # The ID has served its turn: the purchase is known without it.
    run = fleet.play(task("without IDs again", "key_pack", options)).succeeded()
    assert not run.last.changed
    assert run.last.result["awaiting"] == []


def test_goes_on_with_the_ids_that_are_there(fleet: Fleet) -> None:
    options = {"connection_method": "web_browser", "purchases": [purchase("enterprise"), purchase("open")]}
    first = fleet.play(task("without IDs", "key_pack", options)).succeeded()
    brought = ask(fleet, "Install CALs", first.last.result["awaiting"][1], purchase("open"))
    # Bare, and in small letters.
    with_one = [purchase("enterprise"), purchase("open", license_key_pack_id=bare(brought).lower())]
    run = fleet.play(task("with one ID", "key_pack", {**options, "purchases": with_one})).succeeded()
    assert run.last.changed
    assert [each["outcome"] for each in run.last.result["purchases"]] == ["awaiting", "installed"]
    assert [request["license_program"] for request in run.last.result["awaiting"]] == ["enterprise"]
    assert fleet.cals("rdls01") == [("open", 40)]


def test_an_id_that_is_not_valid_here_is_refused_in_one_line(fleet: Fleet) -> None:
    options = {"connection_method": "telephone", "purchases": [purchase("select")]}
    first = fleet.play(task("without ID", "key_pack", options)).succeeded()
    brought = ask(fleet, "Install CALs", first.last.result["awaiting"][0], purchase("select"))
    with_id = {**options, "purchases": [purchase("select", license_key_pack_id=brought)]}
    other_server = fleet.play(task("meant for rdls01", "key_pack", with_id), hosts="rdls02")
    assert other_server.code == 2
    assert "(InstallLicenseKeyPack) failed: 0x80041001" in other_server.last.message
    assert bare(brought) not in bare(other_server.output)
    assert fleet.cals("rdls02") == []
    climb(fleet, "key_pack", with_id)


def test_an_id_and_the_automatic_method_do_not_go_together(fleet: Fleet) -> None:
    before = fleet.state()
    run = fleet.play(task("both", "key_pack", {"purchases": [purchase("select", license_key_pack_id="A" * 35)]}))
    assert run.code == 2
    assert "has a license_key_pack_id, but the connection method is automatic" in run.last.message
    assert fleet.state() == before
