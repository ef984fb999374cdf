# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change in any release.
"""One run of the module clearinghouse_request, from options to files on the controller."""

from __future__ import annotations

import pathlib
import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import ModuleContext
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.masking import spellings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import (
    controller_path,
    is_private,
    read_private,
    write_private,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import request_answers
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    OPERATIONS,
    WANTED,
    request_id,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    InvalidOption,
    LicensingError,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import (
    CREDENTIAL_OPTIONS,
    Purchase,
    parse_purchases,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.request_data import (
    as_json,
    comma_separated,
    from_json,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.request_sheet import (
    markdown,
    plain_text,
)

Requests = list[dict[str, t.Any]]

SHEET: t.Final = "clearinghouse-requests.md"
TABLE: t.Final = "clearinghouse-requests.csv"
DATA: t.Final = "clearinghouse-requests.json"
ANSWERS: t.Final = "clearinghouse-answers.yml"
_WRONG_AWAITING: t.Final = (
    "requests[{index}].awaiting: entry {number} is none of a task's; give what a task of this collection returned "
    "under awaiting, unchanged."
)


@dataclass(frozen=True)
class AnswersFile:
    """What the file of answers holds, and whether it may be written."""

    answers: request_answers.Answers = field(default_factory=dict)
    writable: bool = True


class RequestSheetTask:
    """Checks the options when it is made; C(run) compares and writes the files."""

    def __init__(self, context: ModuleContext, loader: DataLoader) -> None:
        self.task = context
        self.loader = loader
        self.directory = controller_path(context.params["directory"])
        self.answers_path = self.directory / ANSWERS
        self.in_clear: bool = context.params["include_credentials"]
        self.masked: Requests = []
        self.shown: Requests = []
        for index, entry in enumerate(context.params["requests"]):
            requests = _requests_of(entry, index)
            self.masked += requests
            self.shown += self._with_credentials(entry, requests, index) if self.in_clear else requests

    def run(self) -> dict[str, t.Any]:
        """Write what differs, unless in check mode; gives the paths and the requests."""
        self._warn_of_twins()
        held = self._held()
        wanted = self._wanted(held)
        present = {path: read_private(path) for path in wanted}
        differing = [path for path, text in wanted.items() if present[path] != text or not is_private(path)]
        result = {"changed": bool(differing), **self._report(held)}
        if self.task.diff_mode and differing:
            result["diff"] = self._diff()
        if not self.task.check_mode:
            for path in differing:
                write_private(path, wanted[path])
        return result

    def _warn_of_twins(self) -> None:
        """Answers go by request ID, so two requests of a server must not share one."""
        counted = Counter((each["server"], each["request_id"]) for each in self.masked if each.get("request_id"))
        for (server, name), times in counted.items():
            if times > 1:
                self.task.warn(
                    f"{server}: {times} purchases look alike from outside and share the request {name}, so their "
                    f"answers could not be told apart. Give each a 'reference' of its own (an order number)."
                )

    def _held(self) -> AnswersFile:
        """What is filled in already. A file that is not the module's to write is read and left as it is."""
        text = read_private(self.answers_path)
        if text is None:
            return AnswersFile()
        # Whoever encrypted the file, or a value in it, would not want to find it in clear again.
        encrypted = "!vault" in text or "$ANSIBLE_VAULT" in text
        try:
            document = self.loader.load_from_file(str(self.answers_path), cache="none")
            answers = request_answers.parse(document)
        except AnsibleError:
            # Ansible's own text quotes the file.
            what = "cannot be decrypted with the vault passwords given" if encrypted else "is no valid YAML"
            raise LicensingError(f"{self.answers_path}: the file of answers {what}.") from None
        except request_answers.NotAnswers as error:
            raise LicensingError(
                f"{self.answers_path}: the file of answers {error}; correct it, or move it away to have a new one made."
            ) from None
        for each in answers.values():
            self.task.secrets |= set().union(*map(spellings, _texts(each)))
        return AnswersFile(answers, writable=not encrypted and request_answers.is_ours(document, answers))

    def _wanted(self, held: AnswersFile) -> dict[pathlib.Path, str]:
        """Text of each file that is to be there. Nothing of what a person wrote is touched without need."""
        if not self.masked:
            return {}
        wanted = {
            self.directory / SHEET: markdown(self.shown, str(self.answers_path), in_clear=self.in_clear),
            self.directory / TABLE: comma_separated(self.shown),
            self.directory / DATA: as_json(self.shown),
        }
        homeless = [each for each in self.masked if request_answers.answer(each, held.answers) is None]
        if homeless and held.writable:
            wanted[self.answers_path] = request_answers.text(self.masked, held.answers, str(self.answers_path))
        elif homeless:
            missing = ", ".join(f"{each['server']} {each.get('request_id') or each['request']}" for each in homeless)
            self.task.warn(
                f"{self.answers_path} is encrypted or holds other variables, so it is not written to. Add the answers "
                f"to these requests yourself, as the module's documentation shows: {missing}."
            )
        return wanted

    def _report(self, held: AnswersFile) -> dict[str, t.Any]:
        requests = [
            {
                **{name: each.get(name) for name in ("server", "title", "request", "request_id")},
                "answered": bool(request_answers.answer(each, held.answers)),
                "text": plain_text(each),
            }
            for each in self.masked
        ]
        there = bool(requests)
        return {
            "requests": requests,
            "sheet": str(self.directory / SHEET) if there else None,
            "answers": str(self.answers_path) if there else None,
            "files": [str(self.directory / name) for name in (SHEET, TABLE, DATA, ANSWERS)] if there else [],
        }

    def _diff(self) -> list[dict[str, str]]:
        """The sheet before and after, made without any credential, whatever the files hold."""
        path = self.directory / SHEET
        earlier = from_json(read_private(self.directory / DATA) or "") or []
        before = self._masked_sheet([_without_credentials(each) for each in earlier if _is_request(each)])
        after = self._masked_sheet(self.masked)
        return [{"before_header": str(path), "after_header": str(path), "before": before, "after": after}]

    def _masked_sheet(self, requests: Requests) -> str:
        return markdown(requests, str(self.answers_path)) if requests else ""

    def _with_credentials(self, entry: Mapping[str, t.Any], requests: Requests, index: int) -> Requests:
        """The requests with the numbers and codes of their purchases in clear, in the form the web site takes."""
        purchases = parse_purchases(entry["purchases"] or [], f"requests[{index}].purchases")
        found: Requests = []
        for request in requests:
            fitting = _purchases_of(request, purchases)
            clear = {}
            if len(fitting) == 1:
                clear = dict(zip(fitting[0].credential_names, fitting[0].credential, strict=True))
            elif request["request"] == "license_key_pack_id":
                self.task.warn(
                    f"{request['server']}: the number or code of a purchase stays masked, for {len(fitting) or 'none'} "
                    f"of the purchases given fit the request {request['request_id']}."
                )
            found.append({**request, **clear})
        return found


def _requests_of(entry: Mapping[str, t.Any], index: int) -> Requests:
    requests: Requests = []
    for number, request in enumerate(entry["awaiting"], 1):
        if not _is_request({"server": entry["server"], **request}):
            raise InvalidOption(_WRONG_AWAITING.format(index=index, number=number))
        requests.append({**request, "server": entry["server"]})
    return requests


def _is_request(request: Mapping[str, t.Any]) -> bool:
    """Whether it has what the sheet cannot do without; every other field may be missing."""
    needed = [
        "server",
        "title",
        "request",
        *(["request_id"] if request.get("request") == "license_key_pack_id" else []),
    ]
    return all(isinstance(request.get(name), str) for name in needed) and request["request"] in WANTED


def _without_credentials(request: Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in request.items() if name not in CREDENTIAL_OPTIONS}


def _purchases_of(request: Mapping[str, t.Any], purchases: Sequence[Purchase]) -> list[Purchase]:
    """The purchases that the request may be for. Those that look alike from outside share a request ID."""
    name, change_id = request.get("request_id"), request.get("change_id")
    return [each for each in purchases if name in [request_id(each, operation, change_id) for operation in OPERATIONS]]


def _texts(value: t.Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    return [str(value)]
