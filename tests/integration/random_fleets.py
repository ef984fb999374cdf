# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random fleets: a healthy one gives no finding above info, and usage equals the simulator's own truth.

usage: python -m tests.integration.random_fleets [--count N] [--first SEED]
"""

from __future__ import annotations

import argparse
import datetime
import random
import sys
import time
from collections import Counter
from functools import partial
from typing import Any

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import Settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks_fleet import with_fleet_findings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fleet import (
    LICENSE_SERVER,
    SESSION_HOST,
    Machine,
    health_of,
    read_fleet,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import read_issued_cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.usage_reports import UsageReports
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.cal_usage import (
    UsageTotals,
    summarize,
    temporary_issued,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.fleet_report import build_report

from tests.simulator.model import catalog
from tests.simulator.model.fleet import Server
from tests.unit.engine_session import EngineFleet

Row = dict[str, Any]
RELEASES = ("2012", "2012_r2", "2016", "2019", "2022", "2025")
VERSIONS = {release: f"windows_server_{release.partition('_')[0]}" for release in RELEASES}
# Releases before 2016 have no number behind the build in their registry unless it is given.
_PATCHED = {"2012": 26026, "2012_r2": 23132}
_NOW = datetime.datetime(2026, 11, 27, 8, tzinfo=datetime.timezone.utc)
_STATUS = {0: "unknown", 1: "temporary", 2: "active", 3: "upgrade", 4: "revoked", 5: "pending", 6: "concurrent"}


def healthy_fleet(seed: int) -> dict[str, Row]:
    """License servers of one release, some in a workgroup, and session hosts that fit them."""
    chance = random.Random(seed)  # noqa: S311  # a seed, not a secret
    release = chance.choice(RELEASES)
    domain = chance.random() < 0.85
    mode = chance.choice(["2", "4"]) if domain else "2"
    names = [f"ls{number}" for number in range(chance.randint(1, 3))]
    servers: dict[str, Row] = {name: _healthy_server(chance, release, domain=domain, mode=mode) for name in names}
    for number in range(chance.randint(0, 4)):
        asked = chance.sample(names, chance.randint(1, len(names)))
        listed = [f"{name}.winfleet.example" if domain and chance.random() < 0.7 else name.upper() for name in asked]
        host: Row = {"licensing_type": mode, "license_servers": listed, "grace_period_days": 0}
        if chance.random() < 0.3:
            host.update(policy_licensing_type=mode, policy_license_servers=listed)
        hosted = RELEASES[chance.randint(0, RELEASES.index(release))]
        servers[f"host{number}"] = {
            "windows_release": hosted,
            "role_installed": False,
            "part_of_domain": domain,
            "session_host": host,
        }
    return servers


def _healthy_server(chance: random.Random, release: str, *, domain: bool, mode: str) -> Row:
    kinds = ["per_device"] + ["per_user"] * domain
    packs = []
    for kind in kinds if chance.random() < 0.6 else ["per_device" if mode == "2" else "per_user"]:
        quantity = chance.randint(20, 5000)
        issued = chance.randint(1, quantity * 89 // 100)
        packs.append({"product_version": VERSIONS[release], "cal_type": kind, "quantity": quantity, "issued": issued})
    return {
        "windows_release": release,
        "update_build_revision": _PATCHED.get(release),
        "activated": True,
        "part_of_domain": domain,
        "discovery_scope": "domain" if domain else "workgroup",
        "in_license_servers_group": domain,
        "registered_to_scp": domain,
        "contact": {"FirstName": "Rosa", "LastName": "Example", "Company": "Winfleet", "CountryRegion": "Germany"},
        "key_packs": packs,
        "free_disk_mb": chance.randint(2048, 100_000),
        "clock_offset_seconds": chance.uniform(-200, 200),
        "ui_language": chance.choice(["en-US", "de-DE"]),
        "registry": {"SOFTWARE\\WinFleet\\RDLicensing": {"ConnectionMethod": "automatic"}},
    }


def read(servers: dict[str, Row]) -> tuple[EngineFleet, list[Row]]:
    """The simulated fleet and its rows, with all findings."""
    fleet = EngineFleet(servers)
    machines = [
        Machine(name, SESSION_HOST if "session_host" in each else LICENSE_SERVER) for name, each in servers.items()
    ]
    settings = Settings()
    rows = read_fleet(
        machines, fleet.session, partial(health_of, settings=settings), workers=1, progress=lambda _done: None
    )
    return fleet, with_fleet_findings(rows, settings)


def check_healthy(seed: int) -> None:
    """A healthy fleet has nothing above info, and nothing that could not be read."""
    _fleet, rows = read(healthy_fleet(seed))
    found = [each for row in rows for each in row["findings"] if each["severity"] != "info" or each["state"] != "found"]
    assert found == [], f"seed {seed}: {found}"


def usage_fleet(seed: int) -> dict[str, Row]:
    """License servers with every kind of key pack and of issued CAL, some of them over-allocated."""
    chance = random.Random(seed)  # noqa: S311  # a seed, not a secret
    servers: dict[str, Row] = {}
    for number in range(chance.randint(1, 3)):
        release = chance.choice(RELEASES)
        known = [VERSIONS[each] for each in RELEASES[: RELEASES.index(release) + 1]]
        packs: list[Row] = [
            {
                "product_version": chance.choice(known),
                "cal_type": chance.choice(["per_user", "per_device"]),
                "quantity": (quantity := chance.choice([0, 1, 7, 800, chance.randint(1, 5000)])),
                "issued": chance.choice([0, quantity, quantity + 1, chance.randint(0, quantity)]),
                "key_pack_id": 20 + index,
                # Purchased, and what the server makes by itself: temporary, overused, built in.
                "key_pack_type": chance.choice([None] * 6 + [1, 3, 4, 5, 6, 7]),
            }
            for index in range(chance.randint(0, 6))
        ]
        rows = [
            {
                "key_pack_id": chance.choice(packs)["key_pack_id"],
                "computer": chance.choice(["PC1", "pc1", "PC2", f"PC{index}"]),
                "user": chance.choice(["", "WINFLEET\\anna"]),
                "status": chance.choice([0, 1, 2, 2, 2, 3, 4, 5, 6]),
                "hardware_id": f"id{index}",
                "count": chance.choice([1, 1, 1, 40]),
            }
            for index in range(chance.randint(0, 12) if packs else 0)
        ]
        servers[f"ls{number}"] = {
            "windows_release": release,
            "activated": True,
            "ui_language": chance.choice(["en-US", "de-DE"]),
            "temporary_packs": chance.random() < 0.5,
            "key_packs": packs,
            "issued_licenses": rows,
            "behaviour": {"report_end": chance.choice(["0x4001", "4001", "success"])},
        }
    return servers


def check_usage(seed: int) -> int:
    """What is read of every server equals what the simulator holds; the number of over-allocated groups."""
    fleet, rows = read(usage_fleet(seed))
    over = 0
    truths: Counter[tuple[str, str, str]] = Counter()
    for name, server in fleet.fleet.servers.items():
        where = f"seed {seed}, {name}"
        reader = LicenseServer(fleet.session(name))
        packs = reader.key_packs()
        found = {(each["product_version_id"], each["cal_type"]): each for each in summarize(packs)}
        truth = _truth(server)
        assert {key: (each["installed"], each["issued"]) for key, each in found.items()} == truth, where
        for key, each in found.items():
            installed, issued = truth[key]
            assert (each["free"], each["over_allocated"]) == (installed - issued, max(issued - installed, 0)), where
            over += issued > installed
            kind = (each["product_version"], each["cal_type"])
            truths.update({(*kind, "installed"): installed, (*kind, "issued"): issued})
        assert temporary_issued(packs) == sum(pack.issued for pack in server.database.packs if _is_temporary(pack)), (
            where
        )
        _check_issued(reader, server, where)
        _check_report(reader, server, where)
    for group in build_report(rows, _NOW, [], None)["usage"]:
        kind = (group["product_version"], group["cal_type"])
        assert (group["installed"], group["issued"]) == (truths[(*kind, "installed")], truths[(*kind, "issued")]), seed
    return over


def _is_temporary(pack: Any) -> bool:
    return bool(pack.key_pack_type == 4)


def _truth(server: Server) -> dict[tuple[int, str], tuple[int, int]]:
    """Installed and issued by version and type, out of the simulator's own database."""
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for pack in server.database.packs:
        purchased = pack.key_pack_type in (1, 2, 3, 5)
        overused = pack.key_pack_type not in (4, 6) and pack.total == 0 and pack.issued > 0
        if pack.product_type in (0, 1) and (purchased or overused):
            key = (pack.product_version_id, "per_user" if pack.product_type == catalog.PER_USER else "per_device")
            installed, issued = sums.get(key, (0, 0))
            sums[key] = (installed + pack.total, issued + pack.issued)
    return sums


def _check_issued(reader: LicenseServer, server: Server, where: str) -> None:
    packs = {pack.key_pack_id: pack for pack in reader.key_packs()}
    totals = UsageTotals(packs)
    listed = []
    for cal in read_issued_cals(reader):
        totals.add(cal)
        listed.append((cal.license_id, cal.key_pack_id, cal.computer, cal.user, cal.status, cal.hardware_id))
    held = server.database.issued
    assert sorted(listed) == sorted(
        (each.license_id, each.key_pack_id, each.computer, each.user, each.status, each.hardware_id) for each in held
    ), where
    assert totals.by_status == Counter(_STATUS[each.status] for each in held), where
    device = {pack.key_pack_id: pack.product_version_id for pack in server.database.packs if pack.product_type == 0}
    several = Counter(
        (each.computer.lower(), device[each.key_pack_id])
        for each in held
        if each.status == 2 and each.computer and each.key_pack_id in device
    )
    told = totals.describe()["devices_with_several_cals"]
    assert [each["cals"] for each in told] == [number for _key, number in sorted(several.items()) if number > 1], where


def _check_report(reader: LicenseServer, server: Server, where: str) -> None:
    reports = UsageReports(reader)
    before = len(server.state.reports)
    name = reports.generate(None)
    entries = {kind: sum(1 for _each in reports.entries(name, kind)) for kind in ("per_user", "per_device")}
    reports.delete(name)
    # A report lists active CALs of what was purchased.
    kinds = {
        pack.key_pack_id: "per_user" if pack.product_type == catalog.PER_USER else "per_device"
        for pack in server.database.packs
        if pack.key_pack_type not in (0, 4, 6, 7)
    }
    active = (each for each in server.database.issued if each.status == 2)
    expected = Counter(kinds[each.key_pack_id] for each in active if each.key_pack_id in kinds)
    assert entries == {kind: expected[kind] for kind in entries}, where
    assert len(server.state.reports) == before, where


def main() -> int:
    """Try many; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    started, over = time.monotonic(), 0
    for seed in range(options.first, options.first + options.count):
        over += check_usage(seed)
        check_healthy(seed)
    sys.stdout.write(
        f"{options.count} random fleets: usage equals the simulator's truth ({over} over-allocated groups), and "
        f"{options.count} healthy fleets have no finding above info ({time.monotonic() - started:.0f} s).\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
