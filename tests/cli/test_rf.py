"""`archcalc rf`: what it prints, its exit codes, and what it says to impossible queries."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from xml.etree import ElementTree

import pytest

from archcalc import __version__
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.report.drawing.metrics import width
from archcalc.report.drawing.palette import LIGHT

NET = """\
name: Net
input: 1x11x13
layers:
  conv1: conv 2 2x3 stride=1x2
  pool1: max_pool 2x2 stride=2
  flat: flatten
"""


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(NET, encoding="utf-8")
    return str(path)


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["rf", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def printed(*arguments):
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    return out.replace(__version__, "VERSION")


def test_the_table_of_a_net(net):
    # rows: 2, j 1; then 2 more cells: 3, j 2. columns: 3, j 2; then 3 + 2 = 5, j 4
    # 11 - 1 = 10 rows pair up to 11 pixels; 6 columns to 13
    assert printed(net) == (
        "Layer  Output  Size r  Jump j  Start  Padding P  Aligned\n"
        "-----  ------  ------  ------  -----  ---------  -------\n"
        "conv1  2x10x6     2x3     1x2  0.5x1          0  yes\n"
        "pool1  2x5x3      3x5     2x4    1x2          0  yes\n"
        "flat   30       11x13       -    5x6          -  yes\n"
        "\n"
        "note: a layer without a jump has lost its places: its size is that of the pixels seen from the map\n"
        "archcalc VERSION · net · input 1x11x13\n"
    )


def test_json_of_one_layer(net):
    assert json.loads(printed(net, "--layer", "conv1", "--format", "json")) == {
        "schema": "archcalc/rf/1",
        "archcalc": "VERSION",
        "spec": "net",
        "input": [1, 11, 13],
        "wrt": "input",
        "layers": [
            {
                "name": "conv1", "output": [2, 10, 6], "size": [2, 3], "size_min": [2, 3], "jump": [1, 2],
                "start": [0.5, 1], "padding": [0, 0], "period": [1, 1], "form": ["affine", "affine"], "aligned": True,
            }
        ],
        "notes": [],
    }  # fmt: skip


def test_json_of_a_layer_without_places(net):
    (layer,) = json.loads(printed(net, "--layer", "flat", "-f", "json"))["layers"]
    assert (layer["size"], layer["jump"], layer["padding"], layer["form"]) == (
        [11, 13], [None, None], [None, None], ["union", "union"],
    )  # fmt: skip


def test_json_of_a_range():
    (layer,) = json.loads(printed("unet", "--layer", "logits", "-f", "json"))["layers"]
    assert (layer["size_min"], layer["size"], layer["period"]) == ([188, 188], [204, 204], [16, 16])
    assert (layer["jump"], layer["form"]) == ([1, 1], ["periodic", "periodic"])


def test_csv_markdown_and_latex(net):
    rows = list(csv.DictReader(StringIO(printed(net, "--layer", "pool1", "--format", "csv"))))
    assert rows[0] == {
        "name": "pool1", "output": "2x5x3", "size": "3x5", "jump": "2x4", "start": "1x2", "padding": "0",
        "aligned": "yes",
    }  # fmt: skip
    assert "| pool1 " in printed(net, "--layer", "pool1", "--format", "markdown")
    assert "pool1 & " in printed(net, "--layer", "pool1", "--format", "latex")


def test_a_range_with_its_period():
    out = printed("unet", "--layer", "logits")
    assert "logits  2x388x388  188..204       1   93.5          0  yes" in out
    assert "period 16" in out


def test_every_bundled_spec_with_a_layer_of_that_name():
    out = printed("--layer", "conv5_3")
    (row,) = [line for line in out.splitlines() if line.startswith("vgg16 ")]
    assert row.split() == ["vgg16", "3x224x224", "512x14x14", "196", "16", "7.5", "90", "yes"]  # (196 - 1)/2 - 90


def test_explain():
    assert "conv5  K = 3, p = 1   r = 131 + (3 − 1)·16 = 163" in printed("alexnet", "--layer", "conv5", "--explain")


def test_explain_along_both_axes(net):
    out = printed(net, "--layer", "pool1", "--explain")
    assert "pool1  K = 2, s = 2  r = 2 + 2 − 1 = 3" in out
    assert "pool1  K = 2, s = 2  r = 3 + (2 − 1)·2 = 5" in out


def test_the_box_of_a_unit():
    assert printed("alexnet", "--layer", "conv5", "--at", "0,3") == (
        "conv5 unit 0,3 on the input 227x227\n"
        "box:      0..98 x 0..146 (first..last pixel)\n"
        "unclipped: -64..98 x -16..146, padding included\n"
        "size:     99x147 = 14,553 pixels\n"
        "coverage: 14,553 of 14,553, no holes\n"
    )


def test_the_box_has_holes(tmp_path):
    path = tmp_path / "holes.yaml"
    path.write_text("input: 1x11x13\nlayers: {a: conv 1 2x3 dilation=3x2}\n", encoding="utf-8")
    # 2 x 3 taps in a box of 4 x 5
    assert "coverage: 6 of 20, 14 are holes" in printed(str(path), "--layer", "a", "--unit", "border")


def test_the_units_that_see_a_pixel(net):
    # row 10 is in windows 9 and, with nothing after, only in pool unit 4; column 2 in conv units 0 and 1, pool unit 0
    assert printed(net, "--layer", "pool1", "--pixel", "10,2") == (
        "pixel 10,2 is seen by 1 of the 5x3 units of pool1\nunits: 4..4 x 0..0 (first..last)\n"
    )


def test_a_pixel_that_nobody_sees():
    out = printed("alexnet", "--input", "3x228x228", "--layer", "conv1", "--pixel", "227,0")
    assert out == "no unit of conv1 (55x55) sees pixel 227,0\n"


def test_exact_units(net):
    out = printed(net, "--layer", "pool1", "--exact", "--format", "csv")
    assert out.splitlines()[:2] == ["axis,unit,first,last,size,seen", "row,0,0,2,3,3"]
    assert "column,2,8,12,5,5" in out


def test_exact_sizes_of_all_layers(net):
    assert "pool1    5x3    3x5        11x13" in printed(net, "--exact")


def test_effective():
    out = printed("vgg16", "--layer", "pool5", "--effective")
    assert "pool5     212  27.64    110.6         52 %" in out


def test_another_layer_as_the_origin(net):
    out = printed(net, "--layer", "pool1", "--wrt", "conv1")
    assert "pool1  2x5x3        2       2    0.5          0  yes" in out


def test_resolutions():
    out = printed("alexnet", "--layer", "flat", "--resolution", "224,227x230", "--format", "csv")
    assert [line.split(",")[:4] for line in out.splitlines()[1:]] == [
        ["flat", "3x224x224", "6400", "219"],  # the last unit of conv1 that counts is 52: 52 * 4 + 10 = 218
        ["flat", "3x227x230", "9216", "227"],
    ]


def test_the_terminal_picture(net):
    # a sign is 1 pixel wide and 2 high; unit 4,2 sees rows 8..10, columns 8..12
    assert printed(net, "--layer", "pool1", "--at", "4,2", "--draw").splitlines()[:7] == [
        *[".............."[:13]] * 4,
        "........#####",
        "........#####",
        "# seen   + in the box, not seen   x never seen by any unit   . other   a sign is 1 x 2 pixels (w x h)",
    ]


def test_the_figure(net, tmp_path):
    figure = tmp_path / "rf.svg"
    code, out, err = run(net, "--layer", "pool1", "--output", str(figure))
    assert (code, out, err) == (0, "", f"wrote {figure}\n")
    root = ElementTree.fromstring(figure.read_text(encoding="utf-8"))
    boxes = [rect.attrib for rect in root.iter("{http://www.w3.org/2000/svg}rect")]
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    # unit 2,1 sees rows 4..6 and columns 4..8 of the 13 x 13; the longer side has 480 pixels
    seen = next(box for box in boxes if box["fill"] == LIGHT.families["conv"].edge and "rx" not in box)
    sides = [float(seen[name]) for name in ("width", "height")]
    assert sides == pytest.approx([5 * 480 / 13, 3 * 480 / 13], abs=0.1)
    assert {"input 11 x 13", "seen", "its box"} <= set(texts)


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("html", b"<!doctype html>"), ("tex", b"% ")],
)
def test_the_figure_in_every_format(net, tmp_path, ending, begins):
    figure = tmp_path / f"rf.{ending}"
    for question in ((), ("--uses",)):
        if question and ending in ("html", "tex"):
            continue  # these are a table's
        more = ("--draw",) if not question else ()
        code, out, err = run(net, "--layer", "pool1", *question, *more, "--theme", "dark", "--output", str(figure))
        assert (code, out, err) == (0, "", f"wrote {figure}\n")
        assert figure.read_bytes().startswith(begins)


def test_stacks_for_a_target():
    out = printed("--target", "200", "--kernel", "3", "--stride", "1")
    assert "stride 1                           100     201       1  1" in out
    assert "dilations doubled                    7     255       1  1, 2, 4, 8, 16, 32, 64" in out


def test_demands_decide_the_exit_code():
    assert run("alexnet", "--require", "conv5>=163", "--require", "conv5.jump==16") == (
        0, "ok    alexnet  conv5>=163  163\nok    alexnet  conv5.jump==16  16\n", "",
    )  # fmt: skip
    assert run("alexnet", "--require", "conv5>=164") == (1, "FALSE alexnet  conv5>=164  163\n", "")


def test_demands_as_json():
    code, out, _ = run("unet", "--require", "logits>=200", "--format", "json")
    assert code == 1
    assert json.loads(out)["demands"] == [
        {"demand": "logits>=200", "holds": False, "min": [188, 188], "max": [204, 204]}
    ]


NEAREST = "did you mean `conv5` or `conv4` or `conv3`?"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["alexnet", "--layer", "conv9"], 3, f"error: alexnet has no layer `conv9`\n= help: {NEAREST}\n"),
        (["alexnet", "--layer", "conv5", "--at", "13,0"], 2,
         "error: conv5 has no unit 13,0\n= help: units of conv5 go from 0,0 to 12,12\n"),
        (["alexnet", "--layer", "conv5", "--at", "3"], 2,
         "error: conv5 has 2 axes, got 1 number for the unit\n= help: units of conv5 go from 0,0 to 12,12\n"),
        (["alexnet", "--layer", "conv5", "--at", "a,b"], 2,
         "error: --at a,b is no place\n= help: whole numbers with commas: --at 3,5\n"),
        (["alexnet", "--layer", "conv5", "--pixel", "0,227"], 2,
         "error: input has no pixel 0,227\n= help: pixels of input go from 0,0 to 226,226\n"),
        (["alexnet", "--layer", "conv5", "--unit", "middle"], 2,
         "error: unknown unit `middle`\n= help: center or border; --at Y,X names any unit\n"),
        (["alexnet", "--explain"], 2,
         "error: --explain needs a --layer\n= help: such as --explain ... --layer conv5\n"),
        (["alexnet", "--draw"], 2, "error: a picture needs a --layer\n= help: such as --draw --layer conv5\n"),
        (["alexnet", "--layer", "conv5", "--output", "rf.gif"], 2,
         "error: rf.gif cannot be written: its ending names no format of this command\n"
         "= help: write .txt, .md, .csv, .json, .tex, .html, .svg, .png or .pdf, or say --format\n"),
        (["alexnet", "--exact", "--effective"], 2,
         "error: --exact and --effective do not go together\n= help: ask for one of them at a time\n"),
        ([], 2, "error: rf needs a SPEC, a --layer or a --target\n= help: such as archcalc rf alexnet\n"),
        (["alexnet", "--require", "conv5"], 2,
         "error: --require: `conv5` compares nothing\n"
         "= help: such as params <= 20K, conv5.rf >= 163, macs = 4.0G..4.2G or out = 10\n"),
        (["alexnet", "--resolution", "big"], 2,
         "error: --resolution big is no list of sizes\n= help: such as 224,321 or 224x320,321x321\n"),
        (["--layer", "no_such_layer"], 3,
         "error: no bundled spec has a layer `no_such_layer`\n"
         "= help: name a spec: archcalc rf alexnet lists its layers\n"),
        (["--target", "200", "--kernel", "1"], 2,
         "error: a kernel of 1 never sees more than one cell\n= help: --kernel 2 or more\n"),
    ],
)  # fmt: skip
def test_impossible_queries(arguments, code, message):
    assert run(*arguments) == (code, "", message)


def test_a_unit_and_a_pixel_in_other_formats(archcalc):
    """AlexNet's conv5: unit 0 sees -64..98, clipped to 0..98; unit 6 sees 32..194 (size 163, jump 16, padding 64)."""
    at = ("rf", "alexnet", "--layer", "conv5", "--at", "0,6", "--format", "csv")
    assert archcalc(*at).out == "axis,first,last,size,length\nrow,0,98,99,227\ncolumn,32,194,163,227\n"
    pixel = ("rf", "alexnet", "--layer", "conv5", "--pixel", "100,100", "--format", "json")
    assert '{"axis": "row", "first": 1, "last": 10, "count": 10, "units": 13}' in archcalc(*pixel).out


def test_csv_has_plain_numbers_and_blanks():
    """AlexNet's last units reach past the border: starts are negative; conv1 starts at (11 - 1)/2 = 5."""
    rows = {row["name"]: row for row in csv.DictReader(StringIO(printed("alexnet", "--format", "csv")))}
    assert (rows["conv1"]["start"], rows["conv1"]["padding"]) == ("5", "0")
    text = printed("resnet50", "--format", "csv")
    assert "'" not in text
    assert re.search(r"^fc,1000,224,,111.5,,yes$", text, re.MULTILINE)


@pytest.mark.parametrize("unit", ["center", "border"])
@pytest.mark.parametrize("spec", ["alexnet", "unet", "conv1d", "googlenet"])
def test_no_label_of_the_figure_leaves_it(spec, unit):
    layer = {"alexnet": "conv5", "unet": "logits", "conv1d": "conv", "googlenet": "inception5b"}[spec]
    root = ElementTree.fromstring(printed(spec, "--layer", layer, "--unit", unit, "-f", "svg"))
    page = (float(root.get("width")), float(root.get("height")))
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        size = float(text.get("font-size"))
        right = float(text.get("x")) + width("".join(text.itertext()), size, text.get("font-weight") == "600")
        assert 0 <= right <= page[0], text.text
        assert size < float(text.get("y")) < page[1], text.text
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.get("x")) + float(rect.get("width")) <= page[0] + 0.1
        assert float(rect.get("y")) + float(rect.get("height")) <= page[1] + 0.1
