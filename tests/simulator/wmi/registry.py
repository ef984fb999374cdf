# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""StdRegProv: the registry. 0 done, 1 no such value, 2 no such key, 5 access denied."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulator.model.state import KeyState, ValueState
from tests.simulator.wire import names
from tests.simulator.wire.values import Values
from tests.simulator.wmi.provider import Call, Outcome, Provider

_DONE, _NO_VALUE, _NO_KEY, _DENIED = 0, 1, 2, 5
LOCAL_MACHINE = 0x80000002
_LICENSING_PARAMETERS = "system\\currentcontrolset\\services\\termservlicensing\\parameters"
_HIVES = range(0x80000000, 0x80000007)
_STRING, _DWORD, _MULTI_STRING = 1, 4, 7
# value type -> name of the parameter that carries it
_CARRIERS = {_STRING: "sValue", _DWORD: "uValue", _MULTI_STRING: "sValue"}


class RegistryProvider(Provider):
    """Only HKEY_LOCAL_MACHINE has content. Everybody reads it, administrators write it."""

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        hive = arguments.get("hDefKey")
        # Without hDefKey the provider takes HKEY_LOCAL_MACHINE, its documented default.
        hive = LOCAL_MACHINE if hive is None else hive
        if hive not in _HIVES:
            return Outcome(names.WBEM_E_INVALID_PARAMETER)
        path = arguments.get("sSubKeyName")
        if not isinstance(path, str):
            return Outcome(names.WBEM_E_INVALID_PARAMETER)
        if not method.startswith(("Get", "Enum")) and not call.account.is_administrator:
            return Outcome(_DENIED)
        if hive != LOCAL_MACHINE:
            return Outcome(_NO_KEY if method != "CreateKey" else _DENIED)
        return _HANDLERS[method](call, path.strip("\\"), arguments)


def _find(call: Call, path: str) -> KeyState | None:
    return call.server.state.registry.get(path.lower()) if path else KeyState("")


def _value_name(arguments: Values) -> str:
    """NULL and empty both mean the key's default value."""
    name = arguments.get("sValueName")
    return name if isinstance(name, str) else ""


def _create_key(call: Call, path: str, arguments: Values) -> Outcome:
    walked = ""
    for part in path.split("\\"):
        walked = f"{walked}\\{part}" if walked else part
        call.server.state.registry.setdefault(walked.lower(), KeyState(walked))
    return Outcome()


def _children(call: Call, path: str) -> list[str]:
    prefix = f"{path.lower()}\\" if path else ""
    return [
        key.name[len(prefix) :]
        for lowered, key in call.server.state.registry.items()
        if lowered.startswith(prefix) and "\\" not in lowered[len(prefix) :]
    ]


def _delete_key(call: Call, path: str, arguments: Values) -> Outcome:
    if _find(call, path) is None:
        return Outcome(_NO_KEY)
    if not path or _children(call, path):
        return Outcome(_DENIED)
    del call.server.state.registry[path.lower()]
    return Outcome()


def _enum_key(call: Call, path: str, arguments: Values) -> Outcome:
    if _find(call, path) is None:
        return Outcome(_NO_KEY)
    return Outcome(values={"sNames": sorted({*_children(call, path), *_certificates(call, path)}, key=str.lower)})


def _certificates(call: Call, path: str) -> list[str]:
    """The keys in which an activated license server keeps its certificates."""
    kept = call.server.state.activated and call.server.info.certificates
    return ["Certificates.000", "Certificates.001"] if kept and path.lower() == _LICENSING_PARAMETERS else []


def _enum_values(call: Call, path: str, arguments: Values) -> Outcome:
    key = _find(call, path)
    if key is None:
        return Outcome(_NO_KEY)
    return Outcome(
        values={
            "sNames": [value.name for value in key.values.values()],
            "Types": [value.kind for value in key.values.values()],
        }
    )


def _getter(kind: int) -> Callable[[Call, str, Values], Outcome]:
    def handler(call: Call, path: str, arguments: Values) -> Outcome:
        key = _find(call, path)
        if key is None:
            return Outcome(_NO_KEY)
        value = key.values.get(_value_name(arguments).lower())
        if value is None:
            return Outcome(_NO_VALUE)
        if value.kind != kind:
            return Outcome(names.WBEM_E_TYPE_MISMATCH)
        return Outcome(values={_CARRIERS[kind]: value.data})

    return handler


def _setter(kind: int) -> Callable[[Call, str, Values], Outcome]:
    def handler(call: Call, path: str, arguments: Values) -> Outcome:
        data = arguments.get(_CARRIERS[kind])
        if data is None and kind == _MULTI_STRING:
            data = []
        if data is None:
            return Outcome(names.WBEM_E_INVALID_PARAMETER)
        key = _find(call, path)
        if key is None:
            return Outcome(_NO_KEY)
        name = _value_name(arguments)
        known = key.values.get(name.lower())
        key.values[name.lower()] = ValueState(known.name if known else name, kind, data)
        return Outcome()

    return handler


def _delete_value(call: Call, path: str, arguments: Values) -> Outcome:
    key = _find(call, path)
    if key is None:
        return Outcome(_NO_KEY)
    if key.values.pop(_value_name(arguments).lower(), None) is None:
        return Outcome(_NO_VALUE)
    return Outcome(_DONE)


_HANDLERS: dict[str, Callable[[Call, str, Values], Outcome]] = {
    "CreateKey": _create_key,
    "DeleteKey": _delete_key,
    "EnumKey": _enum_key,
    "EnumValues": _enum_values,
    "GetStringValue": _getter(_STRING),
    "SetStringValue": _setter(_STRING),
    "GetMultiStringValue": _getter(_MULTI_STRING),
    "SetMultiStringValue": _setter(_MULTI_STRING),
    "GetDWORDValue": _getter(_DWORD),
    "SetDWORDValue": _setter(_DWORD),
    "DeleteValue": _delete_value,
}
