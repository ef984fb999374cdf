# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection assumes of the messages: faults, enumerations, forms of values, sizes and times."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.assumption import (
    ALL,
    BOTH,
    LICENSE_SERVERS,
    USAGE,
    Assumption,
    Evidence,
    Finding,
    Look,
    form,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._probe.reads import SERVER

_NO_DETAIL: t.Final = r"<\w+:Detail\s*/>|<\w+:Detail>\s*</|MSFT_WmiError|:Reason>\s*</\w+:Fault>"
_NO_TEXT: t.Final = r"<\w+:Text[^>/]*>\s*</|<\w+:Text[^>]*/>"
_ABSENT: t.Final = ("2150858752", "32768")
_MOST_MILLISECONDS: t.Final = 20_000
_MOST_SKEW_SECONDS: t.Final = 300
_SMALLEST_ENVELOPE: t.Final = 153_600
_SMALL_BATCH: t.Final = 40_000
_END_OF_REPORT: t.Final = "16385"


def _recognized(*labels: str) -> Look:
    """The fault for something absent is understood as that."""

    def look(evidence: Evidence) -> Finding:
        results = [evidence.results[label] for label in labels if label in evidence.results]
        wrong = [each.error or "a value" for each in results if not each.not_found]
        return "; ".join(wrong) if results else None

    return look


def _fault_codes(evidence: Evidence) -> Finding:
    """The recorded form: its subcode, one code outside, the same inside, no other code anywhere."""
    found = evidence.of("absent file", "absent class")
    if not found:
        return None
    return "; ".join(dict.fromkeys(filter(None, (_other_form(each.response) for each in found))))


def _other_form(text: str) -> str:
    subcode = re.search(r"<\w+:Subcode>\s*<\w+:Value>\w+:(\w+)", text)
    inside = re.findall(r'<\w+:WSManFault[^>]*Code="(\d+)"', text)
    status = re.search(r"<\w+:StatusCode[^>/]*>(\d+)", text)
    name = subcode.group(1) if subcode else "none"
    got = f"subcode {name}, codes {', '.join(inside) or 'none'}"
    if status:
        got += f", status code {status.group(1)}"
    return "" if name == "DestinationUnreachable" and inside and set(inside) <= set(_ABSENT) and not status else got


def _fault_texts(evidence: Evidence) -> Finding:
    """The nested fault repeats the text of the outer one."""
    for each in evidence.of("absent file", "absent class"):
        reason = re.search(r":Text[^>/]*>([^<]+)<", each.response)
        inner = re.findall(r":Message>([^<]+)</", each.response)
        if reason and inner:
            return "" if inner[-1] == reason.group(1) else "another text inside"
    return None


def _one_item(evidence: Evidence) -> Finding:
    first = [each.response for each in evidence.exchanges if "EnumerateResponse>" in each.response]
    several = [text for text in first if len(re.findall(r"<(?:\w+:)?KeyPackId\b", text)) > 1]
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


def _null_arrays(evidence: Evidence) -> Finding:
    lists = [each for each in evidence.exchanges if "EnumValues_OUTPUT" in each.response]
    shown = [each for each in lists if re.search(r"<p:(sNames|Types)\b[^>]*nil=", each.response)]
    empty = [each for each in lists if "sNames" not in each.response]
    return "a NULL array with nil" if shown else "" if empty else None


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
    cut = [each for each in pulls if ":EndOfSequence" not in each.response and len(each.response) < _SMALL_BATCH]
    return None if not pulls else f"batches of {len(cut[0].response)} bytes" if cut else ""


def _report_end(evidence: Evidence) -> Finding:
    found = re.findall(r"_OUTPUT.*?:ReturnValue>(\d+)<", evidence.texts("report entries"), re.DOTALL)
    return None if not found else "" if _END_OF_REPORT in found else f"return code {found[-1]}"


def _absent_by_query(evidence: Evidence) -> Finding:
    result = evidence.results.get("absent file by query")
    return None if result is None else result.error or ("" if result.value == 0 else "rows")


def _activity(evidence: Evidence) -> Finding:
    return None if not evidence.exchanges else "" if ":ActivityId" in evidence.texts() else "none"


def _informs(name: str, expected: str, means: str, look: Look) -> Assumption:
    return Assumption(name, BOTH, expected, means, (ALL,), look, informs=True)


_DATE: t.Final = r"(Date|On|Time|Generated|Modified)>\d{4}-\d\d-\d\dT"
_FAULTS: t.Final = ("absent file", "absent class")

MESSAGES: t.Final = (
    Assumption(
        "absent_instance",
        BOTH,
        "the fault for an instance that is absent is recognized",
        "something absent looks like a failure",
        (ALL,),
        _recognized("absent file"),
    ),
    Assumption(
        "absent_class",
        BOTH,
        "the fault for a class that is absent is recognized",
        "a missing role service looks like a failure",
        (ALL,),
        _recognized("absent class"),
    ),
    Assumption(
        "absence_by_query",
        BOTH,
        "a query for something absent is empty",
        "rebuilds cannot tell what exists",
        (ALL,),
        _absent_by_query,
    ),
    _informs(
        "fault_codes",
        "subcode DestinationUnreachable, code 2150858752 outside and inside",
        "nothing; the other known forms are understood",
        _fault_codes,
    ),
    _informs("fault_texts", "the same text outside and inside a fault", "nothing; texts are only shown", _fault_texts),
    _informs(
        "fault_detail", "faults have a detail with a code", "messages say less", form(_NO_DETAIL, "detail", *_FAULTS)
    ),
    _informs("fault_reason", "faults have a text", "messages say less", form(_NO_TEXT, "reason", *_FAULTS)),
    _informs(
        "optimized_enumeration",
        "one item in the first reply, the rest by Pull",
        "nothing; more are accepted",
        _one_item,
    ),
    _informs("end_of_enumeration", "an empty context with the end of sequence", "nothing; it is ignored", _end_context),
    _informs(
        "booleans",
        "true and false",
        "nothing; other cases are accepted",
        form(r">(TRUE|FALSE|True|False)<", "boolean"),
    ),
    _informs("datetimes", "a Datetime element around dates", "nothing; plain dates are accepted", form(_DATE, "date")),
    _informs(
        "datetime_zone",
        "dates in UTC",
        "nothing; offsets are understood",
        form(r"T\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d<", "date"),
    ),
    _informs("null_arrays", "a NULL array is left out", "nothing; nil is accepted", _null_arrays),
    _informs(
        "class_namespace",
        "Microsoft's namespace for instances",
        "nothing; DMTF's is accepted",
        form(r"wbem/wscim/1/cim-schema/2/Win32_\w+", "namespace"),
    ),
    Assumption(
        "class_names",
        (SERVER,),
        "instances of the class that was asked for",
        "nothing; subclasses are accepted",
        LICENSE_SERVERS,
        _class_names,
        informs=True,
    ),
    _informs("activity_id", "an ActivityId in responses", "an older host", _activity),
    Assumption(
        "report_end",
        (SERVER,),
        "return code 0x4001 past the last entry of a usage report",
        "nothing; 4001 and success are understood",
        ("cal_usage_info",),
        _report_end,
        informs=True,
        optional=True,
    ),
    _informs("response_sizes", "responses within 150 KB", "an older host could not send them", _sizes),
    Assumption(
        "envelope_size",
        (SERVER,),
        "batches of 40 KB or more",
        "large lists take many requests",
        USAGE,
        _envelope,
        informs=True,
        optional=True,
    ),
    Assumption("response_times", BOTH, "responses within 20 s", "raise the operation timeout", (ALL,), _times),
    Assumption("clock", BOTH, "clocks within 5 minutes", "Kerberos fails, and dates in results are off", (ALL,), _skew),
)
