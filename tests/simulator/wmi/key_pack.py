# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Win32_TSLicenseKeyPack: install, migrate, reinstall, remove and convert CALs."""

from __future__ import annotations

from tests.simulator.clearinghouse import books
from tests.simulator.clearinghouse.books import Claim, Operation
from tests.simulator.clearinghouse.refusal import RefusalError
from tests.simulator.model import catalog
from tests.simulator.model.fleet import Server
from tests.simulator.model.initial import purchased_pack
from tests.simulator.model.state import KeyPackState, PurchaseState
from tests.simulator.wire.values import Values
from tests.simulator.wmi import source_server
from tests.simulator.wmi.licensing import Handler, LicensingProvider, moment, number_argument, text_argument
from tests.simulator.wmi.packs import reduce_pack
from tests.simulator.wmi.provider import Call, Outcome

_CONVERT_SINCE = (6, 2)


class KeyPackProvider(LicensingProvider):
    """Who is no administrator sees no packs and no error."""

    def instances(self, call: Call) -> list[Values]:
        self.check(call)
        if not call.account.is_administrator:
            return []
        return [_row(call, pack) for pack in call.server.database.packs]

    def latency(self, server: Server, method: str) -> float:
        return server.info.behaviour.clearinghouse_seconds if method in _AUTOMATIC else 0.0

    def invoke(self, call: Call, method: str, arguments: Values, instance: Values | None) -> Outcome:
        self.check(call)
        if method == "ConvertLicenses":
            assert instance is not None
            arguments = {**arguments, "KeyPackId": instance["KeyPackId"]}
        return self.run(call, _HANDLERS, method, arguments)


def _row(call: Call, pack: KeyPackState) -> Values:
    return {
        "KeyPackId": pack.key_pack_id,
        "Description": pack.description,
        "KeyPackType": pack.key_pack_type,
        "ProductType": pack.product_type,
        "ProductVersion": catalog.version_text(pack.product_version_id, call.server.info.ui_language),
        "ProductVersionID": pack.product_version_id,
        "TotalLicenses": pack.total,
        "IssuedLicenses": pack.issued,
        "AvailableLicenses": pack.available,
        "ExpirationDate": moment(pack.expiration),
        "AccessRights": pack.access_rights,
        "TypeAndModel": pack.type_and_model,
    }


def _claim(program: str, arguments: Values) -> Claim:
    """The purchase the arguments describe; retail carries nothing but its code."""
    if program == "retail":
        return Claim(program, (text_argument(arguments, "sLicenseCode"),))
    names = ["sLicenseNumber", "sAuthorizationNumber"] if program == "open" else ["sAgreementNumber"]
    return Claim(
        program,
        tuple(text_argument(arguments, name) for name in names),
        number_argument(arguments, "ProductVersion"),
        number_argument(arguments, "ProductType"),
        number_argument(arguments, "LicenseCount"),
    )


def _agreement_program(arguments: Values) -> str:
    program = catalog.program_of(number_argument(arguments, "AgreementType"))
    if program is None:
        raise RefusalError("malformed", "AgreementType must be 0 to 5")
    return program


def _check_server(call: Call, claim: Claim | None = None) -> None:
    if not call.server.state.activated:
        raise RefusalError("not_activated", "the license server is not activated")
    if claim is None or claim.product_version_id is None:
        return
    if not catalog.is_known_version(claim.product_version_id) or claim.product_version_id < 2:
        raise RefusalError("malformed", "no such product version")
    if claim.product_type not in (catalog.PER_DEVICE, catalog.PER_USER):
        raise RefusalError("malformed", "ProductType must be 0 or 1")
    _check_version(call, claim.product_version_id)


def _check_version(call: Call, product_version_id: int) -> None:
    if product_version_id > call.server.highest_cal:
        raise RefusalError("version_too_new", "the license code is not recognized")


def _add(call: Call, purchase: PurchaseState, quantity: int) -> Outcome:
    database = call.server.database
    pack = purchased_pack(database, purchase, quantity)
    database.packs.append(pack)
    return Outcome(values={"KeyPackId": pack.key_pack_id})


def _automatic(operation: Operation, program: str | None) -> Handler:
    """Install, migrate or reinstall by asking the Clearinghouse from the license server itself."""

    def handler(call: Call, arguments: Values) -> Outcome:
        claim = _claim(program or _agreement_program(arguments), arguments)
        claim.check_form()
        _check_server(call, claim)
        source = source_server.identify(call, arguments) if operation == "migrate" else None
        if not call.server.state.internet:
            raise RefusalError("no_internet", "the Clearinghouse cannot be reached")
        if claim.product_version_id is None:
            _check_version(call, _retail_version(call, claim))
        purchase, quantity, _unused = books.book(
            call.fleet.clearinghouse,
            claim,
            operation,
            call.server.state.license_server_id,
            source.license_server_id if source else "",
        )
        outcome = _add(call, purchase, quantity)
        if source is not None:
            source_server.remove_there(call, source, purchase, quantity)
        return outcome

    return handler


def _retail_version(call: Call, claim: Claim) -> int:
    for purchase in call.fleet.clearinghouse.purchases.values():
        if claim.fits(purchase):
            return purchase.product_version_id
    raise RefusalError("wrong_credential", "There is no such purchase.")


def _offline(operation: Operation) -> Handler:
    """Install, migrate or reinstall what a license key pack ID stands for; the Clearinghouse booked it already."""

    def handler(call: Call, arguments: Values) -> Outcome:
        text = text_argument(arguments, "sLicenseKeyPackId")
        _check_server(call)
        house = call.fleet.clearinghouse
        issued = books.redeem_pack_id(house, text, operation, call.server.state.license_server_id)
        purchase = house.purchases[issued.purchase]
        _check_version(call, purchase.product_version_id)
        source = None
        if operation == "migrate":
            source = source_server.identify(call, arguments)
            if source.license_server_id != issued.source_license_server_id:
                raise RefusalError("wrong_source", "the CALs do not come from this license server")
        issued.used = True
        outcome = _add(call, purchase, issued.quantity)
        if source is not None:
            source_server.remove_there(call, source, purchase, issued.quantity)
        return outcome

    return handler


def _own_pack(call: Call, arguments: Values) -> KeyPackState:
    pack = call.server.database.find(number_argument(arguments, "KeyPackId"))
    if pack is None:
        raise RefusalError("no_such_key_pack", "no such license key pack")
    if pack.is_protected:
        raise RefusalError("protected_key_pack", "built-in and temporary packs stay")
    return pack


def _uninstall_with_id(call: Call, arguments: Values) -> Outcome:
    pack = _own_pack(call, arguments)
    reduce_pack(call.server, pack, pack.total)
    return Outcome()


def _remove_with_count(call: Call, arguments: Values) -> Outcome:
    pack = _own_pack(call, arguments)
    count = number_argument(arguments, "LicenseCount")
    if not 1 <= count <= pack.total:
        raise RefusalError("malformed", "LicenseCount is out of range")
    reduce_pack(call.server, pack, count)
    return Outcome()


def _uninstall(call: Call, arguments: Values) -> Outcome:
    """Take the count from whatever packs of that version and type there are."""
    version, kind, left = (
        number_argument(arguments, name) for name in ("ProductVersion", "ProductType", "LicenseCount")
    )
    packs = [
        pack
        for pack in call.server.database.packs
        if not pack.is_protected and (pack.product_version_id, pack.product_type) == (version, kind)
    ]
    if not packs:
        raise RefusalError("no_such_key_pack", "no such license key pack")
    if not 1 <= left <= sum(pack.total for pack in packs):
        raise RefusalError("malformed", "LicenseCount is out of range")
    for pack in packs:
        count = min(left, pack.total)
        left -= count
        if count:
            reduce_pack(call.server, pack, count)
    return Outcome()


def _convert(call: Call, arguments: Values) -> Outcome:
    """Make per user CALs of per device ones or the other way round; they become a pack of their own."""
    if call.server.release_number < _CONVERT_SINCE:
        raise RefusalError("not_supported", "since Windows Server 2012")
    _check_server(call)
    pack = _own_pack(call, arguments)
    count = number_argument(arguments, "Count")
    if not 1 <= count <= pack.available:
        raise RefusalError("malformed", "Count is out of range")
    other = catalog.PER_USER if pack.product_type == catalog.PER_DEVICE else catalog.PER_DEVICE
    database = call.server.database
    converted = KeyPackState(
        key_pack_id=database.next_key_pack_id,
        key_pack_type=pack.key_pack_type,
        product_type=other,
        product_version_id=pack.product_version_id,
        total=count,
        issued=0,
        expiration=pack.expiration,
        description=catalog.stock_keeping_unit(pack.product_version_id, other),
        type_and_model=catalog.type_and_model(pack.product_version_id, other),
        purchase=pack.purchase,
    )
    database.next_key_pack_id += 1
    database.packs.append(converted)
    reduce_pack(call.server, pack, count)
    return Outcome(values={"KeypackID": converted.key_pack_id})


_AUTOMATIC: dict[str, Handler] = {
    "InstallAgreementLicenseKeyPack": _automatic("install", None),
    "InstallOpenLicenseKeyPack": _automatic("install", "open"),
    "InstallRetailPurchaseLicenseKeyPack": _automatic("install", "retail"),
    "ImportAgreementLicenseKeyPack": _automatic("migrate", None),
    "ImportOpenPurchaseLicenseKeyPack": _automatic("migrate", "open"),
    "ImportRetailPurchaseLicenseKeyPack": _automatic("migrate", "retail"),
    "ReinstallAgreementLicenseKeyPack": _automatic("reinstall", None),
    "ReinstallOpenPurchaseLicenseKeyPack": _automatic("reinstall", "open"),
    "ReinstallRetailPurchaseLicenseKeyPack": _automatic("reinstall", "retail"),
}
_HANDLERS: dict[str, Handler] = {
    **_AUTOMATIC,
    "InstallLicenseKeyPack": _offline("install"),
    "ImportLicenseKeyPackOffline": _offline("migrate"),
    "ReinstallLicenseKeyPackOffline": _offline("reinstall"),
    "UninstallLicenseKeyPackWithId": _uninstall_with_id,
    "RemoveLicensesWithIdCount": _remove_with_count,
    "UninstallLicenseKeyPack": _uninstall,
    "ConvertLicenses": _convert,
}
