"""Every quantity is known to every reader: one row, and claims, budgets, columns, sweeps, questions all have it."""

from __future__ import annotations

import json
from io import StringIO

import pytest

import archcalc
from archcalc.analysis.budget import MAXIMA, required
from archcalc.analysis.changes.lock import lock_of
from archcalc.analysis.claims import figure_at, is_figure
from archcalc.analysis.compare import compare_graphs
from archcalc.analysis.fields.figures import Extent
from archcalc.analysis.quantities import FIELD, MEASURES, TRAINING, Figures, measure
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.core import Shape
from archcalc.errors import ArchcalcError
from archcalc.homework.asking.question import AskedNetwork, ask
from archcalc.homework.quiz.wording import figure_words
from archcalc.layers import names

ALEXNET = archcalc.load("alexnet")
ROWS = list(MEASURES.values())
COMPUTED = [row for row in ROWS if row.sort != TRAINING]
BY_NAME = pytest.mark.parametrize("row", COMPUTED, ids=lambda row: row.name)
OF_NET = pytest.mark.parametrize("row", [row for row in ROWS if row.of_net], ids=lambda row: row.name)


def subject(row):
    return row.name if row.of_net else f"conv2.{row.name}"


def value(row):
    found = figure_at(Figures(ALEXNET.graph), subject(row))
    return found.single if isinstance(found, Extent) else found


@BY_NAME
def test_it_has_words(row):
    assert row.title
    assert row.says
    assert figure_words(row.name).startswith(row.says)


@BY_NAME
def test_a_claim(row):
    text = f"input: 3x227x227\nlayers:\n  conv2: conv 4 5x5\nexpect:\n  {subject(row)}: '>= 0'\n"
    results = archcalc.loads(text).check()
    assert [result.subject for result in results] == [subject(row)]


@BY_NAME
def test_a_requirement(row):
    assert is_figure(subject(row))
    assert required(f"{subject(row)} >= 0").demand.subject == subject(row)


@BY_NAME
def test_a_question(row):
    network = AskedNetwork.of(ALEXNET.graph, ALEXNET.document, ALEXNET.choices)
    question = ask(network, subject(row))
    assert question.word == row.name
    assert question.actual == value(row)
    assert question.adds_up == row.adds_up


@OF_NET
def test_a_sweep_shows_sorts_and_bounds_it(row):
    sweep = archcalc.load("mobilenet_v2").sweep(
        {"width": [0.5, 1]}, columns=[row.name], sort=row.name, where=f"{row.name} >= 0", pareto=[row.name]
    )
    assert len(sweep) == 2
    assert row.name in sweep.points[0].figures
    assert row.title in str(sweep)


@pytest.mark.parametrize("row", [row for row in ROWS if row.adds_up], ids=lambda row: row.name)
def test_layers_add_up(row):
    figures = Figures(ALEXNET.graph)
    assert sum(figures.at(node, row.name) for node in ALEXNET.graph.nodes) == figures.total(row.name)
    if row.each is not None:
        assert [row.each(node) for node in ALEXNET.graph.nodes] == [
            figures.at(node, row.name) for node in ALEXNET.graph.nodes
        ]


@pytest.mark.parametrize("row", [row for row in ROWS if row.counted], ids=lambda row: row.name)
def test_a_column_by_each_of_its_words(row):
    from archcalc.analysis.fold import fold
    from archcalc.report.network.summary import summary_table

    summary = ALEXNET.summary()
    for word in filter(None, (row.name, row.column)):
        table = summary_table(summary, fold(summary), ("name", word))
        assert sum(cells[1] for cells in table.rows) == Figures(ALEXNET.graph).total(row.name)


@pytest.mark.parametrize("row", [row for row in ROWS if row.summed], ids=lambda row: row.name)
def test_the_table_of_the_net_is_enough(row):
    assert row.summed(ALEXNET.summary()) == Figures(ALEXNET.graph).total(row.name)


def test_budgets_are_options_of_check():
    from archcalc.cli.main import application

    (check,) = application(["check"]).registered_commands
    assert set(MAXIMA) <= {f"--{name.replace('_', '-')}" for name in check.callback.__annotations__}


def test_what_is_compared_locked_and_totalled():
    graph = archcalc.load("lenet5").graph
    side = compare_graphs([("lenet5", graph)]).sides[0]
    assert list(side.figures) == [row.name for row in ROWS if row.compared]
    assert list(lock_of(archcalc.load("lenet5").summary()).totals) == [row.name for row in ROWS if row.locked]
    totals = json.loads(archcalc.load("lenet5").summary().to_json())["totals"]
    assert set(totals) == {row.name for row in ROWS if row.total}


def test_rows_that_stand_in_a_table_of_the_net_can_be_computed_from_it():
    assert all(row.summed for row in ROWS if row.total or row.locked)
    assert all(row.of_net for row in ROWS if row.compared or row.swept or row.budget)


@pytest.mark.parametrize(
    ("name", "claim", "figure"),
    [
        # Simonyan & Zisserman 2015: 13 convolutions, 3 full connections, 5 poolings
        ("vgg16", "depth", 16),
        ("vgg16", "conv", 13),
        ("vgg16", "max_pool", 5),
        ("vgg16", "linear", 3),
        # He et al. 2015: 50 layers; a block of conv4_x has three
        ("resnet50", "depth", 50),
        ("resnet50", "layer3.1.depth", 3),
        ("resnet50", "layer3.1.conv", 3),
        # Krizhevsky et al. 2012: three poolings; a filter of conv3 reads 3x3x256
        ("alexnet", "max_pool", 3),
        ("alexnet", "conv3.filter", Shape((256, 3, 3))),
        ("alexnet", "conv1.filter", Shape((3, 11, 11))),
        ("lenet5", "layers", 12),
        ("lenet5", "conv1.depth", 1),
        ("lenet5", "pool1.depth", 0),
    ],
)
def test_depth_counts_of_kinds_and_filters(name, claim, figure):
    assert figure_at(Figures(archcalc.load(name).graph), claim) == figure


def test_every_kind_can_be_counted():
    for kind in names():
        assert measure(kind).of_net


def test_a_layer_that_is_called_like_its_kind_is_asked_for_a_quantity():
    network = archcalc.loads("input: 4x8x8\nlayers:\n  relu: relu\n  b: relu\n")
    with pytest.raises(ArchcalcError, match="unknown quantity `relu`"):
        network.check(require="relu = 2")


def test_what_a_recipe_states_is_a_claim_like_others():
    stated = ", ".join(f"{row.name.partition('.')[2]}: 2" for row in ROWS if row.sort == TRAINING)
    claims = "".join(f"  {row.name}: 2\n" for row in ROWS if row.sort == TRAINING)
    text = f"about: {{training: {{{stated}}}}}\ninput: 4\nlayers: {{a: relu}}\nexpect:\n{claims}"
    assert [result.holds for result in archcalc.loads(text).check()] == [True] * 8


def test_claims_of_counts_in_a_spec():
    layers = "input: 4x8x8\nlayers:\n  a: conv 4 3x3 act=relu\n  b: max_pool 2x2\n"
    results = archcalc.loads(f"{layers}expect: {{max_pool: 1, layers: 3, depth: 1}}\n").check()
    assert [result.holds for result in results] == [True, True, True]


def test_docs_name_every_quantity():
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
    told = [row for row in ROWS if row.sort != FIELD or not row.name.endswith((".h", ".w"))]
    assert [row.name for row in told if f"| `{row.name}` | {row.says} |" not in page] == []


def test_the_schema_of_a_spec_describes_every_quantity():
    out = StringIO()
    main(["schema"], Session(out, StringIO(), terminal=False, color=False))
    described = json.loads(out.getvalue())["$defs"]["claims"]["properties"]
    assert {name: of["description"] for name, of in described.items()} == {row.name: row.says for row in ROWS}
