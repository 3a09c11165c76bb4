"""What an assignment holds: questions, points and policies. No answers, so that it is safe to publish."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from archcalc.core.record import field, record, replace
from archcalc.errors import Place
from archcalc.homework.asking.template import substituted

FEEDBACK = ("none", "verdict", "hint", "steps", "full")
"""What a student is told: that the answers arrived; right or wrong; the mistake, without the number; the rule with the
question's own numbers too; or the answer."""
CONVENTIONS = {
    "flops": ("flops", "macs"),
    "layout": ("CHW", "HWC"),
    "kilo": ("1000", "1024"),
    "pool_rounding": ("floor", "ceil"),
    "recurrent_biases": ("any", "1", "2"),
    "activations": ("any", "stored"),
}
"""What may be agreed on, and how; the first is what holds where nothing is said."""


ACCEPTED = {"recurrent_biases": ("rnn.one_bias",), "activations": ("mem.in_place", "mem.cs231n", "mem.copies")}
"""Convention -> what passes as well where it is `any`, and is a convention without points where it is agreed on."""


@record
class Requirement:
    """One line of a design: `params < 5e6`, `last.rf >= 32`, `out == 10`."""

    text: str
    place: Place


@record
class Design:
    """A network that the student makes: the image it reads, and what must hold of it."""

    input: str
    require: tuple[Requirement, ...]


@record
class Asked:
    """One figure that is asked for, and what it is worth."""

    id: str
    subject: str
    """The figure, `conv1.params`; of a question with a `layer`, `layer.params`. Empty for formulas and designs."""
    points: Fraction
    place: Place
    spec: str = ""
    layer: str = ""
    """A single layer's call, with its `input`, instead of a spec."""
    input: str = ""
    """The image; empty where the spec's own is meant."""
    partial: Mapping[str, Fraction] = field(factory=dict)
    """Misconception -> points that it still earns."""
    digits: int | None = None
    """Significant digits that are enough."""
    follow: Fraction | None = None
    """Credit for a cell that follows rightly from the student's own previous row."""
    previous: str = ""
    """The question of the previous row that this one follows from: its output, or its field. And ..."""
    previous_subject: str = ""
    """... what it asks for."""
    path: tuple[str, ...] = ()
    """Of a table's cell: the table, the row and the column, as a sheet nests them."""
    ask: str = ""
    """The question in the teacher's words; empty where it has none."""
    vary: Mapping[str, tuple[int, ...]] = field(factory=dict)
    """Name -> the numbers it may stand for; then `subject`, `spec`, `layer`, `input` and `ask` hold `$name`."""
    where: str = ""
    """A condition on the drawn numbers; empty for always."""
    where_place: Place | None = None
    formula: str = ""
    """What a formula in letters is asked for: `conv.params`."""
    design: Design | None = None

    def filled(self, values: Mapping[str, int]) -> Asked:
        """The same question with numbers in the place of its `$names`."""
        if not self.vary:
            return self
        texts = {name: substituted(getattr(self, name), values) for name in TEMPLATES}
        return replace(self, vary={}, where="", **texts)

    @property
    def form(self) -> Literal["value", "formula", "spec"]:
        """How the answer is written: `value`, `formula` or `spec`."""
        return "formula" if self.formula else "spec" if self.design else "value"


TEMPLATES = ("subject", "spec", "layer", "input", "ask")
"""What of a question may hold `$names`."""


@record
class Assignment:
    """A checked assignment; the cells of tables are questions of their own: `q5.conv1.out`."""

    file: str
    id: str
    title: str
    feedback: str
    questions: tuple[Asked, ...]
    course: str = ""
    conventions: Mapping[str, str] = field(factory=lambda: {name: words[0] for name, words in CONVENTIONS.items()})

    @property
    def layout(self) -> str:
        """The order in which sheets write shapes: CHW or HWC."""
        return self.conventions["layout"]

    @property
    def pinned(self) -> frozenset[str]:
        """Conventions that would be accepted and that the course has agreed not to use."""
        return frozenset(id for name, ids in ACCEPTED.items() if self.conventions[name] != "any" for id in ids)

    @property
    def points(self) -> Fraction:
        return sum((asked.points for asked in self.questions), Fraction(0))
