# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write, read and delete one value under the collection's own registry key, and nothing else."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import RECORD_KEY
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import REGISTRY_TRIAL, ReadResult
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import RecordingTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

VALUE: t.Final = "Probe"
_TEXT: t.Final = "winfleet.rd_licensing"


@dataclass(frozen=True)
class Trial:
    """What came of it. C(changed): the key was created, or the value may still be there."""

    result: ReadResult
    changed: bool


def try_registry(session: CimSession, recorder: RecordingTransport) -> Trial:
    """Prove that the operation record can be kept. The value is deleted whatever happens in between."""
    recorder.label, recorder.registry_allowed = REGISTRY_TRIAL, True
    registry = Registry(session)
    troubles = []
    try:
        registry.write_string(RECORD_KEY, VALUE, _TEXT)
        read = registry.read_string(RECORD_KEY, VALUE)
        if read != _TEXT:
            troubles.append(f"read {'nothing' if read is None else 'another value'}")
    except (LicensingError, WsmanError) as error:
        troubles.append(_one_line(error))
    # A write without a response may have taken effect all the same, and the response to a deletion may get lost.
    remaining = _delete(registry) and _delete(registry)
    recorder.registry_allowed = False
    created = any("/StdRegProv/CreateKey<" in each.request for each in recorder.exchanges)
    return Trial(ReadResult(value="", error="; ".join(troubles + remaining)), changed=created or bool(remaining))


def _delete(registry: Registry) -> list[str]:
    """What is wrong after an attempt; nothing where the value was seen to be gone."""
    try:
        registry.delete_value(RECORD_KEY, VALUE)
        why = "it is still there" if registry.read_string(RECORD_KEY, VALUE) is not None else ""
    except (LicensingError, WsmanError) as error:
        why = _one_line(error)
    return [f"the value {VALUE} may remain under HKLM\\{RECORD_KEY}: {why}"] if why else []


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
