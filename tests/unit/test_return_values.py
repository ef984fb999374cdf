# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What results are made of has the keys and types that RETURN documents, no more and no fewer."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import replace
from types import SimpleNamespace

import pytest
from ansible_collections.winfleet.rd_licensing.plugins.action import license_server_info
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.results import purchase_results
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._ansible.server_facts import gathered
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import MethodResult
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.session import CimSession
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.clearinghouse_request import (
    activation_request,
    license_key_pack_request,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    Activation,
    LicenseServer,
    ServerProperties,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server_calls import (
    CONTACT_PROPERTIES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import (
    DONE,
    REMOVAL_PENDING,
    Operation,
    RecordedPurchase,
    RecordedSource,
    describe_obligation,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals, Purchase
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.record import Record
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.recorded_rebuild import (
    RecordedPack,
    RecordedRebuild,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.windows_release import WindowsRelease
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.acquisition import ACQUIRE, Decision

from tests.unit.builders import KEY_PACK_CODE, SOURCE_ID, TARGET_ID, pack
from tests.unit.module_documentation import returned

CONTACT = dict.fromkeys(CONTACT_PROPERTIES, "text")
PURCHASE = Purchase("enterprise", ("1234567",), 7, 1, 250, reference="PO-1")
OPERATION = Operation(
    "migrate",
    DONE,
    "2026-11-03T09:12:44Z",
    sequence=1,
    finished="2026-11-03T09:12:51Z",
    connection_method="automatic",
    purchase=RecordedPurchase.of(PURCHASE),
    cals=Cals(7, 1, 250),
    license_key_pack_id=f"digest ****{KEY_PACK_CODE[-4:]}",
    key_pack_id=3,
    result_key_pack_id=5,
    source=RecordedSource("rdls01.contoso.example", SOURCE_ID, REMOVAL_PENDING),
    change_id="CHG1",
    reason="source_is_being_replaced",
    rebuild=RecordedRebuild("uninstall_key_packs", (RecordedPack.of(pack()),), "C:\\TLSLic.edb", "C:\\TLSLic-1.edb"),
)
PYTHON_TYPES: t.Final[dict[str, type]] = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}


def differences(value: object, documented: t.Mapping[str, t.Any], path: str) -> list[str]:
    """Where a value is not as documented. Nothing is asked of null: which values may be null is said in words."""
    if value is None:
        return []
    kind = documented["type"]
    # bool is an int to Python, and not to a reader of the documentation.
    if not isinstance(value, PYTHON_TYPES[kind]) or (isinstance(value, bool) and kind != "bool"):
        return [f"{path} is {type(value).__name__}, documented as {kind}"]
    contained = documented.get("contains")
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if contained and isinstance(item, dict):
            always = {name for name in contained if "returned" not in contained[name]}
            found += [
                f"{path}.{name} is in one only" for name in sorted((set(item) - set(contained)) | (always - set(item)))
            ]
            for name in set(item) & set(contained):
                found += differences(item[name], contained[name], f"{path}.{name}")
    return found


class Answering:
    """A session in which every call succeeds and says yes."""

    server = "rdls02"

    def invoke(self, *_call: object) -> MethodResult:
        """Every flag that can be asked for is set."""
        return MethodResult(0, dict.fromkeys(("IsMember", "Registered", "Published", "OnDC", "Enabled"), True))


class ReadServer(LicenseServer):
    """A license server that has been read, everything on it filled in."""

    def __init__(self) -> None:
        super().__init__(t.cast(CimSession, Answering()))
        self.record = t.cast(
            Record,
            SimpleNamespace(
                connection_method=lambda: "automatic", read_whole=lambda: (OperationRecord([OPERATION]), ())
            ),
        )

    def properties(self) -> ServerProperties:
        return ServerProperties(CONTACT, 1, "C:\\lserver", "product", "version", "number")

    def activation(self) -> Activation:
        return Activation(0, TARGET_ID)

    def windows_release(self) -> WindowsRelease:
        return WindowsRelease("caption", "10.0.20348", "20348", "windows_server_2022", "RDLS02")

    def key_packs(self) -> tuple[KeyPack, ...]:
        return (replace(pack(), expires=datetime.datetime(2027, 6, 30, tzinfo=datetime.timezone.utc)),)


def test_license_server_info_returns_what_it_documents() -> None:
    gather = set(license_server_info.ARGUMENT_SPEC.options["gather"]["choices"])
    found = gathered(ReadServer(), gather, "rdls02.contoso.example")
    assert differences(found, returned("license_server_info")["license_server"], "license_server") == []
    assert set(found["active_directory"].values()) == {True}


@pytest.mark.parametrize(
    ("module", "operation"), [("key_pack", "install"), ("cal_migration", "migrate"), ("database_rebuild", "reinstall")]
)
def test_requests_for_key_pack_ids_are_as_documented(module: str, operation: str) -> None:
    request = license_key_pack_request(
        PURCHASE,
        operation=operation,
        change_id="CHG1",
        connection_method="web_browser",
        reason="because",
        license_server_id=TARGET_ID,
        contact=CONTACT,
        source_license_server_id=SOURCE_ID,
        source_operating_system="windows_server_2016",
    )
    assert differences([request], returned(module)["awaiting"], "awaiting") == []


@pytest.mark.parametrize("wanted", ["license_server_id", "confirmation_code"])
def test_requests_for_activation_are_as_documented(wanted: str) -> None:
    request = activation_request(
        wanted,
        connection_method="web_browser",
        product_id="product",
        license_server_id=TARGET_ID,
        contact=CONTACT,
        reason="server_upgraded",
    )
    assert differences([request], returned("license_server")["awaiting"], "awaiting") == []


@pytest.mark.parametrize(
    ("module", "operation", "acquired"),
    [
        ("key_pack", "install", "installed"),
        ("cal_migration", "migrate", "migrated"),
        ("database_rebuild", "reinstall", "reinstalled"),
    ],
)
def test_purchases_are_as_documented(module: str, operation: str, acquired: str) -> None:
    documented = returned(module)["purchases"]
    purchases = purchase_results([Decision(PURCHASE, ACQUIRE, pack())], OperationRecord(()), operation)
    assert differences(purchases, documented, "purchases") == []
    assert purchases[0]["outcome"] == acquired
    assert f"V({acquired})" in " ".join(documented["contains"]["outcome"]["description"])


def test_obligations_are_as_documented() -> None:
    documented = returned("cal_migration")["obligations"]
    migrated = replace(OPERATION, result_key_pack_id=None, change_id=None, rebuild=None)
    assert differences([describe_obligation(migrated)], documented, "obligations") == []


def test_keys_that_do_not_apply_to_an_operation_are_left_out() -> None:
    documented = returned("license_server_info")["license_server"]["contains"]["operations"]
    removal = Operation("remove", "intended", "2026-11-03T09:12:44Z", sequence=3, key_pack_id=3)
    described = removal.describe()
    assert None not in described.values()
    assert not {"finished", "source", "change_id", "rebuild_method"} & set(described)
    assert differences([described], documented, "operations") == []
