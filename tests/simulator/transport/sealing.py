# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Message encryption of WinRM over plain HTTP ([MS-WSMV] 2.2.9.1): multipart/encrypted bodies."""

from __future__ import annotations

import re
import struct

import spnego

_BOUNDARY = b"--Encrypted Boundary"
_CHUNK = 16384
_LENGTH = re.compile(rb"Length=(\d+)")
_OCTETS = b"\tContent-Type: application/octet-stream\r\n"


class SealingError(ValueError):
    """The body is no encrypted message of this session."""


class Sealing:
    """Seals and opens bodies with an authenticated context; `protocol` is spnego, kerberos or credssp."""

    def __init__(self, context: spnego.ContextProxy, protocol: str) -> None:
        self._context = context
        name = "CredSSP" if protocol == "credssp" else "SPNEGO"
        self._protocol = f"application/HTTP-{name}-session-encrypted"
        self._is_credssp = protocol == "credssp"

    def open(self, content_type: str, body: bytes) -> bytes:
        """The plain message in an encrypted body; raises SealingError."""
        if self._protocol not in content_type:
            raise SealingError("encrypted with another protocol")
        parts = body.split(_BOUNDARY + b"\r\n")
        if len(parts) < 3 or parts[0] or len(parts) % 2 != 1:
            raise SealingError("not the parts of an encrypted message")
        message = b""
        for header, payload in zip(parts[1::2], parts[2::2], strict=True):
            length = _LENGTH.search(header)
            sealed = payload.removesuffix(_BOUNDARY + b"--\r\n")
            if length is None or not sealed.startswith(_OCTETS):
                raise SealingError("not the headers of an encrypted message")
            plain = self._unwrap(sealed[len(_OCTETS) :])
            if len(plain) != int(length.group(1)):
                raise SealingError("the announced length is wrong")
            message += plain
        return message

    def seal(self, message: bytes) -> tuple[str, bytes]:
        """Content type and body; CredSSP splits a message past 16 KB."""
        many = self._is_credssp and len(message) > _CHUNK
        chunks = [message[start : start + _CHUNK] for start in range(0, len(message), _CHUNK)] if many else [message]
        body = b"".join(self._part(chunk) for chunk in chunks) + _BOUNDARY + b"--\r\n"
        kind = "multipart/x-multi-encrypted" if many else "multipart/encrypted"
        return f'{kind};protocol="{self._protocol}";boundary="Encrypted Boundary"', body

    def _part(self, chunk: bytes) -> bytes:
        header, data, padding = self._context.wrap_winrm(chunk)
        length = len(chunk) + padding
        return (
            _BOUNDARY
            + f"\r\n\tContent-Type: {self._protocol}\r\n".encode()
            + f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={length}\r\n".encode()
            + _BOUNDARY
            + b"\r\n"
            + _OCTETS
            + struct.pack("<i", len(header))
            + header
            + data
        )

    def _unwrap(self, sealed: bytes) -> bytes:
        if len(sealed) < 4:
            raise SealingError("too short")
        (size,) = struct.unpack("<i", sealed[:4])
        try:
            return self._context.unwrap_winrm(sealed[4 : 4 + size], sealed[4 + size :])
        except Exception as error:  # the library raises many kinds; to a peer all mean the same
            raise SealingError("cannot be decrypted") from error
