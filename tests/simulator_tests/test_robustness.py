# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages damaged in all sorts of ways get an answer; none makes the simulator stumble."""

from __future__ import annotations

import random

from tests.simulator_tests.client import KEY_PACK, NAMESPACES, envelope, uri
from tests.simulator_tests.conftest import FleetUnderTest

_ROUNDS = 300
_QUERY = "select KeyPackId from Win32_TSLicenseKeyPack where KeyPackId = 2"
_PIECES = [
    b"<",
    b">",
    b"/",
    b'"',
    b"&",
    b"\0",
    b"\xff",
    b"xsi:nil='true'",
    b"<w:X/>",
    b"-1",
    b"99999999999999999999",
    b"",
]


def _messages() -> list[str]:
    key_pack = uri(KEY_PACK)
    registry = uri("StdRegProv", "root/default")
    arguments = "".join(
        f"<i:{name}>{value}</i:{name}>" for name, value in (("hDefKey", 2147483650), ("sSubKeyName", "A"))
    )
    dialect = 'Dialect="http://schemas.microsoft.com/wbem/wsman/1/WQL"'
    enumerate_body = (
        f"<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>5</w:MaxElements><w:Filter {dialect}>"
        + _QUERY
        + "</w:Filter></n:Enumerate>"
    )
    return [
        envelope(f"{NAMESPACES['x']}/Get", key_pack, keys={"KeyPackId": "2"}),
        envelope(f"{NAMESPACES['x']}/Put", uri("Win32_TSLicenseServer"), "<q:Win32_TSLicenseServer xmlns:q='urn:q'/>"),
        envelope(f"{NAMESPACES['n']}/Enumerate", uri("*"), enumerate_body),
        envelope(
            f"{NAMESPACES['n']}/Pull", key_pack, "<n:Pull><n:EnumerationContext>x</n:EnumerationContext></n:Pull>"
        ),
        envelope(
            f"{registry}/EnumKey", registry, f'<i:EnumKey_INPUT xmlns:i="{registry}">{arguments}</i:EnumKey_INPUT>'
        ),
        envelope(
            f"{key_pack}/RemoveLicensesWithIdCount",
            key_pack,
            f'<i:RemoveLicensesWithIdCount_INPUT xmlns:i="{key_pack}"><i:KeyPackId>2</i:KeyPackId>'
            "<i:LicenseCount>1</i:LicenseCount></i:RemoveLicensesWithIdCount_INPUT>",
            header="<w:OperationTimeout>PT60S</w:OperationTimeout><w:MaxEnvelopeSize>153600</w:MaxEnvelopeSize>",
        ),
    ]


def test_damaged_messages_are_answered(single: FleetUnderTest) -> None:
    chance = random.Random(20260131)  # noqa: S311  # repeatable, not secret
    raw = single.raw("ls1")
    messages = [message.encode() for message in _messages()]
    statuses = set()
    for _round in range(_ROUNDS):
        message = bytearray(chance.choice(messages))
        for _round in range(chance.randint(1, 3)):
            start = chance.randrange(len(message))
            message[start : start + chance.randint(0, 12)] = chance.choice(_PIECES)
        statuses.add(raw.post(bytes(message)).status_code)
    assert statuses <= {200, 500}
    assert single.packs("ls1") == [(7, 1, 100)]
