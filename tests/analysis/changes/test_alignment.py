"""Alignments: in order on both sides, of one kind, and the longest where the two differ little."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from archcalc.analysis.changes import alignment
from archcalc.analysis.changes.alignment import Items, align, equal_ends, numbered


def items(letters, names=None):
    numbers = [ord(letter) for letter in letters]
    return Items(numbers, numbers, numbers, [ord(name) for name in names or letters])


def whole(a, b):
    return range(len(a)), range(len(b))


def longest_common(a, b):
    """The length of the longest common subsequence, from its recurrence."""
    before = [0] * (len(b) + 1)
    for x in a:
        line = [0]
        for j, y in enumerate(b):
            line.append(before[j] + 1 if x == y else max(before[j + 1], line[j]))
        before = line
    return before[-1]


def letters(rng, count, alphabet="abcd"):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(0, count)))


@pytest.mark.parametrize("seed", range(30))
def test_equal_stretches_are_a_longest_common_subsequence(seed):
    rng = random.Random(seed)
    a, b = letters(rng, 25), letters(rng, 25)
    pairs = alignment._equal_stretches(items(a), items(b), *whole(a, b))
    assert len(pairs) == longest_common(a, b), (a, b)
    assert all(a[i] == b[j] for i, j in pairs.items())
    assert sorted(pairs) == list(dict(sorted(pairs.items(), key=lambda pair: pair[1]))), (a, b)


@pytest.mark.parametrize("most", [0, 1, 20, 200, 1_000_000])
@pytest.mark.parametrize("seed", range(20))
def test_pairs_stand_in_order_whatever_the_limit(seed, most, monkeypatch):
    """Also inside a longer sequence: what lies outside the stretches is left alone."""
    monkeypatch.setattr(alignment, "MOST_CELLS", most)
    monkeypatch.setattr(alignment, "FEWEST_EDITS", seed % 5)
    rng = random.Random(seed)
    a, b = "zz" + letters(rng, 30, "abcdefgh"), "z" + letters(rng, 30, "abcdefgh") + "zzz"
    rows, columns = range(2, len(a)), range(1, len(b) - 3)
    pairs, coarse = align(items(a), items(b), rows, columns)
    ordered = sorted(pairs.items())
    assert all(a[i] == b[j] and i in rows and j in columns for i, j in ordered)
    assert all(first[1] < second[1] for first, second in pairwise(ordered))
    assert not (coarse and len(rows) * len(columns) <= most)


def test_the_weights_decide():
    """Two of three layers of a kind: the one that is equal goes before the one that comes first, a name before none."""
    a = Items([1], [1], [1], [7])
    assert align(a, Items([1, 1, 1], [2, 1, 2], [2, 1, 2], [7, 8, 9]), range(1), range(3)) == ({0: 1}, False)
    assert align(a, Items([1, 1, 1], [2, 2, 2], [2, 2, 2], [9, 7, 8]), range(1), range(3)) == ({0: 1}, False)
    assert align(a, Items([2], [1], [1], [7]), range(1), range(1)) == ({}, False)


def test_layers_that_occur_once_are_certain(monkeypatch):
    """`x` and `y` are on both sides once; crossed with `w` the longer row of anchors wins."""
    monkeypatch.setattr(alignment, "MOST_CELLS", 1)
    pairs, _ = align(items("aaxaya"), items("axaaay"), range(6), range(6))
    assert (pairs[2], pairs[4]) == (1, 5)
    assert alignment._longest_in_order([(0, 5), (1, 2), (2, 3), (3, 0), (4, 4)]) == {1: 2, 2: 3, 4: 4}


def test_the_work_is_bounded(monkeypatch):
    """Of 4,000 times 3,000 pairs at most 1,000,000 are weighed twice, and a few more where the pieces end."""
    weighed = []
    weight = alignment._weight
    monkeypatch.setattr(alignment, "_weight", lambda *arguments: weighed.append(None) or weight(*arguments))
    rng = random.Random(7)
    a, b = ([rng.randint(1, 5) for _ in range(count)] for count in (4000, 3000))
    _, coarse = align(Items(a, a, a, a), Items(b, b, b, b), range(4000), range(3000))
    assert coarse
    assert len(weighed) < 1_050_000


def test_equal_ends():
    assert equal_ends("abcde", "abxde") == (2, 2)
    assert equal_ends("aaa", "aa") == (2, 0)
    assert equal_ends("", "a") == (0, 0)


def test_numbered():
    assert numbered("abca", "cad") == [[0, 1, 2, 0], [2, 0, 3]]
