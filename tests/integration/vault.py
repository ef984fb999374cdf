# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator does with ansible-vault."""

from __future__ import annotations

from pathlib import Path

from ansible.parsing.vault import VaultLib, VaultSecret

PASSWORD = "Made-Up-Vault-Passw0rd"


def encrypted(text: str, password: str = PASSWORD) -> str:
    """ansible-vault encrypt."""
    sealed: bytes = _vault(password).encrypt(text.encode())
    return sealed.decode()


def decrypted(text: str, password: str = PASSWORD) -> str:
    """ansible-vault view."""
    opened: bytes = _vault(password).decrypt(text.encode())
    return opened.decode()


def vault_arguments(directory: Path) -> list[str]:
    """--vault-password-file, with such a file."""
    path = directory / "vault-password"
    path.write_text(PASSWORD, encoding="utf-8")
    return ["--vault-password-file", str(path)]


def _vault(password: str) -> VaultLib:
    return VaultLib([("default", VaultSecret(password.encode()))])
