# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.retained_key_pack_ids; see plugins/modules/retained_key_pack_ids.py."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import controller_path
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.retained_key_pack_ids import (
    RetainedFile,
    with_used,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)

Servers = Sequence[dict[str, t.Any]]

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "servers": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "server": {"type": "str", "required": True},
                "license_key_pack_ids": {"type": "dict", "required": True, "no_log": True},
                "purchases": {"type": "list", "elements": "dict", "default": []},
                "file": {"type": "path", "required": True},
                "vault_password": {"type": "str", "required": True, "no_log": True},
            },
        },
    }
)


class ActionModule(LicensingAction):
    """Adds license key pack IDs to encrypted files on the controller."""

    ARGUMENT_SPEC = ARGUMENT_SPEC
    _requires_connection = False

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Update the files one after the other. If one cannot be written, the others still are."""
        by_file: dict[str, list[dict[str, t.Any]]] = {}
        for server in context.params["servers"]:
            by_file.setdefault(str(controller_path(server["file"])), []).append(server)
        retained: dict[str, bool] = {}
        problems = []
        for path, servers in by_file.items():
            try:
                retained[path] = _add(path, servers, write=not context.check_mode)
            except LicensingError as error:
                problems.append(str(error))
        result = {"changed": any(retained.values()), "files": list(retained)}
        if problems:
            if result["changed"] and not context.check_mode:
                context.note_change()
            context.tell_on_failure(files=result["files"])
            raise LicensingError("License key pack IDs were not retained: " + " ".join(problems))
        return result


def _add(path: str, servers: Servers, *, write: bool) -> bool:
    """Add the IDs of servers that share a file; gives whether it changes."""
    passwords = {server["vault_password"] for server in servers}
    if len(passwords) > 1:
        names = ", ".join(server["server"] for server in servers)
        raise InvalidOption(f"{path}: {names} share this file, but not its vault_password.")
    if "" in passwords:
        raise InvalidOption(f"{path}: vault_password must not be empty.")
    file = RetainedFile.read(controller_path(path), passwords.pop())
    try:
        entries = with_used(file.entries, servers)
    except InvalidOption as error:
        raise InvalidOption(f"{path}: {error}") from None
    if not file.differs(entries):
        return False
    if write:
        file.write(entries)
    return True
