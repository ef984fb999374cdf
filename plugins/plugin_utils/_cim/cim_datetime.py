# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CIM datetime in its four spellings: ISO 8601 and xs:duration (DSP0230), and DMTF's own of both (DSP0004 5.2.4)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

UNSET = datetime(1601, 1, 1, tzinfo=timezone.utc)
"""The first moment of a Windows FILETIME: what a provider gives for a date that was never set."""

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"\s*(Z|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)
_DMTF = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.([\d*]{1,6}))?([+-]\d{3}|[+-]\*{3})?", re.ASCII)
_NO_DATE = re.compile(r"0000-?00-?00.*", re.ASCII)
_DMTF_INTERVAL = re.compile(r"(\d{8})(\d\d)(\d\d)(\d\d)\.([\d*]{6}):000", re.ASCII)
_DURATION = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?", re.IGNORECASE | re.ASCII)


def parse_datetime(text: str) -> datetime | timedelta | None:
    """Read any spelling; None for the unset date, which may also be all zeros. Without an offset it is taken as UTC.

    Raises ValueError for anything else, OverflowError for an interval beyond what Python counts.
    """
    value = text.strip()
    interval = _interval(value)
    if interval is not None:
        return interval
    if _NO_DATE.fullmatch(value):
        return None
    moment = _moment(value)
    return None if moment == UNSET else moment


def _moment(text: str) -> datetime:
    match = _ISO.fullmatch(text)
    if match:
        year, month, day, hour, minute, second, fraction, offset = match.groups()
        zone = _iso_zone(offset)
    else:
        match = _DMTF.fullmatch(text)
        if not match:
            raise ValueError("not a CIM datetime")
        year, month, day, hour, minute, second, fraction, offset = match.groups()
        zone = _dmtf_zone(offset)
    return datetime(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        _microseconds(fraction),
        zone,
    )


def _interval(text: str) -> timedelta | None:
    match = _DMTF_INTERVAL.fullmatch(text)
    if match:
        days, hours, minutes, seconds, fraction = match.groups()
        sign = None
    else:
        match = _DURATION.fullmatch(text)
        if not match or not any(match.groups()[1:]):
            return None
        sign, days, hours, minutes, seconds, fraction = match.groups()
    length = timedelta(
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=_microseconds(fraction),
    )
    return -length if sign else length


def _microseconds(fraction: str | None) -> int:
    """Up to six digits count; ``*`` stands for a digit that the sender does not know."""
    return int(fraction.replace("*", "0")[:6].ljust(6, "0")) if fraction else 0


def _iso_zone(offset: str | None) -> timezone:
    if not offset or offset in "Zz":
        return timezone.utc
    digits = offset[1:].replace(":", "")
    return _zone(offset[0], int(digits[:2]) * 60 + int(digits[2:] or 0))


def _dmtf_zone(offset: str | None) -> timezone:
    if not offset or "*" in offset:
        return timezone.utc
    return _zone(offset[0], int(offset[1:]))


def _zone(sign: str, minutes: int) -> timezone:
    return timezone(timedelta(minutes=-minutes if sign == "-" else minutes)) if minutes else timezone.utc
