# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded operations that were damaged: read, or one line that names the value; never anything else."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from typing import Any

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import (
    full_name,
    parse_name,
    short_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import (
    DamagedOperation,
    decode,
    encode,
)

from tests.unit.builders import migration, operation, pack, purchase

BOUGHT = purchase(250, reference="PO-1")
OPERATIONS = (
    migration(BOUGHT, before=[pack(3, 250)], sequence=12, key_pack_id=5),
    operation(of=BOUGHT),
)
_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        2**32,
        2**64,
        1.5,
        float("nan"),
        float("inf"),
        "",
        " ",
        "0",
        "done",
        "x" * 3000,
        [],
        {},
    ),
    *([[]], {"": 0}, "\N{RIGHT-TO-LEFT OVERRIDE}", "\x00", "\ud800", [1, 2], {"name": {}}),
)


def read(name: str, text: str) -> None:
    """Read a value by its name and its text. Raises what should not be raised."""
    with contextlib.suppress(DamagedOperation):
        found = decode(name, text)
        assert decode(name, encode(found)) == found
        full_name(found)
    with contextlib.suppress(DamagedOperation):
        parse_name(name)


def damaged(chance: random.Random) -> tuple[str, str]:
    """The name and the text of a value, one of them or both changed."""
    original = chance.choice(OPERATIONS)
    name = chance.choice((short_name, full_name))(original)
    document = json.loads(encode(original))
    for _number in range(chance.choice((0, 1, 1, 2, 4))):
        _change(chance, document)
    text = json.dumps(document)
    if chance.random() < 0.2:
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice(("", "[" * 3000, "}", "9" * 6000, "\x00")) + text[place + 1 :]
    if chance.random() < 0.3:
        place = chance.randrange(len(name))
        name = name[:place] + chance.choice(("", " ", "=", "/", "-", "9" * 5000, "\n", "z")) + name[place + 1 :]
    return name, text


def _change(chance: random.Random, document: dict[str, Any]) -> None:
    holder: Any = document
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(holder[key], dict | list) and chance.random() < 0.7:
            holder = holder[key]
            continue
        break
    if chance.random() < 0.3:
        del holder[key]
    else:
        holder[key] = copy.deepcopy(chance.choice(_VALUES))
