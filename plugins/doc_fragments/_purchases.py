# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options C(purchases) and C(adopt)."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents what a purchase is. A module says in its own words what it does with purchases and with C(adopt)."""

    DOCUMENTATION = r"""
options:
  purchases:
    description:
      - Purchases of RDS CALs.
    type: list
    elements: dict
    suboptions:
      license_program:
        description:
          - The license program under which the CALs were bought, as on the License Program page of the wizards.
          - It determines which credential the purchase needs. The credential of another program is refused.
        type: str
        required: true
        choices:
          retail: Retail purchase. Needs O(purchases[].license_code).
          open: Open License. Needs O(purchases[].license_number) and O(purchases[].authorization_number).
          select: Select License. Needs O(purchases[].agreement_number), here an enrollment number.
          enterprise: Enterprise Agreement. Needs O(purchases[].agreement_number).
          campus: Campus Agreement. Needs O(purchases[].agreement_number).
          school: School Agreement. Needs O(purchases[].agreement_number).
          service_provider: Service Provider License Agreement (SPLA). Needs O(purchases[].agreement_number).
          other_agreement: Any other agreement, such as Open Value, Multi-Year Open or Open Subscription. Needs
            O(purchases[].agreement_number).
      license_code:
        description:
          - The code of a retail purchase, 25 letters and digits.
          - Enter this and the other numbers and codes as printed. Hyphens, spaces and case are ignored. Put them in
            quotes, because YAML may change a bare number that begins with a zero.
          - Required with O(purchases[].license_program=retail), refused with any other program.
        type: str
      license_number:
        description:
          - The number of an Open License, 8 digits.
          - Required with O(purchases[].license_program=open), refused with any other program.
        type: str
      authorization_number:
        description:
          - The authorization number of an Open License, 15 letters and digits.
          - Required with O(purchases[].license_program=open), refused with any other program.
        type: str
      agreement_number:
        description:
          - The number of an agreement or enrollment, 7 digits.
          - With O(purchases[].license_program=service_provider) it may have 8 digits, and with
            O(purchases[].license_program=other_agreement) it is what the purchase documents say, up to 35 letters and
            digits.
          - Required with every program other than V(retail) and V(open), and refused with these two.
        type: str
      product_version:
        description:
          - The Windows Server version of the CALs, one of V(windows_server_2008), V(windows_server_2008_r2),
            V(windows_server_2012), V(windows_server_2012_r2), V(windows_server_2016), V(windows_server_2019),
            V(windows_server_2022) and V(windows_server_2025).
          - For a version without a name in this list, the number that the licensing provider uses for it.
          - Windows Server 2008 and 2008 R2 share their CALs, and so do 2012 and 2012 R2.
          - Required unless the program is V(retail). A retail purchase states O(purchases[].product_version),
            O(purchases[].cal_type) and O(purchases[].quantity), or none of the three. State them if you can, because
            only the Clearinghouse knows what a code contains.
        type: str
      cal_type:
        description:
          - Whether the CALs are for users or for devices.
          - Required unless the program is V(retail).
        type: str
        choices:
          per_device: RDS Per Device CALs.
          per_user: RDS Per User CALs.
      quantity:
        description:
          - The number of CALs, 1 or more.
          - Required unless the program is V(retail).
        type: int
      reference:
        description:
          - A name of your own for the purchase, such as an order number. It is kept in the record in clear text.
          - It distinguishes two purchases that are otherwise identical. Identical purchases in one task are refused.
          - It is part of the identity of the purchase, see the notes.
        type: str
      license_key_pack_id:
        description:
          - The license key pack ID that the Clearinghouse issued for this purchase, 35 letters and digits.
          - For the connection methods V(web_browser) and V(telephone). With V(automatic) it is refused.
          - It is not part of the identity of the purchase, and is not needed after the CALs are installed.
        type: str
      acknowledge_missing:
        description:
          - The ID of the recorded operation that brought the CALs of this purchase, if they are no longer there and the
            Clearinghouse is to be asked for them again. The message that says what is missing names it.
          - The task stops if a purchase is recorded on the license server and its key pack is gone or no longer holds
            the recorded CALs. It also stops if other CALs were installed than those of the purchase.
          - M(winfleet.rd_licensing.database_rebuild) refuses it while a part of the key pack is still there, as a
            reinstallation brings all of the CALs.
          - It concerns one operation only, so it may stay in the purchases. A later loss has another ID.
        type: str
      key_pack_id:
        description:
          - The installed key pack that holds this purchase, if an administrator knows it.
          - Product version, CAL type and quantity must fit, and no other purchase may be recorded for the key pack. It
            is then recorded as this purchase, whatever O(adopt) says.
        type: int
  license_key_pack_ids:
    description:
      - License key pack IDs from the Clearinghouse, by request ID. For the connection methods V(web_browser) and
        V(telephone). An entry has the same effect as O(purchases[].license_key_pack_id) on the purchase of that
        request.
      - The request IDs are those that the task returned under RV(ignore:awaiting). The answer file that
        M(winfleet.rd_licensing.clearinghouse_request) writes lists them for the IDs to be filled in. Empty values are
        ignored.
    type: dict
    default: {}
  adopt:
    description:
      - If true, a key pack that fits the purchase and belongs to no recorded purchase counts as the purchase.
    type: bool
    default: true
notes:
  - A purchase is identified by its license program, credential, product version, CAL type, quantity and reference; a
    retail purchase by its license code and reference alone. Changing any of these identifies a
    different purchase, and the module will try to get its CALs too. To add CALs, add a purchase.
  - Results, diffs and messages show only the last four characters of numbers and codes. The record on the license
    server holds these four characters and a SHA-256 digest. Keep the numbers and codes in a file encrypted with
    C(ansible-vault), and refer to them by variable from a readable list of purchases. ansible-core 2.22 prints every
    value of an encrypted file as C($REDACTED$), quantities and product versions too.
  - Put numbers, codes, IDs and other text in quotes. Without quotes, YAML changes some values. C(0123456) becomes the
    number 42798 and C(NO) becomes false, so text options refuse numbers, booleans and dates, even a number that looks
    right. Write the quotes where the value is defined, because ansible-core before 2.19 passes a number in a variable
    as text. Numbers are accepted for quantities and for IDs of installed key packs, and for
    O(purchases[].product_version), where the year C(2022) is unambiguous.
  - Choices may be written in other common ways, such as C(Per User) for V(per_user).
  - CALs that are newer than the Windows release of the license server are refused before anything is sent.
  - Microsoft documents the numbers for product versions up to Windows Server 2019 for installing CALs. The number for
    Windows Server 2022 is documented only for reading key packs, and the one for Windows Server 2025 is known only from
    practice. Both are sent to the server, which decides.
"""
