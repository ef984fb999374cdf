# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""License key pack IDs that were used, in a variables file that is encrypted with ansible-vault."""

from __future__ import annotations

import datetime
import json
import pathlib
import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret, is_encrypted
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import (
    holds,
    read_private,
    write_private,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import identifiers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError

VARIABLE: t.Final = "rd_licensing_retained"
_DESCRIBES_PURCHASE: t.Final = (
    "license_program",
    "credential",
    "product_version",
    "cal_type",
    "quantity",
    "reference",
)

Entries = list[dict[str, t.Any]]


@dataclass(frozen=True)
class RetainedFile:
    """One file: its text now, and what it says."""

    path: pathlib.Path
    password: str
    text: str | None
    entries: Entries

    @classmethod
    def read(cls, path: pathlib.Path, password: str) -> RetainedFile:
        """The file as it is; without entries if it does not exist.

        Raises:
            LicensingError: it is not encrypted, not with this password, or holds something else.
        """
        text = read_private(path)
        if text is None:
            return cls(path, password, None, [])
        if not is_encrypted(text):
            raise LicensingError(f"{path}: the file exists and is not encrypted. Encrypt it with ansible-vault.")
        try:
            document = yaml.safe_load(_vault(password).decrypt(text))
        except (AnsibleError, yaml.YAMLError):
            raise LicensingError(
                f"{path}: the file cannot be decrypted with the vault password, or is not valid YAML."
            ) from None
        entries = document.get(VARIABLE) if isinstance(document, Mapping) else None
        if not isinstance(entries, list) or not all(isinstance(each, Mapping) for each in entries):
            raise LicensingError(f"{path}: the file holds something other than {VARIABLE}.")
        return cls(path, password, text, [dict(each) for each in entries])

    def write(self, entries: Entries) -> None:
        """Replace the file if it says something else. Each encryption gives another text, so equal entries keep it."""
        text = self.text if entries == self.entries else None
        write_private(self.path, text or self._encrypted(entries))

    def differs(self, entries: Entries) -> bool:
        """Whether the file must be written: its content differs, or others may read it."""
        if self.text is None:
            return bool(entries)
        return entries != self.entries or not holds(self.path, self.text)

    def _encrypted(self, entries: Entries) -> str:
        # Through JSON, because YAML does not write the types in which Ansible passes texts and numbers.
        plain = json.loads(json.dumps({VARIABLE: entries}))
        document = yaml.safe_dump(plain, sort_keys=False, explicit_start=True, allow_unicode=True)
        encrypted: bytes = _vault(self.password).encrypt(document.encode())
        return encrypted.decode()


def with_used(entries: Sequence[Mapping[str, t.Any]], servers: Sequence[Mapping[str, t.Any]]) -> Entries:
    """The entries, and one for each license key pack ID that is not among them. Empty IDs do not count.

    Raises:
        InvalidOption: an ID has another shape; the text does not repeat it.
    """
    found = [dict(entry) for entry in entries]
    known = {entry.get("license_key_pack_id") for entry in found}
    for server in servers:
        for request_id, text in (server["license_key_pack_ids"] or {}).items():
            if not str(text or "").strip():
                continue
            entry = _entry(server, str(request_id), text)
            if entry["license_key_pack_id"] not in known:
                known.add(entry["license_key_pack_id"])
                found.append(entry)
    return found


def _entry(server: Mapping[str, t.Any], request_id: str, text: object) -> dict[str, t.Any]:
    code = identifiers.canonical(text, identifiers.LICENSE_KEY_PACK_ID, f"license_key_pack_ids[{request_id}]")
    purchases: Sequence[Mapping[str, t.Any]] = server["purchases"] or []
    purchase = next((each for each in purchases if each.get("request_id") == request_id), {})
    return {
        "server": str(server["server"]),
        "license_key_pack_id": identifiers.in_groups(code),
        "request_id": request_id,
        "purchase": {name: purchase[name] for name in _DESCRIBES_PURCHASE if purchase.get(name) is not None},
        "retained_on": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    }


def _vault(password: str) -> VaultLib:
    return VaultLib([("default", VaultSecret(password.encode()))])
