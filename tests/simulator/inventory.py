# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print an Ansible inventory of the running fleet.

python -m tests.simulator.inventory READY.json --connection winrm|psrp [--scheme http|https] [--user NAME]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml


def host_variables(ready: dict[str, Any], name: str, connection: str, scheme: str, user: str) -> dict[str, Any]:
    """The connection variables of one host."""
    server = ready["servers"][name]
    account = server["users"][user]
    common = {
        "ansible_connection": connection,
        "ansible_host": server["address"],
        "ansible_port": server["listeners"][scheme]["port"],
        "ansible_user": account["login"],
        "ansible_password": account["password"],
    }
    encrypted = {"http": "ntlm", "https": "basic"}[scheme]
    if connection == "psrp":
        special: dict[str, Any] = {"ansible_psrp_protocol": scheme, "ansible_psrp_auth": encrypted}
        if scheme == "https":
            special["ansible_psrp_ca_cert"] = ready["ca"]
    else:
        special = {"ansible_winrm_scheme": scheme, "ansible_winrm_transport": encrypted}
        if scheme == "https":
            special["ansible_winrm_ca_trust_path"] = ready["ca"]
    return {**common, **special}


def inventory(ready: dict[str, Any], connection: str, scheme: str, user: str | None = None) -> dict[str, Any]:
    """Groups license_servers and session_hosts; hosts are called by their computer names in lower case."""
    groups: dict[str, dict[str, Any]] = {"license_servers": {}, "session_hosts": {}}
    hosts: dict[str, Any] = {}
    for name, server in ready["servers"].items():
        login = user or _administrator(server)
        hosts[name.lower()] = host_variables(ready, name, connection, scheme, login)
        group = "session_hosts" if server["session_host"] else "license_servers"
        groups[group][name.lower()] = {}
    children = {group: {"hosts": members} for group, members in groups.items()}
    return {"all": {"hosts": hosts, "children": children}}


def _administrator(server: dict[str, Any]) -> str:
    users: dict[str, dict[str, Any]] = server["users"]
    return next(name for name, account in users.items() if account["administrator"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator.inventory", description="Inventory of a fleet")
    parser.add_argument("ready", type=Path, metavar="READY.json")
    parser.add_argument("--connection", choices=("winrm", "psrp"), required=True)
    parser.add_argument("--scheme", choices=("http", "https"), default="http")
    parser.add_argument("--user", help="an account of the fleet file; default: the first administrator")
    arguments = parser.parse_args()
    ready = json.loads(arguments.ready.read_text(encoding="utf-8"))
    data = inventory(ready, arguments.connection, arguments.scheme, arguments.user)
    print("---")
    yaml.safe_dump(data, sys.stdout, sort_keys=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
