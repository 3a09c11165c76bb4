"""The Python interface: `archcalc.load("alexnet").summary().totals.params`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from archcalc.analysis.cost.conventions import convention as convention_named
from archcalc.analysis.summary import Summary, summarize
from archcalc.core.record import record, replace
from archcalc.core.result import presenters
from archcalc.errors import UnsupportedError, UsageError
from archcalc.graph.choices import Choices
from archcalc.graph.graph import Graph
from archcalc.loading import find, loaded
from archcalc.spec.catalog import Located
from archcalc.spec.document import Document

if TYPE_CHECKING:
    from archcalc.analysis.changes.diff import Difference
    from archcalc.analysis.changes.lock import Lock
    from archcalc.analysis.check import CheckResult
    from archcalc.analysis.compare import Comparison
    from archcalc.analysis.explain.explain import Explanation
    from archcalc.analysis.fields.receptive import LayerField
    from archcalc.analysis.fields.table import FieldSummary
    from archcalc.analysis.fields.uses import PixelUses
    from archcalc.analysis.lint import LintResult
    from archcalc.analysis.memory.memory import Memory
    from archcalc.analysis.notes import Notes
    from archcalc.analysis.origins.reconcile import Reconciliation
    from archcalc.analysis.sweep.query import Sweep
    from archcalc.analysis.values.collapse import Collapsed
    from archcalc.analysis.values.matrix import Matrix
    from archcalc.analysis.values.pieces import Pieces
    from archcalc.drawing import DrawOptions, Picture
    from archcalc.numeric.run.call import ForwardPass
    from archcalc.presentation import Presented


def _presented(result: Any) -> Presented:
    from archcalc.presentation import Presented

    return Presented(result)


presenters.append(_presented)


@record
class Network:
    """A spec with all its shapes known, ready for every analysis.

    >>> archcalc.load("lenet5")
    <Network lenet5: 12 layers>

    Every result prints as the table of the command, and has `to_dict`, `to_json` and `to_dataframe`.
    """

    graph: Graph
    document: Document
    choices: Choices
    source: Located
    """The text it was made from."""

    @property
    def name(self) -> str:
        """The short name it was loaded by: `alexnet`, `resnet50@paper`."""
        return self.graph.name

    def summary(self, convention: str = "macs", batch: int = 1) -> Summary:
        """Shapes, params and operations of every layer. Raises UsageError for an unknown convention.

        >>> archcalc.load("lenet5").summary().totals.params
        61706
        """
        if batch < 1:
            raise UsageError(f"a batch has at least 1 example, got {batch}")
        return replace(summarize(self.graph, convention_named(convention), batch), notes=self.notes().notes)

    def notes(self) -> Notes:
        """What is worth hearing beside the numbers: cells never read, axes swapped, weights that no longer fit.

        >>> print(archcalc.load("squeezenet1_0").notes())
        note: features.0: 224 − 7 is not a multiple of 2: the last row and column are never read
        <BLANKLINE>
        """
        from archcalc.analysis.notes import Notes, notes_of

        return Notes(self.name, notes_of(self.graph, self.document, self.choices))

    def lint(self, skip: Collection[str] = ()) -> LintResult:
        """Advice on what is legal and likely a slip, without the rules in `skip`. Raises UsageError for no rule.

        >>> [advice.rule for advice in archcalc.load("alexnet_torchvision").lint()]
        ['idle-pool']
        """
        from archcalc.analysis.lint import LintResult, lint

        return LintResult(self.name, lint(self.graph, tuple(skip)))

    def explain(self, subject: str | None = None) -> Explanation:
        """Every number of `conv1` or of a group as formula and result, one with `conv1.width`; the net's without.

        >>> archcalc.load("lenet5").explain("conv1.params").layers[0].figures[0].formula
        '(5·5·1 + 1)·6'

        Raises:
            UnknownName: for a layer or a quantity that does not exist.
        """
        from archcalc.analysis.explain.explain import explain

        return explain(self.graph, subject)

    def as_matrix(self, layer: str, weights: str | None = None) -> Matrix:
        """A layer as the full connection that it is a special case of: what is zero, what is shared.

        >>> archcalc.load("lenet5").as_matrix("conv1").not_zero
        117600

        Args:
            weights: its numbers, as `archcalc.values` takes them, to be drawn for w1, w2; unless given, those of the
                spec's `weights:`.

        Raises:
            UnknownName: for a layer that does not exist.
            UsageError: for one without a kernel, and weights of another shape.
        """
        from archcalc.analysis.values.matrix import matrix_of
        from archcalc.analysis.values.small import kernel_of

        node = self.graph.nodes_of(self.graph.part(layer))[0]
        return matrix_of(self.graph, layer, None if weights is None else kernel_of(node, weights))

    def collapse(self, weights: Mapping[str, str] | None = None) -> Collapsed:
        """Convolutions with nothing between them as the one filter that they are.

        Args:
            weights: numbers by layer; of the others they are those of the spec's `weights:`.

        >>> net = archcalc.loads("{input: 1x9, layers: {a: conv 1 2, b: conv 1 2}}")
        >>> net.collapse({"a": "1 -1", "b": "1 1"}).chains[0].filter.cells
        (1, 0, -1)

        Raises UsageError where there are none, and for weights of another shape.
        """
        from archcalc.analysis.values.collapse import collapse
        from archcalc.analysis.values.small import kernel_of

        nodes = {name: self.graph.nodes_of(self.graph.part(name))[0] for name in weights or {}}
        return collapse(self.graph, {name: kernel_of(nodes[name], text) for name, text in (weights or {}).items()})

    def pieces(self, weights: str | PathLike[str] | Mapping[str, Any] | None = None) -> Pieces:
        """The linear pieces of a network of straight lines with one number as its input, exactly.

        >>> net = archcalc.loads("{input: 1, layers: {a: linear 2, r: relu, b: linear 1 bias=no}}")
        >>> net.pieces({"a": [[1], [1]], "a.bias": [0, -1], "b": [[1, -1]]}).pieces
        3

        Args:
            weights: a file (.npz, .safetensors, .pth), or rows of numbers by tensor, before those of the spec's
                `weights:`; a layer alone is its `weight`.

        Raises UsageError for another network, and where numbers are missing or do not fit.
        """
        from archcalc.analysis.values.pieces import pieces

        given: Mapping[str, Any] = {}
        if isinstance(weights, str | PathLike):
            from pathlib import Path

            from archcalc.numeric.weights.exact import exact_weights

            given = exact_weights(Path(weights), self.graph)
        elif weights is not None:
            given = weights
        return pieces(self.graph, given)

    def check(self, require: str | Collection[str] = (), lock: str | PathLike[str] | Lock | None = None) -> CheckResult:
        """The claims of `expect:`, more demands and a lock, held against what is computed; true where all hold.

        >>> archcalc.load("lenet5").check(require="params <= 60K").false[0].actual
        61706

        Args:
            require: such as `params <= 5M` or `conv5.rf >= 163`; one, or several.
            lock: what `lock()` gave, or the file that `archcalc lock` wrote.

        Raises:
            SpecErrors: for claims of what the network does not have.
            UsageError: for a demand that is none, and a lock that cannot be read.
        """
        from archcalc.analysis.budget import required
        from archcalc.analysis.changes.lock import Lock, LockFile, read_lock_file
        from archcalc.analysis.check import check

        demands = [require] if isinstance(require, str) else require
        if isinstance(lock, Lock):
            locked: LockFile | None = LockFile(lock, f"lock of {lock.spec}")
        else:
            locked = None if lock is None else read_lock_file(lock)
        return check(self.graph, self.document.file, [required(text) for text in demands], locked)

    def lock(self) -> Lock:
        """Totals and layers to be held to later; its `to_json()` is what `archcalc lock` writes.

        >>> net = archcalc.load("lenet5")
        >>> net.check(lock=net.lock()).passed
        True
        """
        from archcalc.analysis.changes.lock import lock_of

        return lock_of(summarize(self.graph))

    def receptive_field(self, layer: str, wrt: str | None = None) -> LayerField:
        """What the units of a layer see of the input, or of the layer `wrt`: size, jump, start, padding.

        >>> archcalc.load("alexnet").receptive_field("conv5").to_dict()["size"]
        [163, 163]

        Raises:
            UnknownName: for a layer that does not exist.
            UsageError: where the layer does not depend on `wrt`, or the input has no spatial axes.
        """
        from archcalc.analysis.fields.receptive import ReceptiveFields

        return ReceptiveFields(self.graph, wrt).of(layer)

    def pixel_uses(self, layer: str, wrt: str | None = None) -> PixelUses:
        """How many units of a layer see each pixel: those at the border are seen by fewer.

        >>> found = archcalc.load("lenet5").pixel_uses("conv1")
        >>> found.count((0, 0)), found.count((16, 16))
        (1, 25)

        Raises as `receptive_field`; UsageError too where branches make too many units to be counted.
        """
        from archcalc.analysis.fields.receptive import ReceptiveFields
        from archcalc.analysis.fields.uses import pixel_uses

        return pixel_uses(ReceptiveFields(self.graph, wrt), layer)

    def receptive_fields(self, wrt: str | None = None) -> FieldSummary:
        """The receptive field of every layer, of the input or of the layer `wrt`; raises as `receptive_field`.

        >>> len(archcalc.load("lenet5").receptive_fields().rows)
        8
        """
        from archcalc.analysis.fields.receptive import ReceptiveFields
        from archcalc.analysis.fields.table import field_summary

        return field_summary(ReceptiveFields(self.graph, wrt))

    def compare(
        self, *others: str | PathLike[str] | Network, sort: str | None = None, weights: str = "original"
    ) -> Comparison:
        """This network beside others, as `archcalc.compare`.

        >>> archcalc.load("lenet5").compare("alexnet")
        <Comparison lenet5 alexnet>
        """
        from archcalc.comparison import compare

        return compare(self, *others, sort=sort, weights=weights)

    def diff(self, after: str | PathLike[str] | Network) -> Difference:
        """What changed from this network to another, as `archcalc.diff`.

        >>> archcalc.load("bottleneck@direct").diff("bottleneck").params
        (153632, 15920)
        """
        from archcalc.comparison import diff

        return diff(self, after)

    def memory(
        self,
        batch: int | None = None,
        dtype: str = "float32",
        optimizer: str | None = None,
        inplace: bool = False,
        fused_norm: bool = False,
        fit: str | int | None = None,
        examples: str | int | None = None,
        epochs: int | None = None,
        recipe: bool = False,
        kv_cache: bool = False,
        context: int | None = None,
    ) -> Memory:
        """Bytes of weights, activations, the peak and training; steps and operations of a training.

        >>> archcalc.load("vgg16").memory(optimizer="momentum", fit="8GiB").fit.training_batch
        60

        Args:
            inplace: relu and its like are written over their input.
            fused_norm: batch norm is folded into the layer before it; only for inference.
            batch: examples of one step; 1 unless the recipe says another number.
            optimizer: sgd, momentum or adam; adam unless the recipe says another one.
            fit: a memory, to find the largest batches that it holds: `8GiB`, or bytes.
            examples: of an epoch, `1.2M`, to have the steps and the operations of a training.
            epochs: how often they are seen.
            recipe: take what is not given from `about: training:` of the spec.
            kv_cache: what generating text keeps, of a `context` of tokens; of as many as the input has unless told.

        >>> archcalc.load("alexnet").memory(batch=128, examples="1.2M", epochs=90).run.steps_per_epoch
        9375

        Raises:
            UsageError: for a dtype or optimizer that is not known, and where the spec states no recipe.
        """
        from archcalc.analysis.memory.asked import MemoryAsked, answer

        bytes_ = None if fit is None else str(fit)
        counted = None if examples is None else str(examples)
        asked = MemoryAsked(
            batch, dtype, optimizer, inplace, fused_norm, bytes_, counted, epochs, recipe, kv_cache, context
        )  # fmt: skip
        return answer(self.graph, asked, dashes="")

    def sweep(
        self,
        vary: Mapping[str, Any],
        *,
        where: str | None = None,
        sort: str | None = None,
        pareto: str | Collection[str] | None = None,
        front: bool = False,
        top: int | None = None,
        columns: str | Collection[str] | None = None,
    ) -> Sweep:
        """Every combination of values, with what each network costs.

        >>> found = archcalc.load("mobilenet_v2").sweep({"width": "0.5..1 step 0.25", "input": [160, 224]})
        >>> len(found), found.points[0].values, found.points[0].figure("params")
        (6, ('0.5', '3x160x160'), 1968680)

        Args:
            vary: param, or `input`, -> its values: a list, or a range such as `8..64 step 8`.
            where: keep only these: `params < 5M and macs < 600M`.
            sort: a figure, smallest first; with `+` before it largest first.
            pareto: figures, to mark what no other beats; less is better, with `+` more is.
            front: keep only what no other beats.
            top: the first so many.
            columns: the figures to show.

        Raises:
            UsageError: for what the spec or the figures do not have.
        """
        from archcalc.analysis.sweep.query import query
        from archcalc.analysis.sweep.sweep import chunks, compute

        axes = [f"{name}={_values(values)}" for name, values in vary.items()]
        asked = query(self.document, axes, where, sort, pareto, front, top, columns)
        task = asked.task(self.source, self.choices)
        return asked.answer(self.name, [point for chunk in chunks(asked.axes) for point in compute(task, chunk)])

    def reconcile(self, claim: str | int) -> Reconciliation:
        """Which figure, convention, variant, option, input size or slip gives a number, with the terms of the gap.

        >>> net = archcalc.load("alexnet")
        >>> net.reconcile("650,000").findings[0].slip.says
        'cut off after 2 digits'

        Raises:
            UsageError: for what is no number.
        """
        from archcalc.analysis.origins.reconcile import claimed, reconcile

        return reconcile(self.document, self.choices, self.graph, str(claim), claimed("claim", str(claim)))

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

        >>> archcalc.load("lenet5").run(layers=["conv1"])["conv1"].shape
        (1, 6, 28, 28)

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

    def draw(self, options: DrawOptions | None = None, **given: Any) -> Picture:
        """A picture of the network: its graph, or the row of blocks of a textbook. Notebooks show it.

        >>> archcalc.load("lenet5").draw(style="blocks", theme="dark").svg()[:39]
        '<svg xmlns="http://www.w3.org/2000/svg"'

        Args:
            options: what it shows, and how; or its fields by name (`archcalc.drawing.DrawOptions`): style, depth,
                open, fold, repeats, right, ratio, show, shade, theme.

        Raises:
            UsageError: for a style, figure, theme or depth that there is not.
        """
        from archcalc.drawing import DrawOptions, picture

        return picture(self.graph, options or DrawOptions(**given))

    def report(self, file: str | PathLike[str] | None = None) -> str:
        """The page of `archcalc report`: one HTML text that loads nothing; written to a file where one is named.

        >>> archcalc.load("lenet5").report()[:15]
        '<!doctype html>'

        Raises:
            UsageError: for a file that cannot be written.
        """
        from archcalc.pages import network_page

        text = network_page(self.graph)
        if file is not None:
            from pathlib import Path

            from archcalc.core.writing import save

            save(Path(file), text)
        return text

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
    freeze: str | Collection[str] = (),
    unfreeze: str | Collection[str] = (),
) -> Network:
    """Load a spec by path, bundled name or `name@variant`.

    Args:
        variant: one of the spec's variants, where the address does not name it.
        set: other values for the spec's params, as `--set key=value`.
        input: another input shape, `3x224x224`; by name where there are several inputs.
        freeze: layers, groups and patterns that are not trained, beside those of the spec: `*` is all of them.
        unfreeze: those of them that are trained all the same.

    >>> load("resnet50", set={"num_classes": 10}, freeze="*", unfreeze="fc").summary().totals.trainable_params
    20490

    Raises:
        ArchcalcError: of the kind that says what is wrong (errors.py).
    """
    located = find(str(spec), input)
    if variant is not None and located.variant not in (None, variant):
        raise UsageError(f"{spec} is the variant `{located.variant}`, not `{variant}`", help="name one of them")
    if variant is not None and located.variant is None:
        located = replace(located, variant=variant) if str(spec) == "-" else find(f"{spec}@{variant}", input)
    return Network(*loaded(located, set, input, freeze, unfreeze))


def loads(
    text: str,
    name: str = "spec",
    *,
    variant: str | None = None,
    set: Mapping[str, Any] | None = None,
    input: str | Mapping[str, str] | None = None,
    freeze: str | Collection[str] = (),
    unfreeze: str | Collection[str] = (),
) -> Network:
    """Load a spec from its text; options as in `load`."""
    located = Located(text, f"<{name}>", f"{name}@{variant}" if variant else name, variant)
    return Network(*loaded(located, set, input, freeze, unfreeze))


def _values(given: Any) -> str:
    """The values of one axis as the command line writes them."""
    return given if isinstance(given, str) or not isinstance(given, Iterable) else ",".join(map(str, given))
