# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the license key packs of every server over the wire, with a client that is not this collection's.

python -m tests.simulator.reader READY.json [--json] [--all]
"""

from __future__ import annotations

import argparse
import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from pypsrp.exceptions import WinRMError, WSManFaultError
from pypsrp.wsman import WSMan

_KEY_PACKS = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_TSLicenseKeyPack"
_ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
_WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
_UNLIMITED = 4294967295
_NO_PURCHASE = (0, 4, 6, 7)
_TYPES = {0: "per device", 1: "per user", 3: "built-in"}
_COLUMNS = ("server", "id", "version", "type", "total", "issued")


def connect(ready: dict[str, Any], name: str) -> WSMan:
    """A connection as the first administrator: NTLM over HTTP, or Basic over HTTPS where there is no HTTP."""
    server = ready["servers"][name]
    account = next(user for user in server["users"].values() if user["administrator"])
    scheme = "http" if "http" in server["listeners"] else "https"
    return WSMan(
        server["address"],
        port=server["listeners"][scheme]["port"],
        username=account["login"],
        password=account["password"],
        ssl=scheme == "https",
        auth="ntlm" if scheme == "http" else "basic",
        cert_validation=ready["ca"] if scheme == "https" else True,
        no_proxy=True,
    )


def key_packs(client: WSMan) -> Iterator[dict[str, str]]:
    """Every pack as text by property name."""
    request = ET.Element(f"{{{_ENUMERATION}}}Enumerate")
    answer = client.enumerate(_KEY_PACKS, request)
    while answer.find(f".//{{{_ENUMERATION}}}EndOfSequence") is None:
        context = answer.findtext(f".//{{{_ENUMERATION}}}EnumerationContext")
        pull = ET.Element(f"{{{_ENUMERATION}}}Pull")
        ET.SubElement(pull, f"{{{_ENUMERATION}}}EnumerationContext").text = context
        ET.SubElement(pull, f"{{{_ENUMERATION}}}MaxElements").text = "50"
        answer = client.pull(_KEY_PACKS, pull)
        for item in answer.find(f".//{{{_ENUMERATION}}}Items") or ():
            yield {child.tag.rpartition("}")[2]: child.text or "" for child in item}


def rows(ready: dict[str, Any], show_all: bool) -> list[dict[str, Any]]:
    """One row per pack; a server that cannot be read has one row that says why."""
    result = []
    for name in ready["servers"]:
        try:
            with connect(ready, name) as client:
                packs = list(key_packs(client))
        except (WinRMError, requests.RequestException) as error:
            if not isinstance(error, WSManFaultError) or ready["servers"][name]["license_server"]:
                result.append({"server": name, "error": type(error).__name__})
            continue
        result += [_row(name, pack) for pack in packs if show_all or int(pack["KeyPackType"]) not in _NO_PURCHASE]
    return result


def _row(server: str, pack: dict[str, str]) -> dict[str, Any]:
    total = int(pack["TotalLicenses"])
    return {
        "server": server,
        "id": int(pack["KeyPackId"]),
        "version": pack["ProductVersion"],
        "type": _TYPES.get(int(pack["ProductType"]), pack["ProductType"]),
        "total": None if total == _UNLIMITED else total,
        "issued": int(pack["IssuedLicenses"]),
    }


def table(found: list[dict[str, Any]], servers: list[str]) -> str:
    """The rows as text; a server without packs gets a line, too."""
    lines = [_COLUMNS]
    for server in servers:
        own = [row for row in found if row["server"] == server]
        if not own:
            lines.append((server, "-", "no CALs", "", "0", "0"))
        for row in own:
            if "error" in row:
                lines.append((server, "-", f"not readable: {row['error']}", "", "", ""))
                continue
            total = "unlimited" if row["total"] is None else str(row["total"])
            lines.append((server, str(row["id"]), row["version"], row["type"], total, str(row["issued"])))
    widths = [max(len(line[index]) for line in lines) for index in range(len(_COLUMNS))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator.reader", description="CALs, read over the wire")
    parser.add_argument("ready", type=Path, metavar="READY.json")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--all", action="store_true", help="show built-in and temporary packs, too")
    arguments = parser.parse_args()
    ready = json.loads(arguments.ready.read_text(encoding="utf-8"))
    found = rows(ready, arguments.all)
    license_servers = [name for name, server in ready["servers"].items() if server["license_server"]]
    print(json.dumps(found, indent=1) if arguments.json else table(found, license_servers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
