"""The exact form against brute force on random nets: one pixel is lit at a time, and what lights up is compared.

The rules of the brute force are written here from the definitions, cell by cell, without archcalc's windows.
"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from math import ceil, floor
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archcalc
from archcalc.analysis.fields.cells import pixel_view, unit_field
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.core import field_mask, field_runs
from archcalc.core.field import Field
from archcalc.core.field_runs import Runs


def slide(cells, kernel, stride, dilation, overhang=0):
    """Windows over a list of cells, None standing for padding; with an overhang the last may end past the list."""
    reach = dilation * (kernel - 1) + 1
    reads = []
    start = 0
    while start + reach <= len(cells) + overhang:
        taps = [start + tap * dilation for tap in range(kernel)]
        reads.append({cells[tap] for tap in taps if tap < len(cells)} - {None})
        start += stride
    return reads


def conv(rng, n):
    k, s, d, before, after = (
        rng.randint(1, 4),
        rng.randint(1, 3),
        rng.randint(1, 2),
        rng.randint(0, 2),
        rng.randint(0, 2),
    )
    reads = slide([None] * before + list(range(n)) + [None] * after, k, s, d)
    return {"kernel": k, "stride": s, "dilation": d, "padding": f"{before}:{after}"}, reads


def ceil_pool(rng, n):
    k, s = rng.randint(2, 4), rng.randint(1, 3)
    p = rng.randint(0, k // 2)
    padded = [None] * p + list(range(n)) + [None] * p
    reads = slide(padded, k, s, 1, s - 1)
    while len(reads) > 1 and (len(reads) - 1) * s >= n + p:  # a last window may not start in the padding
        reads.pop()
    return {"kernel": k, "stride": s, "padding": p}, reads


def transposed(rng, n):
    k, s, d = rng.randint(1, 4), rng.randint(1, 3), rng.randint(1, 2)
    p, extra = rng.randint(0, 1), rng.randint(0, s - 1)
    reads = [set() for _ in range((n - 1) * s + d * (k - 1) + 1 + extra)]
    for cell, tap in product(range(n), range(k)):
        reads[cell * s + tap * d].add(cell)
    return {"kernel": k, "stride": s, "dilation": d, "padding": p, "extra": extra}, reads[p : len(reads) - p]


def nearest(rng, n):
    factor = rng.randint(1, 3)
    return {"factor": factor}, [{cell} for cell in range(n) for _ in range(factor)]


def resample(rng, n):
    size = rng.randint(1, 2 * n)
    return {"size": size}, [{floor(Fraction(unit * n, size))} for unit in range(size)]


def bilinear(rng, n):
    size = rng.randint(1, 2 * n)
    reads = []
    for unit in range(size):
        place = max(Fraction(0), Fraction(2 * unit + 1, 2) * n / size - Fraction(1, 2))
        reads.append({floor(place), min(ceil(place), n - 1)})
    return {"size": size}, reads


def adaptive(rng, n):
    size = rng.randint(1, n)
    return {"size": size}, [set(range(unit * n // size, ceil(Fraction((unit + 1) * n, size)))) for unit in range(size)]


def border(rng, n):
    before, after = rng.randint(0, min(2, n - 1)), rng.randint(0, min(2, n - 1))
    cells = [None] * before + list(range(n)) + [None] * after
    return {"cells": f"{before}:{after}"}, [{cell} - {None} for cell in cells]


def mirror(rng, n):
    before, after = rng.randint(0, min(2, n - 1)), rng.randint(0, min(2, n - 1))
    cells = list(range(before, 0, -1)) + list(range(n)) + list(range(n - 2, n - 2 - after, -1))
    return {"cells": f"{before}:{after}"}, [{cell} for cell in cells]


def crop(rng, n):
    before = rng.randint(0, min(2, n - 1))
    after = rng.randint(0, min(2, n - 1 - before))
    return {"cells": f"{before}:{after}"}, [{cell} for cell in range(before, n - after)]


KINDS = {
    conv: "conv 2 {kernel} stride={stride} dilation={dilation} padding={padding}",
    ceil_pool: "max_pool {kernel} stride={stride} padding={padding} ceil_mode=yes",
    transposed: "conv_transpose 2 {kernel} stride={stride} dilation={dilation} padding={padding} "
    "output_padding={extra}",
    nearest: "upsample {factor}",
    resample: "upsample size={size}",
    bilinear: "upsample size={size} mode=bilinear",
    adaptive: "adaptive_avg_pool {size}",
    border: "pad {cells}",
    mirror: "pad {cells} mode=reflect",
    crop: "crop cells={cells}",
}
LIKELY = [conv, conv, conv, ceil_pool, transposed, nearest, resample, bilinear, adaptive, border, mirror, crop]


class RandomNet:
    """A text in the spec language, and for each layer what its cells read, axis by axis."""

    def __init__(self, seed, lengths, layers, rules=LIKELY, most=40):
        self.rng = random.Random(seed)
        self.lines = []
        self.reads = {}
        """Layer -> its inputs, and for each axis the cells of the input that each of its cells reads."""
        self.sizes = {"input": lengths}
        self.rules = rules
        self.most = most
        value = "input"
        for _ in range(layers):
            value = self.branches(value) if self.rng.random() < 0.25 else self.layer(value)
        shape = "x".join(map(str, (2, *lengths)))
        self.text = f"input: {shape}\nlayers:\n" + "\n".join(self.lines) + "\n"

    def layer(self, source):
        while True:
            rule = self.rng.choice(self.rules)
            axes = [rule(self.rng, n) for n in self.sizes[source]]
            sizes = tuple(len(reads) for _, reads in axes)
            if all(0 < size <= self.most for size in sizes):
                words = {key: "x".join(str(values[key]) for values, _ in axes) for key in axes[0][0]}
                return self.add(KINDS[rule].format(**words), [source], [[reads for _, reads in axes]])

    def branches(self, source):
        ends = []
        for _ in range(2):
            end = self.layer(source)
            ends.append(self.layer(end) if self.rng.random() < 0.5 else end)
        common = tuple(min(sizes) for sizes in zip(*(self.sizes[end] for end in ends), strict=True))
        ends = [self.to_size(end, common) for end in ends]
        point = [[{cell} for cell in range(size)] for size in common]
        return self.add("concat " + " ".join(ends), ends, [point, point])

    def to_size(self, source, sizes):
        middle = [[{(n - m) // 2 + cell} for cell in range(m)] for n, m in zip(self.sizes[source], sizes, strict=True)]
        return self.add("crop " + "x".join(map(str, sizes)), [source], [middle])

    def add(self, call, sources, reads):
        name = f"l{len(self.lines)}"
        line = f"  {name}: {call}" if len(sources) > 1 else f'  {name}: {{op: "{call}", from: {sources[0]}}}'
        self.lines.append(line)
        self.reads[name] = (sources, reads)
        self.sizes[name] = tuple(len(axis) for axis in reads[0])
        return name

    def lit_by(self, pixel):
        """The cells of each layer that light up when a pixel does."""
        lit = {"input": {pixel}}
        for name, (sources, reads) in self.reads.items():
            lit[name] = {
                cell
                for cell in product(*map(range, self.sizes[name]))
                if any(
                    any(place in lit[source] for place in product(*(r[i] for r, i in zip(axes, cell, strict=True))))
                    for source, axes in zip(sources, reads, strict=True)
                )
            }
        return lit


@settings(max_examples=120)
@given(st.integers(0, 10**9), st.integers(5, 17), st.integers(1, 6))
def test_masks_are_those_of_brute_force(seed, length, layers):
    """As they are kept of short axes, one a unit, and as they are kept of long ones."""
    net = RandomNet(seed, (length,), layers)
    fields = ReceptiveFields(archcalc.loads(net.text).graph)
    as_runs = ReceptiveFields(fields.graph)
    with patch.object(field_runs, "SHORTEST", 0):
        assert isinstance(as_runs.masks[0][0], Runs)
    lit = [net.lit_by((pixel,)) for pixel in range(length)]
    for name, (size,) in net.sizes.items():
        seen = [{pixel for pixel in range(length) if (unit,) in lit[pixel][name]} for unit in range(size)]
        for found in (fields, as_runs):
            (masks,) = found.masks_of(fields.graph.values[name])
            assert [set(field_mask.members(mask)) for mask in masks] == seen, (net.text, name)


@settings(max_examples=40)
@given(st.integers(0, 10**9), st.integers(1, 4))
def test_units_and_pixels_of_a_plane_are_those_of_brute_force(seed, layers):
    lengths = (5, 7)
    net = RandomNet(seed, lengths, layers)
    fields = ReceptiveFields(archcalc.loads(net.text).graph)
    pixels = list(product(*map(range, lengths)))
    lit = {pixel: net.lit_by(pixel) for pixel in pixels}
    name = list(net.sizes)[-1]
    for unit in product(*map(range, net.sizes[name])):
        found = unit_field(fields, name, unit)
        assert places(found.cells) == {pixel for pixel in pixels if unit in lit[pixel][name]}, (net.text, unit)
        assert found.seen == len(places(found.cells))
    for pixel in pixels:
        assert places(pixel_view(fields, name, pixel).cells) == lit[pixel][name], (net.text, pixel)


@settings(max_examples=150)
@given(st.integers(0, 10**9), st.integers(1, 5))
def test_forms_are_exact_away_from_borders(seed, layers):
    """The masks are held against brute force above; here they are the measure, in the middle of a long axis."""
    net = RandomNet(seed, (211,), layers, most=900)
    fields = ReceptiveFields(archcalc.loads(net.text).graph)
    for name, (size,) in net.sizes.items():
        value = fields.graph.values[name]
        form = fields.forms[0][value]
        if not isinstance(form, Field) or min(net.sizes[source][0] for source in before(net, name)) < 9:
            continue
        masks = fields.masks_of(value)[0]
        middle = range(size // 2 - 2, size // 2 + 3)
        for unit in middle:
            span = form.span(unit)
            if span is None or (span[0] >= 60 and span[1] < 150):
                assert field_mask.span(masks[unit]) == span, (net.text, name, unit)


def before(net, name):
    """The layers that a layer depends on, itself included."""
    found = {name}
    for source in net.reads.get(name, ((), ()))[0]:
        found |= before(net, source)
    return found


def places(cells):
    return {(*place, last) for place, mask in cells.items() for last in field_mask.members(mask)}


def test_a_plus_is_not_its_box():
    """A 1x3 beside a 3x1: five pixels of a box of nine (Inception-C)."""
    branches = "  a: conv 1 1x3 padding=0x1\n  b: {op: conv 1 3x1 padding=1x0, from: input}\n"
    text = f"input: 1x5x7\nlayers:\n{branches}  c: add a b\n"
    fields = ReceptiveFields(archcalc.loads(text).graph)
    found = unit_field(fields, "c", (2, 3))
    assert (found.box, found.seen, found.area) == (((1, 3), (2, 4)), 5, 9)
    assert pixel_view(fields, "c", (2, 3)).seeing == 5


@pytest.mark.parametrize(
    ("unit", "what", "help"),
    [
        ((5, 0), "c has no unit 5,0", "units of c go from 0,0 to 4,6"),
        ((0, -1), "c has no unit 0,-1", "units of c go from 0,0 to 4,6"),
        ((1,), "c has 2 axes, got 1 number for the unit", "units of c go from 0,0 to 4,6"),
    ],
)
def test_units_out_of_range(unit, what, help):
    fields = ReceptiveFields(archcalc.loads("input: 1x5x7\nlayers: {c: conv 1 1}\n").graph)
    with pytest.raises(archcalc.errors.UsageError) as raised:
        unit_field(fields, "c", unit)
    assert (raised.value.what, raised.value.help) == (what, help)
