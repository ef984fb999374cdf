# Copyright (c) 2026, Winfleet contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every HTML page of the collection is made of: style, script, tables. Every text is escaped here."""

from __future__ import annotations

import html
import typing as t
from collections.abc import Iterable, Sequence

STYLE: t.Final = """
:root {
  --ink: #1b2733; --soft: #5c6b7a; --line: #d9e0e7; --paper: #fff; --wash: #f4f7fa;
  --bar: #2f6fb1; --rest: #dbe6f1; --critical: #b3261e; --warning: #9a6700; --info: #2f6fb1; --good: #1a7f4b;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #9fb0c0; --line: #32404e; --paper: #11181f; --wash: #1a232c;
    --bar: #6aa7e6; --rest: #26333f; --critical: #ff8b82; --warning: #e3b341; --info: #6aa7e6; --good: #5bd391;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
}
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 26px; margin: 0; }
h2 { font-size: 18px; margin: 36px 0 10px; }
p.sub { color: var(--soft); margin: 4px 0 20px; }
.tiles { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); }
.tile { background: var(--wash); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.tile b { display: block; font-size: 26px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.critical b, td.critical { color: var(--critical); }
.warning b, td.warning { color: var(--warning); }
.info b, td.info { color: var(--info); }
.good b { color: var(--good); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 6px 10px; border-bottom: 1px solid var(--line); }
th { background: var(--wash); white-space: nowrap; }
th.sort { cursor: pointer; }
th[aria-sort=ascending]::after { content: " \\2191"; }
th[aria-sort=descending]::after { content: " \\2193"; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.name { white-space: nowrap; }
td.what { min-width: 260px; }
.bar { display: block; height: 10px; margin-top: 6px; min-width: 120px; border-radius: 5px; background: var(--rest); }
.bar { overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--bar); }
.bar.over i { background: var(--critical); }
input.filter {
  width: 260px; max-width: 100%; padding: 6px 10px; margin: 0 0 8px; border: 1px solid var(--line);
  border-radius: 6px; background: var(--paper); color: var(--ink); font: inherit;
}
details summary { cursor: pointer; color: var(--info); }
pre {
  margin: 6px 0 0; padding: 8px 10px; background: var(--wash); border: 1px solid var(--line); border-radius: 6px;
  overflow-x: auto; font-size: 12.5px;
}
footer { margin-top: 40px; color: var(--soft); font-size: 13px; }
.none { color: var(--soft); }
@media print {
  @page { margin: 14mm 12mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  input.filter, details { display: none; }
  main { max-width: none; padding: 0; }
  body { font-size: 11px; }
  h1 { font-size: 20px; }
  h2 { font-size: 14px; margin: 20px 0 6px; break-after: avoid; }
  table { font-size: 10px; }
  th, td { padding: 3px 6px; }
  td.name { white-space: normal; overflow-wrap: break-word; }
  td.what { min-width: 0; }
  .bar { min-width: 60px; height: 7px; margin-top: 4px; }
  .tiles { grid-template-columns: repeat(7, 1fr); }
  .tile { padding: 5px 8px; }
  .tile b { font-size: 18px; }
  .tile span { font-size: 10px; }
  .scroll { overflow: visible; }
  thead { display: table-header-group; }
  tr, .tile { break-inside: avoid; }
}
@media screen and (max-width: 640px) {
  main { padding: 16px 12px 40px; }
  h1, .tile b { font-size: 21px; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(105px, 1fr)); gap: 6px; }
  .tile { padding: 8px 10px; }
  input.filter { width: 100%; }
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  tr { border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; margin: 0 0 8px; }
  tr[hidden] { display: none; }
  td, td.n { border: 0; padding: 2px 0 2px 104px; position: relative; text-align: left; min-height: 25px; }
  td.name { white-space: normal; overflow-wrap: anywhere; }
  td { overflow-wrap: anywhere; }
  td:empty { display: none; }
  td::before { position: absolute; left: 0; width: 98px; color: var(--soft); font-size: 13px; }
}
"""

_MOST_COLUMNS: t.Final = 12
_LABELS: t.Final = "".join(
    f"  td:nth-child({number})::before {{ content: var(--h{number}); }}\n" for number in range(1, _MOST_COLUMNS + 1)
)

# Sorts a table by a click on a heading, and filters tables of more than 8 rows. Without it the page is complete too.
SCRIPT: t.Final = """
function sortable(table) {
  var body = table.tBodies[0], heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach(function (head, column) {
    head.classList.add("sort");
    head.tabIndex = 0;
    head.addEventListener("keydown", function (event) { if (event.key === "Enter") { head.click(); } });
    head.addEventListener("click", function () {
      var down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(function (each) { each.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      var rows = Array.from(body.rows).map(function (row) {
        var cell = row.cells[column];
        return [cell.getAttribute("data-key") || cell.textContent, row];
      });
      rows.sort(function (a, b) { return a[0].localeCompare(b[0], undefined, {numeric: true}); });
      if (down) { rows.reverse(); }
      rows.forEach(function (each) { body.appendChild(each[1]); });
    });
  });
}
function filterable(table) {
  var rows = Array.from(table.tBodies[0].rows), holder = table.parentNode;
  if (rows.length <= 8) { return; }
  var input = document.createElement("input");
  input.className = "filter";
  input.type = "search";
  input.placeholder = "Filter";
  input.setAttribute("aria-label", "Filter this table");
  holder.parentNode.insertBefore(input, holder);
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  input.addEventListener("input", function () {
    var text = input.value.toLowerCase();
    rows.forEach(function (row, index) { row.hidden = texts[index].indexOf(text) < 0; });
  });
}
document.querySelectorAll("table").forEach(function (table) { sortable(table); filterable(table); });
"""


class Markup(str):
    """HTML that is ready, unlike a text."""

    __slots__ = ()


def escaped(value: object) -> str:
    """A value as HTML; nothing for None."""
    if isinstance(value, Markup):
        return str(value)
    return "" if value is None else html.escape(str(value))


def document(title: str, body: str, style: str = "") -> str:
    """A page that needs nothing from the network. C(style) is what it has beside the style of all pages."""
    labels = f"@media screen and (max-width: 640px) {{\n{_LABELS}}}\n"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(title)}</title><style>{STYLE}{labels}{style}</style></head>\n"
        f"<body><main><h1>{escaped(title)}</h1>{body}</main><script>{SCRIPT}</script></body></html>\n"
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], classes: Sequence[str], none: str) -> str:
    """A table, or a sentence where there is no row.

    Args:
        rows: cells; one is a value, or a pair of a value and what to sort by.
        classes: one for each column; C(severity) stands for the cell's own value.
    """
    body = [_row(row, classes) for row in rows]
    if not body:
        return f'<p class="none">{escaped(none)}</p>'
    head = "".join(
        f'<th class="{"n" if kind == "n" else ""}">{escaped(name)}</th>'
        for name, kind in zip(headings, classes, strict=True)
    )
    rest = "\n".join(body)
    # On a narrow screen a row is a block, and each cell has its heading before it: from these variables.
    names = "".join(f"--h{number}:'{escaped(name)}';" for number, name in enumerate(headings, 1))
    start = f'<div class="scroll"><table style="{names}"><thead><tr>{head}</tr></thead>'
    return f"{start}<tbody>\n{rest}\n</tbody></table></div>"


def _row(row: Sequence[object], classes: Sequence[str]) -> str:
    cells = []
    for cell, kind in zip(row, classes, strict=True):
        value, key = cell if isinstance(cell, tuple) else (cell, None)
        order = "" if key is None else f' data-key="{escaped(key)}"'
        cells.append(f'<td class="{escaped(value if kind == "severity" else kind)}"{order}>{escaped(value)}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def tile(number: int, label: str, kind: str = "") -> str:
    """A number with its label."""
    return f'<div class="tile {kind}"><b>{number}</b><span>{escaped(label)}</span></div>'


def share_bar(part: int, whole: int) -> Markup:
    """A bar for a share; one that is over its whole looks different."""
    share = 100 if part >= whole else round(part * 100 / whole)
    over = " over" if part > whole else ""
    return Markup(f'<span class="bar{over}" title="{part} of {whole}"><i style="width:{share}%"></i></span>')
