# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take names, addresses, SIDs, IDs, users and companies out of recorded messages, each the same way everywhere.

What a text stands for decides, not what it looks like: the value of every property, parameter or selector is replaced
unless it is a number, a date, or one of Windows' own words. Then every other place goes where the same text turns up,
and whatever has the form of an address, a SID, an ID or the like.
"""

from __future__ import annotations

import html
import re
import typing as t
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import Exchange
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman import namespaces as ns
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanProtocolError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.markup import child, local_name, parse

# Properties and parameters whose values name a user, a company, a place or a machine; any other text is "text".
_KINDS: t.Final[dict[str, str]] = {
    **dict.fromkeys(("FirstName", "LastName", "sIssuedToUser", "RegisteredUser", "eMail", "User"), "user"),
    **dict.fromkeys(("Company", "OrgUnit", "Organization"), "company"),
    **dict.fromkeys(("Address", "City", "State", "PostalCode", "CountryRegion"), "place"),
    **dict.fromkeys(
        ("CSName", "ServerName", "sIssuedToComputer", "Name", "LicenseServer", "SystemName", "SpecifiedLSList",
         "RegisteredLSList", "Domain", "DirectConnectLicenseServers"),
        "host",
    ),
    **dict.fromkeys(
        ("ProductId", "sLicenseServerId", "SerialNumber", "sHardwareId", "sLicenseKeyPackId", "sValue"), "id"
    ),
}  # fmt: skip
# Properties whose values are Windows' own words, and names of registry keys and values.
_WINDOWS: t.Final = frozenset(
    ("Version", "VersionNumber", "BuildNumber", "BuildType", "StartMode", "Status", "MUILanguages",
     "OSArchitecture", "Manufacturer", "BootDevice", "SystemDevice", "CreationClassName", "CSCreationClassName",
     "ProductVersion", "LicensingName", "LicensingDescription", "Logfile", "SourceName", "DeviceID", "DisplayName",
     "ReturnValue", "Operation", "ProviderName", "Text", "Message", "MessageID", "error_Type",
     "error_WindowsErrorMessage", "sSubKeyName", "sNames", "sValueName", "Value", "FaultDetail", "ParameterInfo")
)  # fmt: skip
# On a server as Microsoft installs it these hold such words; else somebody has written something there.
_DESCRIBED: t.Final = {
    "Caption": re.compile(r"(Microsoft )?Windows.*"),
    "State": re.compile(r"Running|Stopped|Paused|(Start|Stop|Pause|Continue) Pending|Unknown"),
    "Name": re.compile(r"Microsoft Windows[^|]*\|C:\\Windows\|.*"),
    **dict.fromkeys(
        ("Description", "TypeAndModel"),
        re.compile(
            r"(?i)[A-Z]\d\d-\d+\.\d\d-[A-Z]+|(built-in|windows|microsoft|rds|ts|temporary|remote desktop|server|\d{4}"
            r"|r2|per|user|device|cals?|client access|licenses?|open|retail|volume|for|a|or|[-: ])*"
        ),
    ),
}
_PLAIN: t.Final = re.compile(
    r"(?i)-?\d{1,10}|\d+(\.\d+)?|true|false|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?|P[\dDTHMS.]+|\d+(\.\d+){1,2}"
    r"|[a-z]:|TermServLicensing|TermService|TLSLic\.edb|Remote Desktop( Licensing)?|WORKGROUP|Windows|Available"
    r"|automatic|web_browser|telephone|winfleet\.rd_licensing"
)
_PLAIN_FOLDERS: t.Final = re.compile(
    r"(?i)|[a-z]:|windows|system32|lserver|program files|programdata|users|temp|edb|xml|csv|tlslic|winfleet-probe-.*"
)
_FREE: t.Final = ("InsertionStrings", "Description", "TypeAndModel")
_ABOUT_CLASSES: t.Final = ("__cimnamespace", "ClassName")
# A shorter password could be one of the protocol's own words.
_SHORTEST_SECRET: t.Final = 4
_PROTOCOL: t.Final = frozenset((ns.SOAP, ns.ADDRESSING, ns.ENUMERATION, ns.TRANSFER, ns.WSMAN))
_PATTERNS: t.Final = (
    ("sid", r"S-1-5-21(?:-\d+)+"),
    ("mail", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("share", r"(?<![\w:\\])\\\\[\w.$-]+(?:\\[\w.$-]+)*"),
    ("account", r"(?<![\\\w])(?!NT\\|NT AUTHORITY|HKLM|SYSTEM|SOFTWARE)[A-Z][A-Z0-9-]{1,14}\\[\w.$-]+(?![\\\w])"),
    ("address", r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
    ("address", r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}(?![\w:])"),
    ("address", r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}(?![\w:])"),
    ("id", r"\b\d{5}-\d{5}-\d{5}-[A-Z]{2}\d{3}\b"),
    ("id", r"\b[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4,6}\b|\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{25,35}\b"),
    # What the names of values in the operation record hold of a purchase and of another server.
    ("id", r"\b[pu]=[0-9a-f]{16,32}\b|\bl=[a-z_]+/[\w.-]+"),
    ("phone", r"\+\d[\d ()/-]{6,}\d"),
)
_FORMS: t.Final = re.compile("|".join(f"(?P<{kind}{number}>{form})" for number, (kind, form) in enumerate(_PATTERNS)))
# A number is a number, but not where a name belongs: postal codes, numbers of employees.
_NUMBER_AS_NAME: t.Final = re.compile(
    rf"(<(?:\w+:)?({'|'.join(sorted({*_KINDS, *_FREE}))})\b[^<>]*>)(\s*[\d .()/-]+)(?=</)"
)
_TOKEN: t.Final = re.compile(r"[^\W_]+")
# Text between tags, and the values of attributes that name a machine.
_TEXTS: t.Final = re.compile(r'(?<=>)[^<>]+(?=<)|(?<= Machine=")[^"]*(?=")')


class Redactor:
    """Replaces the same text by the same word, as C(host-1), C(user-2)."""

    def __init__(self, names: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self.words: dict[str, str] = {}
        """What stands for what; texts in lower case."""
        self._by_token: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self.numbers: dict[str, str] = {}
        """The same for numbers that stand where a name belongs."""
        self._unreadable: set[str] = set()
        for secret in map(_trimmed, secrets):
            if len(secret) >= _SHORTEST_SECRET:
                self._word("secret", secret)
        for name in names:
            self._learn("host", name)

    def learn(self, exchanges: Iterable[Exchange]) -> None:
        """Find what has to go, in all messages, before any of them is written."""
        for each in exchanges:
            for text in filter(None, (each.request, each.response)):
                try:
                    root = parse(text)
                except WsmanProtocolError:
                    self._unreadable.add(text)
                else:
                    self._learn_from(root)

    def redact(self, message: str) -> str:
        """A message without what was learned. Elements and attributes stay, so it can still be parsed."""
        if message in self._unreadable:
            return f"{len(message)} characters that are no XML"
        message = _NUMBER_AS_NAME.sub(self._number_as_name, message)
        return _TEXTS.sub(lambda match: self._redact_markup(match.group()), message)

    def redact_text(self, text: str) -> str:
        """A text without what was learned, and without what has a form that gives something away."""
        pieces: list[str] = []
        position = 0
        for start, end, word in self._found(text):
            pieces += [text[position:start], word]
            position = end
        return "".join(pieces) + text[position:]

    def _number_as_name(self, match: re.Match[str]) -> str:
        tag, name, number = match.groups()
        kind = _KINDS.get(name, "text")
        if number not in self.numbers:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self.numbers[number] = f"{kind}-{self._counts[kind]}"
        return tag + self.numbers[number]

    def _redact_markup(self, text: str) -> str:
        if text.startswith("http://schemas."):
            return text
        if "&" not in text:
            return self.redact_text(text)
        plain = html.unescape(text)
        redacted = self.redact_text(plain)
        return text if redacted == plain else html.escape(redacted, quote=False)

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Places that have to go and what to put there, from left to right, the longest at each place."""
        position = 0
        forms = _FORMS.finditer(text)
        form = next(forms, None)
        for token in _TOKEN.finditer(text):
            start = token.start()
            while form and form.start() < max(start, position):
                if form.start() >= position:
                    yield form.start(), form.end(), self._word(_kind_of(form), form.group())
                    position = form.end()
                form = next(forms, None)
            if start < position:
                continue
            end = self._end_of_known(text, start, token.group().lower())
            if form and form.start() == start and form.end() > end:
                end = form.end()
                yield start, end, self._word(_kind_of(form), form.group())
            elif end:
                yield start, end, self.words[text[start:end].lower()]
            position = max(position, end)

    def _end_of_known(self, text: str, start: int, token: str) -> int:
        """Where the longest known text that begins here ends; 0 where none does."""
        for known in self._by_token.get(token, ()):
            end = start + len(known)
            if text[start:end].lower() == known and not text[end : end + 1].isalnum():
                return end
        return 0

    def _learn_from(self, root: ET.Element) -> None:
        for selector in root.iter(f"{{{ns.WSMAN}}}Selector"):
            self._learn_value(selector.get("Name", ""), (selector.text or "").strip())
        body = child(root, ns.SOAP, "Body")
        for element in root if body is None else body.iter():
            value = (element.text or "").strip()
            if value and not len(element) and element.tag[1:].partition("}")[0] not in _PROTOCOL:
                self._learn_value(local_name(element), value)
            self._learn("host", element.get("Machine", ""))

    def _learn_value(self, name: str, value: str) -> None:
        described = _DESCRIBED.get(name)
        if name in _WINDOWS or name in _ABOUT_CLASSES or (described and described.fullmatch(value)):
            return
        self._learn(_KINDS.get(name, "text"), value)

    def _learn(self, kind: str, value: str) -> None:
        value = _trimmed(value)
        if len(value) < 2 or _PLAIN.fullmatch(value):
            return
        if re.match(r"(?i)[a-z]:[\\/]", value):
            self._learn_path(value)
            return
        self._word(kind, value)
        if kind in ("host", "user"):
            self._learn_parts(kind, value)

    def _learn_path(self, path: str) -> None:
        """Folders and files one by one, for a query writes their path with other separators."""
        for part in re.split(r"[\\/]+", path):
            stem, _dot, ending = part.rpartition(".")
            for each in dict.fromkeys((part, stem if len(ending) <= 4 else part)):
                if len(each) > 1 and not _PLAIN_FOLDERS.fullmatch(each) and not _PLAIN.fullmatch(each):
                    self._word("folder", _trimmed(each))

    def _learn_parts(self, kind: str, value: str) -> None:
        """A name and what it is made of: the labels of a DNS name but the last, the user of a domain."""
        for part in re.split(r"[\\@]", value):
            labels = part.split(".")
            suffixes = [".".join(labels[number:]) for number in range(len(labels) - 1)]
            for each in map(_trimmed, [part, *suffixes, *labels[:-1]]):
                if len(each) > 1 and not _PLAIN.fullmatch(each):
                    self._word(kind, each)

    def _word(self, kind: str, value: str) -> str:
        key = value.lower()
        if key not in self.words:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self.words[key] = f"{kind}-{self._counts[kind]}"
            token = _TOKEN.match(key)
            if token:
                known = self._by_token.setdefault(token.group(), [])
                known.append(key)
                known.sort(key=len, reverse=True)
        return self.words[key]


def _trimmed(value: str) -> str:
    """From the first letter or digit on, where the search for it begins."""
    match = _TOKEN.search(value)
    return value[match.start() :].strip() if match else ""


def _kind_of(match: re.Match[str]) -> str:
    return (match.lastgroup or "id").rstrip("0123456789")
