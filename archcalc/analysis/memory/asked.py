"""What is asked of the memory and the training of a network, filled in from its recipe where that is wanted."""

from __future__ import annotations

from archcalc.analysis.memory.kv_cache import KvCache, kv_cache
from archcalc.analysis.memory.memory import DTYPE_BYTES, Memory, MemorySetting, bytes_of, memory_of
from archcalc.analysis.memory.recipe import Recipe, recipe_of
from archcalc.analysis.memory.training import TrainingRun, training_run
from archcalc.core.record import record, replace
from archcalc.core.units import parse_quantity
from archcalc.errors import SpecError, UsageError
from archcalc.graph.graph import Graph

USUAL_OPTIMIZER = "adam"


@record
class MemoryAsked:
    """As on the command line; None for what is not said."""

    batch: int | None = None
    dtype: str = "float32"
    optimizer: str | None = None
    inplace: bool = False
    fused_norm: bool = False
    fit: str | None = None
    examples: str | None = None
    epochs: int | None = None
    recipe: bool = False
    """Take what is not said from the recipe of the spec."""
    kv_cache: bool = False
    context: int | None = None


def answer(graph: Graph, asked: MemoryAsked, dashes: str = "--") -> Memory:
    """The memory of a network, and its training where examples are named.

    Args:
        dashes: what stands before an option in messages.

    Raises UsageError for what there is not, and for a recipe that the spec does not state.
    """
    recipe = _recipe(graph, dashes) if asked.recipe else None
    batch = asked.batch if asked.batch is not None else _number(recipe, "batch") or 1
    optimizer = asked.optimizer or (_optimizer(recipe) if recipe else USUAL_OPTIMIZER)
    setting = MemorySetting(batch, asked.dtype, optimizer, asked.inplace, asked.fused_norm)
    run = _run(graph, asked, recipe, batch, dashes)
    fit = None if asked.fit is None else bytes_of(f"{dashes}fit", asked.fit)
    cache = _cache(graph, asked, setting, dashes)
    return replace(memory_of(graph, setting, fit), run=run, recipe=recipe, cache=cache)


def _cache(graph: Graph, asked: MemoryAsked, setting: MemorySetting, dashes: str) -> KvCache | None:
    if asked.kv_cache:
        return kv_cache(graph, asked.context, setting.batch, DTYPE_BYTES[setting.dtype], f"{dashes}kv-cache")
    if asked.context is not None:
        raise UsageError(f"{dashes}context goes with {dashes}kv-cache", help=f"add {dashes}kv-cache")
    return None


def _recipe(graph: Graph, dashes: str) -> Recipe:
    try:
        recipe = recipe_of(graph)
    except SpecError as error:
        raise UsageError(error.what, help=error.help) from None
    if recipe is None:
        help = "alexnet, vgg16 and resnet50 have one; write about: {training: {batch: 128, source: ...}}"
        raise UsageError(f"{graph.name} states no recipe, so {dashes}recipe has nothing to take", help=help)
    return recipe


def _run(graph: Graph, asked: MemoryAsked, recipe: Recipe | None, batch: int, dashes: str) -> TrainingRun | None:
    said = None if asked.examples is None else _count(f"{dashes}examples", asked.examples)
    examples = said if said is not None else _number(recipe, "examples")
    if said is None and asked.batch is None and _number(recipe, "batch") is None:
        examples = None  # a recipe that does not say its batch says nothing of steps
    if examples is None:
        if asked.epochs is not None:
            raise UsageError(f"{dashes}epochs needs the number of examples", help=f"add {dashes}examples 1.2M")
        return None
    epochs = asked.epochs if asked.epochs is not None else _number(recipe, "epochs")
    steps = None if epochs is not None else _number(recipe, "steps")
    return training_run(graph, examples, batch, 1 if epochs is None and steps is None else epochs, steps)


def _optimizer(recipe: Recipe) -> str:
    """What the optimizer keeps: a velocity where the recipe has a momentum."""
    return "momentum" if recipe.number("momentum") else recipe.text("optimizer") or USUAL_OPTIMIZER


def _number(recipe: Recipe | None, word: str) -> int | None:
    number = None if recipe is None else recipe.number(word)
    return None if number is None else int(number)


def _count(option: str, text: str) -> int:
    """A count such as 1.2M. Raises UsageError."""
    try:
        quantity = parse_quantity(text)
    except SpecError as error:
        raise UsageError(f"{option}: {error.what}", help=error.help) from None
    if quantity.unit and quantity.in_bytes:
        raise UsageError(f"{option}: {text} is in bytes", help="write 1.2M")
    return quantity.value
