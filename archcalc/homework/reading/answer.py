"""One answer as a student writes it: a number, a shape, or working that leads to one. Exact, and never executed."""

from __future__ import annotations

import re
from fractions import Fraction

from archcalc.core.record import record, replace
from archcalc.homework.reading.characters import Cleaned, bare, cleaned
from archcalc.homework.reading.expression import LONGEST, AnswerPart, parse
from archcalc.homework.reading.tokens import Fault

Sizes = tuple[Fraction, ...]


@record
class Answer:
    """What an answer says."""

    text: str
    """As it was written."""
    value: Fraction | Sizes
    claimed: tuple[Fraction, Fraction] | None = None
    """Of a rounded number, what it may stand for: from (included) to (left out)."""
    in_bytes: bool = False
    thousands: int = 0
    """Of a number with a unit, how many thousands that stands for: 1 for K, 2 for M."""
    working: AnswerPart | None = None
    """The expression that the value was computed from; None for a number by itself."""
    worked: Cleaned | None = None
    """The text that the columns of `working` count in."""
    written: str = ""
    """The text that the working stands in, as it was written."""
    computed: bool = False
    """Whether the value is that of the working; else it was written beside it."""


def read_number(text: str, kilo: int = 1000) -> Answer:
    """An answer to a question for one number: `61,706`, `62.4M`, `(5*5+1)*6`, `(5*5+1)*6 = 156`.

    Raises Fault, its column counted in the text as it was written.

    Args:
        kilo: what K stands for, as do its powers M, G and T.
    """
    return _number(text, _source(text), kilo)


def read_ratio(text: str, kilo: int = 1000) -> Answer:
    """An answer to a question for a ratio: what a number can be, and `4x`, `25 %`, `1:4`."""
    source = _source(text)
    sign = _RATIO_SIGN.search(source.text)
    divisor = 100 if sign is not None and "%" in sign[0] else 1
    if sign is not None:
        source = source.within(0, sign.start())
    if source.text.count(":") == 1:
        source = Cleaned(source.text.replace(":", "/"), source.columns)
    answer = _number(text, source, kilo)
    if not isinstance(answer.value, Fraction):
        return answer
    claimed = answer.claimed
    if claimed is None and answer.working is None:  # a whole number is a ratio rounded: 15 for 15.49
        claimed = (answer.value - _HALF, answer.value + _HALF)
    if divisor == 1:
        return replace(answer, claimed=claimed)
    return replace(
        answer, value=answer.value / divisor, claimed=claimed and (claimed[0] / divisor, claimed[1] / divisor)
    )


def read_shape(text: str) -> Answer:
    """An answer to a question for a shape: `55x55x96`, `[55, 55, 96]`, `(96, 55, 55)`; of a vector, its length."""
    return Answer(text, _sizes(_source(text)))


def read_vector(text: str, kilo: int = 1000) -> Answer:
    """An answer to a question for the shape of a vector: `400`, `400 neurons`, `16*5*5`, `5x5x16 = 400`, `(None, 400)`.

    `16x5x5` stays the shape that it is: sizes joined by the sign of a shape are no product unless their result stands
    behind them.
    """
    source = _source(text)
    if "=" not in source.text:
        source = _without_batch(source.within(0, len(_UNITS_SAID.sub("", source.text.rstrip()))))
    if "=" in source.text or _GROUPED.fullmatch(source.text) or _is_arithmetic(source.text, text):
        length = _number(text, source, kilo).value
        assert isinstance(length, Fraction)
        return Answer(text, (length,))
    return Answer(text, _sizes(source))


def as_length(answer: Answer) -> Answer:
    """An answer to a question for one length: `163x163` says 163. Raises Fault for every other shape."""
    said = _UNITS_SAID.sub("", answer.text.rstrip())
    if not _JOINED.fullmatch(said):
        return answer
    sizes = [int(size) for size in re.findall(r"\d+", said)]
    if len(sizes) > 2 or len(set(sizes)) > 1:
        raise Fault("this question asks for one number, not for a shape", 0, len(answer.text))
    return Answer(answer.text, Fraction(sizes[0]))


def with_working(answer: Answer, text: str, kilo: int = 1000) -> Answer:
    """The same answer beside the working it came from. Raises Fault for a working that cannot be read."""
    source = _source(text)
    return replace(answer, working=parse(source, kilo), worked=source, written=text, computed=False)


def last_digit(value: Fraction, digits: int) -> Fraction:
    """What the last of so many significant digits counts: of 62,378,344 the third 100,000; of 0 nothing."""
    size, unit = abs(value), Fraction(1)
    if not size:
        return size
    while size >= 10 * unit:
        unit *= 10
    while size < unit:
        unit /= 10
    return unit / Fraction(10) ** (digits - 1)


_HALF = Fraction(1, 2)
_GROUPED = re.compile(r" *[0-9]{1,3}(?:,[0-9]{3})+ *")
_JOINED = re.compile(r"[^\w+\-−]*\d{1,18}(?:\s*[xX×✕✖⨯хХ]\s*\d{1,18})+\W*")
"""Sizes joined by the sign of a shape, which is read as a product where a number is asked for."""
_RATIO_SIGN = re.compile(r"(?<=[0-9)\] ]) *(?:%|[xX]|times|percent)\s*$", re.I)
_UNITS_SAID = re.compile(
    r"(?<=[0-9)\]KMGT ]) *(?:params|parameters|weights|neurons|connections|values|features|units|elements|pixels|px|"
    r"macs|flops|cells)\.?$",
    re.I,
)


def _source(text: str) -> Cleaned:
    if len(text) > 4 * LONGEST:
        raise Fault(f"an answer has at most {LONGEST} characters", LONGEST)
    return bare(cleaned(text))


def _number(text: str, source: Cleaned, kilo: int) -> Answer:
    source = source.within(0, len(_UNITS_SAID.sub("", source.text.rstrip())))
    about = re.match(r" *[~=]? *", source.text)
    assert about is not None
    approximate = "~" in about[0]
    source = source.within(about.end(), len(source.text))
    if not source.text:
        raise Fault("the answer is empty", 0)
    equals = source.text.rfind("=")
    if equals > 0:
        return _with_result(text, source, equals, kilo)
    node = parse(source, kilo)
    bare = node.parts[0] if node.kind == "negate" and node.parts[0].kind == "number" else node
    if bare.word is None:
        return Answer(text, node.value, working=node, worked=source, written=text, computed=True)
    return Answer(text, node.value, _claimed(node, bare, approximate), bare.word.in_bytes, bare.word.thousands)


def _with_result(text: str, source: Cleaned, equals: int, kilo: int) -> Answer:
    """`(5*5+1)*6 = 156`: the working and its result; of several equals signs, the last."""
    if not source.text[equals + 1 :].strip():
        raise Fault("nothing stands behind the `=`", source.column(equals), 1, "write the result there")
    result = _number(text, source.within(equals + 1, len(source.text)), kilo)
    first = source.text.index("=")
    worked = source.within(0, first)
    return Answer(
        text, result.value, result.claimed, result.in_bytes, result.thousands, parse(worked, kilo), worked, text
    )


def _claimed(node: AnswerPart, number: AnswerPart, approximate: bool) -> tuple[Fraction, Fraction] | None:
    assert number.word is not None
    if approximate:
        return node.value * Fraction(19, 20), node.value * Fraction(21, 20)
    if number.word.step is None:
        return None
    return node.value - number.word.step / 2, node.value + number.word.step / 2


_SIZE = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
_SIZES = re.compile(r" *([0-9.]+(?: *[xX*@,; ] *[0-9.]+)*) *,? *")
_BATCH = re.compile(r" *(?:None|N|B|batch|batch[_ ]size|\?|-1) *[,xX] *", re.I)
"""The batch in front of a shape, as frameworks print it: `(None, 16, 5, 5)`."""
_PAIRS = {"[": "]", "(": ")", "<": ">"}


def _sizes(source: Cleaned) -> Sizes:
    inner = _unbracketed(_without_batch(source))
    match = _SIZES.fullmatch(inner.text)
    if match is not None:
        sizes = re.split(r" *[xX*@,;] *| +", match[1])
        signs = {"x" if sign in "X*@" else sign for sign in re.findall("[xX*@,;]", match[1])}  # 16@5x5, as in papers
        if len(signs) <= 1 and all(_SIZE.fullmatch(size) for size in sizes):
            return tuple(Fraction(size) for size in sizes)
    listed = _listed(inner) if inner is not source else [source]
    if len(listed) == 1 and re.search("[xX,a-zA-Z]", inner.text):
        raise Fault("this is no shape", 0, len(source.text), "sizes joined by x: 16x5x5")
    return tuple(parse(part).value for part in listed)


def _is_arithmetic(plain: str, written: str) -> bool:
    """Whether operators stand in it, and no sign that joins the sizes of a shape."""
    return bool(re.search(r"[*+/^-]", plain)) and not re.search("[xX@,]", plain) and not re.search("[×✕✖⨯⨉]", written)


def _without_batch(source: Cleaned) -> Cleaned:
    """The sizes behind `None, `, in brackets or not; the source itself where it does not begin so."""
    inner = _unbracketed(source)
    batch = _BATCH.match(inner.text)
    return source if batch is None else inner.within(batch.end(), len(inner.text))


def _unbracketed(source: Cleaned) -> Cleaned:
    """What stands between the brackets around all of it; the source itself where there are none."""
    text = source.text
    start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    if stop - start > 1 and _PAIRS.get(text[start]) == text[stop - 1]:
        return source.within(start + 1, stop - 1)
    return source


def _listed(source: Cleaned) -> list[Cleaned]:
    """The parts between the commas that no bracket holds."""
    cuts, depth = [-1], 0
    for index, character in enumerate(source.text):
        depth += (character in "([⌊⌈") - (character in ")]⌋⌉")
        if character == "," and depth == 0:
            cuts.append(index)
    stops = [*cuts[1:], len(source.text)]
    return [source.within(start + 1, stop) for start, stop in zip(cuts, stops, strict=True)]
