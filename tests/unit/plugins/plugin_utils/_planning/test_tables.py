# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of a diff, as people read them."""

from __future__ import annotations

from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._licensing.operation_record import OperationRecord
from ansible_collections.winfleet.rd_licensing.plugins.plugin_utils._planning.tables import (
    PackRow,
    pack_rows,
    pack_table,
    settings,
    table,
)

from tests.unit.builders import built_in_pack, cals, code, operation, pack, purchase, temporary_pack


def test_purchased_packs_with_their_purchases() -> None:
    recorded = OperationRecord([operation(of=purchase(250), key_pack_id=3)])
    rows = pack_rows([built_in_pack(), pack(3, 250), pack(12, 20, version=8, cal_type=0), temporary_pack()], recorded)
    assert pack_table(rows) == (
        "key pack  product version      CAL type    CALs  purchase\n"
        "3         Windows Server 2022  per user    250   Enterprise Agreement ****4567\n"
        "12        Windows Server 2025  per device  20    -\n"
    )


def test_without_a_record_no_pack_has_a_purchase() -> None:
    assert [row.purchase for row in pack_rows([pack(3), pack(4)])] == ["-", "-"]


def test_a_server_without_purchased_packs_says_so() -> None:
    assert pack_table(pack_rows([built_in_pack(), temporary_pack()])) == "no purchased RDS CALs\n"


def test_packs_that_are_yet_to_come() -> None:
    rows = [PackRow.coming(purchase(250), cals(250)), PackRow.coming(code(), None)]
    assert pack_table(rows).splitlines()[1:] == [
        "new       Windows Server 2022       per user  250   Enterprise Agreement ****4567",
        "new       as the license code says                  Retail purchase ****0DE5",
    ]


def test_a_table_pads_its_columns_and_leaves_no_blanks_at_the_end() -> None:
    assert table(["a", "bb"], [["ccc", "d"], ["e", ""]]) == "a    bb\nccc  d\ne\n"


def test_settings() -> None:
    values = {"company": "Contoso", "city": "", "published": True, "on_dc": False, "state": None, "count": 0}
    assert settings(values) == (
        "company:   Contoso\ncity:      (not set)\npublished: yes\non_dc:     no\nstate:     (not set)\ncount:     0\n"
    )
    assert settings({}) == ""
