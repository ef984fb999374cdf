# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet file: every key that may stand in it, with its default. README.md explains them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Release = Literal["2008_r2", "2012", "2012_r2", "2016", "2019", "2022", "2025"]
Version = Literal[
    "windows_server_2008",
    "windows_server_2008_r2",
    "windows_server_2012",
    "windows_server_2016",
    "windows_server_2019",
    "windows_server_2022",
    "windows_server_2025",
]
Program = Literal["retail", "open", "select", "enterprise", "campus", "school", "service_provider", "other_agreement"]
CalType = Literal["per_device", "per_user"]


@dataclass
class User:
    r"""An account. With `domain` it logs on as NETBIOS\name or name@domain, else as name or COMPUTER\name."""

    password: str
    administrator: bool = True
    domain: bool = False
    domain_admin: bool = False
    enterprise_admin: bool = False
    remote_management: bool = True
    certificate: bool = False


@dataclass
class Listener:
    """One WinRM listener; `offer` holds the schemes announced in WWW-Authenticate."""

    port: int = 0
    offer: list[Literal["negotiate", "ntlm", "basic", "credssp", "certificate"]] | None = None
    allow_unencrypted: bool = False


@dataclass
class Listeners:
    http: Listener | None = field(default_factory=Listener)
    https: Listener | None = field(default_factory=Listener)


@dataclass
class Dialect:
    """How this server's WS-Management deviates from the newest Windows; null means: as its release does."""

    server_2003_enumeration: bool = False
    filled_context_at_end: bool = False
    uppercase_booleans: bool = False
    plain_datetime: bool = False
    datetime_offset_minutes: int | None = None
    dmtf_class_namespace: bool = False
    answer_as_subclass: bool = False
    activity_id: bool | None = None
    wmi_error_detail: bool = False
    empty_fault_detail: bool = False
    empty_reason: bool = False
    nested_wmi_code: Literal["repeated", "fault", "extended_status", "none"] = "repeated"
    access_denied_as_internal_error: bool = False
    max_envelope_size_kb: int | None = None
    envelope_fault: Literal["w:QuotaLimit", "w:EncodingLimit"] = "w:QuotaLimit"
    max_operations_per_user: int = 1500
    class_declarations: bool = True
    declared_otherwise: dict[str, str] = field(default_factory=dict)


@dataclass
class Refusals:
    """What licensing methods return when they refuse. The real values are unknown; the default is WBEM_E_FAILED."""

    default: int = 0x80041001
    malformed: int = 0x80041008
    not_administrator: int | None = None
    not_supported: int = 0x8004100C
    contact_missing: int | None = None
    no_internet: int | None = None
    not_activated: int | None = None
    already_activated: int | None = None
    wrong_license_server_id: int | None = None
    wrong_confirmation_code: int | None = None
    wrong_credential: int | None = None
    too_many: int | None = None
    version_too_new: int | None = None
    wrong_license_key_pack_id: int | None = None
    wrong_source: int | None = None
    no_such_key_pack: int = 0x80041002
    protected_key_pack: int | None = None
    active_directory: int | None = None


@dataclass
class Behaviour:
    """Choices where the reference leaves the real behaviour open, and inconveniences that can be switched off."""

    put_one_property_at_a_time: bool = True
    unset_contact: Literal["null", "empty"] = "null"
    double_hop_refused: bool = False
    stopped_service_fault: int = 0x80041004
    corrupt_database_fault: int = 0x80041014
    import_wants: Literal["license_server_id", "product_id", "either"] = "license_server_id"
    empty_source_name: Literal["accepted", "refused"] = "accepted"
    deactivation_frees_cals: bool = False
    rebuilt_database_keeps_activation: bool = True
    emptied_packs_stay_as_type_7: bool = False
    group_policy_refusal: Literal["return_value", "fault"] = "return_value"
    report_end: Literal["0x4001", "4001", "success"] = "0x4001"
    revoke_success_date: Literal["null", "unset"] = "null"
    service_seconds: float = 0.0
    provider_seconds: float = 0.0
    clearinghouse_seconds: float = 0.0


@dataclass
class KeyPack:
    """A pack that is there from the start: of a purchase of the Clearinghouse, or described by hand."""

    purchase: str | None = None
    quantity: int = 0
    issued: int = 0
    product_version: Version | None = None
    cal_type: CalType | None = None
    key_pack_id: int | None = None
    key_pack_type: int | None = None
    product_type: int | None = None
    product_version_id: int | None = None
    expiration: str | None = None
    description: str | None = None
    type_and_model: str | None = None


@dataclass
class IssuedLicense:
    """CALs in use. `count` above 1: that many, with a number behind computer, user and hardware ID."""

    key_pack_id: int
    computer: str = ""
    user: str = ""
    status: int = 2
    hardware_id: str = ""
    issued_on: str | None = None
    expires_on: str | None = None
    count: int = 1


@dataclass
class Event:
    """An event of a classic log. `hours_ago` counts back from the moment somebody asks."""

    event_code: int
    source: str = "Microsoft-Windows-TerminalServices-Licensing"
    log: str = "System"
    hours_ago: float = 5.0
    type: Literal["error", "warning", "information"] = "warning"
    strings: list[str] = field(default_factory=list)


@dataclass
class SessionHost:
    """The session host side. `policy_*` are what Group Policy dictates; null: it leaves the setting alone."""

    licensing_type: Literal["2", "4", "5", "6"] = "5"
    remote_administration: bool = False
    license_servers: list[str] = field(default_factory=list)
    policy_licensing_type: Literal["2", "4"] | None = None
    policy_license_servers: list[str] | None = None
    grace_period_days: int = 120
    allowed_on: list[str] | None = None
    connectivity: dict[str, int] = field(default_factory=dict)
    not_issuing: list[str] = field(default_factory=list)
    ever_licensed: bool = True
    grace_period_fails: bool = False


@dataclass
class ConnectionBroker:
    """Licensing of a deployment, as its connection broker has it."""

    central: bool = True
    licensing_type: Literal["2", "4", "5"] = "4"
    license_servers: list[str] = field(default_factory=list)


@dataclass
class Server:
    """One Windows server of the fleet."""

    windows_release: Release = "2022"
    ui_language: str = "en-US"
    address: str = "127.0.0.1"
    domain: str | None = None
    on_domain_controller: bool = False
    listeners: Listeners = field(default_factory=Listeners)
    users: dict[str, User] = field(default_factory=dict)
    role_installed: bool = True
    service: Literal["running", "stopped"] = "running"
    service_start_mode: Literal["Auto", "Manual", "Disabled"] = "Auto"
    part_of_domain: bool = True
    update_build_revision: int | None = None
    winrm_max_envelope_size_kb: int = 500
    winrm_max_timeout_ms: int = 60_000
    winrm_max_operations_per_user: int = 1500
    oldest_event_hours_ago: float = 2000.0
    event_channels: list[str] = field(default_factory=list)
    free_disk_mb: int = 40_960
    clock_offset_seconds: float = 0.0
    events: list[Event] = field(default_factory=list)
    corrupt_database: bool = False
    database_missing: bool = False
    database_mb: int = 1
    database_written_days_ago: float = 0.0
    licensing_classes: bool = True
    activation_status: Literal["0", "1", "2"] | None = None
    certificates: bool = True
    database_folder: str = "C:\\Windows\\system32\\lserver"
    activated: bool = False
    license_server_id: str | None = None
    product_id: str | None = None
    contact: dict[str, str] = field(default_factory=dict)
    discovery_scope: Literal["workgroup", "domain", "forest"] = "domain"
    in_license_servers_group: bool = False
    in_license_servers_group_of: list[str] = field(default_factory=list)
    published: bool = False
    registered_to_scp: bool = False
    security_group_policy: bool = False
    security_group: list[str] = field(default_factory=list)
    prevent_upgrade_policy: bool = False
    built_in_packs: bool = True
    temporary_packs: bool = True
    key_packs: list[KeyPack] = field(default_factory=list)
    issued_licenses: list[IssuedLicense] = field(default_factory=list)
    unrecorded_users: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    registry: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    internet: bool = True
    reachable_from: list[str] | None = None
    session_host: SessionHost | None = None
    connection_broker: ConnectionBroker | None = None
    dialect: Dialect = field(default_factory=Dialect)
    behaviour: Behaviour = field(default_factory=Behaviour)
    refusals: Refusals = field(default_factory=Refusals)


@dataclass
class Purchase:
    """What was bought. Retail: license_code; Open: license_number and authorization_number; else agreement_number."""

    program: Program
    product_version: Version
    cal_type: CalType
    quantity: int
    license_code: str | None = None
    license_number: str | None = None
    authorization_number: str | None = None
    agreement_number: str | None = None
    placed: dict[str, int] = field(default_factory=dict)


@dataclass
class Clearinghouse:
    purchases: dict[str, Purchase] = field(default_factory=dict)


@dataclass
class Domain:
    name: str = "winfleet.example"
    netbios: str = "WINFLEET"


@dataclass
class Port:
    port: int = 0


@dataclass
class Fleet:
    """The whole file."""

    servers: dict[str, Server]
    domain: Domain = field(default_factory=Domain)
    users: dict[str, User] = field(default_factory=dict)
    clearinghouse: Clearinghouse = field(default_factory=Clearinghouse)
    control: Port = field(default_factory=Port)
    website: Port = field(default_factory=Port)
    telephone: Port = field(default_factory=Port)
