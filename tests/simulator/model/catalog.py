# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Products, releases and countries, from the data files."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).parent.parent / "data"
PER_DEVICE, PER_USER, BUILT_IN = 0, 1, 3
PRODUCT_TYPES = {"per_device": PER_DEVICE, "per_user": PER_USER}
PERMANENT = "2038-01-01T00:00:00+00:00"
LARGEST_TIME = "2038-01-19T03:14:07+00:00"
# The built-in pack of an English server; a German one shows 2035-12-31T23:00:00.
BUILT_IN_EXPIRATION = "2036-01-01T00:00:00+00:00"


@functools.cache
def load_data(name: str) -> Any:
    return yaml.safe_load((_DATA / name).read_text(encoding="utf-8"))


def language_of(ui_language: str) -> str:
    return ui_language.split("-", maxsplit=1)[0].lower()


def version_id(version: str) -> int:
    return int(load_data("products.yml")["versions"][version]["id"])


def _version(product_version_id: int) -> dict[str, Any]:
    versions: dict[str, dict[str, Any]] = load_data("products.yml")["versions"]
    return next(entry for entry in versions.values() if entry["id"] == product_version_id)


def version_text(product_version_id: int, ui_language: str) -> str:
    """The localized ProductVersion, English for languages without a text of their own.

    A version that is not published yet shows its number.
    """
    if not is_known_version(product_version_id):
        return f"Product version {product_version_id}"
    texts: dict[str, str] = _version(product_version_id)["text"]
    return texts.get(language_of(ui_language), texts["en"])


def is_known_version(product_version_id: int) -> bool:
    return any(entry["id"] == product_version_id for entry in load_data("products.yml")["versions"].values())


def stock_keeping_unit(product_version_id: int, product_type: int, suffix: str = "S") -> str:
    prefix = "C50" if product_type == PER_USER else "A02"
    return f"{prefix}-{_version(product_version_id)['sku']}-{suffix}"


def type_and_model(product_version_id: int, product_type: int) -> str:
    brand = "TS or RDS" if product_version_id <= 2 else "RDS"
    return f"{brand} Per {'User' if product_type == PER_USER else 'Device'} CAL"


def release(windows_release: str) -> dict[str, Any]:
    found: dict[str, Any] = load_data("products.yml")["releases"][windows_release]
    return found


def agreement_type(program: str) -> int | None:
    types: dict[str, int] = load_data("products.yml")["agreement_types"]
    return types.get(program)


def program_of(agreement: int) -> str | None:
    types: dict[str, int] = load_data("products.yml")["agreement_types"]
    return next((program for program, number in types.items() if number == agreement), None)


def is_country(name: str, ui_language: str) -> bool:
    countries: dict[str, list[str]] = load_data("countries.yml")
    return name in countries.get(language_of(ui_language), countries["en"])
