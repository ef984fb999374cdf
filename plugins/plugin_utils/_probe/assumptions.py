# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection assumes of a server, held against what the server sent. Pure.

An assumption looks at values that were read, or at the messages themselves where values hide the form. It gives what it
got where that differs from what is expected, an empty text where it holds, and None where nothing shows it.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.connectivity import CONNECTIVITY_NAMES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import LICENSING_MODE_NAMES
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import HOST, SERVER, ReadResult
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.recorder import Exchange

ALL: t.Final = "all"
_KEY_PACK_MODULES: t.Final = ("key_pack", "cal_migration", "database_rebuild", "cal_usage_info", "issued_cal")
_SERVER_MODULES: t.Final = (*_KEY_PACK_MODULES, "license_server", "license_server_info", "connection_method")
_HOST_MODULES: t.Final = ("session_host", "session_host_info", "license_server_discovery")
_CHECKS: t.Final = ("licensing_check", "fleet_report")
MODULES: t.Final = {SERVER: (*_SERVER_MODULES, *_CHECKS), HOST: (*_HOST_MODULES, *_CHECKS)}

_NO_DETAIL: t.Final = r"<\w+:Detail\s*/>|<\w+:Detail>\s*</|MSFT_WmiError|:Reason>\s*</\w+:Fault>"
_MOST_MILLISECONDS: t.Final = 20_000
_MOST_SKEW_SECONDS: t.Final = 300
_SMALLEST_ENVELOPE: t.Final = 153_600


@dataclass(frozen=True)
class Evidence:
    """What was read, and the messages of each read. C(now) is the controller's time."""

    results: Mapping[str, ReadResult]
    exchanges: Sequence[Exchange]
    now: datetime.datetime

    def value(self, label: str) -> t.Any:
        """The value of a read; None where it failed or was not made."""
        result = self.results.get(label)
        return None if result is None or result.error else result.value

    def of(self, *labels: str) -> list[Exchange]:
        """The messages of reads, in their order."""
        return [each for each in self.exchanges if each.read in labels and each.response]

    def texts(self, *labels: str) -> str:
        """The responses of reads, or all of them, one after the other."""
        return "\n".join(each.response for each in (self.of(*labels) if labels else self.exchanges))


Finding = str | None


@dataclass(frozen=True)
class Assumption:
    """One thing that the collection assumes.

    Attributes:
        means: what a difference means for the modules that rest on it.
        informs: the difference is worth knowing, and no module fails by it.
    """

    id: str
    subjects: tuple[str, ...]
    expected: str
    means: str
    modules: tuple[str, ...]
    look: Callable[[Evidence], Finding]
    informs: bool = False


def judge(evidence: Evidence, subjects: Sequence[str]) -> list[dict[str, t.Any]]:
    """A row for each assumption about the subjects: C(holds), C(differs) or C(could_not_be_tried)."""
    rows = []
    for each in ASSUMPTIONS:
        if not set(each.subjects) & set(subjects):
            continue
        got = each.look(evidence)
        state = "could_not_be_tried" if got is None else "differs" if got else "holds"
        row = {"id": each.id, "state": state, "expected": each.expected, "informs": each.informs}
        row["modules"] = _modules(each, subjects)
        if got:
            row.update(got=got, means=each.means)
        rows.append(row)
    return rows


def _modules(each: Assumption, subjects: Sequence[str]) -> list[str]:
    names = each.modules
    if ALL in names:
        names = tuple(module for subject in subjects for module in MODULES[subject])
    return sorted(set(names))


def verdicts(rows: Sequence[Mapping[str, t.Any]], subjects: Sequence[str]) -> dict[str, str]:
    """A verdict for each module: C(differs), C(unproven) where something could not be tried, else C(proven)."""
    found: dict[str, str] = {}
    for module in sorted({module for subject in subjects for module in MODULES[subject]}):
        states = {row["state"] for row in rows if module in row["modules"] and not row["informs"]}
        found[module] = (
            "differs"
            if "differs" in states
            else "unproven"
            if "could_not_be_tried" in states or not states
            else "proven"
        )
    return found


# How to look.


def _read_well(*labels: str) -> Callable[[Evidence], Finding]:
    def look(evidence: Evidence) -> Finding:
        results = [evidence.results[label] for label in labels if label in evidence.results]
        return "; ".join(each.error for each in results if each.error) if results else None

    return look


def _absence(label: str, subcodes: tuple[str, ...], codes: tuple[str, ...]) -> Callable[[Evidence], Finding]:
    """The form of the fault for something absent: its subcode, its code outside, and no other code inside."""

    def look(evidence: Evidence) -> Finding:
        found = evidence.of(label)
        if not found:
            return None
        text = found[-1].response
        subcode = re.search(r"<\w+:Subcode>\s*<\w+:Value>\w+:(\w+)", text)
        inside = re.findall(r'<\w+:WSManFault[^>]*Code="(\d+)"', text)
        status = re.search(r"<\w+:StatusCode[^>/]*>(\d+)", text)
        got = f"subcode {subcode.group(1) if subcode else 'none'}, codes {', '.join(inside) or 'none'}"
        if status:
            got += f", status code {status.group(1)}"
        fits = subcode and subcode.group(1) in subcodes and inside and set(inside) <= set(codes) and not status
        return "" if fits else got

    return look


def _form(pattern: str, got: str, *labels: str) -> Callable[[Evidence], Finding]:
    """A pattern that no response may have."""
    compiled = re.compile(pattern)

    def look(evidence: Evidence) -> Finding:
        text = evidence.texts(*labels)
        if not text.strip():
            return None
        match = compiled.search(text)
        return f"{got}: {' '.join(match.group().split())[:80]}" if match else ""

    return look


def _one_item(evidence: Evidence) -> Finding:
    first = [each.response for each in evidence.exchanges if "EnumerateResponse>" in each.response]
    several = [text for text in first if len(re.findall(r"<p:KeyPackId", text)) > 1]
    return None if not first else f"{len(several)} replies with several items" if several else ""


def _end_context(evidence: Evidence) -> Finding:
    ended = [each.response for each in evidence.exchanges if ":EndOfSequence" in each.response]
    filled = [text for text in ended if re.search(r":EnumerationContext[^>/]*>[^<\s]", text)]
    return None if not ended else "a context behind the end of sequence" if filled else ""


def _class_names(evidence: Evidence) -> Finding:
    texts = evidence.texts("key packs", "license server")
    if not texts:
        return None
    names = set(re.findall(r'xsi:type="\w+:(\w+)_Type"', texts))
    other = sorted(name for name in names if not name.startswith(("Win32_TSLicense", "__")))
    return f"instances of {', '.join(other)}" if other else ""


def _packs(evidence: Evidence) -> tuple[KeyPack, ...] | None:
    return t.cast("tuple[KeyPack, ...] | None", evidence.value("key packs"))


def _each_pack(test: Callable[[KeyPack], str]) -> Callable[[Evidence], Finding]:
    def look(evidence: Evidence) -> Finding:
        packs = _packs(evidence)
        if not packs:
            return None
        return "; ".join(dict.fromkeys(filter(None, map(test, packs))))

    return look


def _pack_type(pack: KeyPack) -> str:
    return "" if pack.key_pack_type in range(8) else f"key pack type {pack.key_pack_type}"


def _product_type(pack: KeyPack) -> str:
    return "" if pack.product_type in (0, 1, 3) else f"product type {pack.product_type}"


def _product_version(pack: KeyPack) -> str:
    known = pack.product_version_id in range(9)
    return "" if known else f"product version ID {pack.product_version_id}"


def _expiry(pack: KeyPack) -> str:
    """A date beyond 2035 that is no known way to say "never"."""
    return f"expiration date {pack.expires:%Y-%m-%d}" if pack.expires and pack.expires.year > 2034 else ""


def _built_in(evidence: Evidence) -> Finding:
    packs = _packs(evidence)
    if packs is None:
        return None
    return "" if any(pack.built_in and pack.total is None for pack in packs) else "no built-in key pack"


def _temporary(evidence: Evidence) -> Finding:
    packs = _packs(evidence)
    if packs is None:
        return None
    return "" if any(pack.temporary for pack in packs) else "no key pack of type 4"


def _identifier(label: str, attribute: str, shape: str) -> Callable[[Evidence], Finding]:
    def look(evidence: Evidence) -> Finding:
        value = getattr(evidence.value(label), attribute, None)
        if not value:
            return None
        # The value itself is confidential: its shape says enough.
        return "" if re.fullmatch(shape, value) else re.sub(r"[A-Za-z]", "A", re.sub(r"\d", "9", value))

    return look


def _activation_status(evidence: Evidence) -> Finding:
    activation = evidence.value("activation")
    if activation is None:
        return None
    return "" if activation.status in (0, 1) else f"activation status {activation.status}"


def _registrations(evidence: Evidence) -> Finding:
    flags = evidence.value("registrations")
    if flags is None:
        return None
    silent = sorted(name for name, flag in flags.items() if flag is None)
    return f"no answer for {', '.join(silent)}" if silent else ""


def _service(evidence: Evidence) -> Finding:
    state = evidence.value("licensing service")
    return None if state is None else "" if state == "running" else f"state {state}"


def _database(evidence: Evidence) -> Finding:
    exists = evidence.value("database file")
    return None if exists is None else "" if exists else "no TLSLic.edb in DatabasePath"


def _unset_contact(evidence: Evidence) -> Finding:
    text = evidence.texts("license server")
    if not text:
        return None
    empty = re.findall(r"<p:(\w+)></p:\1>", text)
    return f"empty text for {', '.join(empty[:3])}" if empty else ""


def _users_in_rows(evidence: Evidence) -> Finding:
    packs, cals = _packs(evidence), evidence.value("issued CALs")
    if not packs or not cals:
        return None
    user_packs = {pack.key_pack_id for pack in packs if pack.product_type == 1}
    listed = sum(cal.key_pack_id in user_packs for cal in cals)
    return f"{listed} rows of per user key packs" if listed else ""


def _sizes(evidence: Evidence) -> Finding:
    largest = max((len(each.response.encode()) for each in evidence.exchanges), default=0)
    return None if not largest else f"a response of {largest} bytes" if largest > _SMALLEST_ENVELOPE else ""


def _times(evidence: Evidence) -> Finding:
    slow = max(evidence.exchanges, key=lambda each: each.milliseconds, default=None)
    if slow is None:
        return None
    return f"'{slow.read}' took {slow.milliseconds} ms" if slow.milliseconds > _MOST_MILLISECONDS else ""


def _skew(evidence: Evidence) -> Finding:
    clock = evidence.value("server clock by query")
    if clock is None:
        return None
    seconds = abs((clock - evidence.now).total_seconds())
    return f"{seconds:.0f} s apart" if seconds > _MOST_SKEW_SECONDS else ""


def _envelope(evidence: Evidence) -> Finding:
    """A batch that was cut far below what was asked for, with more to come."""
    pulls = [each for each in evidence.of("key packs", "issued CALs") if "PullResponse" in each.response]
    cut = [each for each in pulls if ":EndOfSequence" not in each.response and len(each.response) < 40_000]
    return None if not pulls else f"batches of {len(cut[0].response)} bytes" if cut else ""


def _licensing_type(evidence: Evidence) -> Finding:
    settings = evidence.value("session host")
    if settings is None:
        return None
    return "" if settings.licensing_type in LICENSING_MODE_NAMES else f"licensing type {settings.licensing_type}"


def _connectivity(evidence: Evidence) -> Finding:
    rows = evidence.value("connectivity")
    if not rows:
        return None
    odd = [str(each.number) for each in rows if each.number not in CONNECTIVITY_NAMES]
    return f"status {', '.join(odd)}" if odd else ""


def _grace(evidence: Evidence) -> Finding:
    result = evidence.results.get("grace period")
    if result is None:
        return None
    return result.error or ("" if result.value is not None else "no answer")


def _found_servers(evidence: Evidence) -> Finding:
    settings, found = evidence.value("session host"), evidence.value("found servers")
    if settings is None or found is None or not settings.license_servers:
        return None
    names = {name.lower() for name in settings.license_servers}
    return "" if {name.lower() for name in found} >= names else f"{len(found)} of {len(names)} named servers"


_BOTH: t.Final = (SERVER, HOST)

ASSUMPTIONS: t.Final = (
    Assumption(
        "reads_license_server",
        (SERVER,),
        "the license server can be read",
        "see got",
        (ALL,),
        _read_well("license server", "activation", "Windows release"),
    ),
    Assumption(
        "reads_key_packs",
        (SERVER,),
        "key packs can be read, all and by number",
        "see got",
        _KEY_PACK_MODULES,
        _read_well("key packs", "some key packs"),
    ),
    Assumption(
        "reads_registry",
        (SERVER,),
        "the registry can be read through StdRegProv",
        "the operation record cannot be kept",
        _SERVER_MODULES,
        _read_well("connection method", "operation record", "network name"),
    ),
    Assumption(
        "reads_clock",
        (SERVER,),
        "the server tells its time",
        "it is unknown how long a call may be at work",
        _KEY_PACK_MODULES,
        _read_well("server clock", "server clock by query"),
    ),
    Assumption(
        "reads_usage",
        (SERVER,),
        "issued CALs and usage reports can be read",
        "see got",
        ("cal_usage_info", "issued_cal"),
        _read_well("issued CALs", "one issued CAL", "usage reports", "report entries"),
    ),
    Assumption(
        "reads_files_and_services",
        (SERVER,),
        "files and services can be read",
        "see got",
        ("database_rebuild",),
        _read_well("licensing service", "database file"),
    ),
    Assumption(
        "reads_session_host",
        (HOST,),
        "the session host can be read",
        "see got",
        (ALL,),
        _read_well("session host", "connectivity", "registered servers", "found servers"),
    ),
    Assumption(
        "absent_instance",
        _BOTH,
        "subcode DestinationUnreachable, code 2150858752 outside and inside",
        "something absent may look like a failure",
        (ALL,),
        _absence("absent file", ("DestinationUnreachable",), ("2150858752",)),
    ),
    Assumption(
        "absent_class",
        _BOTH,
        "subcode DestinationUnreachable, code 2150858752 or 32768",
        "a missing role service may look like a failure",
        (ALL,),
        _absence("absent class", ("DestinationUnreachable",), ("2150858752", "32768")),
    ),
    Assumption(
        "absence_by_query",
        _BOTH,
        "a query for something absent is empty",
        "rebuilds cannot tell what exists",
        (ALL,),
        lambda evidence: (
            None
            if "absent file by query" not in evidence.results
            else evidence.results["absent file by query"].error
            or ("" if evidence.value("absent file by query") == 0 else "rows")
        ),
    ),
    Assumption(
        "fault_detail",
        _BOTH,
        "faults have a detail with a code",
        "messages say less",
        (ALL,),
        _form(_NO_DETAIL, "detail", "absent file", "absent class"),
        informs=True,
    ),
    Assumption(
        "fault_reason",
        _BOTH,
        "faults have a text",
        "messages say less",
        (ALL,),
        _form(r"<\w+:Text[^>/]*>\s*</|<\w+:Text[^>]*/>", "reason", "absent file", "absent class"),
        informs=True,
    ),
    Assumption(
        "optimized_enumeration",
        _BOTH,
        "one item in the first reply, the rest by Pull",
        "none; more are accepted",
        (ALL,),
        _one_item,
        informs=True,
    ),
    Assumption(
        "end_of_enumeration",
        _BOTH,
        "an empty context with the end of sequence",
        "none; it is ignored",
        (ALL,),
        _end_context,
        informs=True,
    ),
    Assumption(
        "booleans",
        _BOTH,
        "true and false",
        "none; other cases are accepted",
        (ALL,),
        _form(r">(TRUE|FALSE|True|False)<", "boolean"),
        informs=True,
    ),
    Assumption(
        "datetimes",
        _BOTH,
        "a Datetime element around dates",
        "none; plain dates are accepted",
        (ALL,),
        _form(r"(Date|On|Time|Generated|Modified)>\d{4}-\d\d-\d\dT", "date"),
        informs=True,
    ),
    Assumption(
        "datetime_zone",
        _BOTH,
        "dates in UTC",
        "none; offsets are understood",
        (ALL,),
        _form(r"T\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d<", "date"),
        informs=True,
    ),
    Assumption(
        "class_namespace",
        _BOTH,
        "Microsoft's namespace for instances",
        "none; DMTF's is accepted",
        (ALL,),
        _form(r"wbem/wscim/1/cim-schema/2/Win32_\w+", "namespace"),
        informs=True,
    ),
    Assumption(
        "class_names",
        (SERVER,),
        "instances of the class that was asked for",
        "none; subclasses are accepted",
        _SERVER_MODULES,
        _class_names,
        informs=True,
    ),
    Assumption(
        "activity_id",
        _BOTH,
        "an ActivityId in responses",
        "an older host",
        (ALL,),
        lambda evidence: None if not evidence.exchanges else "" if ":ActivityId" in evidence.texts() else "none",
        informs=True,
    ),
    Assumption(
        "key_pack_types",
        (SERVER,),
        "key pack types 0 to 7",
        "such a key pack counts as purchased if its numbers fit",
        _KEY_PACK_MODULES,
        _each_pack(_pack_type),
    ),
    Assumption(
        "product_types",
        (SERVER,),
        "product types 0, 1 and 3",
        "such key packs are left alone",
        _KEY_PACK_MODULES,
        _each_pack(_product_type),
    ),
    Assumption(
        "product_versions",
        (SERVER,),
        "product version IDs 0 to 8",
        "the version has no name",
        _KEY_PACK_MODULES,
        _each_pack(_product_version),
    ),
    Assumption(
        "never_expires",
        (SERVER,),
        "the known dates that stand for never",
        "a permanent key pack seems to expire",
        ("cal_usage_info", *_CHECKS),
        _each_pack(_expiry),
    ),
    Assumption(
        "built_in_pack",
        (SERVER,),
        "a built-in key pack with unlimited CALs",
        "none",
        _KEY_PACK_MODULES,
        _built_in,
        informs=True,
    ),
    Assumption(
        "temporary_pack",
        (SERVER,),
        "a temporary key pack of type 4",
        "none",
        _KEY_PACK_MODULES,
        _temporary,
        informs=True,
    ),
    Assumption(
        "license_server_id",
        (SERVER,),
        "35 letters and digits",
        "migrations and request sheets show another ID",
        ("cal_migration", "clearinghouse_request"),
        _identifier("activation", "license_server_id", r"[A-Z0-9]{35}"),
    ),
    Assumption(
        "product_id",
        (SERVER,),
        "99999-99999-99999-AA999",
        "request sheets show another ID",
        ("license_server",),
        _identifier("license server", "product_id", r"\d{5}-\d{5}-\d{5}-[A-Z]{2}\d{3}"),
    ),
    Assumption(
        "activation_status",
        (SERVER,),
        "0 or 1",
        "nothing is installed before the status is known",
        (*_KEY_PACK_MODULES, "license_server"),
        _activation_status,
    ),
    Assumption(
        "registrations",
        (SERVER,),
        "all six flags are answered",
        "a flag that is not answered is left alone",
        ("license_server", *_CHECKS),
        _registrations,
    ),
    Assumption(
        "licensing_service",
        (SERVER,),
        "a service TermServLicensing that runs",
        "rebuilds stop and start it",
        ("database_rebuild",),
        _service,
    ),
    Assumption(
        "database_file",
        (SERVER,),
        "TLSLic.edb in DatabasePath",
        "recreate_database needs database_path",
        ("database_rebuild",),
        _database,
    ),
    Assumption(
        "unset_contact",
        (SERVER,),
        "NULL for contact data that is not set",
        "none; empty text is accepted",
        ("license_server",),
        _unset_contact,
        informs=True,
    ),
    Assumption(
        "per_user_rows",
        (SERVER,),
        "issued CALs of per device key packs only, as documented",
        "usage lists users as well; they are never revoked",
        ("cal_usage_info", "issued_cal"),
        _users_in_rows,
        informs=True,
    ),
    Assumption(
        "response_sizes",
        _BOTH,
        "responses within 150 KB",
        "an older host could not send them",
        (ALL,),
        _sizes,
        informs=True,
    ),
    Assumption(
        "envelope_size",
        (SERVER,),
        "batches of 75 KB or more",
        "large lists take many requests",
        ("cal_usage_info",),
        _envelope,
        informs=True,
    ),
    Assumption("response_times", _BOTH, "responses within 20 s", "raise the operation timeout", (ALL,), _times),
    Assumption(
        "clock", (SERVER,), "clocks within 5 minutes", "Kerberos fails, and dates in results are off", (ALL,), _skew
    ),
    Assumption(
        "licensing_types",
        (HOST,),
        "licensing types 0 to 5",
        "the mode has no name",
        ("session_host", *_CHECKS),
        _licensing_type,
    ),
    Assumption(
        "connectivity_status",
        (HOST,),
        "connectivity numbers 0 to 11",
        "it is unknown whether a server can be used",
        ("session_host", *_CHECKS),
        _connectivity,
    ),
    Assumption(
        "grace_period",
        (HOST,),
        "days of the grace period",
        "checks of the grace period cannot be made",
        _CHECKS,
        _grace,
    ),
    Assumption(
        "found_servers",
        (HOST,),
        "the session host finds the servers that it names",
        "the map lacks answers",
        ("license_server_discovery",),
        _found_servers,
    ),
)
