# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deliberate mistakes, so that the harness can prove that it would find them."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """Something that the collection must not do, and how to make it do that."""

    name: str
    title: str
    make: Callable[[], None]


MISTAKES: t.Final[dict[str, Mistake]] = {}
