# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated documentation is current, and says what the code says."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman.codes import describe_code

from tools import error_codes, health_checks, role_readmes


@pytest.mark.parametrize("generator", [error_codes, health_checks, role_readmes])
def test_generated_documentation_is_current(generator: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["--check"]) == 0, f"{capsys.readouterr().out} (make generate)"  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", [0x80041003, 0x80041010, 0x80338000, 0x8007000E])
def test_every_code_stands_on_the_page_as_a_message_shows_it(code: int) -> None:
    number, _blank, name = describe_code(code).partition(" ")
    assert f"   * - ``{number}``\n     - ``{name.strip('()')}``\n" in error_codes.page()


def test_page_has_the_advice_of_the_messages() -> None:
    assert "connect with an account that is a local Administrator of the server" in error_codes.page()
