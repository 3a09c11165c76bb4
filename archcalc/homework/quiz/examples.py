"""The catalogue in examples: what each misconception gives on small networks, or on one of the teacher's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcalc.errors import ArchcalcError
from archcalc.graph.choices import Choices
from archcalc.graph.elaborate import elaborate
from archcalc.homework.asking.question import AskedNetwork, ask, one_layer
from archcalc.homework.diagnosis.diagnose import Catalogue
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate
from archcalc.homework.marking.mark import right_value
from archcalc.homework.misconceptions import EVIDENCE, FAMILIES, MISCONCEPTIONS
from archcalc.homework.quiz.papers import shown
from archcalc.homework.quiz.power import SIMPLE
from archcalc.spec.check import load_document
from archcalc.tables.quiz import Given, KnownMistake

Load = Callable[[str], AskedNetwork]
"""Finds a bundled network."""

LAYER_FIGURES = ("out", "params", "macs", "rf")
NET_FIGURES = ("params", "macs")
"""What is worked out where nothing else is asked for."""

_LAYERS = (
    ("conv 7 3x3 stride=2 padding=1", "3x14x14", "params out.w macs"),
    ("conv 7 3x3 stride=2 padding=1", "3x14x12", "out"),
    ("conv 8 5x5 stride=2", "3x32x32", "out.w filter"),
    ("conv 10 3x3 groups=5", "15x17x17", "params macs"),
    ("conv 5 3x3 dilation=2 padding=2", "3x31x37", "params out.w"),
    ("conv 13 1x1", "5x7x11", "params"),
    ("conv 6 5x5", "1x32x32", "params macs"),
    ("conv 7 5", "3x11", "params"),
    ("max_pool 3x3 stride=2", "5x14x18", "out.w out.c out params"),
    ("conv_transpose 3 4x4 stride=3 padding=1 output_padding=1", "2x11x13", "out.w params"),
    ("conv_transpose 3 3x3 stride=2", "2x11x13", "out.w"),
    ("batch_norm", "5x7x11", "params"),
    ("relu", "5x7x11", "params"),
    ("lstm 9", "20x1", "params"),
    ("lstm 9 biases=1", "20x1", "params"),
    ("linear 10", "84", "params weight_bytes activation_bytes"),
)  # fmt: skip
_NETS = (
    ("lenet5", "params macs weights conv2.params fc1.params fc2.params pool2.rf conv2.out neurons connections "
               "weight_bytes activation_bytes forward_backward_bytes peak_activation_bytes min_input "
               "ratio(conv2.params,conv1.params) ratio(pool1.out.w,conv1.out.w) ratio(pool1.elements,conv1.elements)"),
    ("alexnet", "conv5.rf params conv1.out.w"),
    ("""\
name: residual
input: 3x11x13
params: {aux: no}
layers:
  stem: conv 5 3x3
  block: {add: {main: [conv 7 3x3 padding=1, conv 7 3x3 padding=1], short: conv 7 1x1}}
  deep: depthwise_conv 3x3 padding=1 bias=no
  norm: batch_norm
  point: conv 12 1x1
  head: conv 5 1x1 when=aux
""", "params"),
    ("""\
name: mixed
input: 3x31x37
layers:
  stem: conv 6 3x5 stride=2 bias=no
  norm: batch_norm
  wide: conv 6 3x3 padding=2 dilation=2
  sum: add stem wide
  join: concat stem sum
  pool: global_avg_pool
  fc: linear 5
""", "params sum.out.c join.out.c join.rf sum.rf wide.rf fc.params"),
    ("name: tied\ninput: 3x11x13\nlayers: {a: conv 3 3x3 padding=1, b: conv 3 3x3 padding=1 share=a}\n", "params"),
    ("name: frozen\ninput: 3x11x13\nlayers: {a: conv 7 3x3, b: conv 5 3x3}\nfreeze: [a]\n",
     "trainable_params peak_activation_bytes"),
    ("name: kept\ninput: 3x11x13\nlayers: {a: conv 2 3x3, r: relu, f: flatten, l: linear 5}\n", "activation_bytes"),
    ("name: wide\ninput: 3x7x7\nlayers: {a: conv 5 5x5 padding=2, b: conv 5 5x5 padding=2}\n",
     "b.rf"),
)  # fmt: skip

SLIPS = {
    "slip.magnitude": "617,060 for 61,706",
    "slip.typo": "61,760 for 61,706",
    "slip.arith": "(5*5 + 1)*6 = 165, which is 156",
    "slip.rounded": "62.4M for 62,378,344: without biases it rounds to the same",
    "slip.swapped_answers": "the answer to q2 written at q1",
    "tot.other_network": "144M for the params of VGG-16: those of VGG-19",
    "tot.misprint": "61,910,632 for the params of AlexNet, 62,378,344: a lecture prints it",
    "slip.other_variant": "the right answer to another student's numbers",
    "mac.unit": "1.1G for 1,135,256,096 where G is 2^30: 1.06G",
    "mem.kib": "240 KiB for 240 kB",
}
"""Examples of those that are seen in how an answer is written."""


def entries(load: Load, ids: tuple[str, ...] = ()) -> tuple[KnownMistake, ...]:
    """The catalogue, or these ids of it, each with an example where there is one."""
    wanted = ids or tuple(MISCONCEPTIONS)
    found = _first_of_each(load, frozenset(wanted) - SLIPS.keys())
    return tuple(_entry(id, found.get(id)) for id in wanted)


def given_values(network: AskedNetwork, part: str, figures: tuple[str, ...]) -> Iterator[Given]:
    """What each misconception gives for the figures of a layer, or of the whole network. Raises UnknownName."""
    for word in figures:
        catalogue = Catalogue(ask(network, f"{part}.{word}" if part else word))
        right = shown(right_value(catalogue.question))
        seen: set[tuple[str, str]] = set()
        for value, candidates in catalogue.by_value.items():
            for candidate in candidates:
                key = candidate.id, shown(value)
                if candidate.scope in SIMPLE and key not in seen:
                    seen.add(key)
                    yield Given(
                        word, right, candidate.id, shown(value), MISCONCEPTIONS[candidate.id][0], candidate.layers
                    )


def figures_of(network: AskedNetwork, part: str) -> tuple[str, ...]:
    """The figures that a layer or the network has, of those usually asked for. Raises UnknownName for no such layer."""
    found: list[str] = []
    first: ArchcalcError | None = None
    for word in LAYER_FIGURES if part else NET_FIGURES:
        try:
            ask(network, f"{part}.{word}" if part else word)
            found.append(word)
        except ArchcalcError as error:
            first = first or error
    if first is not None and not found:
        raise first
    return tuple(found)


def _entry(id: str, example: tuple[str, str, Candidate] | None) -> KnownMistake:
    did, evidence = MISCONCEPTIONS[id]
    family = FAMILIES[id.partition(".")[0]]
    known = tuple(EVIDENCE[letter] for letter in evidence)
    if example is None:
        return KnownMistake(id, did, family, known, "", SLIPS.get(id, ""))
    about, right, candidate = example
    wrong = shown(candidate.value)
    return KnownMistake(id, did, family, known, candidate.feedback, f"{about}: {wrong} for {right}")


def _first_of_each(load: Load, wanted: frozenset[str]) -> dict[str, tuple[str, str, Candidate]]:
    """For each id where it shows first: what is asked, the right value, and the candidate."""
    found: dict[str, tuple[str, str, Candidate]] = {}
    for about, network, subjects in _networks(load):
        for subject in subjects:
            if wanted <= found.keys():
                return found
            catalogue = Catalogue(ask(network, subject))
            right = shown(right_value(catalogue.question))
            for candidate in _simplest_first(catalogue):
                if candidate.id in wanted:
                    found.setdefault(candidate.id, (f"{subject.removeprefix('layer.')} of {about}", right, candidate))
    return found


def _simplest_first(catalogue: Catalogue) -> list[Candidate]:
    """The candidates that a student may well arrive at: positive, of a single misconception."""
    likely = [
        candidate
        for value, candidates in catalogue.by_value.items()
        if isinstance(value, tuple) or value > 0
        for candidate in candidates
        if candidate.scope in SIMPLE
    ]
    return sorted(likely, key=lambda candidate: SIMPLE.index(candidate.scope))


def _networks(load: Load) -> Iterator[tuple[str, AskedNetwork, list[str]]]:
    """What is asked about, in words; its network; and the figures."""
    for call, input, words in _LAYERS:
        yield f"{call} on {input}", one_layer(call, input), [f"layer.{word}" for word in words.split()]
    for spec, words in _NETS:
        if "\n" not in spec:
            yield spec, load(spec), words.split()
            continue
        document = load_document(spec, "<example>")
        network = AskedNetwork.of(elaborate(document, Choices()), document, Choices())
        yield f"{network.graph.name} (a small net)", network, words.split()
