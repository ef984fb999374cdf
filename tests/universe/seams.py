# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the collection meets time, chance and the network, taken over by the harness.

The collection itself has no switch for this. Its modules are loaded once, and every reference in them to ``time``,
``datetime``, ``uuid``, ``secrets`` and to the transport becomes one that asks the world that is running. Without a
world the real ones answer.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import functools
import importlib
import pkgutil
import secrets
import shutil
import sys
import tempfile
import time
import types
import typing as t
import uuid
from pathlib import Path

from ansible import constants as C  # noqa: N812  # the name Ansible's own code uses
from ansible.utils.display import Display

COLLECTION: t.Final = "ansible_collections.winfleet.rd_licensing"


class Surrounding(t.Protocol):
    """What a running world answers."""

    def controller_time(self) -> float:
        """Seconds since the epoch by the clock of the controller whose task is running."""

    def monotonic(self) -> float:
        """Seconds that nobody's clock change touches."""

    def sleep(self, seconds: float) -> None:
        """Let the running task wait."""

    def random_bytes(self, size: int) -> bytes:
        """What the seed says comes next."""

    def transport(self, settings: t.Any) -> t.Any:
        """A message transport for a connection's settings."""

    def show(self, text: str) -> None:
        """Take what a task prints while it runs."""


_running: Surrounding | None = None


def enter(world: Surrounding | None) -> None:
    """Make a world the one that is asked; None for the real one."""
    global _running  # noqa: PLW0603  # one process, one world at a time
    _running = world


def _time() -> float:
    return _running.controller_time() if _running else time.time()


def _monotonic() -> float:
    return _running.monotonic() if _running else time.monotonic()


def _sleep(seconds: float) -> None:
    if _running:
        _running.sleep(seconds)
    else:
        time.sleep(seconds)


def _uuid4() -> uuid.UUID:
    return uuid.UUID(bytes=_running.random_bytes(16), version=4) if _running else uuid.uuid4()


def _token_hex(size: int = 32) -> str:
    return _running.random_bytes(size).hex() if _running else secrets.token_hex(size)


class _AnyDateTime(type):
    """A moment that was made elsewhere is a moment here too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime.datetime)


class _DateTime(datetime.datetime, metaclass=_AnyDateTime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> t.Any:
        return datetime.datetime.fromtimestamp(_time(), tz)

    @classmethod
    def utcnow(cls) -> t.Any:
        return datetime.datetime.fromtimestamp(_time(), datetime.timezone.utc).replace(tzinfo=None)


class _Module:
    """A module of which some names are others'."""

    def __init__(self, real: types.ModuleType, **others: t.Any) -> None:
        self.__dict__.update(others)
        self._real = real

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._real, name)


def _replacements() -> dict[int, t.Any]:
    """By identity: what stands in for what."""
    pairs: list[tuple[t.Any, t.Any]] = [
        (time.time, _time),
        (time.monotonic, _monotonic),
        (time.sleep, _sleep),
        (uuid.uuid4, _uuid4),
        (secrets.token_hex, _token_hex),
        (datetime.datetime, _DateTime),
        (time, _Module(time, time=_time, monotonic=_monotonic, sleep=_sleep)),
        (uuid, _Module(uuid, uuid4=_uuid4)),
        (secrets, _Module(secrets, token_hex=_token_hex)),
        (datetime, _Module(datetime, datetime=_DateTime)),
    ]
    return {id(real): other for real, other in pairs}


def load_collection() -> list[types.ModuleType]:
    """Import every module of the collection that runs on the controller."""
    for part in ("plugin_utils", "action"):
        package = importlib.import_module(f"{COLLECTION}.plugins.{part}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    return [module for name, module in sorted(sys.modules.items()) if name.startswith(f"{COLLECTION}.plugins.")]


@functools.cache
def install() -> None:
    """Take over the seams of every module; once for the process."""
    modules = load_collection()
    _keep_files_in_memory()
    _listen_to_display()
    replacements = _replacements()
    transport = importlib.import_module(f"{COLLECTION}.plugins.plugin_utils._wsman.transport").WinrmTransport

    def open_transport(settings: t.Any) -> t.Any:
        return _running.transport(settings) if _running else transport(settings)

    for module in modules:
        if module.__name__ != transport.__module__:
            replacements[id(transport)] = open_transport
        else:
            replacements.pop(id(transport), None)
        _take_over(module, replacements)


def _listen_to_display() -> None:
    """What a task prints while it runs goes to the world."""
    show = Display.display

    def display(self: t.Any, msg: str, *arguments: t.Any, **options: t.Any) -> t.Any:
        return _running.show(msg) if _running else show(self, msg, *arguments, **options)

    setattr(Display, "display", display)  # noqa: B010  # a plain assignment is one to a method


def _keep_files_in_memory() -> None:
    """What the runs of one playbook tell each other lies in files: in memory, where there is such a place."""
    memory = Path("/dev/shm")
    directory = tempfile.mkdtemp(prefix="universe-", dir=memory if memory.is_dir() else None)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    vars(C)["DEFAULT_LOCAL_TMP"] = directory


def _take_over(module: types.ModuleType, replacements: t.Mapping[int, t.Any]) -> None:
    for name, value in list(vars(module).items()):
        if name.startswith("__"):
            continue
        if id(value) in replacements:
            setattr(module, name, replacements[id(value)])
        elif getattr(value, "__module__", None) == module.__name__:
            _take_over_defaults(value, replacements)


def _take_over_defaults(value: t.Any, replacements: t.Mapping[int, t.Any]) -> None:
    """Default arguments of functions and methods, and the class attributes that dataclasses leave behind."""
    if isinstance(value, type):
        for name, attribute in list(vars(value).items()):
            if isinstance(attribute, functools.cached_property):
                # Before Python 3.12 all instances share a lock, on which two tasks that take turns would wait for ever.
                vars(attribute)["lock"] = contextlib.nullcontext()
            if id(attribute) in replacements:
                setattr(value, name, staticmethod(replacements[id(attribute)]))
            _take_over_function(getattr(attribute, "__func__", attribute), replacements)
    else:
        _take_over_function(value, replacements)


def _take_over_function(function: t.Any, replacements: t.Mapping[int, t.Any]) -> None:
    if not isinstance(function, types.FunctionType):
        return
    if function.__defaults__:
        function.__defaults__ = tuple(replacements.get(id(each), each) for each in function.__defaults__)
    for name, each in (function.__kwdefaults__ or {}).items():
        if id(each) in replacements and function.__kwdefaults__:
            function.__kwdefaults__[name] = replacements[id(each)]
