# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every action of the collection owes its user: check mode, masking, one clear line, UNREACHABLE or FAILED."""

from __future__ import annotations

import typing as t

import pytest
from ansible.release import __version__
from ansible.utils.display import Display
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.action import by_text
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import (
    WsmanAuthenticationError,
    WsmanConnectionLost,
    WsmanError,
    WsmanProtocolError,
    WsmanTimeout,
    WsmanUnreachable,
)

from tests.unit.action_runs import ACTIONS, PASSWORD, ActionRunner, assert_hidden, plugin, texts
from tests.unit.builders import KEY_PACK_CODE, LICENSE_CODE, SOURCE_ID
from tests.unit.wsman_script import Exchange, WsmanScript, envelope

AGREEMENT = {
    "license_program": "enterprise",
    "agreement_number": "1234567",
    "product_version": "windows_server_2022",
    "cal_type": "per_user",
    "quantity": 100,
}
UNREACHABLE_SOURCE = {"license_server_id": SOURCE_ID, "operating_system": "windows_server_2016"}
# The least that each module needs to get as far as its server.
LEAST: dict[str, dict[str, t.Any]] = {
    "cal_migration": {"source": UNREACHABLE_SOURCE, "reason": "source_is_not_functioning", "purchases": [AGREEMENT]},
    "connection_method": {},
    "key_pack": {"purchases": [AGREEMENT]},
    "license_server": {"state": "activated"},
    "license_server_info": {},
}
WITH_PURCHASES = ["cal_migration", "key_pack"]


def parse_version(version: str) -> tuple[int, ...]:
    """The first two numbers of a release."""
    return tuple(int(part) for part in version.split(".")[:2])


every_module = pytest.mark.parametrize("module", ACTIONS)


def first(module: str) -> Exchange:
    """The first message of a task: the record, where purchases are to be found in it."""
    return Exchange("Invoke", "EnumValues") if module in WITH_PURCHASES else Exchange("Get")


def failing(error: WsmanError, module: str = "") -> WsmanScript:
    """A server whose first response is an error of the transport."""
    return WsmanScript(first(module).fails_with(error))


def assert_one_line(result: dict[str, t.Any]) -> None:
    """A failure that changed nothing and tells so in one line."""
    assert result["changed"] is False
    assert result["msg"]
    assert "\n" not in result["msg"]
    assert "Traceback" not in result["msg"]


@every_module
@pytest.mark.parametrize(
    "error", [WsmanUnreachable("connection refused"), WsmanAuthenticationError("401: check user and password")]
)
def test_no_way_in_is_unreachable(run: ActionRunner, module: str, error: WsmanError) -> None:
    result = run(module, LEAST[module], failing(error, module))
    assert_one_line(result)
    assert result["unreachable"] is True
    assert "failed" not in result
    assert error.message in result["msg"]
    assert "rdls02" in result["msg"]


@every_module
def test_a_packaged_playbook_gets_a_failure_that_says_unreachable(run: ActionRunner, module: str) -> None:
    """Ansible ends a playbook whose hosts are all unreachable without its table."""
    script = failing(WsmanUnreachable("connection refused"), module)
    result = run(module, LEAST[module], script, task_vars={"__rd_licensing_fails_when_unreachable": True})
    assert_one_line(result)
    assert (result["failed"], result["unreachable"]) == (True, True)


@every_module
@pytest.mark.parametrize(
    "error",
    [
        WsmanTimeout("no answer within 30 s; raise ansible_winrm_read_timeout_sec", outcome_unknown=False),
        WsmanConnectionLost("the connection broke", outcome_unknown=False),
        WsmanProtocolError("not XML", outcome_unknown=False),
    ],
    ids=lambda each: type(each).__name__,
)
def test_other_trouble_is_failed(run: ActionRunner, module: str, error: WsmanError) -> None:
    result = run(module, LEAST[module], failing(error, module))
    assert_one_line(result)
    assert result["failed"] is True
    assert "unreachable" not in result
    assert error.message in result["msg"]


@every_module
def test_an_answer_that_is_no_answer(run: ActionRunner, module: str) -> None:
    result = run(module, LEAST[module], WsmanScript(first(module).returns("<html>hello</html>")))
    assert_one_line(result)
    assert result["failed"] is True


@every_module
def test_an_empty_answer(run: ActionRunner, module: str) -> None:
    assert_one_line(run(module, LEAST[module], WsmanScript(first(module).returns(envelope("")))))


@every_module
@pytest.mark.parametrize("connection", ["ssh", "local", "ansible.builtin.ssh", "community.docker.docker"])
def test_a_connection_that_is_not_ws_man(run: ActionRunner, module: str, connection: str) -> None:
    result = run(module, LEAST[module], host=plugin(connection))
    assert_one_line(result)
    assert result["failed"] is True
    assert "rdls02" in result["msg"]
    assert "set ansible_connection to winrm (or psrp)" in result["msg"]


@every_module
def test_an_unknown_option_is_named(run: ActionRunner, module: str) -> None:
    result = run(module, {**LEAST[module], "licence_code": "C0DE1-C0DE2-C0DE3-C0DE4-C0DE5"})
    assert_one_line(result)
    assert result["failed"] is True
    assert result["msg"].startswith(f"winfleet.rd_licensing.{module}: ")
    assert "licence_code" in result["msg"]
    assert_hidden(result, LICENSE_CODE)


@every_module
def test_the_password_of_the_host_is_never_shown(run: ActionRunner, module: str) -> None:
    result = run(module, LEAST[module], failing(WsmanAuthenticationError(f"the server said: no {PASSWORD}"), module))
    assert result["unreachable"] is True
    assert_hidden(result, PASSWORD)


@every_module
def test_settings_that_have_no_effect_are_warned_about(run: ActionRunner, module: str) -> None:
    host = plugin(_extras={"ansible_winrm_tranport": PASSWORD})
    result = run(module, LEAST[module], failing(WsmanUnreachable("refused"), module), host=host)
    assert ["ansible_winrm_tranport" in warning for warning in result["warnings"]] == [True]
    assert_hidden(result, PASSWORD)


@every_module
def test_a_setting_that_cannot_work_is_one_line(run: ActionRunner, module: str) -> None:
    result = run(module, LEAST[module], host=plugin(connection_timeout="soon"))
    assert_one_line(result)
    assert result["msg"].startswith("rdls02: ansible_winrm_connection_timeout must be a number")


@every_module
def test_a_mistake_of_ours_is_one_line_too(run: ActionRunner, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_arguments: object) -> None:
        raise ZeroDivisionError(f"over {LICENSE_CODE}")

    monkeypatch.setattr(ACTIONS[module], "perform", stumble)
    arguments = {**LEAST[module]}
    if module in WITH_PURCHASES:
        arguments["purchases"] = [{"license_program": "retail", "license_code": LICENSE_CODE}]
    result = run(module, arguments)
    assert_one_line(result)
    assert result["failed"] is True
    assert "please report it with the output of -vvv: ZeroDivisionError in test_every_action.py line" in result["msg"]
    if module in WITH_PURCHASES:
        assert_hidden(result, LICENSE_CODE)


@pytest.mark.parametrize("module", WITH_PURCHASES)
def test_an_internal_error_keeps_its_traceback_and_the_options_without_secrets(
    run: ActionRunner, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown at -vvv; C(from None) would hide the cause, so the whole chain is there."""

    def stumble(*_arguments: object) -> None:
        try:
            raise KeyError(f"{LICENSE_CODE} of {PASSWORD}")
        except KeyError as error:
            raise RuntimeError("no such purchase") from error

    shown_at_vvv: list[str] = []
    monkeypatch.setattr(Display, "vvv", lambda _self, text, **_more: shown_at_vvv.append(text))
    monkeypatch.setattr(ACTIONS[module], "perform", stumble)
    purchase = {"license_program": "retail", "license_code": LICENSE_CODE, "reference": "PO-7"}
    result = run(module, {**LEAST[module], "purchases": [purchase]})
    assert "in stumble" in result["exception"]
    assert "KeyError" in result["exception"]
    assert result["exception"].rstrip().endswith("RuntimeError: no such purchase")
    (shown,) = result["invocation"]["module_args"]["purchases"]
    assert (shown["license_program"], shown["reference"]) == ("retail", "PO-7")
    assert_hidden(result, LICENSE_CODE)
    # Older releases show the result's own at -vvv.
    assert [text for text in shown_at_vvv if "Traceback" in text] == (
        [result["exception"]] if parse_version(__version__) >= (2, 19) else []
    )


def test_what_a_terminal_would_obey_is_shown_by_its_code(run: ActionRunner) -> None:
    error = WsmanProtocolError("red \x1b[31m", outcome_unknown=False)
    error.args = ("red \x1b[31m \u202e",)
    message = run("license_server_info", {}, failing(error))["msg"]
    assert message.isprintable()


def test_expected_failures_carry_no_traceback(run: ActionRunner) -> None:
    result = run("license_server_info", {}, failing(WsmanProtocolError("not XML", outcome_unknown=False)))
    assert result["failed"] is True
    assert "exception" not in result


# Purchases


WRONG_PURCHASES: list[tuple[dict[str, t.Any], str]] = [
    ({"license_program": "lease"}, "license_program"),
    ({"agreement_number": "12345"}, "purchases[0].agreement_number: an agreement or enrollment number has 7 digits"),
    ({"agreement_number": None}, "requires agreement_number"),
    ({"license_code": LICENSE_CODE}, "takes agreement_number, not license_code"),
    ({"product_version": "windows_server_2023"}, "purchases[0].product_version: must be one of"),
    ({"product_version": None}, "requires product_version"),
    ({"cal_type": "per_seat"}, "cal_type"),
    ({"quantity": 0}, "purchases[0].quantity: must be from 1"),
    ({"quantity": "many"}, "quantity"),
    ({"quantity": 2**32}, "purchases[0].quantity: must be from 1"),
    ({"license_key_pack_id": "PACK1-PACK2"}, "purchases[0].license_key_pack_id: a license key pack ID has 35"),
    ({"licence_program": "enterprise"}, "licence_program"),
    ({"reference": "EA 123-4567"}, "purchases[0].reference: must not contain the agreement_number"),
]


@pytest.mark.parametrize("module", WITH_PURCHASES)
@pytest.mark.parametrize(("changes", "wording"), WRONG_PURCHASES)
def test_a_purchase_that_does_not_fit_is_refused_before_anything_is_sent(
    run: ActionRunner, module: str, changes: dict[str, t.Any], wording: str
) -> None:
    wrong = {name: value for name, value in {**AGREEMENT, **changes}.items() if value is not None}
    result = run(module, {**LEAST[module], "purchases": [wrong]})
    assert_one_line(result)
    assert result["failed"] is True
    assert wording in result["msg"]
    assert_hidden(result, "1234567", LICENSE_CODE, "PACK1PACK2")


@pytest.mark.parametrize("module", WITH_PURCHASES)
def test_the_same_purchase_twice(run: ActionRunner, module: str) -> None:
    result = run(module, {**LEAST[module], "purchases": [AGREEMENT, AGREEMENT]})
    assert_one_line(result)
    assert "is named 2 times" in result["msg"]
    assert_hidden(result, "1234567")


# A secret in every place where it may be given, in every way to write it, and in places where it does not belong.


@pytest.mark.parametrize("module", WITH_PURCHASES)
@pytest.mark.parametrize(
    "purchases",
    [
        [{"license_program": "retail", "license_code": "?" + LICENSE_CODE}],
        [{"license_program": "retail", "license_code": "c0de1-c0de2-c0de3-c0de4-c0de5-c0de6"}],
        [{"license_program": LICENSE_CODE}],
        [{"license_program": "retail", "license_code": LICENSE_CODE, "quantity": LICENSE_CODE}],
        [{"license_program": "retail", LICENSE_CODE: "yes"}],
        [{"license_program": "retail", "license_code": [LICENSE_CODE]}],
        [{"license_program": "retail", "license_code": {"value": LICENSE_CODE}}],
        [{**AGREEMENT, "cal_type": LICENSE_CODE}],
        [{**AGREEMENT, "product_version": LICENSE_CODE}],
        [LICENSE_CODE],
        [[LICENSE_CODE]],
        LICENSE_CODE,
        {"license_code": LICENSE_CODE},
    ],
    ids=str,
)
def test_a_secret_in_a_wrong_place_is_not_shown(run: ActionRunner, module: str, purchases: t.Any) -> None:
    result = run(module, {**LEAST[module], "purchases": purchases})
    assert_one_line(result)
    assert result["failed"] is True
    assert_hidden(result, LICENSE_CODE)


def test_a_license_key_pack_id_for_a_key_pack_id_is_not_shown(run: ActionRunner) -> None:
    """The two are easily confused: one is a number on the server, the other a code of the Clearinghouse."""
    grouped = "-".join(KEY_PACK_CODE[start : start + 5] for start in range(0, 35, 5))
    result = run("key_pack", {"state": "absent", "key_pack_id": grouped})
    assert_one_line(result)
    assert "key_pack_id" in result["msg"]
    assert_hidden(result, KEY_PACK_CODE)


@pytest.mark.parametrize("module", WITH_PURCHASES)
def test_what_a_server_repeats_of_a_credential_is_not_shown(run: ActionRunner, module: str) -> None:
    """A fault may carry any text, in clear and in groups, with the credential in it."""
    spoken = f"{LICENSE_CODE} and C0DE1-C0DE2-C0DE3-C0DE4-C0DE5 and {LICENSE_CODE.lower()}"
    arguments = {**LEAST[module], "purchases": [{"license_program": "retail", "license_code": LICENSE_CODE.lower()}]}
    result = run(module, arguments, failing(WsmanProtocolError(spoken, outcome_unknown=False), module))
    assert_one_line(result)
    assert_hidden(result, LICENSE_CODE)


def test_the_search_for_secrets_finds_them() -> None:
    """Or the tests above would prove nothing."""
    with pytest.raises(AssertionError):
        assert_hidden({"a": [{"b": ("x", {"c1-234 567": 1})}]}, "1234567")
    assert texts({"a": [1, {"b": "c"}]}) == ["a", "1", "b", "c"]


def test_warnings_of_many_hosts_are_grouped_by_text() -> None:
    same = [(f"rdsh{number:02}", ["ntlm was used"]) for number in range(8)]
    assert by_text(same) == ["rdsh00, rdsh01, rdsh02, rdsh03, rdsh04 and 3 more: ntlm was used"]
    assert by_text([("rdsh01", ["a"]), ("rdsh01", ["a", "b"])]) == ["rdsh01: a", "rdsh01: b"]
    many = [("rdsh01", [f"text {number}" for number in range(14)])]
    assert by_text(many)[-1] == "4 other warnings are not shown."
    assert len(by_text(many)) == 11
