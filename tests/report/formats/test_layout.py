"""How a table gets into the width of a terminal: prose wraps, columns go in their order, no name is cut."""

from __future__ import annotations

import pytest

from archcalc.core import Shape
from archcalc.report.formats.page import Page, columns_of
from archcalc.report.formats.table import Column, Table
from archcalc.report.formats.text import plain

TABLE = Table(
    title="",
    columns=(
        Column("Name", "name"), Column("What it is", "what", drop=3, wraps=12), Column("Family", "family", drop=1),
        Column("Output", "output", drop=2), Column("Params", "params", True),
    ),
    rows=(
        ("alexnet@grouped", "convolutions in two groups", "alexnet", Shape.of(96, 55, 55), 60_965_224),
        ("mlp", "fully connected", "mlp", Shape.of(10), 266_610),
    ),
    footer=(("Total", "61,231,834 (all of them, of both networks)"),),
)  # fmt: skip


def drawn(width):
    return plain(TABLE, Page(width)).splitlines()


def test_all_of_it():
    assert drawn(0)[:3] == [
        "Name             What it is                  Family   Output        Params",
        "---------------  --------------------------  -------  --------  ----------",
        "alexnet@grouped  convolutions in two groups  alexnet  96x55x55  60,965,224",
    ]
    assert "left out" not in "".join(drawn(0))


@pytest.mark.parametrize(
    ("width", "heading"),
    [
        (74, "Name             What it is                  Family   Output        Params"),
        (65, "Name             What it is         Family   Output        Params"),  # prose first
        (55, "Name             What it is        Output        Params"),
        (45, "Name             What it is            Params"),
        (30, "Name                 Params"),
    ],
)
def test_prose_wraps_and_then_columns_go_in_their_order(width, heading):
    assert drawn(width)[0] == heading
    assert max(map(columns_of, drawn(width))) <= width


def test_what_was_left_out_is_said():
    said = " ".join(" ".join(drawn(30)).split())
    assert (
        "note: left out in 30 columns: What it is, Family, Output (a wider terminal, a pipe or --output shows them)"
        in said
    )


def test_prose_goes_on_below_itself():
    assert drawn(45)[2:4] == [
        "alexnet@grouped  convolutions in   60,965,224",
        "                 two groups",
    ]


def test_a_name_that_leaves_no_room_has_a_line_of_its_own():
    assert drawn(22)[:6] == [
        "Name",
        "      Params",
        "─" * 15,
        "alexnet@grouped",
        "  60,965,224",
        "mlp",
    ]


def test_a_name_wider_than_the_terminal_is_broken_and_not_cut():
    table = Table("", (Column("Name", "name"), Column("Params", "params", True)), (("x" * 45, 1),))
    lines = plain(table, Page(20)).splitlines()
    assert "".join(line for line in lines if line.startswith("x")) == "x" * 45
    assert max(map(len, lines)) <= 20


def test_many_columns_of_numbers_stand_one_below_the_other():
    columns = (Column("Map", "map"), *(Column(f"net{i} params", f"p{i}", True) for i in range(4)))
    lines = plain(Table("", columns, (("7x7", 11, 22, None, 44),)), Page(24)).splitlines()
    assert lines[2:] == ["7x7", "  net0 params: 11", "  net1 params: 22", "  net3 params: 44"]


def test_the_footer_goes_on_below_its_text():
    assert drawn(45)[-5:-3] == ["Total: 61,231,834 (all of them, of both", "       networks)"]


@pytest.mark.parametrize("width", range(20, 90))
def test_no_line_is_wider_than_the_page(width):
    assert max(map(columns_of, drawn(width))) <= width


@pytest.mark.parametrize(
    ("encoding", "rule"), [("utf-8", "─"), ("ascii", "-"), ("latin-1", "-"), ("cp1252", "-"), ("cp1255", "-")]
)
def test_signs_are_replaced_before_widths_are_measured(encoding, rule):
    table = Table("", (Column("Formula", "f"), Column("O", "o", True)), (("⌊13/2⌋", 6), ("12", 12)))
    lines = plain(table, Page(40, encoding)).splitlines()
    assert set(lines[1]) <= {rule, " "}
    assert {len(line) for line in lines} == {len(lines[0])}
    assert all(line.encode(encoding) for line in lines)
