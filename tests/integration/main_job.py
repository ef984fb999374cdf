# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job of these tests: rdls02 takes over from rdls01, by the playbook replace_source_server."""

from __future__ import annotations

import re
from typing import Any

from tests.integration.fleet import Fleet
from tests.integration.playbook import Outcome, Run, Settings
from tests.integration.purchases import CLEARINGHOUSE, code_alone, purchase

PLAYBOOK = "winfleet.rd_licensing.replace_source_server"
ROLE = "replace_source_server"
FLEET = (
    """
servers:
  rdls01:
    windows_release: "2022"
    activated: true
    contact: {FirstName: Rosa, LastName: Example, Company: Winfleet Example, CountryRegion: Germany}
    in_license_servers_group: true
    key_packs:
      - {purchase: enterprise, quantity: 250, issued: 231}
      - {purchase: retail, quantity: 50, issued: 12}
  rdls02: {windows_release: "2025", activated: true}
  rdls03: {windows_release: "2019", activated: true}
  rdls04: {windows_release: "2025"}
  rdls05: {role_installed: false}
  rdls06:
    activated: true
    key_packs:
      - {product_version: windows_server_2022, cal_type: per_user, quantity: 250}
      - {product_version: windows_server_2022, cal_type: per_device, quantity: 50, key_pack_type: 1}
  rdls07: {windows_release: "2022", activated: true, key_packs: [{purchase: campus, quantity: 25}]}
  rdls08: {windows_release: "2025", activated: true}
"""
    + CLEARINGHOUSE
)
# As in README.md: the agreement states what was bought, the code speaks for itself.
PURCHASES = [purchase("enterprise"), code_alone()]
BOUGHT = [("enterprise", 250), ("retail", 50)]


def variables(**more: Any) -> dict[str, Any]:
    """The role's variables for rdls02 taking over from rdls01; names without the role's prefix."""
    chosen = {
        "target_host": "rdls02",
        "source_host": "rdls01",
        "connection_method": "automatic",
        "purchases": PURCHASES,
        **more,
    }
    return {f"{ROLE}_{name}": value for name, value in chosen.items()}


def replace(fleet: Fleet, *arguments: str, connection: str = "winrm", scheme: str = "https", **more: Any) -> Run:
    """Run the playbook."""
    settings = Settings(
        connection=connection,
        scheme=scheme,
        variables=variables(**more),
        arguments=["--diff", *arguments],
        watch=False,
    )
    return fleet.run(PLAYBOOK, settings)


def recap(run: Run, host: str = "rdls02") -> dict[str, int]:
    """The line of a host at the end of Ansible's output."""
    line = re.findall(rf"^{host} +: (.*)$", run.output, re.MULTILINE)[-1]
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line)}


def migrated(run: Run) -> Outcome:
    """The result of the task that moves the CALs."""
    return next(each for each in run.outcomes if each.task.split(" : ")[-1].startswith("Migrate | Migrate the CALs"))


def failure(run: Run) -> Outcome:
    """The result of the task at which the run stopped. The summary of the fleet comes after it."""
    return next(each for each in run.outcomes if each.status in ("failed", "unreachable"))


def imports(fleet: Fleet) -> list[str]:
    """The imports that took effect."""
    return [
        message["method"]
        for message in fleet.journal()
        if message["method"].startswith("Import") and message["changed"]
    ]
