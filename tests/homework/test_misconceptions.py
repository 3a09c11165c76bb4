"""Every id that the code can give stands in the list of misconceptions, and every id of the list is given somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from archcalc import homework
from archcalc.homework.asking.question import AskedNetwork
from archcalc.homework.misconceptions import EVIDENCE, FAMILIES, LIKELY, MISCONCEPTIONS
from archcalc.homework.quiz.examples import SLIPS, entries
from archcalc.network import load

LISTS = ("misconceptions.py", "quiz/examples.py", "quiz/power.py")
FIGURES = {"out.c", "out.h", "out.w", "rf.h", "rf.w", "rf.max", "rf.min"}


def ids_in_code():
    folder = Path(homework.__file__).parent
    found = set()
    for path in folder.rglob("*.py"):
        if path.relative_to(folder).as_posix() not in LISTS:
            found |= set(re.findall(rf'"((?:{"|".join(FAMILIES)})\.[a-z_0-9+]*[a-z0-9])"', path.read_text("utf-8")))
    return found - FIGURES


def test_the_list_is_whole():
    made_of_parts = {"tot.conv_only", "tot.fc_only"}  # f"tot.{family}_only"
    assert ids_in_code() | made_of_parts == set(MISCONCEPTIONS)


def test_every_entry_has_its_family_and_evidence():
    assert {id.partition(".")[0] for id in MISCONCEPTIONS} == set(FAMILIES)
    assert {letter for _, evidence in MISCONCEPTIONS.values() for letter in evidence} <= set(EVIDENCE)
    assert {"par.no_bias", "out.ceil", "rf.no_stride"} & LIKELY == {"par.no_bias", "out.ceil"}


def network(spec):
    found = load(spec)
    return AskedNetwork.of(found.graph, found.document, found.choices)


def test_every_entry_has_an_example():
    found = {entry.id: entry for entry in entries(network)}
    assert [id for id, entry in found.items() if not entry.example] == []
    assert [id for id, entry in found.items() if not entry.feedback] == list(SLIPS_AS_LISTED)


SLIPS_AS_LISTED = [id for id in MISCONCEPTIONS if id in SLIPS]


def test_an_example_by_hand():
    """7 filters of 3x3x3: 7*27 = 189, with biases 196; a 14 wide map, padded by 1: floor((14 + 2 - 3)/2) + 1 = 7."""
    no_bias, ceil = entries(network, ("par.no_bias", "out.ceil"))
    assert no_bias.example == "params of conv 7 3x3 stride=2 padding=1 on 3x14x14: 189 for 196"
    assert ceil.example == "out.w of conv 7 3x3 stride=2 padding=1 on 3x14x14: 8 for 7"


def test_the_widest_scope_is_shown():
    """All layers of LeNet-5: conv2 on 1 channel 416 for 2416, fc2 on 400 values 33,684 for 10,164, fc3 on 120 1210 for
    850: 61,706 - 2000 + 23,520 + 360 = 83,586."""
    (entry,) = entries(network, ("par.previous_in_channels",))
    assert entry.example == "params of lenet5: 83586 for 61706"
