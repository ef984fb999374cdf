# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session host plan is carried out whole or not at all, and what was written is read."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._applying.session_host_changes import (
    SessionHostChanger,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import (
    LicensingError,
    OutcomeUnknown,
    Refused,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.session_host import (
    SessionHost,
    SessionHostSettings,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.session_host_plan import (
    Wanted,
    plan_session_host,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanConnectionLost,
    WsmanError,
    WsmanTimeout,
    WsmanUnreachable,
)

from tests.unit.session_host_script import called, found, listed, refused
from tests.unit.wsman_script import Exchange, WsmanScript

SET, EMPTY, MODE = "SetSpecifiedLicenseServerList", "EmptySpecifiedLicenseServerList", "ChangeMode"
INVALID_OPERATION = 0x80041016
BOTH = Wanted("per_user", ("rdls02",))
# Before: not configured, rdls01.
START = (found(LicensingType=5), listed("rdls01"))
LIST_WRITTEN = (
    called(SET).expect_argument("SpecifiedLSList", "rdls02"),
    found(LicensingType=5),
    listed("rdls02"),
)
MODE_WRITTEN = (called(MODE).expect_argument("LicensingType", "4"), found(LicensingType=4), listed("rdls02"))
# Neither write took effect.
UNCHANGED = (found(LicensingType=5), listed("rdls01"))
# The list did, the mode did not.
HALF = (found(LicensingType=5), listed("rdls02"))
PUT_BACK = (called(SET).expect_argument("SpecifiedLSList", "rdls01"), found(LicensingType=5), listed("rdls01"))


def apply(*exchanges: Exchange, wanted: Wanted = BOTH) -> SessionHostSettings:
    """Read, plan and apply, with exactly these messages."""
    with WsmanScript(*exchanges) as script:
        host = SessionHost(script.session("rdsh01"))
        observed = host.settings()
        plan = plan_session_host("rdsh01", wanted, observed).plan
        return SessionHostChanger(host, observed, 0, print).apply(plan.steps)


def failure(*exchanges: Exchange, wanted: Wanted = BOTH) -> Exception:
    """The error that these messages end with; the script was played to its end."""
    with WsmanScript(*exchanges) as script:
        host = SessionHost(script.session("rdsh01"))
        observed = host.settings()
        plan = plan_session_host("rdsh01", wanted, observed).plan
        with pytest.raises((LicensingError, WsmanError)) as caught:
            SessionHostChanger(host, observed, 0, print).apply(plan.steps)
    assert "\n" not in str(caught.value)
    return caught.value


def test_both_are_written_in_order_and_read_each_time() -> None:
    after = apply(*START, *LIST_WRITTEN, *MODE_WRITTEN)
    assert (after.licensing_mode, after.license_servers) == ("per_user", ("rdls02",))


def test_an_empty_list() -> None:
    after = apply(*START, called(EMPTY), found(LicensingType=5), listed(), wanted=Wanted(license_servers=()))
    assert after.license_servers == ()


@pytest.mark.parametrize("answer", [called(SET, INVALID_OPERATION), refused(SET, INVALID_OPERATION)])
def test_policy_refuses_the_list_and_the_mode_is_not_tried(answer: Exchange) -> None:
    error = failure(*START, answer, *UNCHANGED)
    assert isinstance(error, Refused)
    assert "'Use the specified Remote Desktop license servers'" in str(error)
    assert str(error).endswith("Nothing was changed.")


@pytest.mark.parametrize("answer", [called(MODE, INVALID_OPERATION), refused(MODE, INVALID_OPERATION)])
def test_policy_refuses_the_mode_and_the_list_is_put_back(answer: Exchange) -> None:
    error = failure(*START, *LIST_WRITTEN, answer, *HALF, *PUT_BACK)
    assert isinstance(error, Refused)
    assert "'Set the Remote Desktop licensing mode'" in str(error)
    assert str(error).endswith("was restored, so nothing has changed.")


def test_a_list_that_was_empty_is_emptied_again() -> None:
    error = failure(
        found(LicensingType=5),
        listed(),
        *LIST_WRITTEN,
        called(MODE, 0x80041008),
        *HALF,
        called(EMPTY),
        found(LicensingType=5),
        listed(),
    )
    assert isinstance(error, CallRefused)
    assert error.code == 0x80041008
    assert "0x80041008 (WBEM_E_INVALID_PARAMETER)" in str(error)
    assert "was restored" in str(error)


@pytest.mark.parametrize(
    "back",
    [
        (called(SET, 0x80041001),),
        (called(SET), found(LicensingType=5), listed("rdls02")),
        (called(SET).fails_with(WsmanTimeout("no answer within 30 s")),),
    ],
)
def test_a_list_that_cannot_be_put_back_is_told(back: tuple[Exchange, ...]) -> None:
    error = failure(*START, *LIST_WRITTEN, called(MODE, 0x80041008), *HALF, *back)
    assert "could not be restored" in str(error)


@pytest.mark.parametrize("lost", [WsmanTimeout("no answer within 30 s"), WsmanConnectionLost("the connection broke")])
def test_a_lost_answer_does_not_matter_where_reading_shows_the_effect(lost: WsmanTimeout) -> None:
    write = called(SET).fails_with(lost)
    after = apply(*START, write, found(LicensingType=5), listed("rdls02"), *MODE_WRITTEN)
    assert after.licensing_mode == "per_user"


def test_a_lost_answer_without_effect_ends_the_task() -> None:
    error = failure(*START, called(SET).fails_with(WsmanTimeout("the server gave no answer")), *UNCHANGED)
    assert isinstance(error, OutcomeUnknown)
    assert "the server gave no answer" in str(error)


def test_what_was_done_before_an_answer_got_lost_is_told() -> None:
    lost = called(MODE).fails_with(WsmanTimeout("no answer within 30 s"))
    error = failure(*START, *LIST_WRITTEN, lost, *HALF)
    assert isinstance(error, OutcomeUnknown)
    assert "no answer within 30 s" in str(error)
    assert str(error).endswith("Done before that: Set the license servers of rdsh01 to rdls02.")


def test_nothing_is_read_after_a_request_that_never_left() -> None:
    error = failure(*START, called(SET).fails_with(WsmanUnreachable("the server refused the connection")))
    assert isinstance(error, WsmanUnreachable)


def test_success_that_reading_does_not_show_is_an_error() -> None:
    error = failure(*START, called(SET), *UNCHANGED)
    assert isinstance(error, LicensingError)
    assert not isinstance(error, OutcomeUnknown)
    assert "reading it back shows rdls01" in str(error)
    error = failure(*START, *LIST_WRITTEN, called(MODE), *HALF)
    assert "reading it back shows not configured" in str(error)
    assert "Done before that: Set the license servers of rdsh01 to rdls02." in str(error)
