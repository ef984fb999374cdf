# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.license_evidence; documented in plugins/modules/license_evidence.py."""

from __future__ import annotations

import datetime
import pathlib
import typing as t
from collections.abc import Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.fleet_task import (
    check_concurrency,
    read_machines,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import (
    controller_path,
    write_private,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fleet import (
    LICENSE_SERVER,
    Machine,
    Row,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import read_issued_cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import LicenseServer
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._report.evidence import (
    DIGESTS,
    check_chain,
    digest,
    evidence_files,
    hidden,
)

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["present", "verified"], "default": "present"},
        "license_servers": {"type": "list", "elements": "str", "default": []},
        "directory": {"type": "path", "required": True},
        "issued_cals": {"type": "bool", "default": True},
        "names": {"type": "str", "choices": ["keep", "omit", "digest"], "default": "omit"},
        "digest_key": {"type": "str", "no_log": True},
        "concurrency": {"type": "int", "default": 16},
    },
    required_if=(("names", "digest", ("digest_key",)),),
)


class ActionModule(LicensingAction):
    """Writes a folder of evidence, or checks the chain of those that are there."""

    ARGUMENT_SPEC = ARGUMENT_SPEC
    _requires_connection = False

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Read the servers and write the next folder; or read the folders and compare their digests."""
        params = context.params
        directory = controller_path(params["directory"])
        folders = _folders(directory)
        problems = check_chain(folders)
        if params["state"] == "verified":
            if problems:
                raise LicensingError(f"{directory}: the evidence is not as it was written: {'; '.join(problems)}.")
            return {"changed": False, "folders": sorted(folders), "problems": problems}
        if problems:
            context.warn(f"{directory}: the evidence is not as it was written: {'; '.join(problems)}.")
        if params["names"] == "digest" and not (params["digest_key"] or "").strip():
            raise InvalidOption("names: digest requires digest_key.")
        if not params["license_servers"]:
            raise InvalidOption("license_evidence requires license_servers.")
        check_concurrency(context)
        machines = [Machine(name, LICENSE_SERVER) for name in dict.fromkeys(params["license_servers"])]
        rows = list(
            read_machines(
                context,
                "license_evidence",
                machines,
                lambda _machine, session: _read(session, params),
            )
        )
        taken = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        folder = directory / taken.strftime("%Y-%m-%dT%H%M%SZ")
        newest = max(folders, default=None)
        previous = digest(folders[newest][DIGESTS]) if newest and DIGESTS in folders[newest] else None
        files = evidence_files(rows, taken.isoformat(), previous)
        if not context.check_mode:
            _write(context, folder, files)
        unreadable = [{"host": row["host"], "reason": row["reason"]} for row in rows if not row["read"]]
        return {"changed": True, "folder": str(folder), "files": sorted(files), "unreadable": unreadable}


def _folders(directory: pathlib.Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for folder in sorted(directory.iterdir()) if directory.is_dir() else ():
        if folder.is_dir() and not folder.name.startswith("."):
            found[folder.name] = {each.name: _read_exactly(each) for each in folder.iterdir() if each.is_file()}
    return found


def _read_exactly(path: pathlib.Path) -> str:
    """Every byte counts: what is not UTF-8 is kept as it is."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise LicensingError(f"directory: {path} cannot be read ({error.strerror}).") from None


def _write(context: ModuleContext, folder: pathlib.Path, files: Mapping[str, str]) -> None:
    """All files or none: a folder gets its name when it is complete."""
    unfinished = folder.with_name(f".{folder.name}")
    for name, text in files.items():
        write_private(unfinished / name, text)
        context.note_change()
    try:
        unfinished.rename(folder)
    except OSError as error:
        raise LicensingError(f"directory: {folder} cannot be written ({error.strerror}).") from None


def _read(session: CimSession, params: dict[str, t.Any]) -> Row:
    server = LicenseServer(session)
    server.properties()
    recorded, damaged = server.record.read_whole()
    packs = server.key_packs()
    issued = []
    for cal in read_issued_cals(server) if params["issued_cals"] else ():
        described = cal.describe()
        if params["names"] != "keep":
            key = params["digest_key"] if params["names"] == "digest" else ""
            described.update({name: hidden(described[name], key) for name in ("user", "computer", "hardware_id")})
        issued.append(described)
    return {
        "activation": server.activation().describe(),
        "key_packs": [pack.describe() for pack in packs if pack.purchased],
        "issued_cals": issued,
        "operations": [each.describe() for each in recorded.operations],
        "damaged_operations": len(damaged),
    }
