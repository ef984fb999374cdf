# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin of winfleet.rd_licensing.clearinghouse_request; see plugins/modules/clearinghouse_request.py."""

from __future__ import annotations

import pathlib
import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import (
    LicensingAction,
    ModuleContext,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.masking import spellings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import ArgumentSpec
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.private_files import (
    controller_path,
    holds,
    read_private,
    write_private,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.purchase_options import PURCHASES_OPTION
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
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet import answer_check, answer_file
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.data_files import (
    as_json,
    comma_separated,
    from_json,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.open_requests import (
    Request,
    RequestList,
    key,
    merged,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._request_sheet.sheet import markdown, plain_text

SHEET: t.Final = "clearinghouse-requests.md"
TABLE: t.Final = "clearinghouse-requests.csv"
DATA: t.Final = "clearinghouse-requests.json"
ANSWERS: t.Final = "clearinghouse-answers.yml"

ARGUMENT_SPEC = ArgumentSpec(
    options={
        "requests": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "server": {"type": "str", "required": True},
                "awaiting": {"type": "list", "elements": "dict"},
                "purchases": PURCHASES_OPTION,
                "change_id": {"type": "str"},
            },
        },
        "directory": {"type": "path", "required": True},
        "include_credentials": {"type": "bool", "default": False, "no_log": False},
        "check_answers": {"type": "raw", "no_log": True},
    }
)


class ActionModule(LicensingAction):
    """Writes the open Clearinghouse requests of a fleet on the controller, and checks the answers to them."""

    ARGUMENT_SPEC = ARGUMENT_SPEC
    _requires_connection = False

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """Compare the files with what they should hold, and write those that differ unless in check mode."""
        return RequestFiles(context, self._loader).update()


@dataclass(frozen=True)
class HeldAnswers:
    """What the answer file holds, and whether it may be written."""

    answers: answer_file.Answers = field(default_factory=dict)
    writable: bool = True


class RequestFiles:
    """The four files in a directory of the controller. Making one checks the options."""

    def __init__(self, context: ModuleContext, loader: DataLoader) -> None:
        self.context = context
        self.loader = loader
        self.directory = controller_path(context.params["directory"])
        self.answers_path = self.directory / ANSWERS
        self.in_clear: bool = context.params["include_credentials"]
        entries: list[dict[str, t.Any]] = context.params["requests"]
        self.requests = [each for index, entry in enumerate(entries) for each in _requests_of(entry, index)]
        self.purchases = {
            str(entry["server"]): parse_purchases(entry["purchases"] or [], f"requests[{index}].purchases")
            for index, entry in enumerate(entries)
        }
        self.change_ids = {str(entry["server"]): [entry["change_id"]] for entry in entries if entry["change_id"]}
        self.reporting = {str(entry["server"]) for entry in entries if entry["awaiting"] is not None}

    def update(self) -> dict[str, t.Any]:
        """Write what differs, unless in check mode; returns the paths and the requests of this run's servers."""
        earlier = self._earlier()
        self._check(self.context.params["check_answers"], earlier)
        held = self._held(earlier)
        answered = {key(each) for each in earlier.requests if answer_file.answer(each, held.answers)}
        sheet = merged(earlier, self.requests, self.reporting, answered)
        self._warn_of_twins(sheet)
        wanted = self._wanted(sheet, held)
        differing = [path for path, text in wanted.items() if not holds(path, text)]
        result = {"changed": bool(differing), **self._report(sheet, held, there=bool(wanted))}
        if self.context.diff_mode and differing:
            result["diff"] = self._diff(earlier, sheet)
        if not self.context.check_mode:
            for path in differing:
                write_private(path, wanted[path])
        return result

    def _earlier(self) -> RequestList:
        """The sheet of earlier runs, without any number or code that it may show in clear."""
        text = read_private(self.directory / DATA)
        if text is None:
            return RequestList()
        found = from_json(text)
        if found is None:
            self.context.warn(
                f"{self.directory / DATA} was not written by this module, so it is replaced. Requests of other servers "
                f"return to the sheet when their tasks run again."
            )
            return RequestList()
        return RequestList(tuple(each for each in found.requests if _is_request(each)), found.closed)

    def _check(self, answers: object, earlier: RequestList) -> None:
        problems = answer_check.problems(answers, self._fleet(earlier))
        if problems:
            raise InvalidOption(f"check_answers: {' '.join(problems)}")

    def _fleet(self, earlier: RequestList) -> answer_check.Fleet:
        purchases = {name: (found, self.change_ids.get(name, ())) for name, found in self.purchases.items()}
        return answer_check.Fleet(earlier, purchases, self.context.inventory_hosts)

    def _warn_of_twins(self, sheet: RequestList) -> None:
        """Answers go by request ID, so two requests of a server must not share one."""
        for (server, name), times in Counter(key(each) for each in sheet.requests).items():
            if times > 1:
                self.context.warn(
                    f"{server}: {times} purchases are identical except for their credentials and share the request "
                    f"{name}, so their answers cannot be assigned. Set 'reference' on each, to an order number."
                )

    def _held(self, earlier: RequestList) -> HeldAnswers:
        """The answers that are filled in. A file that the module must not write is only read."""
        text = read_private(self.answers_path)
        if text is None:
            return HeldAnswers()
        # An encrypted file, or value, must not be written in clear.
        encrypted = "!vault" in text or "$ANSIBLE_VAULT" in text
        document = self._document(text, encrypted)
        try:
            answers = answer_file.parse(document)
        except answer_file.NotAnswers as error:
            raise LicensingError(
                f"{self.answers_path}: the answer file {error}; correct it, or move it away so that a new one is "
                f"written."
            ) from None
        for each in answers.values():
            self.context.secrets |= set().union(*map(spellings, _texts(each)))
        for problem in answer_check.problems(answers, self._fleet(_with(earlier, self.requests))):
            self.context.warn(f"{self.answers_path}: {problem}")
        return HeldAnswers(answers, writable=not encrypted and answer_file.is_ours(document, answers))

    def _document(self, text: str, encrypted: bool) -> t.Any:
        try:
            if text.startswith("$ANSIBLE_VAULT"):
                return self.loader.load_from_file(str(self.answers_path), cache="none")
            document = self.loader.load(text, str(self.answers_path), show_content=False)
            self._require_once(answer_file.repeated(text))
            return document
        except AnsibleError:
            # Ansible's own text quotes the file.
            what = "cannot be decrypted with the vault passwords given" if encrypted else "is not valid YAML"
            raise LicensingError(f"{self.answers_path}: the answer file {what}.") from None

    def _require_once(self, names: Sequence[str]) -> None:
        """Refuse a file that YAML would read only in part: rewriting it would lose the rest."""
        if names:
            raise LicensingError(
                f"{self.answers_path}: the answer file holds {answer_check.shown_key(names[0])} twice, and YAML reads "
                f"only the last one. Merge the two entries."
            )

    def _wanted(self, sheet: RequestList, held: HeldAnswers) -> dict[pathlib.Path, str]:
        """Text of each file that must exist. The answer file is rewritten only if needed."""
        if not sheet.requests and not (self.directory / DATA).exists():
            return {}
        shown = RequestList(tuple(map(self._shown, sheet.requests)), sheet.closed)
        wanted = {
            self.directory / SHEET: markdown(shown.requests, str(self.answers_path), in_clear=self.in_clear),
            self.directory / TABLE: comma_separated(shown.requests),
            self.directory / DATA: as_json(shown),
        }
        homeless = [each for each in sheet.requests if answer_file.answer(each, held.answers) is None]
        if homeless and held.writable:
            wanted[self.answers_path] = answer_file.text(sheet.requests, held.answers, str(self.answers_path))
        elif homeless:
            missing = ", ".join(" ".join(key(each)) for each in homeless)
            self.context.warn(
                f"{self.answers_path} is encrypted or holds other variables, so it is not written to. Add the answers "
                f"to these requests yourself, as the module's documentation shows: {missing}."
            )
        return wanted

    def _report(self, sheet: RequestList, held: HeldAnswers, *, there: bool) -> dict[str, t.Any]:
        requests = [
            {
                **{name: each.get(name) for name in ("number", "server", "title", "request", "request_id")},
                "answered": bool(answer_file.answer(each, held.answers)),
                "text": plain_text(each),
            }
            for each in sheet.requests
            if each["server"] in self.reporting
        ]
        return {
            "requests": requests,
            "open_requests": len(sheet.requests),
            "sheet": str(self.directory / SHEET) if there else None,
            "answers": str(self.answers_path) if there else None,
            "files": [str(self.directory / name) for name in (SHEET, TABLE, DATA, ANSWERS)] if there else [],
        }

    def _diff(self, earlier: RequestList, sheet: RequestList) -> list[dict[str, str]]:
        """The sheet before and after, made without any credential, whatever the files hold."""
        path = self.directory / SHEET
        there = bool(earlier.requests or earlier.closed)
        masked = [_without_credentials(each) for each in earlier.requests]
        before = markdown(masked, str(self.answers_path)) if there else ""
        after = markdown([_without_credentials(each) for each in sheet.requests], str(self.answers_path))
        return [{"before_header": str(path), "after_header": str(path), "before": before, "after": after}]

    def _shown(self, request: Request) -> Request:
        """A request as the files show it: with the numbers and codes of its purchase only if that is wanted."""
        if not self.in_clear:
            return _without_credentials(request)
        if request["server"] not in self.reporting or request["request"] != "license_key_pack_id":
            return request
        fitting = _purchases_of(request, self.purchases[request["server"]])
        if len(fitting) == 1:
            return {**request, **dict(zip(fitting[0].credential_names, fitting[0].credential, strict=True))}
        self.context.warn(
            f"{request['server']}: the number or code of a purchase stays masked, because {len(fitting) or 'none'} of "
            f"the purchases given fit the request {request['request_id']}."
        )
        return request


def _requests_of(entry: Mapping[str, t.Any], index: int) -> list[Request]:
    requests: list[Request] = [{**each, "server": str(entry["server"])} for each in entry["awaiting"] or []]
    for number, request in enumerate(requests, 1):
        if not _is_request(request):
            raise InvalidOption(
                f"requests[{index}].awaiting: entry {number} is not a Clearinghouse request. Pass what a task of this "
                f"collection returned under awaiting, unchanged."
            )
    return requests


def _is_request(request: Mapping[str, t.Any]) -> bool:
    """Whether it has the fields that the sheet requires; every other field may be missing."""
    needed = ["server", "title", "request"]
    if request.get("request") == "license_key_pack_id":
        needed.append("request_id")
    if not request.get("telephone"):
        needed += ["web_site", "option"]
    return all(isinstance(request.get(name), str) for name in needed) and request["request"] in WANTED


def _with(earlier: RequestList, requests: Sequence[Request]) -> RequestList:
    return RequestList((*earlier.requests, *requests), earlier.closed)


def _without_credentials(request: Request) -> dict[str, t.Any]:
    return {name: value for name, value in request.items() if name not in CREDENTIAL_OPTIONS}


def _purchases_of(request: Request, purchases: Sequence[Purchase]) -> list[Purchase]:
    """The purchases that the request may be for. Those that are identical except for their credentials share one ID."""
    name, change_id = request.get("request_id"), request.get("change_id")
    return [each for each in purchases if name in [request_id(each, operation, change_id) for operation in OPERATIONS]]


def _texts(value: t.Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    return [str(value)]
