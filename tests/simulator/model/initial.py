# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first state of a server and of the Clearinghouse, out of the fleet description."""

from __future__ import annotations

import hashlib
import ntpath
from datetime import timedelta

from tests.simulator import surroundings
from tests.simulator.model import catalog, description, state

_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_ROLES = {"workgroup": 0, "domain": 1, "forest": 2}
_PACK_TYPES = {"retail": 1, "open": 5}
LICENSING_SERVICE = "TermServLicensing"


def derived_text(seed: str, length: int) -> str:
    """Letters and digits that follow from `seed` alone, so that a fleet looks the same at every start."""
    number = int.from_bytes(hashlib.sha512(seed.encode()).digest(), "big")
    letters = []
    for _round in range(length):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters)


def license_server_id_for(product_id: str, activation: int) -> str:
    """The ID the Clearinghouse answers to a product ID; a reactivation gets another one."""
    return derived_text(f"{product_id}/{activation}", 35)


def default_product_id(name: str) -> str:
    digits = str(int(hashlib.sha256(name.encode()).hexdigest(), 16))
    return f"{digits[:5]}-{digits[5:10]}-{digits[10:15]}-AA{digits[15:18]}"


def initial_server(name: str, server: description.Server, fleet: description.Fleet) -> state.ServerState:
    product_id = server.product_id or default_product_id(name)
    result = state.ServerState(
        name=name,
        product_id=product_id,
        license_server_id=server.license_server_id or license_server_id_for(product_id, 0),
        activated=server.activated,
        role_installed=server.role_installed,
        server_role=_ROLES[server.discovery_scope],
        database_file=ntpath.join(server.database_folder, "TLSLic.edb"),
        internet=server.internet,
        part_of_domain=server.part_of_domain,
        contact={name: server.contact.get(name) for name in state.CONTACT_FIELDS},
        services=_services(),
        directory=state.DirectoryState(server.in_license_servers_group, server.published, server.registered_to_scp),
    )
    if server.role_installed:
        database = install_role(result, server, running=server.service == "running")
        file = result.files[result.database_file.lower()]
        file.size = max(server.database_mb * 1024**2, file.size)
        file.modified = (surroundings.utc_now() - timedelta(days=server.database_written_days_ago)).isoformat()
        database.corrupt = server.corrupt_database
        for pack in server.key_packs:
            database.packs.append(_pack(pack, database, fleet))
        _add_issued(database, server)
        result.reports = [state.ReportState(name, _now()) for name in server.reports]
    for path in server.files:
        result.files[path.lower()] = state.FileState(path, 4096, _now())
    _fill_registry(result, server, fleet)
    if server.session_host is not None:
        host = server.session_host
        result.session_host = state.SessionHostState(
            int(host.licensing_type), list(host.license_servers), host.grace_period_days
        )
    return result


def install_role(result: state.ServerState, server: description.Server, *, running: bool) -> state.DatabaseState:
    """Add the service and its database, as installing the role service RDS-Licensing does."""
    result.role_installed = True
    service = state.ServiceState(
        LICENSING_SERVICE, "Remote Desktop Licensing", running, server.service_start_mode, process_id=2840 * running
    )
    result.services[service.name.lower()] = service
    database = new_database(server)
    result.files[result.database_file.lower()] = new_database_file(result.database_file, database)
    return database


def new_database(server: description.Server) -> state.DatabaseState:
    """An empty database. The built-in pack is always there; temporary CALs come from a pack of their own."""
    database = state.DatabaseState()
    if server.built_in_packs:
        database.packs.append(
            state.KeyPackState(
                2, 6, catalog.BUILT_IN, 0, state.UNLIMITED, 0, catalog.BUILT_IN_EXPIRATION,
                catalog.stock_keeping_unit(0, catalog.PER_DEVICE, "EX"), "Built-in TS Per Device CAL",
            )
        )  # fmt: skip
    if server.temporary_packs:
        newest = min(catalog.release(server.windows_release)["highest_cal"], 8)
        database.packs.append(
            state.KeyPackState(
                database.next_key_pack_id, 4, catalog.PER_DEVICE, newest, state.UNLIMITED, 0,
                catalog.LARGEST_TIME, catalog.stock_keeping_unit(newest, catalog.PER_DEVICE),
                catalog.type_and_model(newest, catalog.PER_DEVICE),
            )
        )  # fmt: skip
        database.next_key_pack_id += 1
    return database


def new_database_file(path: str, database: state.DatabaseState) -> state.FileState:
    return state.FileState(path, 1_056_768, _now(), database)


def purchased_pack(database: state.DatabaseState, purchase: state.PurchaseState, quantity: int) -> state.KeyPackState:
    """The pack that installing `quantity` CALs of `purchase` makes; it takes the next key pack ID."""
    pack = state.KeyPackState(
        key_pack_id=database.next_key_pack_id,
        key_pack_type=_PACK_TYPES.get(purchase.program, 2),
        product_type=purchase.product_type,
        product_version_id=purchase.product_version_id,
        total=quantity,
        issued=0,
        expiration=catalog.PERMANENT,
        description=catalog.stock_keeping_unit(purchase.product_version_id, purchase.product_type),
        type_and_model=catalog.type_and_model(purchase.product_version_id, purchase.product_type),
        purchase=purchase.name,
    )
    database.next_key_pack_id += 1
    return pack


def purchase_state(name: str, purchase: description.Purchase) -> state.PurchaseState:
    credential = "|".join(
        part.upper()
        for part in (
            purchase.license_code, purchase.license_number, purchase.authorization_number, purchase.agreement_number
        )
        if part is not None
    )  # fmt: skip
    return state.PurchaseState(
        name=name,
        program=purchase.program,
        credential=credential,
        product_version_id=catalog.version_id(purchase.product_version),
        product_type=catalog.PRODUCT_TYPES[purchase.cal_type],
        quantity=purchase.quantity,
    )


def initial_clearinghouse(fleet: description.Fleet, servers: dict[str, state.ServerState]) -> state.ClearinghouseState:
    """The purchases, with every CAL placed where the fleet description has its packs."""
    result = state.ClearinghouseState()
    for name, purchase in fleet.clearinghouse.purchases.items():
        entry = purchase_state(name, purchase)
        for server_name, count in purchase.placed.items():
            _place(entry, servers[server_name].license_server_id, count)
        for server_name, server in fleet.servers.items():
            for pack in server.key_packs:
                if pack.purchase == name:
                    _place(entry, servers[server_name].license_server_id, pack.quantity)
        result.purchases[name] = entry
    for server_name, server_state in servers.items():
        if fleet.servers[server_name].activated:
            result.license_servers[server_state.license_server_id] = server_name
    return result


def _place(purchase: state.PurchaseState, license_server_id: str, count: int) -> None:
    purchase.placed[license_server_id] = purchase.placed.get(license_server_id, 0) + count


def _pack(pack: description.KeyPack, database: state.DatabaseState, fleet: description.Fleet) -> state.KeyPackState:
    if pack.purchase is not None:
        purchase = purchase_state(pack.purchase, fleet.clearinghouse.purchases[pack.purchase])
    else:
        version = pack.product_version or "windows_server_2022"
        kind = catalog.PRODUCT_TYPES[pack.cal_type or "per_user"]
        purchase = state.PurchaseState("", "enterprise", "", catalog.version_id(version), kind, pack.quantity)
    result = purchased_pack(database, purchase, pack.quantity)
    result.purchase = pack.purchase
    result.issued = pack.issued
    for field in (
        "key_pack_id", "key_pack_type", "product_type", "product_version_id", "expiration", "description",
        "type_and_model",
    ):  # fmt: skip
        value = getattr(pack, field)
        if value is not None:
            setattr(result, field, value)
    database.next_key_pack_id = max(database.next_key_pack_id, result.key_pack_id + 1)
    return result


def _add_issued(database: state.DatabaseState, server: description.Server) -> None:
    now = surroundings.utc_now().replace(microsecond=0)
    for entry in server.issued_licenses:
        for number in range(1, entry.count + 1):
            suffix = f"{number:05d}" if entry.count > 1 else ""
            database.issued.append(
                state.IssuedLicenseState(
                    len(database.issued) + 1, entry.key_pack_id, entry.computer and entry.computer + suffix,
                    entry.user and entry.user + suffix, entry.status, entry.issued_on or now.isoformat(),
                    entry.expires_on or (now + timedelta(days=71)).isoformat(),
                    entry.hardware_id and entry.hardware_id + suffix,
                )
            )  # fmt: skip


def _services() -> dict[str, state.ServiceState]:
    services = [
        state.ServiceState("EventLog", "Windows Event Log", True, process_id=1044),
        state.ServiceState("Spooler", "Print Spooler", True, process_id=2192),
        state.ServiceState("TermService", "Remote Desktop Services", True, "Manual", process_id=1180),
        state.ServiceState("Winmgmt", "Windows Management Instrumentation", True, process_id=1252),
        state.ServiceState("WinRM", "Windows Remote Management (WS-Management)", True, process_id=1388),
        state.ServiceState("wuauserv", "Windows Update", False, "Manual"),
    ]
    return {service.name.lower(): service for service in services}


def _fill_registry(result: state.ServerState, server: description.Server, fleet: description.Fleet) -> None:
    release = catalog.release(server.windows_release)
    keys: dict[str, dict[str, object]] = {
        "SOFTWARE": {},
        "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": {
            "ProductName": release["caption"].removeprefix("Microsoft "),
            "CurrentBuild": release["version"].rsplit(".", 1)[1],
            "InstallationType": "Server",
            **_revision(server),
        },
        "SOFTWARE\\Microsoft\\TermServLicensing": {},
        **_session_host_keys(server),
        "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters": {
            "Hostname": result.name,
            "Domain": server.domain or fleet.domain.name,
        },
        "SYSTEM\\CurrentControlSet\\Services\\TermServLicensing\\Parameters": {},
        **server.registry,
    }
    for path, values in keys.items():
        walked = ""
        for part in path.split("\\"):
            walked = f"{walked}\\{part}" if walked else part
            result.registry.setdefault(walked.lower(), state.KeyState(walked))
        key = result.registry[path.lower()]
        for name, data in values.items():
            kind = 4 if isinstance(data, int) else 7 if isinstance(data, list) else 1
            key.values[name.lower()] = state.ValueState(name, kind, data)


def _revision(server: description.Server) -> dict[str, object]:
    """The revision behind the build number; whether releases before 2016 have the value is not known."""
    revision = server.update_build_revision or catalog.release(server.windows_release).get("patched_revision")
    return {} if revision is None else {"UBR": int(revision)}


def _session_host_keys(server: description.Server) -> dict[str, dict[str, object]]:
    """What a session host that got licenses once has in its registry, and its own settings beside a policy's."""
    host = server.session_host
    if host is None:
        return {}
    licensed = host.ever_licensed and bool(host.license_servers or host.policy_license_servers)
    control = "SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM"
    service = "SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters"
    return {
        control: {"X509 Certificate": "blob", "X509 Certificate ID": "blob"} if licensed else {},
        f"{control}\\Licensing Core": {"LicensingMode": int(host.licensing_type)},
        service: {"LicensingGracePeriodEnded": 1} if licensed else {},
        f"{service}\\LicenseServers": {"SpecifiedLicenseServers": list(host.license_servers)},
    }


def _now() -> str:
    return surroundings.utc_now().replace(microsecond=0).isoformat()
