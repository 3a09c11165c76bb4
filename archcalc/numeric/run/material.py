"""The arrays of a run: its inputs and its weights, drawn or read; all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.core.record import record
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph
from archcalc.numeric.inputs.inputs import is_image, random_input, read_input, reading_of
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.memory import refuse_too_large
from archcalc.numeric.run.options import Options
from archcalc.numeric.run.progress import Progress, silent
from archcalc.numeric.weights.matching import cut, tensors
from archcalc.numeric.weights.weights import he_weights, load_weights, of_spec
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.tables.forward import InputOrigin, Loading


@record
class Material:
    """What a network runs on."""

    inputs: tuple[Array, ...]
    """(N, *shape) each, in the graph's order."""
    weights: dict[str, Array]
    batch: int
    notes: tuple[str, ...] = ()
    """What was done to the inputs that nobody asked for."""
    loading: Loading | None = None
    """How the weights of a file came to their places; None for random ones."""
    stated: tuple[str, ...] = ()
    """The tensors whose numbers are those of the spec."""


def read_material(graph: Graph, options: Options, progress: Progress = silent) -> Material:
    """The inputs and weights of a run.

    Raises:
        UsageError: for options that do not go with the network.
        SpecError: for a file that is wrong or does not fit.
        BackendError: where the run needs more memory than there is.
    """
    notes: list[str] = []
    given = _given(graph, options, notes)
    batch = batch_of({str(options.files[name]): len(x) for name, x in given.items()}, options.batch)
    refuse_too_large(graph, batch, options)
    inputs = tuple(filled(graph, name, given.get(name), batch, options) for name, _ in graph.inputs)
    if options.weights is None:
        weights = he_weights(graph, options.seed, value_dtype(options), progress)
        notes += stated_notes(graph, None, "")
        return Material(inputs, weights, batch, tuple(notes), None, of_spec(graph))
    progress("reading weights", 0, 0)
    weights, loading = load_weights(options.weights, graph, value_dtype(options), options.partial, options.seed)
    notes += [f"{options.weights.name}: {note}" for note in loading.notes]
    notes += stated_notes(graph, loading, options.weights.name)
    return Material(inputs, weights, batch, tuple(notes), loading, of_spec(graph, loading))


def stated_notes(graph: Graph, loading: Loading | None, file: str) -> Iterator[str]:
    """What of `weights:` was not used, and what it does not state."""
    for text in graph.unfit:
        yield f"left out of the spec's weights: {text}"
    stated = of_spec(graph)
    if not stated:
        return
    if loading is not None:
        kept = of_spec(graph, loading)
        if kept:
            yield f"not in {file}, so those of the spec: {cut(kept)}"
        if over := [name for name in stated if name not in kept]:
            yield f"stated by the spec too, {file} goes before it: {cut(over)}"
    elif open_ := [tensor.name for tensor in tensors(graph) if tensor.name not in stated]:
        yield f"not stated by the spec, so as before training: {cut(open_)}"


def words_of_weights(graph: Graph, source: str, material: Material) -> str:
    """Where the weights come from: `He, seed 0`, `of the spec`, `3 of 4 tensors of the spec, the others of w.npz`."""
    count = sum(1 for _ in tensors(graph))
    if not material.stated:
        return source
    if len(material.stated) == count:
        return "of the spec"
    return f"{len(material.stated)} of {count} tensors of the spec, the others {source}"


def value_dtype(options: Options) -> str:
    """The type of the arrays: float16 and tf32 are what the engine makes of float32."""
    return "float32" if options.dtype in ("float16", "tf32") else options.dtype


def origin_of(graph: Graph, options: Options, material: Material, engine: str) -> InputOrigin:
    """What ran, on what, and how."""
    return InputOrigin(
        spec=graph.name,
        inputs=tuple((name, shape, _source(graph, name, options)) for name, shape in graph.inputs),
        batch=material.batch,
        dtype=options.dtype,
        weights=words_of_weights(
            graph, f"He, seed {options.seed}" if options.weights is None else options.weights.name, material
        ),
        engine=engine,
        notes=material.notes,
        loading=material.loading,
        stated=material.stated,
    )


def _given(graph: Graph, options: Options, notes: list[str]) -> dict[str, Array]:
    """The inputs that have a file; what was done to an image goes into the notes.

    Raises UsageError for an input that does not exist.
    """
    shapes = dict(graph.inputs)
    for name in options.files:
        if name not in shapes:
            help = did_you_mean(nearest(name, shapes)) or f"its inputs are {listed(shapes)}"
            raise UsageError(f"{graph.name} has no input `{name}`", help=help)
    dtype = value_dtype(options)
    reading = reading_of(graph, options.reading)
    return {name: read_input(path, shapes[name], reading, dtype, notes.append) for name, path in options.files.items()}


def batch_of(lengths: Mapping[str, int], asked: int | None) -> int:
    """Examples of the run: a file with one of them is repeated, one with several says how many there are."""
    several = {file: length for file, length in lengths.items() if length > 1}
    for file, length in several.items():
        if length != (asked or next(iter(several.values()))):
            other = f"--batch {asked}" if asked else f"{next(iter(several))} holds {next(iter(several.values()))}"
            raise UsageError(f"{file} holds {length} examples, {other}")
    return asked or next(iter(several.values()), 1)


def filled(graph: Graph, name: str, given: Array | None, batch: int, options: Options) -> Array:
    """An input for the whole batch: random unless given, a single example repeated."""
    if given is None:
        return random_input(graph, name, options.seed, batch, value_dtype(options))
    return given.repeat(batch, 0) if len(given) == 1 else given


def _source(graph: Graph, name: str, options: Options) -> str:
    """Where the values of an input come from: `photo.png, resize 256, crop 224`, or a seed."""
    path = options.files.get(name)
    if path is None:
        return f"random, seed {options.seed}"
    preprocess = reading_of(graph, options.reading).preprocess if is_image(path) else None
    return path.name if preprocess is None else f"{path.name}, {preprocess}"
