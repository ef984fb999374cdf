# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read many machines in one task: a few at a time, each over its own connection, and no failure for one of them.

Connections are prepared one after the other, for Ansible's templates are not made for threads; messages are exchanged
in threads. What is kept of a machine is a plain row.
"""

from __future__ import annotations

import concurrent.futures
import time
import typing as t
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.catalogue import HOST, SERVER, Settings
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.checks import checks_of
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.facts import Facts, HostFacts, ServerFacts
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._health.reading import (
    read_license_server,
    read_machine,
    read_session_host,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.cal_usage import (
    summarize,
    temporary_issued,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanError

LICENSE_SERVER: t.Final = SERVER
SESSION_HOST: t.Final = HOST
PROGRESS_SECONDS: t.Final = 5.0

Row = dict[str, t.Any]


@dataclass(frozen=True)
class Machine:
    """A host to read, and as what."""

    name: str
    kind: str


def read_fleet(
    machines: Iterable[Machine],
    connect: Callable[[str], CimSession],
    read: Callable[[Machine, CimSession], Row],
    *,
    workers: int,
    progress: Callable[[int], None],
) -> Iterator[Row]:
    """A row for each machine, in the order in which they are done.

    Args:
        connect: gives a session that connects with its first request; called in this thread only. Its LicensingError is
            the machine's row.
        read: reads one machine, in a thread of its own; its LicensingError or WsmanError is the machine's row.
        workers: how many machines are read at a time.
        progress: hears every few seconds how many rows are done.
    """
    done, told = 0, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="rd_licensing") as pool:
        pending: set[concurrent.futures.Future[Row]] = set()
        try:
            for machine in _with_end(machines):
                if machine is not None:
                    pending.add(_submit(pool, machine, connect, read))
                while pending and (machine is None or len(pending) >= workers * 2):
                    finished, pending = concurrent.futures.wait(
                        pending, PROGRESS_SECONDS, concurrent.futures.FIRST_COMPLETED
                    )
                    for each in finished:
                        done += 1
                        yield each.result()
                    if time.monotonic() - told >= PROGRESS_SECONDS:
                        told = time.monotonic()
                        progress(done)
        except BaseException:
            # Ctrl-C: what has not begun does not begin.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _with_end(machines: Iterable[Machine]) -> Iterator[Machine | None]:
    yield from machines
    yield None


def _submit(
    pool: concurrent.futures.ThreadPoolExecutor,
    machine: Machine,
    connect: Callable[[str], CimSession],
    read: Callable[[Machine, CimSession], Row],
) -> concurrent.futures.Future[Row]:
    try:
        session = connect(machine.name)
    except LicensingError as error:
        failed: concurrent.futures.Future[Row] = concurrent.futures.Future()
        failed.set_result(_unreadable(machine, error))
        return failed
    return pool.submit(_read, machine, session, read)


def _read(machine: Machine, session: CimSession, read: Callable[[Machine, CimSession], Row]) -> Row:
    try:
        return {"host": machine.name, "kind": machine.kind, "read": True, **read(machine, session)}
    except (LicensingError, WsmanError) as error:
        return _unreadable(machine, error)
    finally:
        session.close()


def _unreadable(machine: Machine, error: Exception) -> Row:
    return {"host": machine.name, "kind": machine.kind, "read": False, "reason": " ".join(str(error).split())}


def health_of(machine: Machine, session: CimSession, settings: Settings) -> Row:
    """What a fleet report shows of a machine, with its findings; C(facts) is for C(with_fleet_findings)."""
    common = read_machine(session)
    if machine.kind == LICENSE_SERVER:
        server = read_license_server(session, common)
        return {**_common(server), **_server(server), "findings": checks_of(server, settings), "facts": server}
    host = read_session_host(session, common)
    return {**_common(host), **_host(host), "findings": checks_of(host, settings), "facts": host}


def _common(facts: Facts) -> Row:
    windows, membership = facts.values.get("windows"), facts.values.get("membership")
    return {
        "windows": windows.title if windows else None,
        "domain": membership.domain if membership else None,
        "not_read": dict(sorted(facts.troubles.items())),
    }


def _server(facts: ServerFacts) -> Row:
    """What the report shows of a license server; None where it could not be read."""
    packs, record = facts.values.get("packs"), facts.values.get("record")
    status = facts.values.get("activation_status")
    return {
        "names": sorted(facts.names) if "membership" in facts.values else None,
        "activated": None if status is None else status == 0,
        "connection_method": record.connection_method if record else None,
        "usage": None if packs is None else summarize(packs),
        "temporary": None if packs is None else temporary_issued(packs),
        "key_packs": None if packs is None else [_pack(pack.describe()) for pack in packs if pack.purchased],
        "pending_removals": list(record.pending_removals) if record else [],
        "unfinished": list(record.unfinished) if record else [],
    }


def _pack(described: Row) -> Row:
    names = ("key_pack_id", "key_pack_type_name", "cal_type", "product_version", "total", "issued", "expires")
    return {name: described[name] for name in names}


def _host(facts: HostFacts) -> Row:
    """What the report shows of a session host."""
    licensing = facts.values.get("licensing")
    mode = licensing.licensing_type if licensing else None
    return {
        "licensing_mode": {2: "per_device", 3: "per_user", 4: "per_user", 5: "not_configured"}.get(mode or 0),
        "license_servers": list(facts.named_servers) if "server_names" in facts.values else None,
        "connectivity": [each.describe() for each in facts.values.get("connectivity", ())],
        "grace_days": facts.values.get("grace_days"),
    }
