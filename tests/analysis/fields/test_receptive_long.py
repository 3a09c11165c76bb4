"""Receptive fields of long axes: 1,000,000 samples, with figures by hand, and a bound on what is kept."""

from __future__ import annotations

import json
from io import StringIO

import pytest

import archcalc
from archcalc.analysis.fields.cells import pixel_view, unit_field
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import exact_sizes, field_summary
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.core import field_runs
from archcalc.core.field_runs import Runs
from archcalc.errors import UnsupportedError

LENGTH = 1_000_000

WAVENET = "input: 1x1000000\nlayers:\n" + "".join(
    f"  c{i}: conv 4 3 padding={2**i} dilation={2**i}\n  r{i}: relu\n" for i in range(10)
)
"""K 3 and d 1, 2, 4 ... 512: r = 1 + 2 (1 + 2 + ... + 512) = 2,047."""

WAV2VEC = "input: 1x1000000\nlayers:\n" + "".join(
    f"  c{i}: conv 4 {kernel} stride={stride}\n"
    for i, (kernel, stride) in enumerate([(10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2)])
)  # 400 samples every 320: the published figures (Baevski et al. 2020, "wav2vec 2.0", section 2)

AUTOENCODER = """\
input: 1x1000000
layers:
  down1: conv 4 8 stride=4 padding=2
  down2: conv 4 10 stride=5 padding=3
  up2: conv_transpose 4 10 stride=5 padding=3
  up1: conv_transpose 4 8 stride=4 padding=2
  skip: {op: crop 999996, from: input}
  sum: add skip up1
"""


def fields_of(text):
    return ReceptiveFields(archcalc.loads(text).graph)


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["rf", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def kept(fields):
    """Units kept one by one, of all values that are not the same."""
    runs = {id(masks): masks for masks in fields.masks[0] if masks is not None}
    assert all(isinstance(masks, Runs) for masks in runs.values())
    return sum(masks.kept for masks in runs.values())


def test_dilations():
    fields = fields_of(WAVENET)
    assert fields.of("c9").size == (2047,)
    # unit 0 sees 0..1023, the middle one all
    assert exact_sizes(fields, fields.value(fields.graph.part("c9"))) == ((LENGTH, 1024, 2047, LENGTH),)
    assert kept(fields) < 20 * 1023


def test_holes_of_one_dilation():
    """Three taps 4,096 apart, at the border and in the middle."""
    fields = fields_of("input: 1x1000000\nlayers: {c: conv 4 3 padding=4096 dilation=4096}\n")
    found = unit_field(fields, "c", (10,))
    assert (found.box, found.seen) == (((10, 4106),), 2)
    found = unit_field(fields, "c", (500_000,))
    assert (found.box, found.seen, found.area) == (((495_904, 504_096),), 3, 8193)
    assert kept(fields) < 3 * 4096


def test_strides():
    fields = fields_of(WAV2VEC)
    row = fields.of("c6")
    assert (row.size, row.jump, row.output) == ((400,), (320,), (4, 3124))
    # the last unit ends at 399 + 320·3,123 = 999,759
    assert fields.unseen("c6", fields.graph.values["c6"]).stretches == (((999_760, 999_999),),)
    assert unit_field(fields, "c6", (3123,)).box == ((999_360, 999_759),)
    # pixel 500,000 lies in 320 i .. 320 i + 399 for i = 1,562 alone: 499,840..500,239
    assert pixel_view(fields, "c6", (500_000,)).box == ((1562, 1562),)
    assert kept(fields) < 100


def test_transposed_beside_a_skip():
    """Phases repeat every 20 units. Both ends see what those of a short axis do, on which every set is kept."""
    long, short = fields_of(AUTOENCODER), fields_of(AUTOENCODER.replace("1000000", "1000").replace("999996", "996"))
    assert long.of("sum").axes[0].period == 20
    further = LENGTH - 1000
    for name in ("up2", "up1", "sum"):
        ends = [fields.masks_of(fields.graph.values[name])[0] for fields in (long, short)]
        assert isinstance(ends[0], Runs)
        assert isinstance(ends[1], list)
        assert [*ends[0][:100]] == ends[1][:100]
        assert [mask >> further for mask in ends[0][-100:]] == ends[1][-100:]


def test_a_gate():
    gate = "  p: global_avg_pool keepdim=yes\n  g: multiply a p\n  f: global_max_pool\n"
    fields = fields_of("input: 4x1000000\nlayers:\n  a: conv 4 3 padding=1\n" + gate)
    assert [fields.of(name).size for name in ("a", "p", "g", "f")] == [(3,), (LENGTH,), (LENGTH,), (LENGTH,)]
    assert kept(fields) < 20


def test_too_many_units_of_their_own():
    """An interpolation to 999,999: no two units alike. What is before has its figures, what is after is refused."""
    text = "input: 4x1000000\nlayers: {a: conv 4 3 padding=1, b: upsample size=999999 mode=bilinear, c: relu}\n"
    fields = fields_of(text)
    assert fields.of("a").size == (3,)
    with pytest.raises(UnsupportedError) as raised:
        fields.of("c")
    assert raised.value.what == (
        "the exact field of c is not given: more than 500,000 of its units along one axis see something of their own"
    )
    assert raised.value.help == "ask for an earlier layer (--layer), or for a smaller input (--input)"
    assert unit_field(fields, "c", (500_000,)).seen in (3, 4)


def test_an_affine_table_without_room_for_the_exact_form(monkeypatch):
    monkeypatch.setattr(field_runs, "MOST_UNITS", 100)
    summary = field_summary(fields_of(WAVENET))
    assert (summary.rows[-1].size, summary.unseen, summary.unknown) == ((2047,), None, "r9")


def test_the_rules_of_short_axes_are_those_of_long_ones(monkeypatch):
    """The same tables of nets with every sort of layer, from sets and from runs."""
    for name in ("unet", "googlenet", "resnet18", "efficientnet_b0", "shufflenet_v2_x1_0"):
        first = exact_table(name)
        monkeypatch.setattr(field_runs, "SHORTEST", 0)
        assert exact_table(name) == first, name
        monkeypatch.undo()


def exact_table(name):
    fields = ReceptiveFields(archcalc.load(name).graph)
    rows = field_summary(fields).rows
    return rows, [exact_sizes(fields, fields.value(fields.graph.part(row.name))) for row in rows]


def test_more_rows_than_are_listed(tmp_path):
    (tmp_path / "net.yaml").write_text(WAVENET)
    code, out, err = run(str(tmp_path / "net.yaml"), "--layer", "c9", "--exact")
    assert (code, out) == (2, "")
    assert err == (
        "error: c9 has 1,000,000 units along an axis, more than the 100,000 that are listed\n"
        "= help: --at gives one of them; --exact without --layer the sizes there are\n"
    )


def test_every_query(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(WAVENET)
    for options in (
        [], ["--exact"], ["--effective"], ["--wrt", "c3"], ["--layer", "c9", "--at", "500000"],
        ["--layer", "c9", "--unit", "border"], ["--layer", "c9", "--pixel", "0"], ["--layer", "c9", "--explain"],
        ["--layer", "c9", "--at", "5", "--draw"], ["--require", "c9>=2047"], ["--resolution", "1000,1000000"],
    ):  # fmt: skip
        code, _, err = run(str(path), *options)
        assert (code, err) == (0, ""), options
    _, out, _ = run(str(path), "--layer", "c9", "--at", "500000", "--format", "json")
    assert json.loads(out)["rows"][0]["first"] == 500_000 - 1023


def test_a_measurement_that_takes_too_long_is_refused(tmp_path):
    """3,071 samples: 0..1,023 of the first unit and 498,977..501,023 of the middle one; a sample, in the first
    layer 256·3 MACs, in nine more 256·256·3, and 19·256 values."""
    pytest.importorskip("numpy")
    (tmp_path / "net.yaml").write_text(WAVENET.replace("conv 4", "conv 256"))
    code, out, err = run(str(tmp_path / "net.yaml"), "--layer", "c9", "--verify")
    assert (code, out) == (6, "")
    work = 10**6 * (256 * 3 + 9 * 256 * 256 * 3 + 19 * 256)
    assert err == (
        f"error: to measure c9 takes 3,071 passes of {work:,} MACs, too many to wait for\n"
        "= help: a smaller --input, or a --layer that sees less\n"
    )
