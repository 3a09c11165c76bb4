"""A training in numbers: its steps, its operations by rule, and the recipes of specs."""

from __future__ import annotations

from fractions import Fraction

import pytest

import archcalc
from archcalc.analysis.claims import figure_at
from archcalc.analysis.memory.recipe import NUMBERS, recipe_of
from archcalc.analysis.memory.training import backward_macs, training_run
from archcalc.analysis.quantities import Figures
from archcalc.errors import SpecError, UsageError
from archcalc.spec.catalog import bundled_names

# MACs: a 5*27*9*11 = 13,365, b 7*45*7*9 = 19,845, fc 7*2 = 14
NET = "input: 3x11x13\nlayers: {a: conv 5 3x3, r: relu, b: conv 7 3x3, p: global_avg_pool, fc: linear 2}\n"
A, B, FC = 13_365, 19_845, 14


@pytest.mark.parametrize(
    ("freeze", "unfreeze", "backward"),
    [
        ("", "", (A, 0, 2 * B, 0, 2 * FC)),  # no gradient of the image
        ("*", "fc", (0, 0, 0, 0, FC)),
        ("a", "", (0, 0, B, 0, 2 * FC)),
        ("b", "", (A, 0, B, 0, 2 * FC)),  # the gradient goes through b to a
        ("*", "a", (A, 0, B, 0, FC)),
        ("*", "", (0, 0, 0, 0, 0)),
    ],
)
def test_backward_by_rule(freeze, unfreeze, backward):
    assert backward_macs(archcalc.loads(NET, freeze=freeze, unfreeze=unfreeze).graph) == backward


def test_the_training_of_alexnet():
    # 1,200,000/128 = 9,375 without a rest; conv1 has no gradient of the image: 2*1,135,256,096 - 105,415,200
    run = archcalc.load("alexnet").memory(batch=128, examples="1.2M", epochs=90).run
    assert (run.steps_per_epoch, run.last_batch, run.steps) == (9_375, 128, 843_750)
    assert (run.forward_macs, run.backward_macs) == (1_135_256_096, 2_165_096_992)
    assert run.macs == (1_135_256_096 + 2_165_096_992) * 1_200_000 * 90


def test_a_last_batch_may_be_smaller():
    run = training_run(archcalc.load("lenet5").graph, 60_000, 128, 3)
    assert (run.steps_per_epoch, run.last_batch, run.steps) == (469, 96, 1_407)  # 468*128 = 59,904


def test_steps_instead_of_epochs():
    run = archcalc.load("resnet50").memory(recipe=True).run  # He 2015: 60*10^4 steps of 256
    assert (run.epochs, run.steps, run.steps_per_epoch) == (None, 600_000, 5_000)
    assert run.seen == 600_000 * 256


def test_a_recipe_fills_in_what_is_not_said():
    memory = archcalc.load("alexnet").memory(recipe=True)
    assert (memory.setting.batch, memory.setting.optimizer) == (128, "momentum")
    assert (memory.run.examples, memory.run.epochs) == (1_200_000, 90)
    assert memory.recipe.source == "Krizhevsky et al. 2012, section 5"
    other = archcalc.load("alexnet").memory(recipe=True, batch=64, optimizer="adam", epochs=1)
    assert (other.setting.batch, other.setting.optimizer, other.run.steps) == (64, "adam", 18_750)


def test_a_recipe_without_a_batch_has_no_steps():
    memory = archcalc.load("googlenet").memory(recipe=True)
    assert memory.run is None
    assert memory.recipe.number("momentum") == Fraction(9, 10)


@pytest.mark.parametrize(
    ("spec", "word", "number"),
    [
        # the papers: He 2015, 3.4; Krizhevsky 2012, 5; Simonyan 2014, 3.1; Zeiler 2013, 3; LeCun 1998, III.B
        ("resnet50", "weight_decay", Fraction(1, 10_000)),
        ("resnet152", "batch", 256),
        ("alexnet@grouped", "weight_decay", Fraction(5, 10_000)),
        ("vgg19", "epochs", 74),
        ("zfnet", "epochs", 70),
        ("resnet20", "steps", 64_000),
        ("densenet121", "epochs", 90),
        ("lenet5_1998", "epochs", 20),
    ],
)
def test_what_the_papers_say(spec, word, number):
    assert figure_at(Figures(archcalc.load(spec).graph), f"training.{word}") == number


@pytest.mark.parametrize("name", ["resnext50_32x4d", "wide_resnet50_2", "vgg16_bn", "se_resnet20", "lenet5"])
def test_no_recipe_of_another_paper(name):
    assert recipe_of(archcalc.load(name).graph) is None


def test_every_bundled_recipe_has_its_source():
    recipes = [recipe for name in bundled_names() if (recipe := recipe_of(archcalc.load(name).graph))]
    assert len(recipes) > 10
    for recipe in recipes:
        assert recipe.source
        assert any(recipe.number(word) for word in NUMBERS)


def test_numbers_of_a_recipe_are_figures_of_the_net():
    net = archcalc.load("resnet50")
    assert net.check(require="training.weight_decay = 1e-4").passed
    assert not net.check(require="training.weight_decay = 1e-5").passed  # as some notes have it
    assert net.check(require=["training.batch <= 256", "training.momentum >= 0.9"]).passed


@pytest.mark.parametrize(
    ("subject", "what", "help"),
    [
        ("training.epochs", "resnet50 states no epochs of its training",
         "it states examples, steps, batch, learning_rate, momentum, weight_decay"),
        ("conv1.training.batch", "`training.batch` is a figure of the net", "ask for it without a layer"),
    ],
)  # fmt: skip
def test_figures_that_there_are_not(subject, what, help):
    with pytest.raises(SpecError) as caught:
        figure_at(Figures(archcalc.load("resnet50").graph), subject)
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("given", "what", "help"),
    [
        ({"epochs": 3}, "epochs needs the number of examples", "add examples 1.2M"),
        ({"examples": 0}, "a training has at least 1 example, got 0", None),
        ({"examples": 10, "epochs": 0}, "a training has at least 1 epoch, got 0", None),
        ({"examples": "many"}, "examples: `many` is no number", "such as 61,706, 138M, ~60M, 1.2e6 or 58.1 MiB"),
        ({"examples": "1MB"}, "examples: 1MB is in bytes", "write 1.2M"),
        ({"recipe": True}, "lenet5 states no recipe, so recipe has nothing to take",
         "alexnet, vgg16 and resnet50 have one; write about: {training: {batch: 128, source: ...}}"),
    ],
)  # fmt: skip
def test_wrong_questions(given, what, help):
    with pytest.raises(UsageError) as caught:
        archcalc.load("lenet5").memory(**given)
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("{batches: 3}", "`about: training:` says `batches: 3`"),
        ("{batch: many}", "`many` is no number"),
        ("as usual", "`about: training:` says `as usual`"),
    ],
)
def test_recipes_that_cannot_be_read(written, what):
    graph = archcalc.loads(f"about: {{training: {written}}}\n{NET}").graph
    with pytest.raises(SpecError) as caught:
        recipe_of(graph)
    assert caught.value.what == what
