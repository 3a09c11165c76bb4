"""`archcalc list` computes what it shows; the numbers are those of the specs' sources (issue table, torchvision)."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

import archcalc
from archcalc.analysis.catalog import catalog
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.spec.catalog import bundled, folder


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["list", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def rows():
    return {row.name: row for row in catalog()}


@pytest.mark.parametrize(
    ("name", "spec", "variant", "year", "input", "params", "macs"),
    [
        # LeNet-5: the lecture's sum; the others: torchvision, Caffe's bvlc_alexnet
        ("lenet5", "lenet5", None, 1998, "1x32x32", 61_706, 416_520),
        ("alexnet", "alexnet", None, 2012, "3x227x227", 62_378_344, 1_135_256_096),
        ("alexnet@grouped", "alexnet", "grouped", 2012, "3x227x227", 60_965_224, 724_406_816),
        ("vgg16", "vgg16", None, 2014, "3x224x224", 138_357_544, 15_470_264_320),
        ("vgg19", "vgg16", "vgg19", 2014, "3x224x224", 143_667_240, 19_632_062_464),
        ("resnet50", "resnet50", None, 2015, "3x224x224", 25_557_032, 4_089_184_256),
    ],
)
def test_rows(rows, name, spec, variant, year, input, params, macs):
    row = rows[name]
    assert (row.spec, row.variant, row.year) == (spec, variant, year)
    assert (*map(str, row.inputs), row.params, row.macs) == (input, params, macs)


def test_every_spec_and_variant_has_one_row(rows):
    listed = [(row.spec, row.variant) for row in catalog()]
    assert len(listed) == len(set(listed)) == len(rows)
    assert {spec for spec, variant in listed if variant is None} == {path.stem for path in bundled()}


def test_every_name_loads_and_counts_the_same(rows):
    for name in ("lenet5", "alexnet@grouped", "resnet34", "resnet50@paper", "densenet161", "bottleneck@direct"):
        totals = archcalc.load(name).summary().totals
        assert (totals.params, totals.macs) == (rows[name].params, rows[name].macs)


def test_every_bare_name_of_a_variant_is_that_variant(rows):
    for row in rows.values():
        if row.variant and "@" not in row.name:
            assert archcalc.load(row.name).document.file.endswith(f"/{row.spec}.yaml")


def test_families_stand_together_and_start_with_the_oldest(rows):
    families = [row.family for row in rows.values()]
    blocks = [family for i, family in enumerate(families) if i == 0 or families[i - 1] != family]
    assert len(blocks) == len(set(blocks))
    assert families[0] == "lenet"
    first = {}
    for row in rows.values():
        first[row.family] = min(row.year or 9999, first.get(row.family, 9999))
    assert list(first.values()) == sorted(first.values())


def test_csv_has_a_line_for_each_and_plain_numbers(rows):
    code, out, err = run("--format", "csv")
    read = {row["name"]: row for row in csv.DictReader(StringIO(out))}
    assert (code, err) == (0, "")
    assert set(read) == set(rows)
    assert read["alexnet"]["params"] == "62378344"
    assert read["alexnet"]["input"] == "3x227x227"


def test_json(rows):
    code, out, _ = run("--format", "json")
    found = json.loads(out)
    assert code == 0
    assert found["schema"] == "archcalc/list/1"
    assert len(found["specs"]) == len(rows)
    assert {
        "name": "alexnet@grouped", "network": "AlexNet", "family": "alexnet", "spec": "alexnet", "variant": "grouped",
        "year": 2012, "input": [3, 227, 227], "params": 60965224, "macs": 724406816,
    } in found["specs"]  # fmt: skip
    assert next(s for s in found["specs"] if s["name"] == "siamese")["input"] == [[1, 105, 105], [1, 105, 105]]


def test_a_variant_names_its_spec():
    out = run()[1]
    assert next(line for line in out.splitlines() if line.startswith("vgg19 ")).split()[1:4] == [
        "variant",
        "of",
        "vgg16",
    ]
    assert next(line for line in out.splitlines() if line.startswith("vgg16 ")).split()[1] == "VGG-16"


def test_text_and_markdown_show_the_same_cells(rows):
    text, markdown = run()[1], run("--format", "markdown")[1]
    for row in rows.values():
        assert f"{row.params:,}" in text
        assert f"{row.macs:,} |" in markdown


def test_the_page_of_the_bundled_specs_is_current():
    """`archcalc list --format markdown --output specs/README.md` writes it anew."""
    page = folder() / "README.md"
    assert page.read_text(encoding="utf-8") == run("--format", "markdown")[1]


def test_an_unknown_format():
    assert run("--format", "html") == (
        2, "", "error: unknown format `html`\n= help: there are `text`, `markdown`, `csv` and `json`\n"
    )  # fmt: skip
