# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""String values under one key of HKEY_LOCAL_MACHINE, through the WMI class StdRegProv."""

from __future__ import annotations

import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import STD_REG_PROV

_HKEY_LOCAL_MACHINE: t.Final = 0x80000002
# StdRegProv returns Win32 error numbers, not HRESULTs.
_DONE: t.Final = 0
_NOT_THERE: t.Final = (1, 2)
_ACCESS_DENIED: t.Final = 5
_REG_SZ: t.Final = 1


class Registry:
    """Reads and writes string values. C(key) is relative to HKEY_LOCAL_MACHINE."""

    def __init__(self, session: CimSession) -> None:
        self._session = session

    def read_string(self, key: str, name: str) -> str | None:
        """A string value; None when the value or its key is not there.

        Raises:
            LicensingError: the registry returned anything else.
        """
        return t.cast("str | None", self._read("GetStringValue", key, name).get("sValue"))

    def read_number(self, key: str, name: str) -> int | None:
        """A DWORD value; None when the value or its key is not there. Raises LicensingError."""
        return t.cast("int | None", self._read("GetDWORDValue", key, name).get("uValue"))

    def read_strings(self, key: str, name: str) -> tuple[str, ...]:
        """A multi-string value; empty when the value or its key is not there. Raises LicensingError."""
        return tuple(str(each or "") for each in self._read("GetMultiStringValue", key, name).get("sValue") or ())

    def value_names(self, key: str) -> dict[str, bool]:
        """Names of the values of a key, each with whether it is a string value; none when the key is not there.

        Raises:
            LicensingError: the registry returned anything else.
        """
        result = self._call("EnumValues", key)
        if result.return_value in _NOT_THERE:
            return {}
        self._expect_done(result.return_value, "listing the values", key)
        # A key without values has NULL arrays, which Windows leaves out of the reply altogether.
        names = t.cast("list[str | None]", result.values.get("sNames") or [])
        types = t.cast("list[int | None]", result.values.get("Types") or [])
        if len(names) != len(types):
            # Going on with those that have a partner would overlook values without a word.
            raise LicensingError(
                f"{self._session.server}: listing the values under HKLM\\{key} failed: the response has {len(names)} "
                f"names and {len(types)} types."
            )
        # The key's own default value has no name.
        return {name: kind == _REG_SZ for name, kind in zip(names, types, strict=True) if name}

    def key_names(self, key: str) -> tuple[str, ...]:
        """Names of the keys below a key; none when the key is not there. Raises LicensingError."""
        result = self._call("EnumKey", key)
        if result.return_value in _NOT_THERE:
            return ()
        self._expect_done(result.return_value, "listing the keys", key)
        return tuple(str(name) for name in result.values.get("sNames") or () if name)

    def write_string(self, key: str, name: str, value: str) -> None:
        """Write a string value, making its key (and the keys above it) where they are missing."""
        result = self._call("SetStringValue", key, sValueName=name, sValue=value)
        if result.return_value in _NOT_THERE:
            self._expect_done(self._call("CreateKey", key).return_value, "creating the key", key)
            result = self._call("SetStringValue", key, sValueName=name, sValue=value)
        self._expect_done(result.return_value, f"writing {name}", key)

    def delete_value(self, key: str, name: str) -> bool:
        """Delete a value. Returns whether it was there: of two callers at the same moment, one gets True."""
        result = self._call("DeleteValue", key, sValueName=name)
        if result.return_value in _NOT_THERE:
            return False
        self._expect_done(result.return_value, f"deleting {name}", key)
        return True

    def _read(self, method: str, key: str, name: str) -> t.Mapping[str, t.Any]:
        result = self._call(method, key, sValueName=name)
        if result.return_value in _NOT_THERE:
            return {}
        self._expect_done(result.return_value, f"reading {name}", key)
        return t.cast("t.Mapping[str, t.Any]", result.values)

    def _call(self, method: str, key: str, **arguments: str) -> t.Any:
        return self._session.invoke(
            STD_REG_PROV, method, {"hDefKey": _HKEY_LOCAL_MACHINE, "sSubKeyName": key, **arguments}
        )

    def _expect_done(self, return_value: int, what: str, key: str) -> None:
        if return_value == _DONE:
            return
        why = f"error {return_value}"
        if return_value == _ACCESS_DENIED:
            why = "access denied (5); connect with an account that is a local Administrator of the server"
        raise LicensingError(f"{self._session.server}: {what} under HKLM\\{key} failed: {why}.")
