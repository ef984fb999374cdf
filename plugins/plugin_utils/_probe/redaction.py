# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take names, addresses, SIDs, IDs, users and companies out of recorded messages, each the same way everywhere.

What a text stands for decides, not what it looks like alone: every value of a property, parameter or selector that can
name something is replaced, and then every other place where the same text turns up.
"""

from __future__ import annotations

import html
import re
import typing as t
from collections.abc import Iterable
from functools import partial

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import Exchange

# Properties and parameters whose values name a user, a company, a machine or a purchase, and what stands for them.
_KINDS: t.Final[dict[str, str]] = {
    **dict.fromkeys(("FirstName", "LastName", "User", "sIssuedToUser", "RegisteredUser", "StartName"), "user"),
    **dict.fromkeys(("Company", "OrgUnit", "Organization"), "company"),
    **dict.fromkeys(("eMail", "Address", "City", "State", "PostalCode", "CountryRegion"), "place"),
    **dict.fromkeys(
        ("CSName", "ServerName", "sIssuedToComputer", "ComputerName", "Name", "LicenseServer", "SystemName",
         "DNSHostName", "SpecifiedLSList", "RegisteredLSList", "Domain", "DomainName", "Workgroup", "Caption"),
        "host",
    ),
    **dict.fromkeys(
        ("ProductId", "sLicenseServerId", "SerialNumber", "sHardwareId", "sLicenseKeyPackId", "FileName", "VolumeName",
         "VolumeSerialNumber", "sValue", "InsertionStrings", "Message"),
        "id",
    ),
}  # fmt: skip
# These stay: they are Windows' own words, the same on every server.
_KEPT: t.Final = re.compile(
    r"(?i)^(TermServLicensing|TermService|TermServLicensing|Winmgmt|C:|[a-z]:|System|Application|WORKGROUP|"
    r"Microsoft Windows Server.*|Windows Server.*|NT AUTHORITY\\.*|LocalSystem|automatic|web_browser|telephone|)$"
)
_ELEMENT: t.Final = re.compile(r"<(?:\w+:)?(\w+)((?:\s[^<>]*)?)>([^<>]+)</(?:\w+:)?\1>")
_PATTERNS: t.Final = (
    ("sid", re.compile(r"S-1-5-21(?:-\d+){3,}")),
    ("address", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")),
    ("product ID", re.compile(r"\b\d{5}-\d{5}-\d{5}-[A-Z]{2}\d{3}\b")),
    ("id", re.compile(r"\b[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4,6}\b|\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{25,35}\b")),
)
# Text between tags, and values of attributes that declare no namespace.
_TEXTS: t.Final = re.compile(r'(?<=>)[^<>]+(?=<)|(?<= Machine=")[^"]*(?=")|(?<= provider=")[^"]*(?=")')
_MACHINE: t.Final = re.compile(r'(?<= Machine=")[^"]*(?=")')


class Redactor:
    """Replaces the same text by the same word, as C(host-1), C(user-2)."""

    def __init__(self, names: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self._words: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        for name in names:
            self._learn("host", name)
        for secret in secrets:
            self._learn("secret", secret)

    def learn(self, exchanges: Iterable[Exchange]) -> None:
        """Find what has to go, in all messages, before any of them is written."""
        for each in exchanges:
            for text in (each.request, each.response):
                self._learn_from(text)

    def redact(self, message: str) -> str:
        """A message without what was learned. Names of elements and attributes stay, so it can still be parsed."""
        return _TEXTS.sub(lambda match: self.redact_text(match.group()), message)

    def redact_text(self, text: str) -> str:
        """A text without what was learned."""
        text = self._known().sub(lambda match: self._words[_unescaped(match.group()).lower()], text)
        for kind, pattern in _PATTERNS:
            text = pattern.sub(partial(self._replacement, kind), text)
        return text

    def redact_value(self, value: t.Any) -> t.Any:
        """A result without what was learned; its own keys stay."""
        if isinstance(value, str):
            return self.redact_text(value)
        if isinstance(value, list):
            return [self.redact_value(each) for each in value]
        if isinstance(value, dict):
            return {key: self.redact_value(each) for key, each in value.items()}
        return value

    def _replacement(self, kind: str, match: re.Match[str]) -> str:
        return self._word(kind, match.group())

    def _known(self) -> re.Pattern[str]:
        """Every known text, the longer ones first, so that no part of one stays behind."""
        known = sorted(self._words, key=len, reverse=True)
        spellings = [re.escape(spelling) for text in known for spelling in dict.fromkeys((text, html.escape(text)))]
        return re.compile(rf"(?i)(?<![A-Za-z0-9])(?:{'|'.join(spellings) or '(?!)'})(?![A-Za-z0-9])")

    def _learn_from(self, text: str) -> None:
        for match in _ELEMENT.finditer(text):
            kind = _KINDS.get(match.group(1))
            if kind:
                self._learn(kind, _unescaped(match.group(3)))
        for match in _MACHINE.finditer(text):
            self._learn("host", match.group())

    def _learn(self, kind: str, value: str) -> None:
        for part in _parts(kind, value.strip()):
            if len(part) > 1 and not _KEPT.match(part) and not part.isdecimal():
                self._word(kind, part)

    def _word(self, kind: str, value: str) -> str:
        key = value.lower()
        if key not in self._words:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._words[key] = f"{kind.replace(' ', '-')}-{self._counts[kind]}"
        return self._words[key]


def _parts(kind: str, value: str) -> list[str]:
    """A name and what it is made of: the computer of a DNS name, the user of a domain."""
    found = [value]
    if kind in ("host", "user"):
        found += [part for part in re.split(r"[\\@]", value) if part != value]
    if kind == "host" and "." in value and not value[0].isdigit() and "\\" not in value:
        first, _dot, rest = value.partition(".")
        found += [first, rest]
    return found


def _unescaped(text: str) -> str:
    return html.unescape(text)
