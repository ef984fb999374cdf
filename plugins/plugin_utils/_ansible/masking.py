# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""Keep secrets out of what a task shows.

C(no_log) in the argument spec of an action plugin hides nothing by itself: results, diffs, warnings and messages are
scrubbed here, once, on their way out.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping

from ansible.module_utils.common.parameters import remove_values

# Options that carry a secret, wherever they occur in a task.
SECRET_OPTIONS: t.Final = frozenset(
    {
        "license_code",
        "license_number",
        "authorization_number",
        "agreement_number",
        "license_key_pack_id",
        "license_key_pack_ids",
        "confirmation_code",
    }
)
# Shorter texts would take innocent parts of results with them, and no credential is this short.
_SHORTEST: t.Final = 5
# What numbers and codes look like once hyphens and blanks are out.
_LIKE_A_CODE: t.Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{7,}")


def secret_texts(value: t.Any, secret: bool = False) -> set[str]:
    """Every text in a task's arguments that must not be shown: as it was written, and without hyphens and blanks.

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
    return spellings(str(value)) if _LIKE_A_CODE.fullmatch(_bare(str(value))) else set()


def spellings(text: str) -> set[str]:
    """The ways one secret may come out again: as given, bare, in groups of five, in capitals, in small letters."""
    bare = _bare(text)
    groups = "-".join(bare[start : start + 5] for start in range(0, len(bare), 5))
    forms = {text, text.strip(), bare, groups}
    forms |= {form.upper() for form in forms} | {form.lower() for form in forms}
    return {form for form in forms if len(form) >= _SHORTEST}


def scrub(result: dict[str, t.Any], secrets: Iterable[str]) -> dict[str, t.Any]:
    """A result without any of the secrets, in values of any depth; its keys are the collection's own."""
    # The longest first: older releases of ansible-core do not see to it that a secret inside another one waits.
    ordered = sorted((secret for secret in secrets if len(secret) >= _SHORTEST), key=len, reverse=True)
    return t.cast("dict[str, t.Any]", remove_values(result, ordered))


def _bare(text: str) -> str:
    return re.sub(r"[\s\-\u2010-\u2015]+", "", text)
