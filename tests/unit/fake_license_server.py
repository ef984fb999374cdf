# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A license server in memory that takes the place of a CimSession, for tests of what is done to a server and how often.

It knows what a license server does about key packs, activation and the registry, counts every call, and can be told to
misbehave. It is no simulation of the wire: that is what the WS-Man scripts are for.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.instances import CimInstance, MethodResult
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._cim.schema import CimClass
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.key_pack import KeyPack
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server import (
    LicenseServer,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.license_server_calls import (
    CONTACT_PROPERTIES,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation import Operation
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_name import (
    full_name,
    short_name,
)
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_text import encode
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.purchase import Cals
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.wmi_classes import (
    STD_REG_PROV,
    TS_LICENSE_KEY_PACK,
    TS_LICENSE_SERVER,
    WIN32_OPERATING_SYSTEM,
)

from tests.unit.builders import TARGET_ID, pack, properties

RECORD_KEY = "SOFTWARE\\WinFleet\\RDLicensing"
OPERATIONS_KEY = RECORD_KEY + "\\Operations"
UNFINISHED_KEY = OPERATIONS_KEY + "\\Unfinished"
HISTORY_KEY = OPERATIONS_KEY + "\\History"
READING = ("Get", "Is", "Enum")
"""What the names of methods that change nothing begin with."""
KEY_MISSING = 2
DENIED = 5

Answer = tuple[int, dict[str, t.Any]]
_Answered = t.TypeVar("_Answered")


@dataclass
class FakeLicenseServer:
    """One license server. Tests set its fields, use it as a session, and look at it and at C(calls) afterwards.

    C(before) and C(after) are called around every request with its name and may raise: in C(before) the request does
    not reach the server, in C(after) its answer gets lost. C(refusals) are return values by method. C(codes) are the
    CALs of retail codes and of license key pack IDs. C(source) loses what is imported from it if C(reaches_source).
    """

    server: str = "rdls02"
    packs: list[KeyPack] = field(default_factory=list)
    registry: dict[str, dict[str, str]] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=lambda: dict(properties().contact))
    status: int = 0
    license_server_id: str = TARGET_ID
    role: int = 0
    flags: dict[str, bool] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    codes: dict[str, Cals] = field(default_factory=dict)
    source: FakeLicenseServer | None = None
    reaches_source: bool = True
    clock: datetime.datetime = datetime.datetime(2026, 1, 1, 10, 0, tzinfo=datetime.timezone.utc)
    kinds: dict[str, int] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    before: Callable[[str], None] = lambda name: None
    after: Callable[[str], None] = lambda name: None
    calls: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    noted_changes: int = 0
    sent: list[tuple[str, dict[str, t.Any]]] = field(default_factory=list)

    @property
    def changing(self) -> list[str]:
        """The calls that could change something."""
        return [name for name in self.calls if not name.startswith((*READING, "get ", "enumerate "))]

    @property
    def license_server(self) -> LicenseServer:
        """The model's view of this server."""
        return LicenseServer(t.cast("t.Any", self))

    @property
    def recorded(self) -> OperationRecord:
        """The record as it is on the server now."""
        record = FakeLicenseServer(registry=self.registry).license_server.record
        return OperationRecord(each for each in record.recorded_operations(lambda _operation: True).operations)

    def sent_to(self, method: str) -> dict[str, t.Any]:
        """The arguments of the last call of a method."""
        return next(given for name, given in reversed(self.sent) if name == method)

    def keep(self, *operations: Operation) -> None:
        """Put entries into the record."""
        for each in operations:
            key, name = (UNFINISHED_KEY, short_name(each)) if each.unfinished else (OPERATIONS_KEY, full_name(each))
            self.registry.setdefault(key, {})[name] = encode(each)

    def total(self, kind: tuple[int, int] | None = None) -> int:
        """CALs on the server, of one kind or of all."""
        return sum(each.cals.quantity for each in self.packs if each.purchased and kind in (None, each.cals.kind))

    # What a CimSession has.

    def get(self, cim_class: CimClass, selectors: Mapping[str, t.Any] | None = None) -> CimInstance:
        """Read the license server or the operating system."""
        return self._request(f"get {cim_class.name}", lambda: self._instance(cim_class))

    def put(self, instance: CimInstance, selectors: Mapping[str, t.Any] | None = None) -> CimInstance:
        """Write contact data."""
        assert instance.cim_class is TS_LICENSE_SERVER
        assert len(instance.changed) == 1, "one property at a time"
        name = next(iter(instance.changed))
        option = next(option for option, each in CONTACT_PROPERTIES.items() if each == name)

        def write() -> CimInstance:
            if "put" not in self.silent:
                self.contact[option] = str(instance[name])
            return instance

        return self._request(f"put {name}", write)

    def enumerate(self, cim_class: CimClass, query: str | None = None) -> Iterator[CimInstance]:
        """Read the key packs, or the operating system."""
        if cim_class is WIN32_OPERATING_SYSTEM:
            return iter([self._request(f"enumerate {cim_class.name}", lambda: self._instance(cim_class))])
        assert cim_class is TS_LICENSE_KEY_PACK
        packs = self._request(f"enumerate {cim_class.name}", lambda: list(self.packs))
        if query and "WHERE" in query:
            wanted = {int(number) for number in re.findall(r"KeyPackId=(\d+)", query)}
            packs = [each for each in packs if each.key_pack_id in wanted]
        return iter([CimInstance(cim_class, cim_class.name, _values(each)) for each in packs])

    def invoke(
        self,
        cim_class: CimClass,
        method: str,
        arguments: Mapping[str, t.Any] | None = None,
        selectors: Mapping[str, t.Any] | None = None,
    ) -> MethodResult:
        """Call a method. What the schema does not have is a mistake of the caller."""
        given = dict(arguments or {})
        assert set(given) == {each.name for each in cim_class.methods[method].parameters if each.goes_in}
        self.sent.append((method, given))
        return_value, values = self._request(method, lambda: self._call(cim_class, method, given, selectors or {}))
        outputs = {each.name: None for each in cim_class.methods[method].parameters if each.comes_out}
        return MethodResult(return_value, {**outputs, **values})

    def close(self) -> None:
        """Nothing to close."""

    def note_change(self) -> None:
        """Count what was noted as a change."""
        self.noted_changes += 1

    # What the server does.

    def _request(self, name: str, act: Callable[[], _Answered]) -> _Answered:
        self.calls.append(name)
        self.before(name)
        answer = act()
        self.after(name)
        return answer

    def _instance(self, cim_class: CimClass) -> CimInstance:
        if cim_class is WIN32_OPERATING_SYSTEM:
            system = {"Caption": "Microsoft Windows Server 2022 Standard", "Version": "10.0.20348", "CSName": "RDLS02"}
            now: dict[str, t.Any] = {"BuildNumber": "20348", "LocalDateTime": self.clock}
            return CimInstance(cim_class, cim_class.name, {**now, **system})
        contact = {name: self.contact[option] for option, name in CONTACT_PROPERTIES.items()}
        known = properties()
        values: dict[str, t.Any] = {
            **contact,
            "ServerRole": self.role,
            "DatabasePath": known.database_path,
            "ProductId": known.product_id,
            "Version": known.version,
            "VersionNumber": known.version_number,
        }
        return CimInstance(cim_class, cim_class.name, values)

    def _call(
        self, cim_class: CimClass, method: str, given: dict[str, t.Any], selectors: Mapping[str, t.Any]
    ) -> Answer:
        if method in self.refusals:
            return self.refusals[method], {}
        if cim_class is STD_REG_PROV:
            return self._registry(method, given)
        if cim_class is TS_LICENSE_SERVER:
            return self._license_server(method, given)
        if method in self.silent:
            return 0, {}
        if method.startswith(("Install", "Import", "Reinstall")):
            return 0, {"KeyPackId": self._acquire(method, given)}
        if method == "ConvertLicenses":
            return 0, {"KeypackID": self._convert(selectors["KeyPackId"], given["Count"])}
        self._take(given["KeyPackId"], given.get("LicenseCount"))
        return 0, {}

    def _registry(self, method: str, given: dict[str, t.Any]) -> Answer:
        assert given["hDefKey"] == 0x80000002
        key = given["sSubKeyName"]
        if method == "CreateKey":
            self.registry.setdefault(key, {})
            return 0, {}
        if method == "EnumKey":
            below = {name[len(key) + 1 :].split("\\")[0] for name in self.registry if name.startswith(f"{key}\\")}
            return (0, {"sNames": sorted(below)}) if below or key in self.registry else (2, {"sNames": None})
        if key not in self.registry:
            return KEY_MISSING, {}
        if method == "EnumValues":
            names = list(self.registry[key])
            return 0, {"sNames": names or None, "Types": [self.kinds.get(name, 1) for name in names] or None}
        if method == "GetStringValue":
            value = self.registry[key].get(given["sValueName"])
            return (1, {}) if value is None else (0, {"sValue": value})
        if method == "DeleteValue":
            return (1, {}) if self.registry[key].pop(given["sValueName"], None) is None else (0, {})
        assert method == "SetStringValue"
        self.registry[key][given["sValueName"]] = given["sValue"]
        return 0, {}

    def _license_server(self, method: str, given: dict[str, t.Any]) -> Answer:
        if method == "GetActivationStatus":
            return 0, {"ActivationStatus": self.status}
        if method == "GetLicenseServerId":
            return 0, {"sLicenseServerId": self.license_server_id}
        if method.startswith("Is"):
            out = next(each.name for each in TS_LICENSE_SERVER.methods[method].parameters if each.comes_out)
            return 0, {out: self.flags.get(method, False)}
        if method not in self.silent:
            self._change_server(method, given)
        return 0, {}

    def _change_server(self, method: str, given: dict[str, t.Any]) -> None:
        registrations = {
            "AddLStoTSLSGroup": ("IsLSinTSLSGroup", True),
            "RemoveLSfromTSLSGroup": ("IsLSinTSLSGroup", False),
            "RegisterLSToSCP": ("IsLSRegisteredToSCP", True),
            "UnRegisterLSFromSCP": ("IsLSRegisteredToSCP", False),
            "PublishLS": ("IsLSPublished", True),
            "UnpublishLS": ("IsLSPublished", False),
        }
        if method in registrations:
            name, value = registrations[method]
            self.flags[name] = value
        elif method == "ChangeRole":
            self.role = given["ServerRole"]
        elif method.startswith("Deactivate"):
            self.status = 1
        else:
            self.status = 0
            self.license_server_id = given.get("sLicenseServerId") or given.get("sNewLicenseServerId") or TARGET_ID

    def _acquire(self, method: str, given: dict[str, t.Any]) -> int:
        cals = self.codes.get(given.get("sLicenseCode") or given.get("sLicenseKeyPackId") or "")
        if cals is None:
            cals = Cals(given["ProductVersion"], given["ProductType"], given["LicenseCount"])
        if method.startswith("Import") and self.source and self.reaches_source:
            self.source.lose(cals)
        kind = 1 if "sLicenseCode" in given else 2
        return self.gain(cals, key_pack_type=kind)

    def gain(self, cals: Cals, key_pack_type: int = 2) -> int:
        """Another pack; gives its number."""
        key_pack_id = 1 + max((each.key_pack_id for each in self.packs), default=2)
        version, cal_type = cals.product_version, cals.cal_type
        self.packs.append(
            pack(key_pack_id, cals.quantity, version=version, cal_type=cal_type, key_pack_type=key_pack_type)
        )
        return key_pack_id

    def lose(self, cals: Cals) -> None:
        """Take CALs of one kind away, from a pack of just that size if there is one."""
        packs = [each for each in self.packs if each.purchased and each.cals.kind == cals.kind]
        packs.sort(key=lambda each: each.cals.quantity != cals.quantity)
        left = cals.quantity
        for each in packs:
            taken = min(left, each.cals.quantity)
            if taken:
                self._take(each.key_pack_id, taken)
                left -= taken

    def _take(self, key_pack_id: int, quantity: int | None) -> None:
        rest = []
        for each in self.packs:
            if each.key_pack_id == key_pack_id:
                left = 0 if quantity is None else each.cals.quantity - quantity
                if left <= 0:
                    continue
                rest.append(replace(each, total=left, available=left))
            else:
                rest.append(each)
        self.packs = rest

    def _convert(self, key_pack_id: int, quantity: int) -> int:
        old = next(each for each in self.packs if each.key_pack_id == key_pack_id).cals
        self._take(key_pack_id, quantity)
        return self.gain(Cals(old.product_version, 1 - old.cal_type, quantity))


def _values(each: KeyPack) -> dict[str, t.Any]:
    unlimited = 0xFFFFFFFF
    return {
        "KeyPackId": each.key_pack_id,
        "KeyPackType": each.key_pack_type,
        "ProductType": each.product_type,
        "ProductVersionID": each.product_version_id,
        "TotalLicenses": unlimited if each.total is None else each.total,
        "AvailableLicenses": unlimited if each.total is None else each.total,
        "IssuedLicenses": 0,
        "Description": each.description,
        "TypeAndModel": each.type_and_model,
        "AccessRights": each.access_rights,
    }
