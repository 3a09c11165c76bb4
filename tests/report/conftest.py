"""One table with everything that a format must take care of."""

from __future__ import annotations

import pytest

from archcalc.core import Shape
from archcalc.report.formats.table import Column, Table


@pytest.fixture
def table():
    return Table(
        title="net_1 & co",
        columns=(Column("Layer (type)", "layer"), Column("Output Shape", "output"), Column("Param #", "params", True)),
        rows=(
            ("a|b `c` <i>", Shape.of(3, 11, 13), 1234),
            ("=SUM(A1)", None, 61706),
            ("50% _x_ ~{y}^2 [*]", Shape.of(17), -5),
        ),
        footer=(("Total params", "62,935"), ("Of which", "0.06 (M)")),
        notes=("224 − 11 is no multiple; use `--input`",),
        provenance="archcalc · net_1 · 1 < 2",
    )
