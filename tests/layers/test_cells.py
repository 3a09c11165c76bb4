"""tile, roll and take: sizes by hand; which cell each one reads, by the library's own tile, roll and take."""

from __future__ import annotations

import pytest

from archcalc.core import Shape
from archcalc.errors import ShapeError

X = (3, 5, 7)

CASES = [
    pytest.param("tile", {"repeats": (1, 2, 3)}, (3, 10, 21), lambda np, x: np.tile(x, (1, 2, 3)), id="tile"),
    pytest.param("tile", {"repeats": (4, 1, 1)}, (12, 5, 7), lambda np, x: np.tile(x, (4, 1, 1)), id="tile channels"),
    pytest.param("roll", {"shifts": -2}, X, lambda np, x: np.roll(x, (-2, -2), (1, 2)), id="roll a map"),
    pytest.param("roll", {"shifts": (9, -3)}, X, lambda np, x: np.roll(x, (9, -3), (1, 2)), id="roll by axis"),
    pytest.param("roll", {"shifts": 1, "axis": 0}, X, lambda np, x: np.roll(x, 1, 0), id="roll channels"),
    pytest.param("take", {"indices": (2, 0)}, (2, 5, 7), lambda np, x: x[[2, 0]], id="take channels"),
    pytest.param("take", {"indices": (6, 0, 6, -2), "axis": 2}, (3, 5, 4), lambda np, x: x[..., [6, 0, 6, 5]],
                 id="take columns"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "y", "moved"), CASES)
def test_each_cell_reads_the_one_that_moved_there(build, facts, kind, values, y, moved):
    found = facts(kind, X, **values)
    assert (found.output, found.weights, found.work) == (y, {}, {})
    np = pytest.importorskip("numpy", reason="the numeric extra is not installed")
    layer = build(kind, 2, **values)
    rows, columns = np.indices(X)[1:]
    windows = layer.windows(Shape.of(*X))
    for axis, places in enumerate((rows, columns)):
        came = moved(np, places)[0]
        assert windows[axis].output(X[1 + axis]) == came.shape[axis]
        for p in range(came.shape[axis]):
            assert list(windows[axis].reads(p, X[1 + axis])) == [came.take(p, axis).flat[0]]


def test_roll_moves_the_features_of_a_vector(build):
    assert build("roll", 0, shifts=2).moved(Shape.of(7)) == {0: 2}


ERRORS = [
    ("tile", {"repeats": 2}, "tile has 1 number, its input 3x5x7 has 3 axes", "one number an axis: tile 1x1x2"),
    ("tile", {"repeats": (2, 2)}, "tile has 2 numbers, its input 3x5x7 has 3 axes", "one number an axis: tile 1x1x2"),
    ("roll", {"shifts": (1, 2, 3)}, "roll has 3 shifts for 2 axes of 3x5x7",
     "one shift an axis, or axis=1x2 to name them"),
    ("take", {"indices": (0, 3)}, "there is no cell 3 on axis 0 of 3x5x7, which has 3 cells",
     "0 to 2, or -1 for the last"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "what", "help"), ERRORS)
def test_what_does_not_fit(facts, kind, values, what, help):
    with pytest.raises(ShapeError) as caught:
        facts(kind, X, **values)
    assert (caught.value.what, caught.value.help) == (what, help)
