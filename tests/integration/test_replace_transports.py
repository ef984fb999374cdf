# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job over every transport: dry run, real run, second run, read by another client in between."""

from __future__ import annotations

import pytest

from tests.integration import main_job
from tests.integration.fleet import Fleet
from tests.integration.main_job import BOUGHT, imports, migrated, recap, replace

FLEET = main_job.FLEET
RECORD = "SOFTWARE\\WinFleet\\RDLicensing"


def seen_by_another(fleet: Fleet) -> dict[str, list[int]]:
    """CALs of the purchased packs of both servers, as another WS-Management client reads them."""
    found = {}
    for server in ("rdls01", "rdls02"):
        with fleet.client(server) as client:
            found[server] = [int(pack["TotalLicenses"] or 0) for pack in client.packs().values()]
    return found


@pytest.mark.parametrize(("connection", "scheme"), [("winrm", "http"), ("winrm", "https"), ("psrp", "http")])
def test_moves_every_cal(fleet: Fleet, connection: str, scheme: str) -> None:
    """NTLM with encrypted messages over HTTP and Basic over HTTPS, with the settings of both connection plugins."""
    before = fleet.state()
    dry = replace(fleet, "--check", connection=connection, scheme=scheme).succeeded()
    assert [message for message in fleet.journal() if message["writes"]] == []
    assert fleet.state() == before
    assert seen_by_another(fleet) == {"rdls01": [250, 50], "rdls02": []}
    assert recap(dry)["changed"] > 0

    real = replace(fleet, connection=connection, scheme=scheme).succeeded()
    assert fleet.cals("rdls02") == BOUGHT
    assert fleet.cals("rdls01") == []
    assert seen_by_another(fleet) == {"rdls01": [], "rdls02": [250, 50]}
    assert imports(fleet) == ["ImportAgreementLicenseKeyPack", "ImportRetailPurchaseLicenseKeyPack"]
    assert fleet.server("rdls02")["registry"][RECORD] == {"ConnectionMethod": "automatic"}
    assert recap(real)["changed"] == recap(dry)["changed"]
    assert migrated(real).result["diff"] == migrated(dry).result["diff"]
    assert migrated(real).result["steps"] == migrated(dry).result["steps"]

    after = fleet.state()
    again = replace(fleet, connection=connection, scheme=scheme).succeeded()
    assert recap(again)["changed"] == 0
    assert fleet.state() == after
