"""A table of tables in every format: what stands in the cells is read back, whatever the format."""

from __future__ import annotations

import csv
import json
import re
from fractions import Fraction
from html.parser import HTMLParser
from importlib import import_module
from io import StringIO

import pytest
from rich.console import Console

from archcalc.cli.formats import TABLES as FORMATS
from archcalc.core import Shape
from archcalc.report.formats.page import Page, columns_of
from archcalc.report.formats.table import Column, Sides, Span, Table
from archcalc.report.formats.text import draw, plain

NAME, VALUE = Column("Layer", "layer"), Column("Value", "value", True)
MISSING = Column("Value", "value", True, missing="-")
WIDE = "layer." * 40 + "conv"
MANY = tuple((f"layer{n}", n) for n in range(10_000))

Case = tuple[Table, list[tuple[str, str]], list[tuple[str, object]]]
"""A table, its cells for people, and for scripts."""


def rows(*cells, column=VALUE):
    return Table("", (NAME, column), cells)


CASES: dict[str, Case] = {
    "nothing": (rows(("a", None)), [("a", "")], [("a", None)]),
    "nothing, said": (rows(("a", None), column=MISSING), [("a", "-")], [("a", None)]),
    "negative": (rows(("a", -1234)), [("a", "-1,234")], [("a", -1234)]),
    "a fraction": (rows(("a", Fraction(1, 3))), [("a", "1/3")], [("a", 1 / 3)]),
    "a half": (rows(("a", Fraction(-9, 2))), [("a", "-4.5")], [("a", -4.5)]),
    "a whole fraction": (rows(("a", Fraction(12, 4))), [("a", "3")], [("a", 3)]),
    "a large number": (rows(("a", 10**15)), [("a", "1,000,000,000,000,000")], [("a", 10**15)]),
    "decimals": (
        rows(("a", 0.125), column=Column("Value", "value", True, decimals=2, unit=" %")), [("a", "0.12 %")],
        [("a", 0.125)],
    ),
    "sides": (rows(("a", Sides((3, 5)))), [("a", "3x5")], [("a", [3, 5])]),
    "a span": (rows(("a", Span(3, 5))), [("a", "3..5")], [("a", [3, 5])]),
    "yes": (rows(("a", True)), [("a", "yes")], [("a", True)]),
    "a shape": (rows(("a", Shape.of(3, 11, 13))), [("a", "3x11x13")], [("a", [3, 11, 13])]),
    "wide": (rows((WIDE, 7)), [(WIDE, "7")], [(WIDE, 7)]),
    "right to left": (rows(("שכבה", 5)), [("שכבה", "5")], [("שכבה", 5)]),
    "two columns a sign": (rows(("卷积层", 5)), [("卷积层", "5")], [("卷积层", 5)]),
    "no rows": (rows(), [], []),
    "one row": (rows(("a", 1)), [("a", "1")], [("a", 1)]),
    "10,000 rows": (rows(*MANY), [(name, f"{n:,}") for name, n in MANY], list(MANY)),
}  # fmt: skip


def rendered(table: Table, format: str) -> str:
    return plain(table) if format == "text" else import_module(f"archcalc.report.formats.{format}").render(table)


class _Cells(HTMLParser):
    """The rows of a page's tbody."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(text.partition("<tbody>")[2].partition("</tbody>")[0])

    def handle_starttag(self, tag, _):
        if tag == "tr":
            self.rows.append([])
        self.inside = tag in ("th", "td")
        if self.inside:
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data

    def handle_endtag(self, _):
        self.inside = False


def cells(text: str, format: str) -> list[tuple[str, ...]]:
    """The rows of a rendered table, as its readers see them."""
    if format == "text":
        lines = text.split("\n")[2:-1]
        return [(line.split(" ", 1)[0], line.partition(" ")[2].strip()) for line in lines]
    if format == "markdown":
        return [tuple(cell.strip() for cell in line[1:-1].split("|")) for line in text.split("\n")[2:] if line]
    if format == "html":
        return [tuple(row) for row in _Cells(text).rows]
    body = text.partition("\\midrule")[2].partition("\\bottomrule")[0]
    found = [tuple(cell.strip() for cell in line.rstrip("\\").split(" & ")) for line in body.split("\n")[1:-1]]
    return [tuple(cell.replace("{,}", ",").removesuffix(r" \\").replace(r"\%", "%") for cell in row) for row in found]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("format", ["text", "markdown", "html", "latex"])
def test_people_read_every_cell(format, name):
    table, shown, _ = CASES[name]
    assert [tuple(cell.strip() for cell in row) for row in cells(rendered(table, format), format)] == shown


@pytest.mark.parametrize("name", CASES)
def test_scripts_read_every_value_as_json(name):
    table, _, values = CASES[name]
    assert [tuple(row.values()) for row in json.loads(rendered(table, "json"))["rows"]] == values


@pytest.mark.parametrize("name", CASES)
def test_scripts_read_every_value_as_csv(name):
    table, shown, values = CASES[name]
    found = list(csv.reader(StringIO(rendered(table, "csv"), newline="")))
    assert found[0] == ["layer", "value"]
    numbers = [(layer, value) for layer, value in values if isinstance(value, int | float) and value is not True]
    assert [(layer, float(value)) for layer, value in found[1:] if re.fullmatch(r"-?\d+(\.\d+)?", value)] == numbers
    assert [layer for layer, _ in found[1:]] == [layer for layer, _ in shown]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [20, 40, 160])
def test_a_terminal_shows_every_name_in_its_width(width, name):
    table, shown, _ = CASES[name]
    out = StringIO()
    draw(table, Page(width), Console(file=out, color_system=None, width=width, highlight=False))
    lines = out.getvalue().split("\n")
    assert max(map(columns_of, lines)) <= width
    assert len(lines) >= len(shown)
    squeezed = re.sub(r"\s", "", out.getvalue())
    assert [layer for layer, _ in shown if layer not in squeezed] == []


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_in_this_table(format):
    assert format in ("text", "markdown", "html", "latex", "csv", "json")
    assert rendered(CASES["one row"][0], format).strip()
