# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web site of the Clearinghouse: pages of plain forms that carry what was entered from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from tests.simulator.clearinghouse import service
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.clearinghouse.service import Fields
from tests.simulator.control.serving import QuietHandler
from tests.simulator.model.fleet import Fleet
from tests.simulator.model.loading import CREDENTIALS
from tests.simulator.wire.xml import Node

OPTIONS = {
    "activate": "Activate a license server",
    "install_cals": "Install client access licenses",
    "reactivate": "Reactivate a license server",
    "manage_cals": "Manage CALs",
}
Check = Callable[[Fleet, Fields], object]


def _first_fields(option: str) -> list[str]:
    if option in ("activate", "reactivate"):
        return ["product_id", *(["reason_for_reactivation"] if option == "reactivate" else [])]
    return [
        "target_license_server_id",
        *(["reason_for_recovery"] if option == "manage_cals" else []),
        "license_program",
    ]


def _purchase_fields(fields: Fields) -> list[str]:
    """What the license program asks for; a retail code says everything by itself."""
    program = service.chosen(fields, "license_program")
    more = [] if program == "retail" else ["product_version", "cal_type", "quantity"]
    return [*CREDENTIALS[program], *more]


def pages_of(option: str, fields: Fields) -> list[tuple[str, list[str]]]:
    """Title and fields of each page of an option; the third depends on the license program of the first."""
    pages = [
        (OPTIONS[option], _first_fields(option)),
        ("Contact information", [*service.CONTACT, *service.OPTIONAL]),
    ]
    if option in ("install_cals", "manage_cals"):
        known = fields.get("license_program", "").strip()
        pages.append(("License information", _purchase_fields(fields) if known else []))
    return [*pages, ("Confirm", [])]


def _check(fleet: Fleet, option: str, page: int, fields: Fields) -> None:
    """Check what a page brought; raises RefusalError."""
    if page == 0:
        for name in _first_fields(option):
            service.chosen(fields, name) if name in service.CHOICES else service.required(fields, name)
        if "target_license_server_id" in _first_fields(option):
            service.target_id(fleet, fields)
    elif page == 1:
        service.check_contact(fields)
    elif pages_of(option, fields)[page][1]:
        service.claim_of(fields)


def answer(fleet: Fleet, entered: dict[str, str]) -> tuple[int, str]:
    """The page that follows what was entered: status and HTML."""
    option = entered.pop("option", "")
    page = entered.pop("page", "")
    if option not in OPTIONS:
        return 200, _home()
    if not page.isdigit():
        return 200, _form(option, 0, entered, "")
    number = int(page)
    try:
        with fleet.lock:
            for earlier in range(min(number + 1, len(pages_of(option, entered)))):
                _check(fleet, option, earlier, entered)
        if number + 1 < len(pages_of(option, entered)):
            return 200, _form(option, number + 1, entered, "")
        name, identifier = service.serve(fleet, option, entered)
    except RefusalError as refusal:
        return 400, _form(option, number, entered, refusal.text)
    return 200, _result(name, identifier)


def _document(title: str, *content: Node) -> str:
    head = Node("head", Node("meta", charset="utf-8"), Node("title", f"Remote Desktop Licensing - {title}"))
    body = Node("body", Node("h1", title), *content)
    return "<!DOCTYPE html>\n" + Node("html", head, body, lang="en").render()


def _home() -> str:
    fields = [_select("option", "Select Option", OPTIONS, "")]
    return _document("Remote Desktop Services Licensing", Node("form", *fields, _next(), method="post", action="/"))


def _form(option: str, number: int, entered: Fields, refusal: str) -> str:
    pages = pages_of(option, {} if number == 0 else entered)
    title, names = pages[number]
    shown = [_field(name, entered.get(name, "")) for name in names]
    if number == len(pages) - 1:
        rows = [(service.LABELS[name], text) for name, text in entered.items() if text and name in service.LABELS]
        shown = [Node("dl", *[Node(tag, text) for row in rows for tag, text in zip(("dt", "dd"), row, strict=True)])]
    hidden = {**{key: text for key, text in entered.items() if key not in names}, "option": option, "page": str(number)}
    carried = [Node("input", type="hidden", name=key, value=text) for key, text in hidden.items()]
    alert = [Node("p", refusal, role="alert").with_attributes({"class": "refusal"})] if refusal else []
    return _document(title, *alert, Node("form", *shown, *carried, _next(), method="post", action="/"))


def _result(name: str, identifier: str) -> str:
    code = Node("code", identifier, id=service.normalized(name).replace("_", "-"))
    return _document("Finished", Node("p", f"{name}: ", code), Node("p", f"Keep a copy of the {name.lower()}."))


def _field(name: str, value: str) -> Node:
    label = service.LABELS[name]
    if name in service.CHOICES:
        return _select(name, label, service.CHOICES[name], value)
    box = Node("input", type="text", id=name, name=name, value=value)
    return Node("p", Node("label", label).with_attributes({"for": name}), " ", box)


def _select(name: str, label: str, choices: dict[str, str], value: str) -> Node:
    options = [Node("option", "", value="")]
    for key, text in choices.items():
        option = Node("option", text, value=key)
        options.append(option.with_attributes({"selected": "selected"}) if value == key else option)
    return Node(
        "p", Node("label", label).with_attributes({"for": name}), " ", Node("select", *options, id=name, name=name)
    )


def _next() -> Node:
    return Node("p", Node("button", "Next", type="submit"))


class WebsiteHandler(QuietHandler):
    """GET shows the first page, every POST the next one."""

    fleet: Fleet

    def get(self) -> None:
        self.send_text(200, _home(), "text/html")

    def post(self) -> None:
        entered = {key: text.strip() for key, text in parse_qsl(self.body().decode("utf-8", "replace"))}
        status, page = answer(self.fleet, entered)
        self.send_text(status, page, "text/html")


def website_handler(fleet: Fleet) -> type[Any]:
    return type("Handler", (WebsiteHandler,), {"fleet": fleet})
