"""A forward pass as a table: what stands under `run --time`."""

from __future__ import annotations

from archcalc.core import Shape
from archcalc.report.run.forward import TablesWanted, tables
from archcalc.tables.forward import ForwardRow, ForwardTable, InputOrigin

SHAPE = Shape.of(3, 11, 13)
ORIGIN = InputOrigin("net", (("input", SHAPE, "random, seed 0"),), 1, "float32", "He, seed 0", "numpy, 1 thread")


def row(name, seconds, macs):
    return ForwardRow(name, "conv", "im2col", SHAPE, SHAPE, None, seconds, macs)


def timed(*rows, seconds=0.5, roof=10_000_000_000):
    return tables(ForwardTable(ORIGIN, rows, (), seconds, roof), TablesWanted(time=True, stats=True))[-1]


def test_the_work_of_a_pass_is_the_sum_of_all_layers():
    """3,000 and 2,000 million MACs in half a second: 10 G a second, all that the roof allows."""
    drawn = timed(row("a", 0.3, 3_000_000_000), row("b", 0.2, 2_000_000_000))
    assert drawn.footer == (
        ("Time of a pass (ms)", "500.00"),
        ("MACs a second (G)", "10.00"),
        ("Roof: 1024x1024 matrix product (G)", "10.00"),
    )
    columns = [column.key for column in drawn.columns]
    assert [[row[columns.index(key)] for key in ("ms", "macs", "roof")] for row in drawn.rows] == [
        ["300.00", 3_000_000_000, "100 %"],
        ["200.00", 2_000_000_000, "100 %"],
    ]


def test_what_was_not_timed_is_not_said():
    drawn = timed(row("a", None, 3_000_000), seconds=None, roof=None)
    assert drawn.footer == ()
    assert drawn.rows[0][-3:] == (None, 3_000_000, None)


def test_a_layer_without_work_has_no_share_of_the_roof():
    assert timed(row("a", 0.3, 0)).rows[0][-1] is None
