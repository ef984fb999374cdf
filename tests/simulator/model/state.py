# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server is at the moment: everything of it that messages can change and that survives a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UNLIMITED = 0xFFFFFFFF
CONTACT_FIELDS = (
    "FirstName",
    "LastName",
    "Company",
    "CountryRegion",
    "eMail",
    "OrgUnit",
    "Address",
    "City",
    "State",
    "PostalCode",
)


@dataclass
class KeyPackState:
    """One installed license key pack. `purchase` is the truth that Windows itself does not keep."""

    key_pack_id: int
    key_pack_type: int
    product_type: int
    product_version_id: int
    total: int
    issued: int
    expiration: str
    description: str
    type_and_model: str
    access_rights: int = 7
    purchase: str | None = None

    @property
    def available(self) -> int:
        return self.total if self.total == UNLIMITED else max(self.total - self.issued, 0)

    @property
    def is_protected(self) -> bool:
        """Built-in (6), temporary (4), unknown (0) and the unexplained type 7 are never installed by hand."""
        return self.key_pack_type in (0, 4, 6, 7) or self.product_type == 3


@dataclass
class IssuedLicenseState:
    license_id: int
    key_pack_id: int
    computer: str
    user: str
    status: int
    issued_on: str
    expires_on: str
    hardware_id: str


@dataclass
class ReportState:
    """A stored usage report. It is a file, so what it holds does not change: the rows of that moment.

    `failed` are the users whose CAL could not be recorded.
    """

    file_name: str
    generated: str
    issued: list[IssuedLicenseState] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass
class DatabaseState:
    """The content of TLSLic.edb."""

    packs: list[KeyPackState] = field(default_factory=list)
    issued: list[IssuedLicenseState] = field(default_factory=list)
    next_key_pack_id: int = 3
    corrupt: bool = False

    def find(self, key_pack_id: int) -> KeyPackState | None:
        return next((pack for pack in self.packs if pack.key_pack_id == key_pack_id), None)


@dataclass
class FileState:
    name: str
    size: int
    modified: str
    database: DatabaseState | None = None


@dataclass
class ServiceState:
    """`changing_until` (seconds since the epoch) is the end of Start Pending or Stop Pending."""

    name: str
    display_name: str
    running: bool
    start_mode: str = "Auto"
    process_id: int = 0
    changing_until: float = 0.0


@dataclass
class ValueState:
    """A registry value; `kind` is the REG_* number: 1 string, 3 binary, 4 dword, 7 multi string."""

    name: str
    kind: int
    data: Any


@dataclass
class KeyState:
    name: str
    values: dict[str, ValueState] = field(default_factory=dict)


@dataclass
class DirectoryState:
    """What Active Directory says of the license server."""

    in_license_servers_group: bool = False
    published: bool = False
    registered_to_scp: bool = False


@dataclass
class SessionHostState:
    licensing_type: int
    license_servers: list[str]
    grace_period_days: int
    direct_connect: str | None = None


@dataclass
class ServerState:
    name: str
    product_id: str
    license_server_id: str
    activated: bool
    role_installed: bool
    server_role: int
    database_file: str
    contact: dict[str, str | None] = field(default_factory=dict)
    directory: DirectoryState = field(default_factory=DirectoryState)
    services: dict[str, ServiceState] = field(default_factory=dict)
    files: dict[str, FileState] = field(default_factory=dict)
    registry: dict[str, KeyState] = field(default_factory=dict)
    session_host: SessionHostState | None = None
    part_of_domain: bool = True
    reports: list[ReportState] = field(default_factory=list)
    next_report: int = 1
    provider_ready_at: float = 0.0
    internet: bool = True


@dataclass
class PurchaseState:
    """A purchase at the Clearinghouse; `placed` counts its CALs per license server ID."""

    name: str
    program: str
    credential: str
    product_version_id: int
    product_type: int
    quantity: int
    placed: dict[str, int] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return self.quantity - sum(self.placed.values())


@dataclass
class IssuedPackId:
    """A license key pack ID the Clearinghouse gave out, and everything it is bound to."""

    license_key_pack_id: str
    license_server_id: str
    operation: str
    purchase: str
    quantity: int
    source_license_server_id: str = ""
    used: bool = False


@dataclass
class ClearinghouseState:
    purchases: dict[str, PurchaseState] = field(default_factory=dict)
    pack_ids: list[IssuedPackId] = field(default_factory=list)
    license_servers: dict[str, str] = field(default_factory=dict)
    activations: dict[str, int] = field(default_factory=dict)


@dataclass
class FleetState:
    """What belongs to no single server."""

    clearinghouse: ClearinghouseState = field(default_factory=ClearinghouseState)
    cut: list[list[str]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
