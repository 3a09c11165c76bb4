"""Receptive fields measured by changed rows and columns, against hand arithmetic and a wrong prediction."""

from __future__ import annotations

import json
from io import StringIO

import pytest

pytest.importorskip("numpy", reason="the numeric extra is not installed")

import archcalc
from archcalc import __version__
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.cli.main import main
from archcalc.cli.rf import measured as measured_command
from archcalc.cli.session import Session
from archcalc.core import Window
from archcalc.core.record import replace
from archcalc.errors import BackendError
from archcalc.numeric.run import field_check
from archcalc.numeric.run.field_check import check_field
from archcalc.tables.field_check import AxisCheck


def fields_of(text, wrt=None):
    return ReceptiveFields(archcalc.loads(text, name="net").graph, wrt)


def measured(text, layer, wrt=None):
    """The rows and columns that changed the middle unit, then those of unit 0,0; all as predicted."""
    found = check_field(fields_of(text, wrt), layer)
    assert found.verdicts == {"yes"}
    return [members(check.changed) for check in found.checks]


def members(mask):
    return [pixel for pixel in range(mask.bit_length()) if mask >> pixel & 1]


def span(first, last):
    return list(range(first, last + 1))


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["rf", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue().replace(__version__, "VERSION"), err.getvalue()


def test_lenet5():
    # conv 5, pool 2, conv 5: r = 5 + 1 + 4·2 = 14, j = 2; unit 5 starts at 10, without padding
    assert run("lenet5", "--layer", "conv2", "--verify") == (
        0,
        "Unit  Axis      Predicted     Measured  Agree\n"
        "----  ------  -----------  -----------  -----\n"
        "5,5   row     10..23 (14)  10..23 (14)  yes\n"
        "5,5   column  10..23 (14)  10..23 (14)  yes\n"
        "0,0   row      0..13 (14)   0..13 (14)  yes\n"
        "0,0   column   0..13 (14)   0..13 (14)  yes\n"
        "\n"
        "note: first..last real pixel along the axis, and how many of those between are seen\n"
        "archcalc VERSION · lenet5 · conv2 on input 32x32 · float64\n",
        "",
    )


def test_json(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 3x11x13\nlayers: {a: conv 2 2x3 dilation=2x3}\n", encoding="utf-8")
    code, out, err = run(str(path), "--layer", "a", "--verify", "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert {key: found[key] for key in ("schema", "layer", "wrt", "input")} == {
        "schema": "archcalc/rf-verify/1", "layer": "a", "wrt": "input", "input": [11, 13],
    }  # fmt: skip
    rows, columns = [[4, 4], [6, 6]], [[3, 3], [6, 6], [9, 9]]
    assert found["checks"][:2] == [
        {"unit": [4, 3], "axis": "row", "predicted": rows, "measured": rows, "agree": "yes"},
        {"unit": [4, 3], "axis": "column", "predicted": columns, "measured": columns, "agree": "yes"},
    ]


def test_branches():
    # 1x5 beside 3x1, both centred: rows 1 either side, columns 2 either side; the middle is 11 // 2, 13 // 2
    text = (
        "input: 3x11x13\nlayers:\n  x: identity\n  a: conv 2 1x5 padding=0x2 from=x\n"
        "  b: conv 2 3x1 padding=1x0 from=x\n  y: {op: add, from: [a, b]}\n"
    )
    assert measured(text, "y") == [span(4, 6), span(4, 8), span(0, 1), span(0, 2)]


def test_dilation_leaves_holes():
    # rows i and i + 2; columns i, i + 3 and i + 6; 9 x 7 units, so the middle is 4,3
    text = "input: 3x11x13\nlayers: {a: conv 2 2x3 dilation=2x3}\n"
    assert measured(text, "a") == [[4, 6], [3, 6, 9], [0, 2], [0, 3, 6]]


def test_transposed():
    # unit p reads the cells i with p = 2i + t, t in 0..2: of 23 rows the middle is 11 = 2·5 + 1, of 27 columns
    # 13 = 2·6 + 1, one cell each; unit 0 reads cell 0. The 2x3 convolution before it adds 1 row and 2 columns.
    text = "input: 3x12x15\nlayers: {a: conv 2 2x3, t: conv_transpose 2 3 stride=2}\n"
    assert measured(text, "t") == [span(5, 6), span(6, 8), span(0, 1), span(0, 2)]


def test_a_maximum_and_a_relu_hide_nothing():
    # pool: rows 2i..2i + 1; columns alike; the 3x3 convolution before it is padded by 1. 5 x 6 units: the middle is 2,3
    text = "input: 3x11x13\nlayers: {a: conv 4 3 padding=1, r: relu, n: local_response_norm 3, p: max_pool 2}\n"
    assert measured(text, "p") == [span(3, 6), span(5, 8), span(0, 2), span(0, 2)]


def test_places_that_are_lost_and_maps_seen_whole():
    whole = [span(0, 10), span(0, 12)]
    assert measured("input: 3x11x13\nlayers: {a: conv 4 1, n: instance_norm}\n", "n") == whole * 2
    assert measured("input: 3x11x13\nlayers: {a: conv 4 2x3, g: global_avg_pool, l: linear 5}\n", "l") == whole


NEWER = {
    # the rule of the axis, on the rows of 11 and the columns of 13
    "a padding that cuts": ("3x11x13", "{a: conv 2 3x2 padding=-1:-2x-3:1, b: conv 2 2}", "b"),
    "a pooling whose padding cuts": ("3x11x13", "{a: max_pool 2x3 stride=2 padding=-2:0x0:-1}", "a"),
    "pad below 0": ("3x11x13", "{p: pad -1:2x1:-3, a: conv 2 3}", "a"),
    "every second row": ("3x11x13", "{s: slice 1:11:2 axis=1, a: conv 2 2x3}", "a"),
    "every third column after a convolution": ("3x11x13", "{a: conv 2 3, s: slice 0:10:3 axis=2, c: conv 2 1x2}", "c"),
    "stretched gate": ("3x11x13", "{a: conv 2 3 padding=1, g: reduce sum axis=1 keepdim=yes, m: multiply a g}", "m"),
    # 5 frames of 2 x 11 x 13: of the 5 that count one is seen, of the channels all
    "each frame alone": ("5x2x11x13", "{a: conv 3 3x2 padding=1x0 each=1, b: max_pool 2x3 each=1}", "b"),
    "each token alone": ("5x7x12", "{a: linear 6 each=2}", "a"),
    "each window alone": ("5x7x12", "{a: multihead_attention 3 each=1}", "a"),
    "each of two axes alone": ("2x3x2x7x8", "{a: conv 2 3 each=2, b: batch_norm each=2}", "a"),
}


@pytest.mark.parametrize("case", NEWER)
def test_what_the_language_learned_since(case):
    """All that is predicted changes the unit, and nothing else does."""
    shape, body, layer = NEWER[case]
    assert check_field(fields_of(f"input: {shape}\nlayers: {body}\n"), layer).verdicts == {"yes"}


def test_measured_on_an_inner_layer():
    # 9 - 2 = 7 and 13 - 2 = 11 cells of b; the middle is 3,5
    text = "input: 2x11x13\nlayers: {a: conv 3 3x1, b: conv 5 3, c: conv 2 1}\n"
    assert measured(text, "c", wrt="a") == [span(3, 5), span(5, 7), span(0, 2), span(0, 2)]


def test_layers_with_shared_weights():
    text = "inputs: {left: 1x11x13, right: 1x11x13}\nlayers:\n  a: conv 2 2x3 from=left\n"
    text += "  b: conv 2 2x3 from=right share=a\n  y: {op: add, from: [a, b]}\n"
    assert measured(text, "b") == [span(5, 6), span(5, 7), span(0, 1), span(0, 2)]


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [(Window(2), "yes"), (Window(3, padding=(0, 1)), "no"), (Window(1, padding=(0, -1)), "no")],
    ids=["right", "too large", "too small"],
)
def test_a_wrong_rule_is_found(rows, verdict):
    """The analysis believes in another kernel along the rows than the forward runs; all make 10 units of 11 rows."""
    fields = fields_of("input: 3x11x13\nlayers: {a: conv 2 2x3}\n")
    fields.plan = replace(fields.plan, windows=((rows, Window(3)),))
    checks = check_field(fields, "a").checks
    assert [check.verdict for check in checks] == [verdict, "yes", verdict, "yes"]


def test_a_wrong_prediction_is_exit_code_1(tmp_path, monkeypatch):
    path = tmp_path / "net.yaml"
    path.write_text("input: 3x11x13\nlayers: {a: conv 2 2x3}\n", encoding="utf-8")
    right = field_check.unit_field
    monkeypatch.setattr(field_check, "unit_field", lambda *args: replace(right(*args), cells={(5,): 0b1110}))
    code, out, err = run(str(path), "--layer", "a", "--verify")
    assert (code, err) == (1, "")
    assert out.splitlines()[2:6] == [
        "5,5   row      5..5 (1)  5..6 (2)  no",
        "5,5   column   1..3 (3)  5..7 (3)  no",
        "0,0   row      5..5 (1)  0..1 (2)  no",
        "0,0   column   1..3 (3)  0..2 (3)  no",
    ]


def test_what_a_saturated_layer_hides_is_not_decided():
    # the 9 copies of an input above 1/2 and a mean of 7 rows: about 9, still above 6 when one row of 7 is 0
    copies = ", ".join(["identity"] * 9)
    text = f"input: 3x11x13\nlayers: {{a: {{add: [{copies}]}}, b: conv 2 7x3, c: relu6}}\n"
    rows = [check for check in check_field(fields_of(text), "c").checks if check.axis == 0]
    assert [members(check.predicted) for check in rows] == [span(2, 8), span(0, 6)]
    assert [(check.changed, members(check.reached), check.verdict) for check in rows] == [
        (0, span(2, 8), "not decided"), (0, span(0, 6), "not decided"),
    ]  # fmt: skip


def test_not_decided_is_no_failure(tmp_path):
    path = tmp_path / "net.yaml"
    copies = ", ".join(["identity"] * 9)
    path.write_text(f"input: 3x11x13\nlayers: {{a: {{add: [{copies}]}}, b: conv 2 7x7, c: relu6}}\n", encoding="utf-8")
    code, out, err = run(str(path), "--layer", "c", "--verify")
    assert (code, err) == (0, "")
    assert out.splitlines()[2] == "2,3   row      2..8 (7)      none  not decided"
    assert "note: not decided: pixels reach the unit, but no change of theirs was large enough to be seen in it" in out


@pytest.mark.parametrize(
    ("predicted", "changed", "reached", "verdict"),
    [
        (0b0110, 0b0110, 0b0110, "yes"),
        (0b0110, 0b0010, 0b0110, "not decided"),
        (0b0110, 0b0010, 0b0010, "no"),
        (0b0110, 0b1110, 0b1110, "no"),
        (0b0110, 0b1010, 0b1110, "no"),
    ],
    ids=["equal", "hidden", "too many", "too few", "hidden and too few"],
)
def test_verdicts(predicted, changed, reached, verdict):
    assert AxisCheck((0, 0), 0, predicted, changed, reached).verdict == verdict


def test_values_beyond_all_numbers(monkeypatch):
    monkeypatch.setattr(field_check, "_positive", lambda tensor: abs(tensor) * 1e308)
    with pytest.raises(BackendError) as caught:
        check_field(fields_of("input: 3x11x13\nlayers: {a: conv 2 2x3, b: conv 2 2x3}\n"), "b")
    assert caught.value.what == "b cannot be measured: its values grow beyond all numbers"


def test_without_numpy(monkeypatch):
    monkeypatch.setattr(measured_command, "find_spec", lambda _: None)
    assert run("lenet5", "--layer", "conv2", "--verify") == (
        6,
        "",
        "error: rf --verify needs NumPy\n= help: pip install 'archcalc[numeric]'\n",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--layer", "conv2", "--no-gates"], "--verify and --no-gates do not go together"),
        (["--layer", "conv2", "--draw"], "--verify and a picture do not go together"),
        (["--layer", "conv2", "--exact"], "--exact and --verify do not go together"),
        ([], "--verify needs a --layer"),
    ],
    ids=["gates", "picture", "another question", "no layer"],
)
def test_refused_options(options, message):
    code, out, err = run("lenet5", "--verify", *options)
    assert (code, out, err.splitlines()[0]) == (2, "", f"error: {message}")
