"""`archcalc draw`: every format, every option, and what is refused."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_an_svg_on_stdout(archcalc):
    run = archcalc("draw", "lenet5")
    assert (run.code, run.err) == (0, "")
    shown = texts(run.out)
    assert shown[:2] == ["LeNet-5", "61.7K params · 417K MACs"]
    # LeCun et al. 1998, Figure 2: C1 has 6 maps of 28x28, S2 of 14x14; lecture: 156 and 48,120 params
    assert {"conv1", "6×28×28", "156", "6×14×14", "48.1K"} <= set(shown)
    assert ElementTree.fromstring(run.out).find(f"{SVG}title").text == "LeNet-5"


def test_figures_and_the_scale_of_a_shade(archcalc):
    shown = texts(archcalc("draw", "alexnet", "--show", "macs,rf", "--shade", "rf").out)
    assert "105M MACs · 11 px" in shown  # 96 * 55 * 55 * 3 * 11 * 11
    assert shown[-2:] == ["227", "receptive field, pixels (root scale)"]
    assert "62.4M params · 1.14G MACs" in shown


def test_no_figures(archcalc):
    assert "156" not in texts(archcalc("draw", "lenet5", "--show", "none").out)


def test_depth_open_fold_and_all(archcalc):
    assert "×35" in texts(archcalc("draw", "resnet152").out)
    assert "×35" not in texts(archcalc("draw", "resnet152", "--all").out)
    folded = texts(archcalc("draw", "resnet50", "--depth", "0").out)
    assert "layer1" in folded and "0" not in folded  # noqa: PT018
    assert "downsample" in "".join(texts(archcalc("draw", "resnet50", "--depth", "0", "--open", "layer1.0").out))
    assert "×2" not in texts(archcalc("draw", "resnet50", "--fold", "layer*").out)


def test_direction_and_ratio(archcalc):
    def sides(*options):
        head = archcalc("draw", "vgg16", *options).out.split(">")[0]
        return [float(side) for side in re.findall(r' (?:width|height)="([^"]+)"', head)]

    wide, high = sides()
    assert high > 3 * wide
    wide, high = sides("--direction", "right")
    assert wide > 3 * high
    wide, high = sides("--ratio", "16:9")
    assert 1 < wide / high < 3


def test_blocks(archcalc):
    shown = texts(archcalc("draw", "alexnet", "--style", "blocks").out)
    # Krizhevsky et al. 2012, Figure 2: 96 kernels at 55x55, 256 at 27x27, 384, 384, 256 at 13x13, 4096, 4096, 1000
    captions = ["96", "55²", "256", "27²", "384", "13²", "384", "13²", "256", "13²", "4096", "4096", "1000"]
    assert [text for text in shown if re.fullmatch("[0-9]+²?", text)][2:] == captions


def test_a_u_for_a_u_net(archcalc):
    shown = texts(archcalc("draw", "unet", "--style", "blocks").out)
    # Ronneberger et al. 2015, Figure 1: the maps beside each other after each up-convolution
    assert [text for text in shown if "+" in text] == ["512+512", "256+256", "128+128", "64+64"]
    assert {"568²", "280²", "136²", "64²", "28²", "388²"} <= set(shown)


@pytest.mark.parametrize(("ending", "begins"), [("svg", "<svg "), ("html", "<!doctype html>"), ("tex", "% LeNet-5: ")])
def test_files(archcalc, tmp_path, ending, begins):
    file = tmp_path / f"net.{ending}"
    run = archcalc("draw", "lenet5", "-o", file)
    assert (run.code, run.out, run.err) == (0, "", f"wrote {file}\n")
    assert file.read_text(encoding="utf-8").startswith(begins)


def test_a_png(archcalc, tmp_path):
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    image = pytest.importorskip("PIL.Image")
    archcalc("draw", "lenet5", "-o", tmp_path / "net.png", "--scale", "1")
    archcalc("draw", "lenet5", "-o", tmp_path / "large.png", "--scale", "3")
    with image.open(tmp_path / "net.png") as small, image.open(tmp_path / "large.png") as large:
        assert all(abs(3 * a - b) <= 3 for a, b in zip(small.size, large.size, strict=True))
        assert small.convert("RGB").getpixel((1, 1)) == (255, 255, 255)


def test_a_pdf(archcalc, tmp_path):
    try:
        import cairosvg  # noqa: F401
    except (ImportError, OSError):
        pytest.skip("cairosvg or libcairo is not installed")
    assert archcalc("draw", "lenet5", "-o", tmp_path / "net.pdf").code == 0
    assert (tmp_path / "net.pdf").read_bytes().startswith(b"%PDF-")


def test_dot(archcalc):
    run = archcalc("draw", "inception_module", "-f", "dot", "--depth", "1")
    assert run.out.startswith('digraph "')
    assert run.out.count("subgraph") == run.out.count("\n  }") + run.out.count("\n    }")
    assert len(re.findall(r" n\d+ -> n\d+;", run.out)) == 8


def test_mermaid(archcalc):
    lines = archcalc("draw", "lenet5", "-f", "mermaid").out.splitlines()
    assert lines[0] == "flowchart TD"
    assert lines[1] == '  n0(["input<br>1×32×32"]):::input'
    assert lines[2] == '  n1["conv1 (conv 5×5 + tanh)<br>6×28×28<br>156"]:::conv'
    assert "  n0 --> n1" in lines


def test_tikz_has_a_colour_and_a_node_for_all(archcalc):
    text = archcalc("draw", "lenet5", "-f", "latex").out
    assert text.count("\\begin{scope}") == text.count("\\end{scope}")
    used = set(re.findall(r"(?:fill=|draw=|\\color\{)(c\d+)", text))
    assert used == set(re.findall(r"definecolor\{(c\d+)\}", text))
    assert r"6$\times$28$\times$28" in text


NAMED = """
name: "<script>alert(1)</script>"
input: 4x8x8
layers:
  conv: conv 4 1x1
"""


def test_a_name_that_is_a_script_stays_text(archcalc, spec):
    for format in ("svg", "html"):
        out = archcalc("draw", spec(NAMED), "-f", format).out
        assert "<script" not in out
        assert "&lt;script&gt;" in out
    assert 'digraph "<script>' in archcalc("draw", spec(NAMED), "-f", "dot").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--style", "row"], "error: unknown style `row`\n= help: one of graph, blocks\n"),
        (["--show", "parms"], "error: unknown figure `parms`\n= help: did you mean `params`?\n"),
        (["--theme", "drak"], "error: unknown theme `drak`\n= help: did you mean `dark`?\n"),
        (["--depth", "-1"], "error: the depth is 0 or more, got -1\n"),
        (["--direction", "up"], "error: --direction is down or right, got `up`\n"),
        (
            ["--ratio", "0"],
            "error: --ratio 0 is no ratio\n= help: width to height, as in 16:9, from 1:20 to 20:1\n",
        ),
        (["-f", "png"], "error: a PNG or a PDF is written to a file\n= help: add -o FILE\n"),
        (["--scale", "0"], "error: --scale is more than 0, got 0\n"),
    ],
)
def test_what_is_refused(archcalc, options, message):
    run = archcalc("draw", "lenet5", *options)
    assert (run.code, run.out, run.err) == (2, "", message)


def test_a_spec_with_an_error(archcalc, spec):
    run = archcalc("draw", spec("input: 4x8x8\nlayers:\n  a: conv 4 9x9\n"))
    assert run.code == 3
    assert "net.yaml:3" in run.err


def test_a_network_without_a_map(archcalc):
    run = archcalc("draw", "mlp", "--show", "rf", "--shade", "rf")
    assert run.code == 0
    assert run.out.startswith("<svg")


def test_a_picture_in_python(tmp_path):
    from archcalc import load
    from archcalc.errors import UsageError

    picture = load("lenet5").draw(style="blocks", theme="dark")
    assert picture._repr_svg_() == picture.svg()
    assert repr(picture) == "<Picture LeNet-5>"
    picture.save(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == picture.svg()
    with pytest.raises(UsageError, match="has no known ending"):
        picture.save(tmp_path / "net.bmp")
