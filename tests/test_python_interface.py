"""`import archcalc`: every verb hangs on a Network, and every result prints, draws itself and becomes plain data."""

from __future__ import annotations

import doctest
import subprocess
import sys
import traceback
import zipfile
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest

import archcalc
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.errors import SpecErrors, UnknownName, UnsupportedError, UsageError

ROOT = Path(__file__).parents[1]
SPEC = "name: Toy\nparams: {w: 4}\nvariants: {wide: {w: 8}}\ninput: 1x5x7\nlayers: {c: conv w 3x3}\n"

RESULTS = {
    "summary": lambda net: net.summary(),
    "memory": lambda net: net.memory(),
    "field": lambda net: net.receptive_field("conv2"),
    "fields": lambda net: net.receptive_fields(),
    "compare": lambda net: net.compare("alexnet"),
    "diff": lambda net: net.diff("lenet5_1998"),
    "explain": lambda net: net.explain("conv1"),
    "lint": lambda net: net.lint(),
    "notes": lambda net: net.notes(),
    "check": lambda net: net.check(),
    "lock": lambda net: net.lock(),
    "sweep": lambda net: net.sweep({"input": ["1x32x32"]}),
}

AS_COMMANDS_PRINT = {
    "summary": ["show", "lenet5"],
    "fields": ["rf", "lenet5"],
    "compare": ["compare", "lenet5", "alexnet"],
    "diff": ["diff", "lenet5", "lenet5_1998"],
    "explain": ["explain", "lenet5", "conv1"],
    "check": ["check", "lenet5"],
    "sweep": ["sweep", "lenet5", "--vary", "input=1x32x32"],
}


@pytest.fixture(scope="module")
def lenet():
    return archcalc.load("lenet5")


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_short_and_prints_as_a_table(lenet, name):
    found = RESULTS[name](lenet)
    assert len(repr(found)) < 60
    assert repr(found).startswith(f"<{type(found).__name__}")
    assert found._repr_html_().startswith("<")
    assert found.to_dict()["schema"].startswith("archcalc/")


@pytest.mark.parametrize("name", AS_COMMANDS_PRINT)
def test_a_result_prints_what_its_command_prints(lenet, name):
    out = StringIO()
    main(AS_COMMANDS_PRINT[name], Session(out, StringIO(), terminal=False, color=False))
    assert str(RESULTS[name](lenet)).rstrip() == out.getvalue().rstrip()


def test_demands_and_locks_are_checked(lenet):
    found = lenet.check(require=["params <= 60K", "macs < 1M"])
    assert [(result.subject, result.holds) for result in found][-2:] == [("params", False), ("macs", True)]
    moved = archcalc.loads("input: 1x32x32\nlayers: {c: conv 6 5x5}\n").check(lock=lenet.lock())
    assert not all(result.holds for result in moved)
    assert all(result.holds for result in lenet.check(lock=lenet.lock()))
    found = archcalc.load("mobilenet_v2").sweep({"width": "0.5..1 step 0.5"})
    # torchvision's mobilenet_v2 at widths 0.5 and 1
    assert [point.figure("params") for point in found.points] == [1_968_680, 3_504_872]


def test_a_network_is_its_table(lenet):
    assert repr(lenet) == "<Network lenet5: 12 layers>"
    assert "61,706" in str(lenet)
    assert "61,706" in lenet._repr_html_()


def test_numbers_stay_numbers(lenet):
    assert lenet.summary().to_dict()["totals"]["params"] == 61706
    assert lenet.receptive_field("conv2").to_dict()["size"] == [14, 14]
    assert lenet.compare("alexnet").to_dict()["networks"][1]["params"] == 62378344


def test_a_result_is_a_dataframe_where_pandas_is(lenet, monkeypatch):
    class Frames:
        """Stands for pandas: what is asked of it is one call."""

        DataFrame = dict

    monkeypatch.setitem(sys.modules, "pandas", Frames)
    frame = lenet.summary().to_dataframe()
    assert frame["name"][:2] == ["conv1.conv", "conv1.act"]
    assert frame["params"][0] == 156
    assert sum(frame["params"]) == 61706
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UnsupportedError) as caught:
        lenet.summary().to_dataframe()
    assert (caught.value.what, caught.value.help) == ("a DataFrame needs pandas", "pip install 'archcalc[pandas]'")


def test_networks_are_compared_as_addresses_are(lenet):
    alexnet = archcalc.load("alexnet")
    by_network, by_name = archcalc.compare(lenet, alexnet), archcalc.compare("lenet5", "alexnet")
    assert by_network == by_name
    assert archcalc.diff(lenet, lenet).same
    with pytest.raises(UsageError) as caught:
        archcalc.compare(lenet, set={"num_classes": 3})
    assert caught.value.what == "lenet5 is loaded already"


def test_values_go_to_the_sides_that_have_the_param():
    net, other = archcalc.loads(SPEC), "resnet18"
    found = archcalc.compare(other, "lenet5", set={"num_classes": 10})
    # torchvision's resnet18 with 10 classes: 11,689,512 - 1,000 * 513 + 10 * 513
    assert [side.params for side in found.sides] == [11_181_642, 61_706]
    own = archcalc.compare("resnet18:num_classes=1000", set={"num_classes": 10})
    assert own.sides[0].params == 11_689_512
    with pytest.raises(UsageError) as caught:
        archcalc.compare(other, set={"num_clases": 10})
    assert caught.value.what == "no network has the param `num_clases`"
    assert caught.value.help == "did you mean `num_classes`?"
    assert net.document.params == {"w": 4} or "w" in net.document.params


def test_variants_and_settings_are_named():
    # 3 * 3 * 1 * w + w
    assert archcalc.loads(SPEC).summary().totals.params == 40
    assert archcalc.loads(SPEC, variant="wide").summary().totals.params == 80
    assert archcalc.loads(SPEC, set={"w": 2}).summary().totals.params == 20
    assert archcalc.load("alexnet", variant="grouped").name == "alexnet@grouped"
    assert archcalc.load("resnet50", variant="resnet101").name == "resnet101"
    with pytest.raises(TypeError):
        archcalc.loads(SPEC, varient="wide")
    with pytest.raises(UnknownName, match="Toy has no variant `b`"):
        archcalc.loads(SPEC, variant="b")
    with pytest.raises(UsageError) as caught:
        archcalc.load("resnet101", variant="resnet152")
    assert caught.value.what == "resnet101 is the variant `resnet101`, not `resnet152`"


def test_an_error_is_printed_with_its_repair():
    with pytest.raises(SpecErrors) as caught:
        archcalc.loads("input: 3x5x7\nlayers: {a: cnv 3 3x3}\n")
    printed = "".join(traceback.format_exception_only(caught.value))
    assert printed == ("archcalc.errors.SpecErrors: <spec>:2:13: unknown kind `cnv`\n= help: did you mean `conv`?\n")


@pytest.mark.parametrize("name", ["network", "calculation", "core.result"])
def test_the_examples_of_the_docstrings_hold(name):
    pytest.importorskip("numpy", reason="the numeric extra is not installed")
    found = doctest.testmod(import_module(f"archcalc.{name}"), extraglobs={"archcalc": archcalc})
    assert found.failed == 0
    assert found.attempted > 0


def test_every_verb_of_a_network_has_an_example():
    verbs = [value for name, value in vars(archcalc.Network).items() if callable(value) and not name.startswith("_")]
    assert [verb.__name__ for verb in verbs if ">>> " not in (verb.__doc__ or "")] == []


def test_what_there_is_is_listed():
    """What `dir` shows is there, and nothing that is there is left out."""
    assert {"load", "loads", "compare", "diff", "Network"} <= set(dir(archcalc)) == set(archcalc.__all__)
    assert [name for name in dir(archcalc) if not hasattr(archcalc, name)] == []


def test_bundled_specs_are_found_in_a_zip(tmp_path):
    """As where Python imports from one file."""
    with zipfile.ZipFile(tmp_path / "archcalc.zip", "w") as archive:
        for file in sorted((ROOT / "archcalc").rglob("*")):
            if file.suffix in (".py", ".csv"):
                archive.write(file, file.relative_to(ROOT))
        for file in sorted((ROOT / "specs").glob("*.yaml")):
            archive.write(file, f"archcalc/specs/{file.name}")
    code = (
        "import archcalc; print(archcalc.__file__); "
        "print(archcalc.load('resnet101').summary().totals.params); "
        "print(archcalc.compare('resnet50').sides[0].accuracy.top1 > 70)"
    )
    run = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'archcalc.zip')!r}); {code}"]
    out = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, check=True, env={}).stdout.splitlines()
    assert out == [str(tmp_path / "archcalc.zip" / "archcalc" / "__init__.py"), "44549160", "True"]
