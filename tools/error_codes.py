# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/docsite/rst/error_codes.rst from the tables of names and advice that the collection itself uses.

Without arguments it writes; with --check it only says whether the page is out of date, and exits with 1 if it is.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterable, Mapping

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing import provider, session_host
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._wsman import codes, transport_errors

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "docsite" / "rst" / "error_codes.rst"
LABEL = "ansible_collections.winfleet.rd_licensing.docsite.error_codes"
HEADER = f"""..
  Copyright (c) 2026, Winfleet contributors
  SPDX-License-Identifier: GPL-3.0-or-later
  Written by "make generate". Changes by hand are lost.

.. _{LABEL}:

Errors by code
==============

A failed task says on one line what was asked of which server, what the server said, and what to do next. If the
server gave a code, it is in the message with its name, and in the result as ``error_code``. Messages may change with a
release; codes do not, so test for the code:

.. code-block:: yaml

   - name: Read the license server
     winfleet.rd_licensing.license_server_info:
     register: server
     failed_when: server is failed and server.error_code | default('') != '0x80041014'

A code that is not on this page is shown as it came. Nothing is concluded from it.

"""


def main(arguments: list[str]) -> int:
    """Entry point; gives the exit status."""
    wanted = page()
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    if "--check" in arguments:
        print(f"{PAGE.name} is out of date: run make generate")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    print(f"{PAGE.name}: written")
    return 0


def page() -> str:
    """The whole page."""
    return HEADER + "\n".join(
        [
            *section(
                "WMI and the licensing provider",
                "From the provider of Remote Desktop Licensing, as a fault or as the return code of a method.",
                advised(codes._WMI_NAMES, provider._HINTS, session_host._HINTS),
            ),
            *section("WS-Management", "From the WinRM service.", advised(codes._WSMAN_NAMES, provider._HINTS)),
            *section(
                "Return codes of the licensing methods",
                "Microsoft documents 0 as success, and these. Any other return code is reported in hexadecimal.",
                advised(codes._LICENSING_NAMES),
            ),
            *section(
                "Windows",
                "Win32 codes come alone, or as 0x8007 followed by the code in hexadecimal.",
                advised({**codes._WIN32_NAMES, **codes._HRESULT_NAMES}, provider._HINTS),
            ),
            *section(
                "HTTP",
                "From the listener or from a proxy, before any code of Windows. The message has the status in decimal.",
                [(str(status), "", advice) for status, advice in sorted(transport_errors._STATUS_ADVICE.items())],
            ),
        ]
    )


def advised(
    names: Mapping[int, str], advice: Mapping[int, str] | None = None, session_hosts: Mapping[int, str] | None = None
) -> list[tuple[str, str, str]]:
    """Code, name and what to do, in the order of the codes."""
    rows = []
    for code, name in sorted(names.items()):
        known = [(advice or {}).get(code, "")]
        if code in (session_hosts or {}):
            known.append(f"on a session host: {(session_hosts or {})[code]}")
        rows.append((f"0x{code:08X}", name, "; ".join(text for text in known if text)))
    return rows


def section(title: str, introduction: str, rows: Iterable[tuple[str, str, str]]) -> list[str]:
    """A heading and a table; codes with advice first, because they are what people look for."""
    lines = [title, "-" * len(title), "", introduction, ""]
    lines += [".. list-table::", "   :header-rows: 1", "   :widths: 16 36 48", ""]
    for row in [("code", "name", "what to do"), *sorted(rows, key=lambda row: not row[2])]:
        for number, cell in enumerate(row):
            text = f"``{cell}``" if cell and number < 2 and row[0] != "code" else cell
            lines.append(("   * - " if number == 0 else "     - ") + text)
    return [line.rstrip() for line in lines] + [""]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
