# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a machine for its checks: each read once, and a read that fails spoils only the checks that need it.

Without what C(Wanted) adds, a license server takes 17 requests, and a session host 9 plus one for each license server
it names. The license server's Win32_ServerFeature is asked for only where its WMI class is missing.
"""

from __future__ import annotations

import datetime
import ntpath
import typing as t
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.rebuild_observation import DATABASE_FILE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.wql import literal, select
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.event_reading import (
    read_event_logs,
    read_host_events,
    read_server_events,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.fact_values import (
    DataFile,
    DeploymentLicensing,
    Disk,
    HostLicensing,
    Membership,
    RecordSummary,
    Service,
    Windows,
    WinrmLimits,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import (
    Facts,
    HostFacts,
    ServerFacts,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.enumerations import release_title
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.issued_cals import read_issued_cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    LicenseServer,
    properties_of,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import (
    CallRefused,
    asking,
    invoke,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.registry import Registry
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import SessionHost
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.usage_reports import UsageReports
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import release_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_service import LICENSING_SERVICE
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import TS_LICENSE_SERVER
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_windows_classes import (
    CIM_DATA_FILE,
    TERMINAL_SERVICE_SETTING,
    TS_DEPLOYMENT_LICENSING,
    WIN32_COMPUTER_SYSTEM,
    WIN32_LOGICAL_DISK,
    WIN32_OPERATING_SYSTEM,
    WIN32_SERVER_FEATURE,
    WIN32_SERVICE,
    WINRM_CONFIG,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

_LICENSING_FEATURE: t.Final = 131
_DOMAIN_CONTROLLER: t.Final = 2
_LICENSING_PARAMETERS: t.Final = "SYSTEM\\CurrentControlSet\\Services\\TermServLicensing\\Parameters"
_WORKGROUP_AUTH: t.Final = "DisableWorkgroupAuthEnforcement"
_CURRENT_VERSION: t.Final = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
_RCM: t.Final = "SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM"
_HOST_PARAMETERS: t.Final = "SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters"


@dataclass(frozen=True)
class Wanted:
    """What is read beyond the usual.

    Attributes:
        events_days: how many days of events; None for none.
        extended: the limits of WinRM, the file of the licensing database, the keys of its certificates.
        issued_cals: every CAL in use.
        reports: the stored usage reports.
        user_domains: domains whose users get CALs from the license server, beside its own.
        everything: also what only a server in trouble, or Group Policy, makes necessary.
    """

    events_days: int | None = None
    extended: bool = False
    issued_cals: bool = False
    reports: bool = False
    user_domains: tuple[str, ...] = ()
    everything: bool = False


class _Reader:
    """Fills facts, read by read."""

    def __init__(self, session: CimSession, facts: Facts) -> None:
        self.session = session
        self.facts = facts

    def read(self, name: str, reader: Callable[[], t.Any]) -> t.Any:
        """Do one read; None when it failed, which the facts remember."""
        try:
            value = reader()
        except (LicensingError, WsmanError) as error:
            # A server that cannot be reached at all is the caller's business.
            if isinstance(error, WsmanError) and not self.facts.values and not self.facts.troubles:
                raise
            self.facts.troubles[name] = " ".join(str(error).split())
            return None
        self.facts.values[name] = value
        return value

    def rows(self, cim_class: CimClass, columns: Iterable[str] = (), where: str = "") -> list[t.Any]:
        """The rows of a query."""
        with asking(self.session.server, f"reading {cim_class.name}"):
            return list(self.session.enumerate(cim_class, select(cim_class, list(columns), where)))


def read_machine(session: CimSession) -> Facts:
    """What both kinds of machines have in common: Windows, membership, the licensing service. 3 requests.

    Raises:
        WsmanError: the server cannot be reached.
    """
    facts = Facts(session.server)
    reader = _Reader(session, facts)
    reader.read("windows", lambda: _windows(reader))
    reader.read("membership", lambda: _membership(reader))
    reader.read("services", lambda: _services(reader))
    return facts


def read_license_server(session: CimSession, machine: Facts, wanted: Wanted = Wanted()) -> ServerFacts:
    """The facts of a license server, those of its machine included."""
    facts = ServerFacts(machine.host, dict(machine.values), dict(machine.troubles))
    reader = _Reader(session, facts)
    server, registry = LicenseServer(session), Registry(session)
    present = _read_role(reader)
    if wanted.everything or not present:
        reader.read(
            "feature_installed", lambda: bool(reader.rows(WIN32_SERVER_FEATURE, where=f"ID = {_LICENSING_FEATURE}"))
        )
    if not present:
        return facts
    reader.read("revision", lambda: registry.read_number(_CURRENT_VERSION, "UBR"))
    reader.read("activation_status", lambda: _activation_status(session))
    reader.read("packs", server.key_packs)
    reader.read("registrations", lambda: server.registrations(_registrations(facts)))
    reader.read("workgroup_auth_off", lambda: _workgroup_auth(registry, wanted.everything))
    reader.read("record", lambda: _record(server))
    folder = facts.values["properties"].database_path if "properties" in facts.values else ""
    if folder:
        # A provider that lists its key packs has its database.
        if wanted.extended or wanted.everything or "packs" in facts.troubles:
            reader.read("database_file", lambda: _database_file(reader, folder))
        reader.read("disk", lambda: _disk(reader, folder))
    _read_more_of_a_server(reader, server, wanted)
    return facts


def _read_more_of_a_server(reader: _Reader, server: LicenseServer, wanted: Wanted) -> None:
    session = reader.session
    if wanted.user_domains:
        reader.read("user_domains", lambda: {name: server.in_group_of(name) for name in wanted.user_domains})
    if wanted.extended:
        names = Registry(session).key_names
        reader.read("certificate_keys", lambda: frozenset(name.lower() for name in names(_LICENSING_PARAMETERS)))
        reader.read("winrm", lambda: _winrm(reader))
    if wanted.issued_cals:
        reader.read("issued", lambda: tuple(read_issued_cals(server)))
    if wanted.reports:
        reader.read("reports", UsageReports(server).stored)
    if wanted.events_days is not None:
        since = _since(reader.facts, wanted.events_days)
        reader.read("event_logs", lambda: read_event_logs(session, since))
        reader.read("events", lambda: read_server_events(session, since))


def read_session_host(session: CimSession, machine: Facts, wanted: Wanted = Wanted()) -> HostFacts:
    """The facts of a session host, those of its machine included, without those of its license servers."""
    facts = HostFacts(machine.host, dict(machine.values), dict(machine.troubles))
    reader = _Reader(session, facts)
    registry = Registry(session)
    licensing = reader.read("licensing", lambda: _licensing(reader))
    if licensing is None:
        return facts
    selectors = {"ServerName": licensing.server_name}
    reader.read("server_names", lambda: _names(session, selectors))
    if licensing.terminal_server_mode == 0:
        return facts
    host = SessionHost(session, licensing.server_name)
    reader.read("grace_days", host.grace_period_days)
    if "server_names" in facts.values:
        reader.read("connectivity", lambda: host.connectivity(dict.fromkeys(facts.named_servers)))
    reader.read("found_servers", host.find_license_servers)
    reader.read("certificate_values", lambda: frozenset(name.lower() for name in registry.value_names(_RCM)))
    ended = "licensinggraceperiodended"
    reader.read("grace_ended", lambda: ended in {name.lower() for name in registry.value_names(_HOST_PARAMETERS)})
    if wanted.everything or licensing.mode_by_policy:
        reader.read("local_mode", lambda: registry.read_number(f"{_RCM}\\Licensing Core", "LicensingMode"))
    if wanted.everything or licensing.servers_by_policy:
        key = f"{_HOST_PARAMETERS}\\LicenseServers"
        reader.read("local_servers", lambda: registry.read_strings(key, "SpecifiedLicenseServers"))
    if wanted.extended:
        reader.read("winrm", lambda: _winrm(reader))
    if wanted.events_days is not None:
        since = _since(facts, wanted.events_days)
        logs = reader.read("event_logs", lambda: read_event_logs(session, since))
        reader.read("events", lambda: read_host_events(session, since, logs))
    return facts


def read_deployment(session: CimSession, host: HostFacts) -> None:
    """Add what the connection broker at the other end of a session sets for the session host."""

    def licensing(reader: _Reader) -> DeploymentLicensing:
        found = _only(
            reader, TS_DEPLOYMENT_LICENSING, ("UseCentralLicensingSettings", "LicenseServers", "LicensingType")
        )
        names = t.cast("list[str | None]", found["LicenseServers"] or [])
        central, mode = bool(found["UseCentralLicensingSettings"]), found.number("LicensingType")
        return DeploymentLicensing(session.server, central, mode, tuple(name for name in names if name))

    reader = _Reader(session, host)
    reader.read("deployment", lambda: licensing(reader))


def read_whether_allowed(session: CimSession, server: ServerFacts, host: HostFacts) -> None:
    """Add whether the license server lets the session host get CALs, where its policy is on: one request."""
    registrations, membership = server.values.get("registrations", {}), host.values.get("membership")
    if registrations.get("security_group_policy") and membership is not None:
        reader = _Reader(session, server)
        reader.read("host_allowed", lambda: LicenseServer(session).is_access_allowed(membership.name))


def _since(facts: Facts, days: int) -> datetime.datetime:
    """The start of the period, by the computer's own clock if it was read, otherwise by the controller's."""
    windows = facts.values.get("windows")
    now = windows.now if windows is not None and windows.now else datetime.datetime.now(datetime.timezone.utc)
    return t.cast("datetime.datetime", now) - datetime.timedelta(days=days)


def _winrm(reader: _Reader) -> WinrmLimits:
    with asking(reader.session.server, "reading the configuration of WinRM"):
        found = reader.session.get(WINRM_CONFIG)
    service = found["Service"]
    return WinrmLimits(
        found.number("MaxEnvelopeSizekb"),
        found.number("MaxTimeoutms"),
        service.number("MaxConcurrentOperationsPerUser") if isinstance(service, CimInstance) else None,
    )


def _windows(reader: _Reader) -> Windows:
    columns = ("Caption", "Version", "BuildNumber", "ProductType", "LocalDateTime")
    instance = _only(reader, WIN32_OPERATING_SYSTEM, columns)
    asked = datetime.datetime.now(datetime.timezone.utc)
    version, now = instance.text("Version") or "", instance.moment("LocalDateTime")
    release, build = release_of(version), instance.text("BuildNumber") or ""
    caption = (instance.text("Caption") or "").strip()
    return Windows(
        release=release,
        title=caption.removeprefix("Microsoft ") or (release_title(release) if release else version),
        version=version,
        build=int(build) if build.isdecimal() else None,
        domain_controller=instance.number("ProductType") == _DOMAIN_CONTROLLER,
        now=now.astimezone(datetime.timezone.utc) if now else None,
        ahead=(now - asked).total_seconds() if now else None,
    )


def _membership(reader: _Reader) -> Membership:
    instance = _only(reader, WIN32_COMPUTER_SYSTEM, ("Name", "Domain", "PartOfDomain"))
    return Membership(instance.text("Name") or "", bool(instance["PartOfDomain"]), instance.text("Domain") or "")


def _only(reader: _Reader, cim_class: CimClass, columns: Iterable[str]) -> t.Any:
    rows = reader.rows(cim_class, columns)
    if not rows:
        raise LicensingError(f"{reader.session.server}: {cim_class.name} has no instance.")
    return rows[0]


def _services(reader: _Reader) -> dict[str, Service]:
    where = f"Name = {literal(LICENSING_SERVICE)}"
    rows = reader.rows(WIN32_SERVICE, ("Name", "State", "StartMode"), where)
    return {row.text("Name") or "": Service(row.text("State") or "", row.text("StartMode") or "") for row in rows}


def _read_role(reader: _Reader) -> bool:
    """Read the properties, and whether the class is there at all."""
    try:
        with asking(reader.session.server, "reading the license server"):
            values = reader.session.get(TS_LICENSE_SERVER).values
    except CallRefused as refused:
        if refused.not_found:
            reader.facts.values["role_installed"] = False
            return False
        reader.facts.troubles["properties"] = " ".join(str(refused).split())
    except WsmanError as error:
        reader.facts.troubles["properties"] = " ".join(str(error).split())
    else:
        reader.facts.values["properties"] = properties_of(values)
    reader.facts.values["role_installed"] = True
    return True


def _activation_status(session: CimSession) -> int:
    values = invoke(session, TS_LICENSE_SERVER, "GetActivationStatus", what="reading the activation status")
    status = values.get("ActivationStatus")
    return 2 if status is None else int(status)


def _registrations(facts: ServerFacts) -> list[str]:
    """Only what a check asks for: outside a domain there is no group, and only a forest scope is published."""
    wanted = ["security_group_policy", "prevent_upgrade_policy"]
    membership, properties = facts.values.get("membership"), facts.values.get("properties")
    if membership is None or membership.part_of_domain:
        wanted += ["license_servers_group", "service_connection_point"]
    if properties is not None and properties.discovery_scope == "forest":
        wanted.append("published")
    return wanted


def _workgroup_auth(registry: Registry, everything: bool) -> int | None:
    names = {name.lower(): name for name in registry.value_names(_LICENSING_PARAMETERS)}
    name = names.get(_WORKGROUP_AUTH.lower(), _WORKGROUP_AUTH if everything else None)
    return registry.read_number(_LICENSING_PARAMETERS, name) if name else None


def _record(server: LicenseServer) -> RecordSummary:
    recorded = server.recorded_operations()
    return RecordSummary(
        server.record.connection_method(),
        tuple(f"{each.operation} begun {each.started} has no recorded outcome" for each in recorded.all_unfinished),
        tuple(
            f"CALs migrated by operation {each.sequence} may still be on {each.source.name or 'their source'}"
            for each in recorded.pending_removals
            if each.source
        ),
    )


def _database_file(reader: _Reader, folder: str) -> DataFile | None:
    name = ntpath.join(folder.rstrip("\\/"), DATABASE_FILE)
    rows = reader.rows(CIM_DATA_FILE, ("Name", "FileSize", "LastModified"), f"Name = {literal(name)}")
    if not rows:
        return None
    return DataFile(rows[0].text("Name") or name, rows[0].number("FileSize"), rows[0].moment("LastModified"))


def _disk(reader: _Reader, folder: str) -> Disk | None:
    device = ntpath.splitdrive(folder)[0].upper()
    if not device:
        return None
    rows = reader.rows(WIN32_LOGICAL_DISK, ("DeviceID", "FreeSpace", "Size"), f"DeviceID = {literal(device)}")
    return Disk(device, rows[0].number("FreeSpace"), rows[0].number("Size")) if rows else None


def _licensing(reader: _Reader) -> HostLicensing:
    with asking(reader.session.server, "reading the session host"):
        instances = list(reader.session.enumerate(TERMINAL_SERVICE_SETTING))
    if not instances or not instances[0].text("ServerName"):
        raise LicensingError(
            f"{reader.session.server}: the server shows no settings of a session host, as it does for an account that "
            f"is not a local Administrator."
        )
    found = instances[0]
    return HostLicensing(
        found.text("ServerName") or "",
        found.number("TerminalServerMode"),
        found.number("LicensingType"),
        _by_policy(found.number("PolicySourceLicensingType")),
        _by_policy(found.number("PolicySourceConfiguredLicenseServers")),
    )


def _by_policy(number: int | None) -> bool | None:
    return {0: False, 1: True}.get(-1 if number is None else number)


def _names(session: CimSession, selectors: dict[str, str]) -> tuple[str, ...]:
    what = "reading the license server list"
    values = invoke(session, TERMINAL_SERVICE_SETTING, "GetSpecifiedLicenseServerList", what=what, selectors=selectors)
    return tuple(str(name or "") for name in values.get("SpecifiedLSList") or ())
