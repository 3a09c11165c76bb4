"""A spec that has been found -> its document and its graph, under the variant, params and input that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.core.units import parse_shape
from archcalc.errors import InputError, Place, SpecError, UnknownName, UsageError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.graph.graph import Graph
from archcalc.spec.catalog import Located, locate
from archcalc.spec.check import read_document
from archcalc.spec.document import Document
from archcalc.spec.expression import parse
from archcalc.spec.names import did_you_mean, listed, nearest


class Loaded(NamedTuple):
    """What a Network holds."""

    graph: Graph
    document: Document
    choices: Choices
    source: Located


def find(address: str, input: str | Mapping[str, str] | None = None) -> Located:
    """Find and read a spec, or another tool's file, which becomes one.

    Args:
        input: the size that such a file is read with, instead of its own.

    Raises:
        ArchcalcError: as `locate`, and for a file that cannot become a spec.
    """
    located = locate(address)
    return _as_spec(located, input) if located.may_be_foreign else located


def _as_spec(located: Located, input: str | Mapping[str, str] | None) -> Located:
    from archcalc.spec.foreign.files import kind_of_text

    kind = kind_of_text(located.text, located.file)
    if kind is None or not kind.reader:
        return located
    from archcalc.interop.importing import imported

    shapes = None if input is None else _shapes(input)
    made = imported(located.text, located.file, kind, shapes)
    return replace(located, text=made.text, places=made.places)


def document_of(located: Located) -> Document:
    """The document of a spec's text, whose claims are about what a network has. Raises SpecErrors."""
    return read_document(located.text, located.file, _known_figure)


def loaded(
    located: Located,
    set: Mapping[str, Any] | None = None,
    input: str | Mapping[str, str] | None = None,
    freeze: str | Collection[str] = (),
    unfreeze: str | Collection[str] = (),
    document: Document | None = None,
) -> Loaded:
    """Check and elaborate a spec that has been found.

    Args:
        document: what `document_of` gave for its text, where it has been read already.
    """
    document = document_of(located) if document is None else document
    document = replace(document, name=document.name or located.name)
    choices = _variant(document, located.variant)
    own = choices
    choices = Choices(
        {**choices.params, **_params(document, set or {})},
        {**choices.inputs, **_inputs(document, None if located.places else input)},
        _patterns(freeze),
        _patterns(unfreeze),
        choices.variant,
    )
    graph = _placed(replace(_elaborated(document, choices), name=located.name), located.places)
    claims, about = document.claims, document.about
    if located.variant and located.variant in document.variants:
        variant = document.variants[located.variant]
        claims, about = variant.claims, {**about, **variant.about}
    changed = tuple(f"--set {key}" for key in set or {}) + (("--input",) if choices.inputs != own.inputs else ())
    changed += tuple(f"--{word}" for word in ("freeze", "unfreeze") if getattr(choices, word))
    found = replace(graph, claims=tuple(claims), about=about, own_name=document.name, overridden=changed)
    return Loaded(found, document, choices, located)


def _placed(graph: Graph, places: Mapping[str, Place]) -> Graph:
    """The graph with the places that its layers have in the file that it was made from."""
    if not places:
        return graph
    nodes = tuple(replace(node, place=_place(node.name, places) or node.place) for node in graph.nodes)
    return replace(graph, nodes=nodes)


def _place(name: str, places: Mapping[str, Place]) -> Place | None:
    return places.get(name) or places.get(name.rpartition(".")[0])


def _patterns(given: str | Collection[str]) -> tuple[str, ...]:
    """`layer1, layer2.*` or a collection of such, as `freeze:` of a spec takes them."""
    texts = [given] if isinstance(given, str) else given
    return tuple(part.strip().replace("/", ".") for text in texts for part in text.split(",") if part.strip())


def _known_figure(subject: str) -> None:
    """Raises UnknownName for the subject of a claim that ends in no quantity."""
    from archcalc.analysis.claims import known_figure

    known_figure(subject)


def _elaborated(document: Document, choices: Choices) -> Graph:
    try:
        return elaborate(document, choices)
    except SpecError as error:
        from archcalc.analysis.axes import hinted

        hinted(error, {**document.inputs, **choices.inputs}.items(), document.errors)
        raise


def _variant(document: Document, name: str | None) -> Choices:
    if name is None:
        return Choices()
    variant = document.variants.get(name)
    if variant is None:
        help = did_you_mean(nearest(name, document.variants))
        help = help or (f"its variants are {listed(document.variants)}" if document.variants else "it has no variants")
        raise UnknownName(f"{document.name} has no variant `{name}`", help=help)
    return Choices.of(variant)


def _params(document: Document, given: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [key for key in given if key not in document.params]
    if unknown:
        help = did_you_mean(nearest(unknown[0], document.params))
        help = help or (f"its params are {listed(document.params)}" if document.params else "it has no params")
        raise UsageError(f"{document.name} has no param `{unknown[0]}`", help=help)
    return {key: _value(key, value) for key, value in given.items()}


def _value(key: str, value: Any) -> Any:
    if isinstance(value, bool | int):
        return value
    try:
        expression = parse(str(value))
        return expression.evaluate(lambda word: word)
    except SpecError as error:
        raise UsageError(f"{key}={value}: {error.what}", help=error.help) from None


def _named_input(part: str, given: str) -> tuple[str, str]:
    """One of `left=1x32x32,right=1x32x32`."""
    name, equals, shape = part.partition("=")
    if not equals:
        raise InputError(f"--input {given}: `{part}` has no name", help="write name=3x224x224,other=3x224x224")
    return name.strip(), shape


def _inputs(document: Document, given: str | Mapping[str, str] | None) -> dict[str, Shape]:
    """`3x224x224` for the only input, `left=1x32x32,right=1x32x32` or a mapping for several."""
    if given is None:
        return {}
    given = _named(given)
    if isinstance(given, str):
        if len(document.inputs) > 1:
            help = ",".join(f"{name}={shape}" for name, shape in document.inputs.items())
            raise InputError(f"{document.name} has several inputs", help=f"name them: --input {help}")
        given = dict.fromkeys(document.inputs, given)
    unknown = next((name for name in given if name not in document.inputs), None)
    if unknown is not None:
        raise InputError(f"{document.name} has no input `{unknown}`", help=f"its inputs are {listed(document.inputs)}")
    return {name: _shape(shape) for name, shape in given.items()}


def _named(given: str | Mapping[str, str]) -> str | Mapping[str, str]:
    """The shapes by name, where they have names."""
    if isinstance(given, str) and "=" in given:
        return dict([_named_input(part, given) for part in given.split(",")])
    return given


def _shapes(given: str | Mapping[str, str]) -> Shape | dict[str, Shape]:
    """What `--input` says to a file whose inputs are not known yet."""
    given = _named(given)
    return _shape(given) if isinstance(given, str) else {name: _shape(shape) for name, shape in given.items()}


def _shape(text: str) -> Shape:
    try:
        return parse_shape(text)
    except SpecError as error:
        raise InputError(f"--input: {error.what}", help=error.help) from None
