# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""License key pack IDs that were used, added to an encrypted file."""

from __future__ import annotations

import pathlib
import re
import stat
import typing as t

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.retained_key_pack_ids import (
    RetainedFile,
    with_used,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)

ONE, TWO = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGG1", "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-FFFFF-GGGG2"
PASSWORD = "Made-Up-Vault-Passw0rd"
PURCHASE = {
    "request_id": "3f9c0d21b7a4",
    "license_program": "enterprise",
    "credential": "****4567",
    "product_version": "windows_server_2022",
    "cal_type": "per_user",
    "quantity": 250,
    "reference": None,
    "outcome": "installed",
    "key_pack_id": 3,
}


def used(server: str = "rdls02", **ids: t.Any) -> dict[str, t.Any]:
    return {"server": server, "license_key_pack_ids": ids, "purchases": [PURCHASE]}


def vault() -> VaultLib:
    return VaultLib([("default", VaultSecret(PASSWORD.encode()))])


def test_an_id_is_retained_with_what_it_is_for() -> None:
    (entry,) = with_used([], [used(**{"3f9c0d21b7a4": ONE})])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry.pop("retained_on"))
    assert entry == {
        "server": "rdls02",
        "license_key_pack_id": ONE,
        "request_id": "3f9c0d21b7a4",
        "purchase": {
            "license_program": "enterprise",
            "credential": "****4567",
            "product_version": "windows_server_2022",
            "cal_type": "per_user",
            "quantity": 250,
        },
    }
    assert with_used([], [used(other=ONE)])[0]["purchase"] == {}


def test_entries_stay_and_none_is_added_twice() -> None:
    earlier = [{"server": "rdls09", "license_key_pack_id": ONE, "note": "mine"}]
    bare = ONE.replace("-", "").lower()
    merged = with_used(earlier, [used(a=bare, b=TWO), used("rdls03", c=TWO)])
    assert merged[0] == earlier[0]
    assert [(each["server"], each["license_key_pack_id"]) for each in merged[1:]] == [("rdls02", TWO)]
    assert with_used(merged, [used(a=ONE, b=TWO)]) == merged


@pytest.mark.parametrize("nothing", ["", None, "  "])
def test_an_empty_id_is_none(nothing: str | None) -> None:
    assert with_used([], [used(a=nothing)]) == []


def test_an_id_of_another_shape_is_refused_without_being_repeated() -> None:
    with pytest.raises(InvalidOption, match=r"license_key_pack_ids\[a\]: a license key pack ID has 35") as caught:
        with_used([], [used(a="WRONG-SHAPE")])
    assert "WRONG" not in str(caught.value)


def test_the_file_is_encrypted_private_and_stable(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "retained.yml"
    file = RetainedFile.read(path, PASSWORD)
    assert not file.differs([])
    entries = with_used(file.entries, [used(a=ONE)])
    assert file.differs(entries)
    file.write(entries)
    text = path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert text.startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    assert yaml.safe_load(vault().decrypt(text)) == {"rd_licensing_retained": entries}

    again = RetainedFile.read(path, PASSWORD)
    assert not again.differs(again.entries)
    path.chmod(0o644)
    assert again.differs(again.entries)
    again.write(again.entries)
    assert path.read_text(encoding="utf-8") == text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("rd_licensing_retained: []\n", "is not encrypted"),
        ("something: else\n", "something other than rd_licensing_retained"),
        ("rd_licensing_retained: [text]\n", "something other than rd_licensing_retained"),
        ("rd_licensing_retained: {\n", "cannot be decrypted with the vault password, or is not valid YAML"),
    ],
)
def test_another_file_is_refused(tmp_path: pathlib.Path, content: str, complaint: str) -> None:
    path = tmp_path / "retained.yml"
    encrypted: bytes = vault().encrypt(content.encode())
    path.write_text(content if complaint == "is not encrypted" else encrypted.decode(), encoding="utf-8")
    with pytest.raises(LicensingError, match=complaint):
        RetainedFile.read(path, PASSWORD)


def test_another_password_is_refused(tmp_path: pathlib.Path) -> None:
    RetainedFile.read(tmp_path / "retained.yml", PASSWORD).write([{"license_key_pack_id": ONE}])
    with pytest.raises(LicensingError, match="cannot be decrypted with the vault password"):
        RetainedFile.read(tmp_path / "retained.yml", "another")
