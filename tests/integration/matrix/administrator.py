# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator between two runs: asks the Clearinghouse, and knows nothing but what the request sheet says.

A field that the sheet does not have stays empty, and the Clearinghouse refuses a request that lacks one it needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import requests

from tests.integration.matrix.sheet import Request
from tests.simulator_tests.browser import Browser

_SECONDS = 10
_MOST_PAGES = 10
# What to call for an answer that is not a license key pack ID.
_CALLS = {"license server ID": "Activate", "confirmation code": "Deactivate"}


@dataclass
class Answer:
    """What came of a request.

    Attributes:
        identifier: the ID.
        refusal: the sentence with which it was refused.
        asked: label to what there was to choose from; empty where it was to be written.
        said: label to what was entered.
    """

    identifier: str = ""
    refusal: str = ""
    asked: dict[str, list[str]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


Way = Callable[[str, Request], Answer]


def ask(way: Way, url: str, request: Request | None, documents: Mapping[str, object] | None = None) -> Answer:
    """Ask on the web site or the telephone, at `url`, as the sheet says.

    Args:
        request: None when the sheet has none.
        documents: purchase documents of another purchase, whose number or code the administrator takes by mistake.
    """
    if request is None:
        return Answer(refusal="the sheet has no such request")
    mistaken = {name.replace("_", " ").capitalize(): str(text) for name, text in (documents or {}).items()}
    rows = {label: mistaken.get(label, text) for label, text in request.rows.items()}
    try:
        return way(url, replace(request, rows=rows))
    except AssertionError as error:
        return Answer(refusal=str(error))


def on_the_web_site(url: str, request: Request) -> Answer:
    """Page after page, every field whose label is on the sheet."""
    browser, answer = Browser(url), Answer()
    (option,) = [text for text in browser.page.choices["option"] if text and text in request.prose]
    browser.submit({"Select Option": option})
    for _page in range(_MOST_PAGES):
        page = browser.page
        if page.identifier or page.refusal:
            break
        choices = {label: [text for text in page.choices.get(name, ()) if text] for label, name in page.labels.items()}
        entered = entries(choices, request.rows, request.prose)
        answer.asked.update(choices)
        answer.said.update(entered)
        browser.submit(entered)
    answer.identifier, answer.refusal = browser.page.identifier, browser.page.refusal
    return answer


def on_the_telephone(url: str, request: Request) -> Answer:
    """The representative says what there is to tell; the administrator tells what is on the sheet."""
    asked = [line.partition(":") for line in requests.get(url, timeout=_SECONDS).text.splitlines()[2:]]
    choices = {label: [text.strip() for text in texts.split(";") if text.strip()] for label, _unused, texts in asked}
    said = entries(choices, request.rows, request.prose)
    what = _CALLS.get(request.wanted) or ("Install CALs" if "to be installed on" in request.prose else "Manage CALs")
    spoken = [f"Request: {what}", *(f"{label}: {text}" for label, text in said.items())]
    reply = requests.post(url, data="\n".join(spoken).encode(), timeout=_SECONDS).text.strip()
    name, _separator, text = reply.partition(": ")
    if name == "Refused":
        return Answer(refusal=text, asked=choices, said=said)
    assert name.lower() == request.wanted.lower(), reply
    return Answer(identifier=text, asked=choices, said=said)


def entries(asked: Mapping[str, list[str]], rows: Mapping[str, str], prose: str = "") -> dict[str, str]:
    """What to enter for each label that is on the sheet; from a list, what fits."""
    known = {label: rows[label] for label in asked if label in rows}
    return {label: choose(asked[label], value, prose) if asked[label] else value for label, value in known.items()}


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
