# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common part of every action plugin: validate, connect, run the module's part, mask secrets, return the result.

An action plugin gets none of what a module gets for free (option validation, no_log, check mode, errors as results), so
this base class gives it.
"""

from __future__ import annotations

import pathlib
import time
import traceback
import typing as t
from collections.abc import Mapping

from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.masking import (
    mask_all,
    misplaced_secrets,
    password_spellings,
    register_with_ansible,
    scrub,
    secret_texts,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.options import (
    ArgumentSpec,
    OptionsError,
    validated,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_gate import PlanGate
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.plan_options import (
    from_variables,
    takes_plan,
    variables_for,
    without_plan_options,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.role_variables import (
    in_terms_of_role,
    in_terms_of_variables,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.play_hosts import RunningTask
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._connection.sessions import (
    OpenedSession,
    UnsupportedConnection,
    new_proof,
    open_session,
    open_session_for_host,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.document import PlannedTask
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.facts import (
    Facts,
    facts_of,
    server_fingerprint,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._plan_file.steps import Context
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.plan import Plan, Step
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanError,
    WsmanUnreachable,
    printable,
)

# A failure after many steps says how many they were.
_STEPS_SHOWN: t.Final = 3
# A task that reads a fleet may have a warning for each of its hosts.
_TEXTS_SHOWN: t.Final = 10
_HOSTS_SHOWN: t.Final = 5
_EXPECTED: t.Final = (LicensingError, WsmanError, UnsupportedConnection, OptionsError, AnsibleError)


class ModuleContext:
    """One run of a module: its options, its servers, and what it tells the user."""

    def __init__(self, action: LicensingAction, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> None:
        self._action = action
        self._task_vars = task_vars
        self._sessions: list[OpenedSession] = []
        self._warned_by: list[tuple[str, list[str]]] = []
        self.params = params
        self.warnings: list[str] = []
        self.done: list[str] = []
        self.server_changed = False
        self.beside_failure: dict[str, t.Any] = {}
        self.secrets: set[str] = set()
        self.proof = new_proof()
        self._began = time.monotonic()
        self.gate = PlanGate(
            params,
            str(task_vars.get("inventory_hostname") or self.host),
            check_mode=self.check_mode,
            check_run=bool(task_vars.get("ansible_check_mode", self.check_mode)),
        )

    @property
    def check_mode(self) -> bool:
        """Whether nothing may be changed. Read from the task, which is right inside loops and blocks too."""
        return bool(self._action._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        """Whether the user wants to see differences."""
        return bool(self._action._task.diff)

    @property
    def host(self) -> str:
        """Inventory name of the server the task talks to."""
        return str(self._action._task.delegate_to or self._task_vars.get("inventory_hostname") or "the server")

    @property
    def inventory_hosts(self) -> frozenset[str]:
        """Every host of the inventory by name."""
        return frozenset(map(str, self._task_vars.get("hostvars") or ()))

    def may_apply(
        self,
        plan: Plan[object],
        observed: Mapping[str, tuple[t.Any, ...]],
        *,
        told: Mapping[str, t.Any] | None = None,
        purchases: tuple[Purchase, ...] = (),
        awaited: tuple[Step[object], ...] = (),
        asks: tuple[Mapping[str, t.Any], ...] = (),
        source: str | None = None,
    ) -> bool:
        """Pass from planning to applying: the only way to a session that changes anything. False in check mode.

        Args:
            observed: by server, all that the plan rests on, as C(facts_of) takes it.
            told: options that go into the calls of the steps.
            awaited: the steps that follow once the answers of the Clearinghouse are there, C(asks) what to ask for.
            source: the source of a migration, whose record the steps write.

        Raises:
            Refused: there is an approved plan, and this is not what it says.
        """
        if self.gate.active:
            facts = {server: facts_of(*each) for server, each in observed.items()}
            context = Context(self.host, told or {}, _license_server_id(facts.get(self.host)), source)
            seconds = time.monotonic() - self._began
            self.gate.admit(PlannedTask(self.module, plan, context, facts, purchases, awaited, asks, seconds))
        if self.check_mode:
            return False
        self.proof.allow_changes()
        return True

    def may_record(self) -> bool:
        """Whether what became of earlier operations may be recorded although this task is refused.

        Not in check mode, and nothing that nobody has approved.
        """
        if self.check_mode or self.gate.active:
            return False
        self.proof.allow_changes()
        return True

    @property
    def module(self) -> str:
        """Name of the module, without its collection."""
        return str(self._action._task.action).rpartition(".")[2]

    def warn(self, text: str) -> None:
        """Tell the user something once, beside the result."""
        if text not in self.warnings:
            self.warnings.append(text)

    def did(self, step: str) -> None:
        """Note a step that was carried out: a task that fails later says what it did before."""
        self.done.append(step)

    def note_change(self) -> None:
        """Note that a call took effect, or may have: call it before anything that reads the effect can fail."""
        self.server_changed = True

    def tell_on_failure(self, **values: t.Any) -> None:
        """Add to the result of a failure what can no longer be read from the server."""
        self.beside_failure.update(values)

    def open(self, **how: t.Any) -> OpenedSession:
        """The one connection to the task's own server, or to the one that the task is delegated to."""
        if self._action._task.delegate_to:
            return self._keep(open_session_for_host(self.host, self._running, self.proof, by_address=True, **how))
        return self._keep(open_session(self._action._connection, self.host, self.proof, **how))

    def open_other(self, host: str) -> OpenedSession:
        """The one connection to another host of the inventory, with that host's own settings."""
        return self._keep(open_session_for_host(host, self._running, self.proof))

    def connect_to_read(self, host: str) -> CimSession:
        """A connection to a host of the inventory that the caller closes: for tasks that read many hosts.

        Raises:
            LicensingError: the connection settings of the host cannot be used.
        """
        try:
            opened = open_session_for_host(host, self._running, new_proof())
        except UnsupportedConnection as error:
            raise LicensingError(str(error)) from None
        for password in opened.secrets:
            self.secrets |= password_spellings(password)
        for text in opened.warnings:
            self._warned_by.append((host, [text.removeprefix(f"{host}: ")]))
        self._warned_by.append((host, opened.late_warnings))
        return opened.session

    @property
    def _running(self) -> RunningTask:
        return RunningTask(self._action._task, self._task_vars, self._action._play_context)

    def close(self) -> None:
        """Close every connection."""
        for opened in self._sessions:
            opened.session.close()
            for warning in opened.late_warnings:
                self.warn(f"{opened.session.server}: {warning}")
        for text in by_text(self._warned_by):
            self.warn(text)

    def is_own_host(self, server: str) -> bool:
        """Whether a server is the host that Ansible runs the task for: no other host may make it unreachable."""
        return server in ("", str(self._task_vars.get("inventory_hostname", server)))

    @property
    def fails_when_unreachable(self) -> bool:
        """Whether the packaged playbook wants a failure: Ansible ends a playbook when all hosts are unreachable.

        It ends without the section C(always), where the table of the fleet is shown.
        """
        return bool(self._task_vars.get("__rd_licensing_fails_when_unreachable"))

    def _keep(self, opened: OpenedSession) -> OpenedSession:
        self._sessions.append(opened)
        for password in opened.secrets:
            self.secrets |= password_spellings(password)
        for warning in opened.warnings:
            self.warn(warning)
        return opened


def by_text(warnings: t.Iterable[tuple[str, list[str]]]) -> list[str]:
    """One warning for each text, with the hosts that it is about: a fleet has the same trouble many times."""
    hosts: dict[str, list[str]] = {}
    for host, texts in warnings:
        for text in texts:
            hosts.setdefault(text, []).append(host)
    more = len(hosts) - _TEXTS_SHOWN
    shown = [f"{_in_words(names)}: {text}" for text, names in list(hosts.items())[:_TEXTS_SHOWN]]
    return [*shown, f"{more} other warnings are not shown."] if more > 0 else shown


def _in_words(hosts: list[str]) -> str:
    names = list(dict.fromkeys(hosts))
    more = len(names) - _HOSTS_SHOWN
    return ", ".join(names[:_HOSTS_SHOWN]) + (f" and {more} more" if more > 0 else "")


class LicensingAction(ActionBase):
    """Base class of the collection's action plugins.

    A plugin sets C(ARGUMENT_SPEC) and implements C(perform), which may raise LicensingError and WsmanError freely.
    """

    ARGUMENT_SPEC: t.ClassVar[ArgumentSpec]
    TRANSFERS_FILES = False
    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    def perform(self, context: ModuleContext) -> dict[str, t.Any]:
        """The module's own part; gives the result."""
        raise TypeError(f"{type(self).__name__} does not implement perform")

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Entry point for Ansible. Expected errors become results, never tracebacks."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        secrets = secret_texts(self._task.args)
        context: ModuleContext | None = None
        defaults: dict[str, t.Any] = {}
        try:
            defaults = self._plan_variables(task_vars or {})
            secrets |= secret_texts(defaults)
            params = validated(self.ARGUMENT_SPEC, {**self._arguments, **defaults}, self._task.action)
            context = ModuleContext(self, params, task_vars or {})
            context.gate.open()
            answer = self.perform(context)
            if context.check_mode and answer.get("changed"):
                # What a real run would have required before its first change.
                context.proof.require()
            result.update({"changed": False, **answer})
        except Exception as error:
            if isinstance(error, OptionsError) or not isinstance(error, _EXPECTED):
                secrets |= misplaced_secrets(self._task.args)
            result.update(context.beside_failure if context else {})
            result.update(_failure(error, context))
        finally:
            if context:
                context.close()
        if context:
            secrets |= context.secrets
            if context.warnings:
                result["warnings"] = [*result.get("warnings", []), *map(printable, context.warnings)]
        # As modules do; Ansible shows it at -vvv.
        result["invocation"] = {"module_args": mask_all(dict(self._task.args), misplaced_secrets(self._task.args))}
        register_with_ansible(secrets)
        self._end_loop_if_unreachable(result)
        named = in_terms_of_variables(result, variables_for(defaults))
        scrubbed = scrub(in_terms_of_role(named, task_vars or {}), secrets)
        self._note_failed_check(context, scrubbed)
        # From ansible-core 2.19 on, callbacks show tracebacks only if this setting says so, whatever the verbosity.
        if "exception" in scrubbed and "DISPLAY_TRACEBACK" in C.config.get_configuration_definitions():
            self._display.vvv(scrubbed["exception"])
        return scrubbed

    @property
    def _arguments(self) -> dict[str, t.Any]:
        """The options of the task; those about a plan may be set for the whole action group."""
        return dict(self._task.args) if takes_plan(self.ARGUMENT_SPEC) else without_plan_options(self._task.args)

    def _plan_variables(self, task_vars: Mapping[str, t.Any]) -> dict[str, t.Any]:
        if not takes_plan(self.ARGUMENT_SPEC):
            return {}
        return from_variables(self._task.args, task_vars, self._templar.template)

    def _note_failed_check(self, context: ModuleContext | None, result: Mapping[str, t.Any]) -> None:
        if context is None or not (result.get("failed") or result.get("unreachable")) or not context.gate.records:
            return
        try:
            context.gate.note_failure(context.module, context.host, str(result.get("msg", "")))
        except LicensingError as error:
            self._display.vvv(str(error))

    def _end_loop_if_unreachable(self, result: dict[str, t.Any]) -> None:
        """Let C(ignore_unreachable) hold in a loop with C(until), as with Ansible's own connection plugins.

        Ansible marks what it gives up on in such a loop as failed, and only looks for failures then.
        """
        if result.get("unreachable") and self._task.ignore_unreachable:
            self._task.until = [True]


def _failure(error: Exception, context: ModuleContext | None) -> dict[str, t.Any]:
    done = context.done if context else []
    changed = bool(done) or (context is not None and context.server_changed)
    message = printable(str(error))
    if not isinstance(error, _EXPECTED):
        message = f"{_unexpected(error)}: {message}"
    if done:
        steps = "; ".join(done) if len(done) <= _STEPS_SHOWN else f"{len(done)} steps, the last: {done[-1]}"
        message = f"{message.rstrip('.')}. Done before that: {steps}. Running the task again continues there."
    # Ansible reports a host it cannot reach, or that rejects the credentials, as UNREACHABLE. Another host's trouble is
    # a failure: the task's own host is well, and its rescue and later plays are to run.
    no_way_in = isinstance(error, (WsmanUnreachable, WsmanAuthenticationError))
    unreachable = no_way_in and (context is None or context.is_own_host(getattr(error, "server", "")))
    if unreachable and not (context and context.fails_when_unreachable):
        return {"unreachable": True, "msg": message, "changed": changed}
    result: dict[str, t.Any] = {"failed": True, "msg": message, "changed": changed}
    if unreachable:
        result["unreachable"] = True
    if not isinstance(error, _EXPECTED):
        result["exception"] = "".join(traceback.format_exception(error))
    if isinstance(error, CallRefused) and error.code is not None:
        # For playbooks that branch on a refusal, such as a role service that is not installed; texts may change.
        result["error_code"] = f"0x{error.code:08X}"
    if isinstance(error, CallRefused) and error.role_service_missing:
        result["role_service_missing"] = True
    return result


def _license_server_id(facts: Facts | None) -> str:
    return server_fingerprint(str((facts or {}).get("activation", {}).get("license_server_id") or ""))


def _unexpected(error: Exception) -> str:
    """One line for an unexpected error, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {pathlib.PurePath(frames[-1].filename).name} line {frames[-1].lineno}" if frames else ""
    return (
        f"internal error in winfleet.rd_licensing; please report it with the output of -vvv: "
        f"{type(error).__name__}{where}"
    )
