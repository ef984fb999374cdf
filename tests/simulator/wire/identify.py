# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""wsmid:Identify, the one message that is no operation on a resource."""

from __future__ import annotations

from tests.simulator.model import catalog
from tests.simulator.model.fleet import Server
from tests.simulator.wire import names
from tests.simulator.wire.xml import Node, XmlError, parse

# What a server tells a client that has not authenticated.
_HIDDEN_VERSION = "0.0.0"


def is_identify(data: bytes) -> bool:
    """Whether the message asks for the server's identity."""
    try:
        body = parse(data).find(f"{{{names.SOAP}}}Body")
    except XmlError:
        return False
    return body is not None and body.find(f"{{{names.IDENTITY}}}Identify") is not None


def identity(server: Server | None = None) -> bytes:
    """The reply; the version of Windows is for authenticated clients only."""
    version = _HIDDEN_VERSION if server is None else catalog.release(server.info.windows_release)["version"]
    response = Node(
        "wsmid:IdentifyResponse",
        Node("wsmid:ProtocolVersion", names.WSMAN),
        Node("wsmid:ProductVendor", "Microsoft Corporation"),
        Node("wsmid:ProductVersion", f"OS: {version} SP: 0.0 Stack: 3.0"),
    ).with_attributes({"xmlns:wsmid": names.IDENTITY})
    envelope = Node("s:Envelope", Node("s:Header"), Node("s:Body", response)).with_attributes({"xmlns:s": names.SOAP})
    return envelope.render().encode()
