"""The Python interface: `archcalc.load("alexnet").summary().totals.params`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from archcalc.analysis.cost.convention import convention as convention_named
from archcalc.analysis.summary import Summary, summarize
from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.core.result import presenters
from archcalc.core.units import parse_shape
from archcalc.errors import InputError, SpecError, UnknownName, UnsupportedError, UsageError
from archcalc.graph.elaborate import Choices, elaborate
from archcalc.graph.graph import Graph
from archcalc.spec.catalog import Located, locate
from archcalc.spec.check import read_document
from archcalc.spec.document import Document
from archcalc.spec.expression import parse
from archcalc.spec.names import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from archcalc.analysis.claims import ClaimResult
    from archcalc.analysis.compare import Comparison
    from archcalc.analysis.diff import Difference
    from archcalc.analysis.fields.receptive import LayerField
    from archcalc.analysis.fields.table import FieldSummary
    from archcalc.analysis.memory import Memory
    from archcalc.numeric.run.call import ForwardPass
    from archcalc.presentation import Presented


def _presented(result: Any) -> Presented:
    from archcalc.presentation import Presented

    return Presented(result)


presenters.append(_presented)


@record
class Network:
    """A spec with all its shapes known, ready for every analysis."""

    graph: Graph
    document: Document
    choices: Choices

    @property
    def name(self) -> str:
        """The short name it was loaded by: `alexnet`, `resnet50@paper`."""
        return self.graph.name

    def summary(self, convention: str = "macs", batch: int = 1) -> Summary:
        """Shapes, params and operations of every layer. Raises UsageError for an unknown convention."""
        if batch < 1:
            raise UsageError(f"a batch has at least 1 example, got {batch}")
        return summarize(self.graph, convention_named(convention), batch)

    def check(self) -> tuple[ClaimResult, ...]:
        """Each claim of `expect:` held against what is computed."""
        from archcalc.analysis.claims import check_claims

        return check_claims(self.graph)

    def receptive_field(self, layer: str, wrt: str | None = None) -> LayerField:
        """What the units of a layer see of the input, or of the layer `wrt`: size, jump, start, padding.

        Raises:
            UnknownName: for a layer that does not exist.
            UsageError: where the layer does not depend on `wrt`, or the input has no spatial axes.
        """
        from archcalc.analysis.fields.receptive import ReceptiveFields

        return ReceptiveFields(self.graph, wrt).of(layer)

    def receptive_fields(self, wrt: str | None = None) -> FieldSummary:
        """The receptive field of every layer, of the input or of the layer `wrt`; raises as `receptive_field`."""
        from archcalc.analysis.fields.receptive import ReceptiveFields
        from archcalc.analysis.fields.table import field_summary

        return field_summary(ReceptiveFields(self.graph, wrt))

    def compare(self, *others: str | PathLike[str] | Network, sort: str | None = None) -> Comparison:
        """This network beside others, as `archcalc.compare`."""
        from archcalc.comparison import compare

        return compare(self, *others, sort=sort)

    def diff(self, after: str | PathLike[str] | Network) -> Difference:
        """What changed from this network to another, as `archcalc.diff`."""
        from archcalc.comparison import diff

        return diff(self, after)

    def memory(self, **setting: Any) -> Memory:
        """Bytes of weights, activations, the peak and training.

        Args:
            setting: batch, dtype, optimizer, inplace and fused_norm, as analysis.memory.Setting has them.

        Raises:
            UsageError: for a dtype or optimizer that is not known.
        """
        from archcalc.analysis.memory import Setting, memory_of

        return memory_of(self.graph, Setting(**setting))

    def run(
        self,
        x: Any = None,
        *,
        weights: Any = None,
        layers: Collection[str] = (),
        seed: int = 0,
        batch: int | None = None,
        dtype: str = "float32",
        backend: str | None = None,
        **options: Any,
    ) -> ForwardPass:
        """A forward pass: `net.run(x).output`, and with `layers=["conv1"]` also `["conv1"]` of it.

        Args:
            x: an array, (N, *shape) or one example, or the path of a .npy array or an image; a dict by name where there
                are several inputs; random by the seed unless given.
            weights: a file (.npz, .safetensors, .pth) or a dict of arrays by state-dict name; random unless given.
            layers: names of layers and groups whose output is wanted too.
            options: partial, reading, reference, exact and threads, as numeric.options.Options has them.

        Raises:
            UnsupportedError: where NumPy is missing, or a layer has no forward.
            ArchcalcError: for a file or an array that does not fit, as `archcalc run` says it.
        """
        from importlib.util import find_spec
        from pathlib import Path

        if find_spec("numpy") is None:
            raise UnsupportedError("run needs NumPy", help="pip install 'archcalc[numeric]'")
        from archcalc.numeric.run.call import run_arrays
        from archcalc.numeric.run.options import Options

        file = Path(weights) if isinstance(weights, str | PathLike) else None
        chosen = Options(seed=seed, batch=batch, dtype=dtype, backend=backend, weights=file, stats=False, **options)
        return run_arrays(self.graph, x, None if file else weights, layers, chosen)

    def __str__(self) -> str:
        return str(self.summary())

    def __repr__(self) -> str:
        return f"<Network {self.name}: {len(self.graph.nodes)} layers>"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def load(
    spec: str | PathLike[str],
    *,
    variant: str | None = None,
    set: Mapping[str, Any] | None = None,  # the option's name
    input: str | Mapping[str, str] | None = None,
) -> Network:
    """Load a spec by path, bundled name or `name@variant`.

    Args:
        variant: one of the spec's variants, where the address does not name it.
        set: other values for the spec's params, as `--set key=value`.
        input: another input shape, `3x224x224`; by name where there are several inputs.

    Raises:
        ArchcalcError: of the kind that says what is wrong (errors.py).
    """
    located = locate(str(spec))
    if variant is not None and located.variant not in (None, variant):
        raise UsageError(f"{spec} is the variant `{located.variant}`, not `{variant}`", help="name one of them")
    if variant is not None and located.variant is None:
        located = replace(located, variant=variant) if str(spec) == "-" else locate(f"{spec}@{variant}")
    return network_of(located, set, input)


def loads(
    text: str,
    name: str = "spec",
    *,
    variant: str | None = None,
    set: Mapping[str, Any] | None = None,
    input: str | Mapping[str, str] | None = None,
) -> Network:
    """Load a spec from its text; options as in `load`."""
    located = Located(text, f"<{name}>", f"{name}@{variant}" if variant else name, variant)
    return network_of(located, set, input)


def network_of(
    located: Located, set: Mapping[str, Any] | None = None, input: str | Mapping[str, str] | None = None
) -> Network:
    """Check and elaborate a spec that has been found."""
    document = read_document(located.text, located.file, _known_figure)
    document.name = document.name or located.name
    choices = _variant(document, located.variant)
    own = choices
    choices = Choices(
        {**choices.params, **_params(document, set or {})}, {**choices.inputs, **_inputs(document, input)}
    )
    graph = replace(_elaborated(document, choices), name=located.name)
    claims, about = document.claims, document.about
    if located.variant and located.variant in document.variants:
        variant = document.variants[located.variant]
        claims, about = variant.claims, {**about, **variant.about}
    changed = tuple(f"--set {key}" for key in set or {}) + (("--input",) if choices.inputs != own.inputs else ())
    found = replace(graph, claims=tuple(claims), about=about, own_name=document.name, overridden=changed)
    return Network(found, document, choices)


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
    if isinstance(given, str) and "=" in given:
        given = dict([_named_input(part, given) for part in given.split(",")])
    if isinstance(given, str):
        if len(document.inputs) > 1:
            help = ",".join(f"{name}={shape}" for name, shape in document.inputs.items())
            raise InputError(f"{document.name} has several inputs", help=f"name them: --input {help}")
        given = dict.fromkeys(document.inputs, given)
    unknown = next((name for name in given if name not in document.inputs), None)
    if unknown is not None:
        raise InputError(f"{document.name} has no input `{unknown}`", help=f"its inputs are {listed(document.inputs)}")
    try:
        return {name: parse_shape(shape) for name, shape in given.items()}
    except SpecError as error:
        raise InputError(f"--input: {error.what}", help=error.help) from None
