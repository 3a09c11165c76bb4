"""Which tensor of a file is which of a network: strict as PyTorch's load_state_dict, and said where names differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path

from archcalc.core import Shape, TensorSpec
from archcalc.core.record import record, replace
from archcalc.errors import SpecError
from archcalc.graph.graph import Graph, Node
from archcalc.layers.traits import LINEAR
from archcalc.numeric.weight_files import Stored, WeightFile, quoted
from archcalc.numeric.weights.name_tables import MAPS
from archcalc.spec.names import did_you_mean, nearest
from archcalc.tables.forward import Loading

_DERIVED = ("num_batches_tracked", "relative_position_index", "attn_mask")
"""The last words of what is stored but no weight: a counter of training, tables that follow from the sizes."""
_SIDE_HEADS = ("aux", "aux1", "aux2", "AuxLogits", "aux_logits", "aux_classifier", "aux_head")
"""Classifiers beside the way to the output, which only training needs."""
_MOST_NAMED = 5


@record
class Tensor:
    """One tensor that a network needs."""

    name: str
    """As in a state dict: `layer1.0.conv1.weight`."""
    alias: str
    """The name with the row's: `conv1.weight` for `conv1.conv.weight`, where a layer carries its act or norm."""
    node: Node
    part: str
    """Its name in its layer: `weight`."""
    spec: TensorSpec

    @property
    def shape(self) -> Shape:
        return self.spec.shape


def tensors(graph: Graph) -> Iterator[Tensor]:
    """Every tensor once, in execution order; a shared one with its owner."""
    for node in graph.nodes:
        if node.shared is None:
            for part, spec in node.weights.items():
                yield Tensor(f"{node.name}.{part}", f"{graph.title(node)}.{part}", node, part, spec)


def states(graph: Graph, tensor: Tensor) -> bool:
    """Whether the spec states the numbers of a tensor (`weights:`)."""
    found = graph.stated.get(tensor.name)
    return found is not None and found.shape == tensor.shape


def match(path: Path, graph: Graph, file: WeightFile, partial: bool) -> Loading:
    """Every tensor of the network with one of the file, and every tensor of the file used.

    A file may leave out what the spec states; what it has goes before that.

    By name first, then by the names of a library, at last by order, where the file keeps one. Axes of size 1 do not
    count where names agree: a linear layer's 384x96 is a 1x1 convolution's 384x96x1x1.

    Args:
        partial: leave out what the network does not have, and draw what the file does not have.

    Raises:
        SpecError: where something is missing, is left over, or has another shape.
    """
    wanted = list(tensors(graph))
    found = {name: stored for name, stored in file.tensors.items() if name.rpartition(".")[2] not in _DERIVED}
    tries = list(_tries(wanted, found))
    whole = _whole(wanted, found, file, tries)
    if whole is None and graph.stated:
        wanted = _asked(graph, wanted, tries)
        tries = list(_tries(wanted, found))
        whole = _whole(wanted, found, file, tries)
    if whole is not None:
        return replace(whole, notes=(*file.notes, *whole.notes))
    best = max(tries, key=lambda matching: len(matching.sources))
    _refuse_misfit(path, wanted, found, best)
    if partial and best.sources:
        return _partly(wanted, found, best, file.notes)
    raise _incomplete(path, graph, wanted, found, best, file.ordered)


def _whole(wanted: list[Tensor], found: Mapping[str, Stored], file: WeightFile, tries: list[Loading]) -> Loading | None:
    """The first matching that leaves nothing open, at last that by order."""
    whole = next((matching for matching in tries if _is_whole(wanted, found, matching)), None)
    return whole or _by_order(wanted, found, file, tries[0])


def _asked(graph: Graph, wanted: list[Tensor], tries: list[Loading]) -> list[Tensor]:
    """The tensors without those that the spec states and the file does not have."""
    best = max(tries, key=lambda matching: len(matching.sources))
    return [tensor for tensor in wanted if tensor.name in best.sources or not states(graph, tensor)]


def shape_text(shape: Sequence[int]) -> str:
    """`3x5`; of no axes: a single number."""
    return str(Shape(shape)) if len(shape) else "a single number"


def _tries(wanted: list[Tensor], found: Mapping[str, Stored]) -> Iterator[Loading]:
    """By name, without a prefix that all names have, and by the names of each library."""
    plain = {name: name for name in found}
    yield _named("name", wanted, plain)
    prefix = _common_prefix(found)
    bare = {name: name.removeprefix(prefix) for name in found}
    if prefix:
        yield _named("name", wanted, bare, (f"the names are those of the file without `{prefix}`",))
    for each in MAPS:
        translated = each.translated(bare.values())
        if translated is not None:
            title = f"{each.library}'s {each.family}"
            eps = each.norm_eps if _norms_differ(wanted, each.norm_eps) else None
            notes = (f"the names are those of {title}", *([each.note] if each.note else []))
            notes += (f"its batch norms have an eps of {eps}, which is kept",) if eps else ()
            named = {name: translated[short] for name, short in bare.items()}
            yield _named(title, wanted, named, notes, eps)


def _norms_differ(wanted: list[Tensor], eps: float | None) -> bool:
    return any(t.part == "running_var" and getattr(t.node.layer, "eps", eps) != eps for t in wanted)


def _common_prefix(names: Mapping[str, Stored]) -> str:
    """What every name begins with, whole words: `module.`, `_orig_mod.`, `model.backbone.`."""
    split = [name.split(".")[:-1] for name in names]
    common = 0
    while split and all(len(words) > common and words[common] == split[0][common] for words in split):
        common += 1
    return "".join(f"{word}." for word in split[0][:common]) if split else ""


def _named(
    by: str, wanted: list[Tensor], spoken: Mapping[str, str], notes: tuple[str, ...] = (), eps: float | None = None
) -> Loading:
    """Matched by what the file's names say (`spoken`: the file's name -> what it says)."""
    exact = {said: name for name, said in reversed(list(spoken.items()))}
    loose = {_singular(said): name for name, said in reversed(list(spoken.items()))}
    alone = Counter(tensor.node.name for tensor in wanted)
    aliases = Counter(tensor.alias for tensor in wanted)
    sources: dict[str, str] = {}
    for tensor in wanted:
        names = [tensor.name]
        if alone[tensor.node.name] == 1:
            names.append(tensor.node.name)
        if aliases[tensor.alias] == 1:
            names.append(tensor.alias)
        source = next((exact[name] for name in names if name in exact), None)
        source = source or next((loose[_singular(name)] for name in names if _singular(name) in loose), None)
        if source is not None:
            sources[tensor.name] = source
    used = set(sources.values())
    left = [name for name in spoken if name not in used]
    heads = [name for name in left if _is_side_head(spoken[name], wanted)]
    if heads:
        tops = dict.fromkeys(spoken[name].split(".")[0] for name in heads)
        notes += (f"left out: {_counted(heads)} of {', '.join(tops)}, which only training needs",)
    return Loading(by, sources, tuple(heads), (), notes, eps)


def _singular(name: str) -> str:
    """What is `layer` here may be `layers` there: the language keeps that word."""
    return ".".join("layer" if word == "layers" else word for word in name.split("."))


def _is_side_head(name: str, wanted: list[Tensor]) -> bool:
    top = name.split(".", maxsplit=1)[0]
    return top in _SIDE_HEADS and not any(tensor.name.startswith(f"{top}.") for tensor in wanted)


def _is_whole(wanted: list[Tensor], found: Mapping[str, Stored], matching: Loading) -> bool:
    used = set(matching.sources.values())
    return (
        len(used) == len(wanted) == len(matching.sources)
        and len(used) + len(matching.left_out) == len(found)
        and all(_fits(tensor, found[matching.sources[tensor.name]]) for tensor in wanted)
    )


def _by_order(wanted: list[Tensor], found: Mapping[str, Stored], file: WeightFile, named: Loading) -> Loading | None:
    """One after the other, where every shape agrees to the last axis and no name says otherwise."""
    pairs = dict(zip((tensor.name for tensor in wanted), found, strict=False))
    fits = len(found) == len(wanted) and all(
        stored.shape == tensor.shape for tensor, stored in zip(wanted, found.values(), strict=True)
    )
    if not file.ordered or not fits or any(pairs[name] != source for name, source in named.sources.items()):
        return None
    shown = [f"`{name}` is {quoted(source)}" for name, source in list(pairs.items())[:2]]
    more = f", and {len(pairs) - 2} more" if len(pairs) > 2 else ""
    return Loading("order", pairs, (), (), (f"matched by order, no name agrees: {', '.join(shown)}{more}",))


def _partly(wanted: list[Tensor], found: Mapping[str, Stored], best: Loading, file_notes: tuple[str, ...]) -> Loading:
    """What agrees by name; the rest of the network is drawn, the rest of the file is left out."""
    missing, left = _unmatched(wanted, found, best)
    notes = (*file_notes, *best.notes)
    if left:
        notes += (f"left out of the file: {_cut([quoted(name) for name in left])}",)
    if missing:
        notes += (f"not in the file, so drawn at random: {_cut([f'`{tensor.name}`' for tensor in missing])}",)
    drawn = tuple(tensor.name for tensor in missing)
    return Loading(best.by, best.sources, (*best.left_out, *left), drawn, notes, best.norm_eps)


def _unmatched(wanted: list[Tensor], found: Mapping[str, Stored], best: Loading) -> tuple[list[Tensor], list[str]]:
    """What the file lacks, and what it has too much."""
    used = {*best.sources.values(), *best.left_out}
    missing = [tensor for tensor in wanted if tensor.name not in best.sources]
    return missing, [name for name in found if name not in used]


def _refuse_misfit(path: Path, wanted: list[Tensor], found: Mapping[str, Stored], best: Loading) -> None:
    misfits = [t for t in wanted if t.name in best.sources and not _fits(t, found[best.sources[t.name]])]
    if not misfits:
        return
    first = misfits[0]
    source = best.sources[first.name]
    notes = [] if source == first.name else [f"the file calls it {quoted(source)}"]
    if len(misfits) > 1:
        notes.append(f"{len(misfits) - 1} more {'does' if len(misfits) == 2 else 'do'} not fit")
    raise SpecError(
        f"`{first.name}` does not fit: {shape_text(found[source].shape)} in {path}, {first.shape} in the network",
        notes=notes,
    )


def _incomplete(
    path: Path, graph: Graph, wanted: list[Tensor], found: Mapping[str, Stored], best: Loading, ordered: bool
) -> SpecError:
    missing, left = _unmatched(wanted, found, best)
    parts = [f"{len(missing)} of its {len(wanted)} tensors are missing"] if missing else []
    parts += [f"{len(left)} of the file's {len(found)} are left over"] if left else []
    notes = [f"missing: {_cut([f'`{tensor.name}` ({tensor.shape})' for tensor in missing])}"] if missing else []
    notes += [f"left over: {_cut([f'{quoted(n)} ({shape_text(found[n].shape)})' for n in left])}"] if left else []
    if ordered and not best.sources:
        notes += _first_out_of_order(wanted, found)
    help = did_you_mean(nearest(missing[0].name, left)) if missing else None
    if help is None and best.sources:
        help = f"--partial loads the {len(best.sources)} that agree"
    if not ordered and not best.sources and len(found) == len(wanted):
        help = "a .npz or .pth file keeps the order of its tensors, by which they can be matched; this one does not"
    return SpecError(f"{path} does not fit {graph.name}: {', '.join(parts)}", notes=notes, help=help)


def _first_out_of_order(wanted: list[Tensor], found: Mapping[str, Stored]) -> list[str]:
    for tensor, (name, stored) in zip(wanted, found.items(), strict=False):
        if stored.shape != tensor.shape:
            pair = f"{quoted(name)} is {shape_text(stored.shape)}, `{tensor.name}` is {tensor.shape}"
            return [f"no name agrees; by order the first that does not fit: {pair}"]
    return []


def cut(names: Sequence[str]) -> str:
    """Names of tensors, the first few of many."""
    return _cut([f"`{name}`" for name in names])


def _cut(words: list[str]) -> str:
    more = len(words) - _MOST_NAMED
    return ", ".join(words[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _counted(names: list[str]) -> str:
    return f"{len(names)} tensor{'s' if len(names) > 1 else ''}"


def _fits(tensor: Tensor, stored: Stored) -> bool:
    """The same shape but for axes of size 1; a linear layer on a flattened map may be stored as its convolution."""
    if _without_ones(stored.shape) == _without_ones(tensor.shape):
        return True
    flattened = tensor.node.layer.traits.family == LINEAR and len(stored.shape) > len(tensor.shape) == 2
    return flattened and (stored.shape[0], prod(stored.shape[1:])) == tensor.shape


def _without_ones(shape: Sequence[int]) -> list[int]:
    return [size for size in shape if size != 1]
