# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user of a web browser: fills in whatever form is shown, by the labels of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests


@dataclass
class Page:
    """What is on a page. `fields`: name -> value; `labels`: label -> name; `choices`: name -> {text: value}."""

    status: int
    title: str = ""
    refusal: str = ""
    identifier: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._text = ""
        self._attributes: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._text = ""
        attributes = {name: value or "" for name, value in attrs}
        if tag in ("label", "option", "p", "code", "h1"):
            self._attributes = attributes
        if tag == "input":
            self._page.fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "select":
            self._select = attributes["name"]
            self._page.fields[self._select] = ""
            self._page.choices[self._select] = {}

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        text, attributes = self._text.strip(), self._attributes
        if tag == "label":
            self._page.labels[text] = attributes["for"]
        elif tag == "option":
            self._page.choices[self._select][text] = attributes["value"]
            if "selected" in attributes:
                self._page.fields[self._select] = attributes["value"]
        elif tag == "h1":
            self._page.title = text
        elif tag == "code":
            self._page.identifier = text
        elif tag == "p" and attributes.get("class") == "refusal" and text:
            self._page.refusal = self._page.refusal or text


class Browser:
    """Starts at the home page."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.page = self._read(requests.get(url, timeout=10))

    def submit(self, entries: Mapping[str, str] | None = None) -> Page:
        """Fill in fields by their labels (lists by the text of the choice) and press Next."""
        fields = dict(self.page.fields)
        for label, value in (entries or {}).items():
            name = self.page.labels[label]
            fields[name] = self.page.choices[name][value] if name in self.page.choices else value
        self.page = self._read(requests.post(self._url, data=fields, timeout=10))
        return self.page

    def _read(self, answer: requests.Response) -> Page:
        page = Page(answer.status_code)
        _Reader(page).feed(answer.text)
        return page
