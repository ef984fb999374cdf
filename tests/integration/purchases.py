# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Purchases of all eight license programs: as the Clearinghouse of a fleet knows them, and as a task names them.

Every number and code is made up.
"""

from __future__ import annotations

from typing import Any

import yaml

# Program to the options that are its credential, as printed on paper, and the CALs bought.
_BOUGHT: dict[str, tuple[dict[str, str], str, str, int]] = {
    "retail": ({"license_code": "RETAI-LC0DE-0F5OM-E5H0P-00001"}, "windows_server_2022", "per_device", 50),
    "open": (
        {"license_number": "8765 4321", "authorization_number": "AUTH0-R1ZAT-10N01"},
        "windows_server_2019",
        "per_user",
        40,
    ),
    "select": ({"agreement_number": "7100001"}, "windows_server_2016", "per_user", 30),
    "enterprise": ({"agreement_number": "7200002"}, "windows_server_2022", "per_user", 250),
    "campus": ({"agreement_number": "7300003"}, "windows_server_2012", "per_user", 25),
    "school": ({"agreement_number": "7400004"}, "windows_server_2025", "per_device", 20),
    "service_provider": ({"agreement_number": "75000055"}, "windows_server_2008", "per_device", 15),
    "other_agreement": ({"agreement_number": "V600-0066"}, "windows_server_2022", "per_device", 10),
}


def bare(text: str) -> str:
    """A number or code without hyphens and blanks."""
    return text.replace("-", "").replace(" ", "")


def _known(program: str) -> dict[str, Any]:
    credential, version, cal_type, quantity = _BOUGHT[program]
    numbers = {name: bare(text) for name, text in credential.items()}
    return {**numbers, "program": program, "product_version": version, "cal_type": cal_type, "quantity": quantity}


def purchase(program: str, **changes: Any) -> dict[str, Any]:
    """A purchase as an item of the option `purchases`; `changes` replaces or adds options."""
    credential, version, cal_type, quantity = _BOUGHT[program]
    stated = {"product_version": version, "cal_type": cal_type, "quantity": quantity}
    return {"license_program": program, **credential, **stated, **changes}


def code_alone(**changes: Any) -> dict[str, Any]:
    """The retail purchase by its code alone."""
    return {"license_program": "retail", **_BOUGHT["retail"][0], **changes}


PROGRAMS = tuple(_BOUGHT)
# For the end of a fleet file: the purchases are called as their programs.
CLEARINGHOUSE = yaml.safe_dump({"clearinghouse": {"purchases": {program: _known(program) for program in PROGRAMS}}})
