# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""One run of the module clearinghouse_request, from options to files on the controller."""

from __future__ import annotations

import os
import pathlib
import tempfile
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import Task
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import request_sheet
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    OPERATIONS,
    request_id,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import (
    Purchase,
    parse_purchases,
)

SHEET: t.Final = "clearinghouse-requests.md"
TABLE: t.Final = "clearinghouse-requests.csv"
DATA: t.Final = "clearinghouse-requests.json"
ANSWERS: t.Final = "clearinghouse-answers.yml"
_VAULT_HEADER: t.Final = b"$ANSIBLE_VAULT"


class RequestSheetTask:
    """Checks the options when it is made; C(run) compares and writes the files."""

    def __init__(self, task: Task, loader: DataLoader) -> None:
        self.task = task
        self.loader = loader
        self.directory = pathlib.Path(task.params["directory"])
        self.masked = [request for entry in task.params["requests"] for request in _requests_of(entry)]
        self.shown = self.masked
        if task.params["include_credentials"]:
            self.shown = [
                request
                for entry in task.params["requests"]
                for request in _with_credentials(entry, _requests_of(entry))
            ]

    def run(self) -> dict[str, t.Any]:
        """Write what differs, unless in check mode; gives the paths and what is still open."""
        filled, sealed = self._filled()
        wanted = self._contents(self.shown, filled, sealed)
        present = {path: _read(path) for path in wanted}
        differing = [path for path, text in wanted.items() if present[path] != text]
        if differing and not self.task.check_mode:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in differing:
                _write(path, wanted[path])
        result: dict[str, t.Any] = {
            "changed": bool(differing),
            "files": [str(path) for path in wanted],
            "open": request_sheet.open_answers(self.masked, filled),
        }
        sheet = self.directory / SHEET
        if self.task.diff_mode and sheet in differing:
            # With credentials in the file, neither its present nor its coming text may be shown: the masked one is.
            before = "" if self.task.params["include_credentials"] else present[sheet] or ""
            after = request_sheet.markdown(self.masked)
            result["diff"] = [
                {"before_header": str(sheet), "after_header": str(sheet), "before": before, "after": after}
            ]
        return result

    def _contents(
        self, requests: list[dict[str, t.Any]], filled: Mapping[str, t.Any], sealed: bool
    ) -> dict[pathlib.Path, str]:
        if not requests:
            return {}
        contents = {
            self.directory / SHEET: request_sheet.markdown(requests),
            self.directory / TABLE: request_sheet.comma_separated(requests),
            self.directory / DATA: request_sheet.as_json(requests),
        }
        if not sealed:
            contents[self.directory / ANSWERS] = request_sheet.answers(self.masked, filled)
        return contents

    def _filled(self) -> tuple[Mapping[str, t.Any], bool]:
        """What is filled in already, and whether the file is encrypted and so left as it is."""
        path = self.directory / ANSWERS
        if not path.exists():
            return {}, False
        sealed = path.read_bytes().startswith(_VAULT_HEADER)
        try:
            document = self.loader.load_from_file(str(path)) or {}
        except AnsibleError as error:
            raise LicensingError(f"{path}: the file of answers cannot be read: {error}") from None
        filled = document.get(request_sheet.ANSWERS) if isinstance(document, Mapping) else None
        if not isinstance(filled, Mapping):
            raise LicensingError(
                f"{path}: the file of answers should hold the variable {request_sheet.ANSWERS}, by server; correct "
                f"it, or move it away to have a new one made."
            )
        self.task.secrets |= _texts(filled)
        if sealed and request_sheet.open_answers(self.masked, filled):
            self.task.warn(
                f"{path} is encrypted and is not written to. Add the answers that are open with ansible-vault edit; "
                f"the request IDs are in {DATA}."
            )
        return filled, sealed


def _requests_of(entry: Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    requests = []
    for request in entry["awaiting"]:
        if "request" not in request or "title" not in request:
            raise InvalidOption(
                "requests: awaiting wants what a task of this collection returned under awaiting, unchanged."
            )
        requests.append({"server": entry["server"], **request})
    return requests


def _with_credentials(entry: Mapping[str, t.Any], requests: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The requests with the numbers and codes of their purchases in clear, in the form the web site takes."""
    purchases = parse_purchases(entry["purchases"] or [], "requests[].purchases")
    found = []
    for request in requests:
        purchase = _purchase_of(request, purchases)
        if purchase is None:
            found.append(request)
            continue
        clear = dict(zip(purchase.credential_names, purchase.credential, strict=True))
        found.append({**{name: value for name, value in request.items() if name != "credential"}, **clear})
    return found


def _purchase_of(request: Mapping[str, t.Any], purchases: tuple[Purchase, ...]) -> Purchase | None:
    for purchase in purchases:
        for operation in OPERATIONS:
            if request.get("request_id") == request_id(purchase, operation, request.get("change_id")):
                return purchase
    return None


def _texts(value: t.Any) -> set[str]:
    if isinstance(value, Mapping):
        return set().union(*(_texts(item) for item in value.values()))
    return {str(value)} if value else set()


def _read(path: pathlib.Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LicensingError(f"{path}: cannot be read ({type(error).__name__}); give another directory.") from None


def _write(path: pathlib.Path, text: str) -> None:
    """All at once, and for its owner alone: a temporary file of mode 0600 takes the place of the old one."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as temporary:
            temporary.write(text)
        pathlib.Path(name).replace(path)
    except OSError as error:
        raise LicensingError(f"{path}: cannot be written ({error.strerror}); give another directory.") from None
