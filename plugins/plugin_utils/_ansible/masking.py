# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mask secrets in what a task shows, without altering the data that it returns.

C(no_log) in the argument spec of an action plugin hides nothing by itself. Masking a secret wherever its text occurs
would change data: with the password C(vagrant), C(rdls02.vagrant.example) would become another server. So secrets are
masked in messages, and in the fields that hold them.
"""

from __future__ import annotations

import html
import importlib
import json
import re
import typing as t
import urllib.parse
from collections.abc import Callable, Iterable, Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.identifiers import without_separators
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import printable

# Options that carry a secret, wherever they occur in a task or a result.
SECRET_OPTIONS: t.Final = frozenset(
    {
        "license_code",
        "license_number",
        "authorization_number",
        "agreement_number",
        "license_key_pack_id",
        "license_key_pack_ids",
        "confirmation_code",
        "digest_key",
        "plan_key",
        "check_answers",
        "vault_password",
    }
)
# What a result says to people; nothing else of it is searched for secrets.
_MESSAGES: t.Final = ("msg", "steps", "warnings", "deprecations", "diff", "exception", "invocation")
_MASK: t.Final = "********"
# What Ansible writes in place of such an option.
_HIDDEN: t.Final = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
# Masking shorter texts would make messages unreadable, and no credential is this short.
_SHORTEST: t.Final = 5
# What numbers and codes look like once hyphens and blanks are out.
_LIKE_A_CODE: t.Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{7,}")


def secret_texts(value: t.Any, secret: bool = False) -> set[str]:
    """Every text in a task's arguments that must not be shown, as written and without hyphens and spaces.

    A list item that should be a mapping and is not may be a credential in the wrong place, so all of it counts.
    """
    if isinstance(value, Mapping):
        found: set[str] = set()
        for name, item in value.items():
            if name == "purchases" and isinstance(item, (str, list, tuple)):
                entries = [item] if isinstance(item, str) else item
                found |= set().union(*(secret_texts(entry, not isinstance(entry, Mapping)) for entry in entries))
            else:
                found |= secret_texts(item, secret or name in SECRET_OPTIONS)
        return found
    if isinstance(value, (list, tuple)):
        return set().union(*(secret_texts(item, secret) for item in value))
    return spellings(str(value)) if secret and value is not None else set()


def misplaced_secrets(value: t.Any) -> set[str]:
    """Every text in a task's arguments that looks like a number or code, wherever it stands.

    A message about options that do not fit repeats what they were given, and that may be a credential in the wrong
    place: a license code for a license program, say.
    """
    if isinstance(value, Mapping):
        return set().union(*(misplaced_secrets(part) for pair in value.items() for part in pair))
    if isinstance(value, (list, tuple)):
        return set().union(*(misplaced_secrets(item) for item in value))
    return spellings(str(value)) if _LIKE_A_CODE.fullmatch(without_separators(str(value))) else set()


def spellings(text: str) -> set[str]:
    """How a number or code may come out again: as given, bare, in groups of five, in capitals, in small letters."""
    bare = without_separators(text)
    groups = "-".join(bare[start : start + 5] for start in range(0, len(bare), 5))
    forms = {text, text.strip(), bare, groups}
    forms |= {form.upper() for form in forms} | {form.lower() for form in forms}
    return {form for form in forms if len(form) >= _SHORTEST}


def password_spellings(password: str) -> set[str]:
    """The ways a password may come out again: as given, and as messages, XML, URLs, JSON and Python write it."""
    escaped = (html.escape(password), json.dumps(password)[1:-1], repr(password)[1:-1])
    quoted = (urllib.parse.quote(password), urllib.parse.quote(password, safe=""), urllib.parse.quote_plus(password))
    return {form for form in (password, printable(password), *escaped, *quoted) if len(form) >= _SHORTEST}


def scrub(result: dict[str, t.Any], secrets: Iterable[str]) -> dict[str, t.Any]:
    """Mask the secrets in the messages of a result. Its data stays as it was read."""
    hidden = {name: _hide_fields(value) for name, value in result.items()}
    known = [secret for secret in secrets if len(secret) >= _SHORTEST]
    return {name: mask_all(value, known) if name in _MESSAGES else value for name, value in hidden.items()}


def mask_all(value: t.Any, secrets: Iterable[str]) -> t.Any:
    """A value of any depth without any of the secrets, also within longer texts, numbers, and names of fields."""
    if isinstance(value, Mapping):
        return {mask_all(name, secrets): mask_all(item, secrets) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask_all(item, secrets) for item in value]
    if value is None or isinstance(value, bool):
        return value
    masked = _mask_text(str(value), secrets)
    return value if masked == str(value) else masked


def register_with_ansible(secrets: Iterable[str]) -> None:
    """Have Ansible mask the secrets in whatever it prints, where it can (ansible-core 2.22 and later)."""
    try:
        register: Callable[[Iterable[str]], None] = importlib.import_module(
            "ansible.module_utils.secrets"
        ).register_secrets
    except (ImportError, AttributeError):
        return
    register([secret for secret in secrets if len(secret) >= _SHORTEST])


def _hide_fields(value: t.Any) -> t.Any:
    """Mask the value of a secret field, unless it is empty or already masked."""
    if isinstance(value, Mapping):
        return {
            name: _HIDDEN
            if name in SECRET_OPTIONS and item and not str(item).startswith("****")
            else _hide_fields(item)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_hide_fields(item) for item in value]
    return value


def _mask_text(text: str, secrets: Iterable[str]) -> str:
    """Secrets may overlap, so every character that belongs to one of them is masked."""
    spans = sorted(span for secret in secrets for span in _occurrences(secret, text))
    pieces: list[str] = []
    end = 0
    for start, stop in spans:
        if start > end or not pieces:
            pieces += [text[end:start], _MASK]
        end = max(end, stop)
    return "".join(pieces) + text[end:]


def _occurrences(secret: str, text: str) -> Iterable[tuple[int, int]]:
    start = text.find(secret)
    while start >= 0:
        yield start, start + len(secret)
        start = text.find(secret, start + 1)
