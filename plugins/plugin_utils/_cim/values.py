# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single CIM values between text and Python. Arrays, NULL and embedded instances are the business of ``elements``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.cim_datetime import parse_datetime

if TYPE_CHECKING:
    from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance


CimScalar: TypeAlias = "bool | int | str | datetime | timedelta | CimInstance | None"
CimValue: TypeAlias = "CimScalar | list[CimScalar]"

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-f]+", re.IGNORECASE)


def integer_range(type_name: str) -> tuple[int, int]:
    """Smallest and largest number of ``uint8`` to ``sint64``."""
    bits = int(type_name[4:])
    return (0, 2**bits - 1) if type_name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def is_integer_type(type_name: str) -> bool:
    """Whether the type is one of the eight integer types."""
    return type_name[:4] in ("uint", "sint")


def decode_text(text: str, type_name: str) -> CimScalar:
    """Read the text of a value that is not NULL. Raises ValueError when it is not of that type.

    Text of a type other than string may stand between blanks; an empty one is how a provider that has nothing to say
    fills a number, so it counts as NULL.
    """
    if type_name == "string":
        return text
    text = text.strip()
    if not text:
        return None
    if type_name == "boolean":
        return _decode_boolean(text)
    if type_name == "datetime":
        return _decode_moment(text)
    if is_integer_type(type_name):
        return _decode_integer(text, type_name)
    raise ValueError(f"a value of type {type_name} is not text")


def _decode_boolean(text: str) -> bool:
    # Lower case from Windows, upper case from other servers; xs:boolean also knows 1 and 0.
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except KeyError:
        raise ValueError("not a boolean") from None


def _decode_moment(text: str) -> datetime | timedelta | None:
    try:
        return parse_datetime(text)
    except OverflowError:
        raise ValueError("not a CIM datetime") from None


def _decode_integer(text: str, type_name: str) -> int:
    if _HEXADECIMAL.fullmatch(text):
        number = int(text, 16)
    elif _INTEGER.fullmatch(text):
        number = int(text)
    else:
        raise ValueError("not an integer")
    smallest, largest = integer_range(type_name)
    if smallest == 0 and -(largest // 2) - 1 <= number < 0:
        # Some servers print unsigned numbers as signed ones: -1 is the "unlimited" of a key pack, 4294967295.
        number += largest + 1
    if not smallest <= number <= largest:
        raise ValueError("out of range")
    return number


def encode_text(value: CimScalar, type_name: str) -> str:
    """Write a value other than None. Raises ValueError or TypeError when it does not fit the type."""
    if isinstance(value, bool):
        if type_name != "boolean":
            raise TypeError(f"a boolean is not of type {type_name}")
        return "true" if value else "false"
    if isinstance(value, int) and is_integer_type(type_name):
        smallest, largest = integer_range(type_name)
        if not smallest <= value <= largest:
            raise ValueError(f"the number is out of the range of {type_name}")
        return str(int(value))
    if isinstance(value, str) and type_name == "string":
        return str(value)
    raise TypeError(f"a value of Python type {type(value).__name__} is not of type {type_name}")


def encode_selector(value: CimValue) -> str:
    """A key as selector text. Raises TypeError for what cannot be a key."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, str)):
        return str(value)
    raise TypeError(f"a value of Python type {type(value).__name__} cannot select an instance")
