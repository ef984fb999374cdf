# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking for a file on a server and renaming it, message by message."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.data_file import DataFiles
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.errors import WsmanConnectionLost

from tests.unit.wsman_script import Exchange, WsmanScript, envelope, fixture

URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/CIM_DataFile"
FILE = "C:\\Windows\\system32\\lserver\\TLSLic.edb"
KEPT = "C:\\Windows\\system32\\lserver\\TLSLic-20260101T100000Z.edb"


def looked_for(path: str) -> Exchange:
    return Exchange("Get").expect_class("root/cimv2", "CIM_DataFile").expect_selector("Name", path)


def found(path: str) -> Exchange:
    body = f'<q:CIM_DataFile xmlns:q="{URI}"><q:Name>{path}</q:Name></q:CIM_DataFile>'
    return looked_for(path).returns(envelope(body))


def not_found(path: str) -> Exchange:
    return looked_for(path).returns(fixture("fault_not_found"))


def renaming() -> Exchange:
    exchange = Exchange("Invoke", "Rename").expect_class("root/cimv2", "CIM_DataFile")
    return exchange.expect_selector("Name", FILE).expect_only_arguments("FileName").expect_argument("FileName", KEPT)


def renamed(return_value: int = 0) -> Exchange:
    body = f'<q:Rename_OUTPUT xmlns:q="{URI}"><q:ReturnValue>{return_value}</q:ReturnValue></q:Rename_OUTPUT>'
    return renaming().returns(envelope(body))


def test_a_file_is_there_or_not() -> None:
    with WsmanScript(found(FILE), not_found(KEPT)) as script:
        files = DataFiles(script.session())
        assert files.exists(FILE)
        assert not files.exists(KEPT)


def test_another_fault_is_no_answer() -> None:
    with (
        WsmanScript(looked_for(FILE).returns(fixture("fault_invalid_class"))) as script,
        pytest.raises(LicensingError, match="looking for the file"),
    ):
        DataFiles(script.session()).exists(FILE)


def test_a_new_name_is_checked_by_looking() -> None:
    with WsmanScript(renamed(), found(KEPT)) as script:
        DataFiles(script.session()).rename(FILE, KEPT)


def test_success_without_a_file_is_none() -> None:
    with (
        WsmanScript(renamed(), not_found(KEPT)) as script,
        pytest.raises(LicensingError, match="there is no file of the new name"),
    ):
        DataFiles(script.session()).rename(FILE, KEPT)


@pytest.mark.parametrize(
    ("return_value", "words"),
    [(10, "a file of the new name exists already"), (15, "sharing violation"), (77, "77, the meaning of which")],
)
def test_a_refusal_is_told_in_words(return_value: int, words: str) -> None:
    with WsmanScript(renamed(return_value)) as script, pytest.raises(LicensingError, match=words) as raised:
        DataFiles(script.session()).rename(FILE, KEPT)
    assert str(raised.value).startswith(
        f"rdls01: renaming {FILE} to TLSLic-20260101T100000Z.edb failed: Rename returned"
    )


def test_an_answer_that_got_lost_is_made_up_for_by_looking() -> None:
    lost = WsmanConnectionLost("the connection broke")
    with WsmanScript(renaming().fails_with(lost), found(KEPT)) as script:
        DataFiles(script.session()).rename(FILE, KEPT)
    with WsmanScript(renaming().fails_with(lost), not_found(KEPT)) as script, pytest.raises(WsmanConnectionLost):
        DataFiles(script.session()).rename(FILE, KEPT)
