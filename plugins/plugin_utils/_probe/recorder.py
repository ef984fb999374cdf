# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep every message of a session and its response, for the probe."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.client import Effect, MessageTransport
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.namespaces import wmi_resource_uri
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.responses import Response

_REGISTRY = f">{wmi_resource_uri('root/default', 'StdRegProv')}<".encode()


@dataclass(frozen=True)
class Exchange:
    """One message and what came of it. C(read) is the label of the probe's read; times are in milliseconds."""

    read: str
    request: str
    response: str
    status: int
    milliseconds: int
    error: str = ""


class RecordingTransport:
    """A transport that keeps what it carries, and carries nothing that could change a server.

    C(label) names the read that is under way; C(registry_allowed) lets changing messages to the registry pass.
    """

    def __init__(self, inner: MessageTransport) -> None:
        self._inner = inner
        self.exchanges: list[Exchange] = []
        self.label = ""
        self.registry_allowed = False

    def send(self, message: bytes, effect: Effect) -> Response:
        """Send a message. Raises ValueError for one that changes something, unless that is allowed."""
        if effect is Effect.CHANGE and not (self.registry_allowed and _REGISTRY in message):
            raise ValueError("the probe sends no changing message")
        started = time.monotonic()
        request = message.decode("utf-8")
        try:
            response = self._inner.send(message, effect)
        except WsmanError as error:
            self._keep(request, "", 0, started, str(error))
            raise
        document = response.document
        text = document if isinstance(document, str) else document.decode("utf-8", "replace")
        self._keep(request, text, response.status, started)
        return response

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def _keep(self, request: str, response: str, status: int, started: float, error: str = "") -> None:
        milliseconds = round((time.monotonic() - started) * 1000)
        self.exchanges.append(Exchange(self.label, request, response, status, milliseconds, error))
