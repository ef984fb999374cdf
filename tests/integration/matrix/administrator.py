# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator between two runs: asks the Clearinghouse, and knows nothing but what the request sheet says.

A field that the sheet does not have stays empty, and the Clearinghouse refuses a request that lacks one it needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import requests

from tests.integration.matrix.sheet import Request
from tests.simulator_tests.browser import Browser

_SECONDS = 10


@dataclass
class Answer:
    """What came of a request: the ID, or the sentence of a refusal. `said` is what was entered, by label."""

    identifier: str = ""
    refusal: str = ""
    said: dict[str, str] = field(default_factory=dict)


Ask = Callable[[str, Request], Answer]


def on_the_web_site(url: str, request: Request) -> Answer:
    """Page after page, every field whose label is on the sheet."""
    browser, answer = Browser(url), Answer()
    (option,) = [text for text in browser.page.choices["option"] if text and text in request.prose]
    browser.submit({"Select Option": option})
    while not (browser.page.identifier or browser.page.refusal):
        page = browser.page
        choices = {label: [text for text in page.choices.get(name, ()) if text] for label, name in page.labels.items()}
        entries = _entries(choices, request)
        answer.said.update(entries)
        browser.submit(entries)
    answer.identifier, answer.refusal = browser.page.identifier, browser.page.refusal
    return answer


def on_the_telephone(url: str, request: Request) -> Answer:
    """The representative says what there is to tell; the administrator tells what is on the sheet."""
    asked = [line.partition(":") for line in requests.get(url, timeout=_SECONDS).text.splitlines()[2:]]
    choices = {label: [text.strip() for text in texts.split(";") if text.strip()] for label, _, texts in asked}
    entries = _entries(choices, request)
    what = "Install CALs" if "to be installed on" in request.prose else "Manage CALs"
    spoken = [f"Request: {what}", *(f"{label}: {text}" for label, text in entries.items())]
    reply = requests.post(url, data="\n".join(spoken).encode(), timeout=_SECONDS).text.strip()
    name, _, text = reply.partition(": ")
    if name == "Refused":
        return Answer(refusal=text, said=entries)
    assert name.lower() == request.wanted.lower(), reply
    return Answer(identifier=text, said=entries)


def _entries(choices: Mapping[str, list[str]], request: Request) -> dict[str, str]:
    """What to enter for each label that is on the sheet; from a list, what fits."""
    known = {label: request.rows[label] for label in choices if label in request.rows}
    return {
        label: choose(choices[label], value, request.prose) if choices[label] else value
        for label, value in known.items()
    }


def choose(choices: Iterable[str], wanted: str, prose: str) -> str:
    """What somebody would choose from a list: what is wanted, or comes closest in words to that and to the prose."""
    for choice in choices:
        # "Windows Server 2008 or Windows Server 2008 R2" is a choice for either.
        if _words(wanted) in [_words(choice), *map(_words, choice.split(" or "))]:
            return choice
    # Of the rest, by how many of their words are there; the value alone first, then with the prose.
    for text in (wanted, f"{wanted} {prose}"):
        shares = {choice: _share(choice, text) for choice in choices}
        best = [choice for choice, share in shares.items() if share == max(shares.values())]
        if len(best) == 1:
            return best[0]
    raise AssertionError(f"cannot tell which of {best} is '{wanted}'")


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _share(choice: str, text: str) -> float:
    words = set(_words(choice))
    return len(words & set(_words(text))) / len(words)
