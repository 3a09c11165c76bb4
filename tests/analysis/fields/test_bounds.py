"""Fields of joined channels that are taken apart again, against brute force channel by channel."""

from __future__ import annotations

import random

import pytest

import archcalc
from archcalc.analysis.fields.bounds import bounds_of
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.core import field_mask

JOINED = "input: 2x6x6\nlayers:\n  a: conv 2 3 padding=1\n  b: concat in a\n"


def fields_of(text):
    return ReceptiveFields(archcalc.loads(text).graph)


class RandomNet:
    """A net over one axis; of each layer, channel by channel and cell by cell, the pixels that it sees."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.lines, self.cells = [], {"in": [[{x} for x in range(12)] for _ in range(4)]}
        names = ["in"]
        for number in range(self.rng.randint(4, 9)):
            name = f"l{number}"
            self.cells[name] = self.grow(name, names[-1] if self.rng.random() < 0.7 else self.rng.choice(names))
            names.append(name)

    @property
    def text(self):
        return "input: 4x12\nlayers:\n" + "\n".join(self.lines) + "\n"

    def grow(self, name, source):
        x = self.cells[source]
        sorts = [self.conv, self.depthwise, self.grouped, self.relu, self.join, self.join, self.join]
        if len(x) % 2 == 0:
            sorts += [self.part, self.part, self.shuffle, self.spread]
        return self.rng.choice(sorts)(name, source, x)

    def call(self, name, call, source):
        self.lines.append(f"  {name}: {{op: {call}, from: {'input' if source == 'in' else source}}}")

    def conv(self, name, source, x):
        self.call(name, "conv 4 3 padding=1", source)
        return [slid([union(channel[i] for channel in x) for i in range(len(x[0]))]) for _ in range(4)]

    def depthwise(self, name, source, x):
        self.call(name, "depthwise_conv 3 padding=1", source)
        return [slid(channel) for channel in x]

    def grouped(self, name, source, x):
        if len(x) % 2:
            return self.relu(name, source, x)
        self.call(name, f"conv {len(x)} 3 padding=1 groups=2", source)
        halves = x[: len(x) // 2], x[len(x) // 2 :]
        return [slid([union(c[i] for c in half) for i in range(len(x[0]))]) for half in halves for _ in half]

    def relu(self, name, source, x):
        self.call(name, "relu", source)
        return x

    def join(self, name, source, x):
        others = [other for other, y in self.cells.items() if len(y[0]) == len(x[0]) and len(y) + len(x) <= 16]
        if not others:
            return self.relu(name, source, x)
        other = self.rng.choice(others)
        words = ["input" if one == "in" else one for one in (source, other)]
        self.lines.append(f"  {name}: concat {' '.join(words)}")
        return x + self.cells[other]

    def part(self, name, source, x):
        start = self.rng.randrange(len(x))
        stop = self.rng.randint(start + 1, len(x))
        self.call(name, f"slice {start}:{stop}", source)
        return x[start:stop]

    def shuffle(self, name, source, x):
        self.call(name, "channel_shuffle 2", source)
        half = len(x) // 2
        return [x[group * half + i] for i in range(half) for group in range(2)]

    def spread(self, name, source, x):
        self.call(name, "pixel_shuffle 2", source)
        return [[x[c + i % 2][i // 2] for i in range(2 * len(x[0]))] for c in range(0, len(x), 2)]


def union(sets):
    return set().union(*sets)


def slid(channel):
    """Kernel 3, one cell of padding."""
    return [union(channel[max(0, i - 1) : i + 2]) for i in range(len(channel))]


def test_what_is_no_bound_is_exact_and_what_is_a_bound_is_not_too_small():
    larger = 0
    for seed in range(400):
        net = RandomNet(seed)
        fields = fields_of(net.text)
        for name, channels in net.cells.items():
            if name == "in":
                continue
            value = fields.graph.values[name]
            seen = [union(channel[unit] for channel in channels) for unit in range(len(channels[0]))]
            found = [set(field_mask.members(mask)) for mask in fields.masks_of(value)[0]]
            assert all(one >= other for one, other in zip(found, seen, strict=True)), (net.text, name)
            if value not in bounds_of(fields):
                assert found == seen, (net.text, name)
            larger += found != seen
    assert larger > 10  # else there was nothing to find


@pytest.mark.parametrize(
    ("layer", "bound"),
    [
        ("c: pixel_shuffle 2", True),
        ("c: slice 0:2", True),
        ("c: [batch_norm, relu, slice 0:2]", True),
        ("c: [depthwise_conv 3 padding=1, slice 0:2]", True),
        ("c: [slice 0:2, conv 3 1]", True),
        ("c: slice 1:3 axis=1", False),
        ("c: relu", False),
        ("c: [conv 4 1, slice 0:2]", False),
        ("c: [conv 4 1, pixel_shuffle 2]", False),
    ],
)
def test_where_a_field_is_a_bound(layer, bound):
    fields = fields_of(f"{JOINED}  {layer}\n")
    value = fields.value(fields.graph.part("c"))
    assert (value in bounds_of(fields)) == bound


def test_branches_that_see_the_same_may_be_taken_apart():
    fields = fields_of("input: 2x6x6\nlayers:\n  a: relu\n  b: concat in a\n  c: slice 0:2\n")
    assert bounds_of(fields) == {}


def test_it_is_said_in_the_table():
    found = rf_text(f"{JOINED}  c: slice 0:2\n  d: conv 3 1\n")
    note = "note: c takes joined channels apart again: from there on fields are bounds, of all channels\n"
    assert note in found
    assert note not in rf_text(JOINED)


def rf_text(text):
    from archcalc.analysis.fields.table import field_summary
    from archcalc.report.fields.receptive import field_table
    from archcalc.report.formats.text import plain

    return plain(field_table(field_summary(fields_of(text))))


def test_a_measurement_of_a_bound():
    pytest.importorskip("numpy")
    from archcalc.numeric.run.field_check import check_field

    for layer, verdicts in (("c: slice 0:2", {"bound"}), ("c: slice 2:4", {"yes"}), ("c: pixel_shuffle 2", {"bound"})):
        assert check_field(fields_of(f"{JOINED}  {layer}\n"), "c").verdicts == verdicts
