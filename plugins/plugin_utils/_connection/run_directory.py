# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of one run of ansible-playbook, processes of their own, share: a directory of the controller."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses


def run_directory() -> Path:
    """The directory that Ansible makes for each run of ansible-playbook and removes at its end."""
    return Path(vars(C)["DEFAULT_LOCAL_TMP"])


def file_name_of(text: str) -> str:
    """A file name that stands for any text, such as the name of a host."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
