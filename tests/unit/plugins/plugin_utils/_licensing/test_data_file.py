# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking for a file on a server and renaming it, message by message."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.data_file import DataFiles
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.errors import LicensingError
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.provider import CallRefused

from tests.unit.conversations import query
from tests.unit.wsman_script import Exchange, WsmanScript, envelope, fixture

CLASS = ("root/cimv2", "CIM_DataFile")
URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/CIM_DataFile"
FILE = "C:\\Windows\\system32\\lserver\\TLSLic.edb"
KEPT = "C:\\Windows\\system32\\lserver\\TLSLic-20260101T100000Z.edb"
LOOKS_FOR_FILE = r"SELECT Name FROM CIM_DataFile WHERE Name = 'C:\\Windows\\system32\\lserver\\TLSLic.edb'"
LOOKS_FOR_QUOTE = r"SELECT Name FROM CIM_DataFile WHERE Name = 'D:\\O\'Brien\\TLSLic.edb'"


def renamed(return_value: int = 0) -> Exchange:
    body = f'<q:Rename_OUTPUT xmlns:q="{URI}"><q:ReturnValue>{return_value}</q:ReturnValue></q:Rename_OUTPUT>'
    exchange = Exchange("Invoke", "Rename").expect_class(*CLASS).expect_selector("Name", FILE)
    return exchange.expect_only_arguments("FileName").expect_argument("FileName", KEPT).returns(envelope(body))


def test_a_file_exists_or_not() -> None:
    with WsmanScript(query(CLASS, LOOKS_FOR_FILE, {"Name": FILE}), query(CLASS, LOOKS_FOR_QUOTE)) as script:
        files = DataFiles(script.session())
        assert files.exists(FILE)
        assert not files.exists("D:\\O'Brien\\TLSLic.edb")


def test_a_fault_does_not_mean_that_the_file_is_missing() -> None:
    fault = Exchange("Enumerate").returns(fixture("fault_invalid_class"))
    with WsmanScript(fault) as script, pytest.raises(LicensingError, match="looking for the file"):
        DataFiles(script.session()).exists(FILE)


def test_renaming() -> None:
    with WsmanScript(renamed()) as script:
        DataFiles(script.session()).rename(FILE, KEPT)


@pytest.mark.parametrize(("return_code", "words"), [(10, "exists"), (15, "sharing violation"), (77, "undocumented")])
def test_a_return_code_is_explained(return_code: int, words: str) -> None:
    with WsmanScript(renamed(return_code)) as script, pytest.raises(CallRefused, match=words) as raised:
        DataFiles(script.session()).rename(FILE, KEPT)
    assert f"rdls01: renaming {FILE} to TLSLic-20260101T100000Z.edb" in str(raised.value)
    assert f"Rename returned {return_code}" in str(raised.value)
