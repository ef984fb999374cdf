# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random fleets with planted names and secrets, none of which may be in the file of a probe.

usage: python -m tests.integration.redaction [--count N] [--first SEED]
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
import string
import sys
import typing as t
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import wmi_windows_classes as wmi
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe import reads
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.probe_file import probe_file
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import RecordingTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.redaction import Redactor

from tests.simulator.recorded_dialect import recorded_way
from tests.unit.engine_session import EngineFleet

_LETTERS = string.ascii_lowercase
_CODE = string.ascii_uppercase + string.digits
# Every tenth fleet is probed in full. Of the others every class is read once: again it would only take time.
_EVERY: t.Final = 10
_ONCE: t.Final = (
    "license server", "activation", "Windows release", "key packs", "connection method", "values of the record",
    "issued CALs", "usage reports", "report entries", "session host", "connectivity", "registered servers",
)  # fmt: skip


def _rows_of(cim_class: CimClass) -> reads.Read:
    def run(session: CimSession, _results: t.Any) -> list[t.Any]:
        return list(session.enumerate(cim_class, select(cim_class)))

    return reads.Read(cim_class.name, reads.SERVER, run)


_READS: t.Final = (
    *(read for read in reads.READS if read.label in _ONCE),
    *(
        _rows_of(each)
        for each in (wmi.WIN32_NT_LOG_EVENT, wmi.WIN32_LOGICAL_DISK, wmi.WIN32_COMPUTER_SYSTEM, wmi.WIN32_SERVICE)
    ),
)
_WORD = re.compile(r"\b[a-z]+-\d+\b")
_TAG = re.compile(r"<[^>]*>")
_MACHINE = re.compile(r' Machine="[^"]*"')
_RECORD = "SOFTWARE\\WinFleet\\RDLicensing"


class Planted:
    """Draws names and secrets, and keeps them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # a seed, not a secret
        self.all: set[str] = set()

    def keep(self, text: str) -> str:
        """Remember a text that must not be in the file."""
        self.all.add(text)
        return text

    def word(self, least: int = 6, most: int = 10) -> str:
        """A name, in one of the usual spellings."""
        text = "".join(self.chance.choices(_LETTERS, k=self.chance.randint(least, most)))
        return self.keep(self.chance.choice((text, text.capitalize(), text.upper())))

    def code(self, length: int) -> str:
        """Letters and digits."""
        return self.keep("".join(self.chance.choices(_CODE, k=length)))

    def digits(self, length: int) -> str:
        """A number with that many digits."""
        return self.keep(self.number(length))

    def number(self, length: int) -> str:
        """Digits that give nothing away alone."""
        return str(self.chance.randint(10 ** (length - 1), 10**length - 1))

    def company(self) -> str:
        """A company, with what company names have in them."""
        form = self.chance.choice(("{} & {}", "{} <{}> GmbH", "{}, {} Ltd.", "{}-{} AG", '"{}" {}', "{}ß {}é"))
        return form.format(self.word(), self.word())

    def domain(self) -> str:
        """A DNS domain."""
        return self.keep(f"{self.word()}.{self.word()}.{self.chance.choice(('com', 'local', 'example'))}".lower())

    def address(self) -> str:
        """An IPv4 or IPv6 address."""
        groups = [f"{self.chance.randint(4096, 65535):x}" for _each in range(8)]
        forms = (
            ".".join(str(self.chance.randint(10, 254)) for _each in range(4)),
            ":".join(groups),
            f"{':'.join(groups[:3])}::{groups[4]}",
        )
        return self.keep(self.chance.choice(forms))

    def sid(self) -> str:
        """The SID of a user of a domain."""
        return self.keep("S-1-5-21-" + "-".join(self.digits(9) for _each in range(3)) + f"-{self.number(4)}")

    def mail(self) -> str:
        """A mail address."""
        return self.keep(f"{self.word()}.{self.word()}@{self.domain()}")

    def phone(self) -> str:
        """A telephone number."""
        return self.keep(f"+49 {self.number(4)} {self.digits(6)}")

    def grouped(self, number: int) -> str:
        """A license key pack ID or a license code, in groups."""
        return self.keep("-".join(f"A{''.join(self.chance.choices(_CODE, k=4))}" for _each in range(number)))

    def path(self) -> str:
        """A local path, or a share."""
        if self.chance.random() < 0.5:
            return f"{self.chance.choice('CDE')}:\\{self.word()}\\{self.word()}"
        return f"\\\\{self.word()}\\{self.word()}"

    def free_text(self, user: str) -> str:
        """What an event may say."""
        pieces: list[Callable[[], str]] = [self.address, self.sid, self.mail, self.phone, self.path, self.company]
        pieces += [partial(self.grouped, 7), partial(self.digits, 7)]
        chosen = map(_made, self.chance.sample(pieces, 3))
        return self.chance.choice((" ", ", ", ": ")).join([user, *chosen])


def _made(piece: Callable[[], str]) -> str:
    return piece()


def draw(seed: int) -> tuple[dict[str, t.Any], str, str, str, Planted]:
    """A fleet of one server with both roles, its name, its address, the password, and what was planted."""
    planted = Planted(seed)
    name, domain, netbios, user = planted.word(6, 12), planted.domain(), planted.word(6, 12).upper(), planted.word()
    password = planted.keep(f"{planted.word()}-{planted.number(4)}!")
    other = planted.keep(f"{planted.word()}.{domain}".lower())
    device = planted.word(6, 12).upper()
    sha256 = planted.keep(f"{planted.chance.getrandbits(128):032x}")
    operation = f"000001-install-3f9a2c1d done k=5 c=7.1.80 p={sha256} l=enterprise/{planted.code(6)}"
    people = [f"{netbios}\\{planted.word()}", planted.mail(), planted.digits(6), user]
    server = {
        "domain": domain,
        "activated": True,
        "license_server_id": planted.code(35),
        "product_id": planted.keep("-".join([*(planted.number(5) for _each in range(3)), f"AA{planted.number(3)}"])),
        "contact": {
            "FirstName": planted.word(),
            "LastName": f"{planted.word()}-{planted.word()}",
            "Company": planted.company(),
            "CountryRegion": "Germany",
            "eMail": planted.mail(),
            "OrgUnit": planted.phone(),
            "Address": f"{planted.word()} {planted.chance.randint(1, 99)}",
            "City": planted.word(),
            "State": planted.word(),
            "PostalCode": planted.digits(7),
        },
        "database_folder": f"D:\\{planted.word()}\\{planted.word()}",
        "key_packs": [
            {"product_version": "windows_server_2022", "cal_type": "per_device", "quantity": 80, "issued": 1,
             "key_pack_id": 5, "description": planted.digits(8)},
            {"product_version": "windows_server_2019", "cal_type": "per_user", "quantity": 40, "key_pack_id": 6,
             "type_and_model": planted.company()},
        ],
        "issued_licenses": [
            {"key_pack_id": 5, "computer": device, "user": people[seed % 4], "hardware_id": planted.code(30)},
            {"key_pack_id": 6, "computer": planted.word(), "user": user},
        ],
        "unrecorded_users": [f"{netbios}\\{planted.word()}"],
        "reports": [f"C:\\{planted.word()}\\{user}.xml"],
        "events": [
            {"event_code": 4105, "strings": [planted.free_text(user), planted.word(), planted.digits(8)]},
            {"event_code": 17, "strings": [f"{netbios}\\{user}"]},
        ],
        "registry": {
            _RECORD: {"ConnectionMethod": planted.word()},
            f"{_RECORD}\\Operations": {operation: f'{{"reference": "{planted.company()}"}}'},
        },
        "session_host": {"licensing_type": "4", "license_servers": [other, planted.address()], "grace_period_days": 0},
    }  # fmt: skip
    fleet = {"servers": {name: server}, "domain": {"name": domain, "netbios": netbios}}
    return fleet, name, planted.address(), password, planted


def wrong_with(seed: int) -> list[str]:
    """What is wrong with the file of a probe of such a fleet."""
    fleet, name, address, password, planted = draw(seed)
    engine = EngineFleet(**fleet)
    # Some of these reads are this search's own, and no module's.
    engine.engine.read_forms.directory = None
    said = f"{address} said {planted.sid()} to {planted.mail()} {password}"
    engine.engine.misbehaviour.add(
        {
            "what": "fault", "times": 1, "match": {"class": "Win32_LogicalDisk"}, "code": 2147942405,
            "role": "s:Receiver", "subcode": "w:InternalError", "text": said,
        }
    )  # fmt: skip
    recorders: list[RecordingTransport] = []

    def record(inner: t.Any) -> RecordingTransport:
        recorders.append(RecordingTransport(inner))
        return recorders[0]

    session = engine.session(name, wrap=record)
    results = reads.make_reads(
        session, recorders[0], (reads.SERVER, reads.HOST), None if seed % _EVERY == 0 else _READS
    )
    exchanges = recorders[0].exchanges
    redactor = Redactor([name, address], {password})
    errors = [{"got": result.error} for result in results.values() if result.error]
    text = probe_file(exchanges, redactor, {"assumptions": errors})
    found = _leaks(text.lower(), planted)
    originals = {word: text for texts in (redactor.words, redactor.numbers) for text, word in texts.items()}
    redacted = json.loads(text)["messages"]
    for each, shown in zip(exchanges, redacted, strict=True):
        found += _altered(each.request, shown["request"], originals)
        found += _altered(each.response, shown["response"], originals)
    before = [{"read": each.read, "response": each.response} for each in exchanges]
    if recorded_way(before) != recorded_way(redacted):
        found.append("the recorded dialect is another one")
    return [f"seed {seed}: {each}" for each in found]


def _leaks(text: str, planted: Planted) -> list[str]:
    spellings = {spelling: each for each in planted.all for spelling in (each.lower(), _escaped(each))}
    return [
        f"{each} is in the file" for spelling, each in spellings.items() if spelling in text and _stands(spelling, text)
    ]


def _stands(spelling: str, text: str) -> bool:
    """Whether it stands there by itself: six digits may also be part of a code of Windows."""
    return not spelling.isdecimal() or re.search(rf"(?<![0-9a-f]){spelling}(?![0-9a-f])", text) is not None


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\\", "\\\\").lower()


def _altered(message: str, redacted: str, originals: dict[str, str]) -> list[str]:
    """What is not as before once every word is put back, in the text and in the structure."""
    plain = _WORD.sub(lambda match: originals.get(match.group(), match.group()), html.unescape(redacted))
    wrong = [] if plain.lower() == html.unescape(message).lower() else [f"not to be restored: {redacted}"]
    if _markup(redacted) != _markup(message):
        wrong.append(f"another structure: {redacted}")
    return wrong


def _markup(message: str) -> list[str]:
    """Every tag, without the one attribute that names a machine."""
    return _TAG.findall(_MACHINE.sub("", message))


def main() -> int:
    """Try many fleets, on all cores."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.redaction")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.count)
    wrong: list[str] = []
    planted = 0
    with ProcessPoolExecutor() as pool:
        for done, (found, number) in enumerate(pool.map(_tried, seeds, chunksize=20), 1):
            wrong += found
            planted += number
            sys.stdout.writelines(f"{each[:2000]}\n" for each in found)
            if done % 500 == 0:
                sys.stdout.write(f"{done} fleets, {len(wrong)} wrong\n")
                sys.stdout.flush()
            if len(wrong) > 20:
                break
    sys.stdout.write(f"{len(seeds)} fleets, {planted} planted texts, {len(wrong)} wrong\n")
    return 1 if wrong else 0


def _tried(seed: int) -> tuple[list[str], int]:
    return wrong_with(seed), len(draw(seed)[4].all)


if __name__ == "__main__":
    sys.exit(main())
