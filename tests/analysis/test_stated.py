"""Totals that hold an opaque layer say so, and an exact claim over them is refused."""

from __future__ import annotations

import json

import pytest

import archcalc
from archcalc.analysis.budget import check_budgets, required
from archcalc.errors import SpecErrors, UsageError
from archcalc.report.network.compare import comparison_json, comparison_table
from archcalc.report.network.summary_json import summary_json

# conv 3 1 on 6x12x14: 6 * 3 + 3 = 21 params, 18 * 168 = 3,024 MACs
NET = "input: 6x12x14\nlayers: {a: conv 3 1, o: opaque 30x6 params=1000 macs=5000 note=roi_align, r: relu}\n"
NOTE = "`o` is opaque: 1,000 params and 5,000 MACs of the totals are stated, not computed"


def test_every_total_says_so():
    net = archcalc.loads(NET, name="n")
    summary = net.summary()
    assert (summary.totals.params, summary.totals.macs, summary.notes) == (1021, 8024, (NOTE,))
    assert json.loads(summary_json(summary))["notes"] == [NOTE]
    both = archcalc.compare(net, archcalc.loads("input: 3x5x7\nlayers: [relu]\n", name="m"))
    assert comparison_table(both).notes == (f"n: {NOTE}",)
    assert [entry["notes"] for entry in json.loads(comparison_json(both))["networks"]] == [[NOTE], []]


def test_several_layers_are_one_note():
    text = "input: 6x12x14\nlayers: {o: opaque 30x6 params=1000, p: opaque 5 macs=7}\n"
    found = archcalc.loads(text).summary().notes
    assert found == ("`o` and `p` are opaque: 1,000 params and 7 MACs of the totals are stated, not computed",)


def test_lint_lists_them():
    (advice,) = archcalc.loads(NET).lint()
    says = "it is opaque (roi align): its shape 30x6, 1,000 params and 5,000 MACs are stated, not computed"
    assert (advice.rule, advice.layer, advice.says) == ("opaque", "o", says)


@pytest.mark.parametrize("claim", ["params: 1021", "o.params: 1000", "macs: 8024", "o.macs: '!= 5000'"])
def test_an_exact_claim_is_refused(claim):
    net = archcalc.loads(f"{NET}expect: {{{claim}}}\n")
    subject = claim.partition(":")[0]
    number = claim.split()[-1].strip("'")
    with pytest.raises(SpecErrors) as caught:
        net.check()
    (error,) = caught.value.errors
    assert error.what == f"{subject} cannot be checked exactly: o is opaque, its counts are stated"
    assert error.help == f"a number of about that size, or a bound: ~{number}, <= {number}"


@pytest.mark.parametrize(
    "claim",
    ["params: ~1000", "params: 1.02K", "params: <= 2K", "macs: 8K..9K", "a.params: 21", "r.out: 30x6", "layers: 3"],
)
def test_others_are_held(claim):
    assert archcalc.loads(f"{NET}expect: {{{claim}}}\n").check().passed


def test_a_requirement_is_refused_too():
    with pytest.raises(UsageError) as caught:
        check_budgets(archcalc.loads(NET).graph, "net.yaml", [required("params = 1021")])
    assert "params cannot be checked exactly: o is opaque, its counts are stated" in caught.value.what
