"""Explanations as text, as display formulas for Markdown and LaTeX, as a table and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from archcalc.analysis.explain.explain import Explanation, LayerExplanation, SumExplanation
from archcalc.analysis.explain.figures import Figure
from archcalc.report.formats import latex as latex_tables
from archcalc.report.formats import markdown as markdown_tables
from archcalc.report.formats import text as text_tables
from archcalc.report.formats.escape import markdown as escape
from archcalc.report.formats.json import document
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.report.network import formula as formulas
from archcalc.report.network.lecture import WORDS, letters_of, merged, sentence, words_of
from archcalc.version import __version__

MOST_TERMS = 12
"""A longer sum is printed with its first terms and its last; the table above it has them all."""


def explanation_text(explanation: Explanation, page: Page = ANYWHERE, lecture: bool = False) -> str:
    """For people: `conv1 width: ⌊(227 − 11 + 2·0)/4⌋ + 1 = 55`, its formula in letters beside or below it."""
    blocks = [_lecture_text(layer, page) if lecture else _layer_text(layer, page) for layer in explanation.layers]
    blocks += [_sum_text(item, _subject(explanation), page) for item in explanation.sums]
    return "\n\n".join([*blocks, provenance(explanation)]) + "\n"


def explanation_markdown(explanation: Explanation, lecture: bool = False) -> str:
    """Display formulas between $$, as GitHub and notebooks draw them."""
    parts = []
    for layer in explanation.layers:
        parts.append(f"### {escape(layer.name)}: `{layer.call}`")
        parts.append(f"Input {_shapes(layer)}, output {layer.output}.")
        parts += [_markdown_figure(figure, layer, lecture) for figure in merged(layer.figures, lecture)]
        parts += [f"> note: {escape(note)}" for note in layer.notes]
    for item in explanation.sums:
        table = markdown_tables.render(_terms_table(item, _subject(explanation))).rstrip("\n")
        parts += [table, f"$$\n{_latex_sum(item)}\n$$"]
    parts.append(f"*{escape(provenance(explanation))}*")
    return "\n\n".join(parts) + "\n"


def explanation_latex(explanation: Explanation, lecture: bool = False) -> str:
    """Display formulas between \\[ and \\]; sums after a table that needs booktabs."""
    parts = [f"% {provenance(explanation)}"]
    for layer in explanation.layers:
        parts.append(rf"\paragraph{{{latex_tables.escape(layer.name)}}} \texttt{{{latex_tables.escape(layer.call)}}}:")
        parts[-1] += rf" input ${_times(_shapes(layer))}$, output ${_times(str(layer.output))}$."
        parts += [_latex_figure(figure, layer, lecture) for figure in merged(layer.figures, lecture)]
        parts += [latex_tables.escape(f"Note: {note}.") for note in layer.notes]
    for item in explanation.sums:
        table = latex_tables.render(_terms_table(item, _subject(explanation))).rstrip("\n")
        parts += [table, f"\\[\n{_latex_sum(item)}\n\\]"]
    return "\n\n".join(parts) + "\n"


def explanation_table(explanation: Explanation) -> Table:
    """A row a figure, or a row a term, for spreadsheets and pages."""
    rows: list[tuple[Cell, ...]] = [
        (layer.name, _key(figure), figure.symbolic, figure.formula, figure.result, figure.unit or None)
        for layer in explanation.layers
        for figure in layer.figures
    ]
    rows += [
        (term.layer, item.quantity, None, term.formula, term.value, item.unit or None)
        for item in explanation.sums
        for term in item.terms
    ]
    return Table(
        title=_subject(explanation),
        columns=(
            Column("Layer", "layer"), Column("Quantity", "quantity"), Column("Formula", "symbolic", wraps=16),
            Column("With numbers", "formula", wraps=16), Column("Result", "result", True), Column("Unit", "unit"),
        ),
        rows=tuple(rows),
        footer=tuple((f"Total {_word(item)}", f"{item.total:,}") for item in explanation.sums),
        provenance=provenance(explanation),
    )  # fmt: skip


def explanation_json(explanation: Explanation) -> str:
    """`archcalc/explain/1`."""
    return document(
        "archcalc/explain/1",
        {
            "spec": explanation.spec,
            "subject": explanation.subject,
            "layers": [_layer_entry(layer) for layer in explanation.layers],
            "sums": [
                {
                    "quantity": item.quantity,
                    "total": item.total,
                    "unit": item.unit,
                    "terms": [{"layer": t.layer, "formula": t.formula, "value": t.value} for t in item.terms],
                }
                for item in explanation.sums
            ],
        },
    )


def provenance(explanation: Explanation) -> str:
    """`archcalc 0.1.0 · alexnet`."""
    return f"archcalc {__version__} · {explanation.spec} · batch 1 · float32"


def _layer_text(layer: LayerExplanation, page: Page) -> str:
    width = page.breaks
    both = [(_labelled(layer.name, figure), _symbolic(figure)) for figure in layer.figures]
    lines = [(page.written(left), page.written(right)) for left, right in both]
    fitting = [len(left) + 3 for left, right in lines if right and len(left) + 3 + len(right) <= width]
    column = max(fitting, default=0)
    text = [*_heading(layer), ""]
    for left, right in lines:
        if not right:
            text.append(left)
        elif len(left) < column and column + len(right) <= width:
            text.append(f"{left:<{column}}{right}")
        else:
            text += [left, f"    {right}"]
    return "\n".join([*text, *(f"note: {note}" for note in layer.notes)])


def _heading(layer: LayerExplanation) -> list[str]:
    return [f"{layer.name}: {layer.call}", f"input {_shapes(layer)}, output {layer.output}"]


def shown_figure(figure: Figure) -> tuple[str, str, str, str]:
    """A figure for a page: its words, in letters, in numbers with the result, and as LaTeX."""
    numbers = figure.formula if figure.formula == str(figure.result) else f"{figure.formula} = {_result(figure)}"
    return words_of(figure), _symbolic(figure) or numbers, numbers, _latex_chain(figure)


def _labelled(name: str, figure: Figure) -> str:
    result = _result(figure)
    equation = result if figure.formula == str(figure.result) else f"{figure.formula} = {result}"
    return f"{name} {words_of(figure)}: {equation}"


def _result(figure: Figure) -> str:
    """1,161,600 bytes, 1 pixel."""
    unit = figure.unit.removesuffix("s") if figure.result == 1 else figure.unit
    return f"{figure.result:,} {unit}".rstrip()


def _symbolic(figure: Figure) -> str:
    """O = ⌊(W − K + 2P)/s⌋ + 1; empty where there are no letters."""
    if figure.symbolic == figure.formula:
        return ""
    return f"{_left(figure)} = {figure.symbolic}" if _left(figure) else figure.symbolic


def _left(figure: Figure) -> str:
    """What stands left of the equals sign; r and j grow from those of the layer before."""
    return f"{figure.symbol}'" if figure.quantity in ("field", "jump", "field_padding") else figure.symbol


def _lecture_text(layer: LayerExplanation, page: Page) -> str:
    blocks, width = [], min(80, page.breaks)
    for figure in merged(layer.figures, True):
        said = sentence(layer.kind, figure)
        head = f"{_capital(words_of(figure))}{': ' + said if said else ''}"
        blocks.append(
            "\n".join([*textwrap.wrap(page.written(head), width), *_equations(figure), *_where(figure, width)])
        )
    notes = [f"note: {note}" for note in layer.notes]
    return "\n\n".join(["\n".join(_heading(layer)), *blocks, *notes])


def _equations(figure: Figure) -> list[str]:
    """The formula, the numbers and the result, one below the other."""
    left = _left(figure) or words_of(figure)
    sides = [*_sides(figure), _result(figure)]
    return [f"  {left if not index else ' ' * len(left)} = {side}" for index, side in enumerate(sides)]


def _sides(figure: Figure) -> list[str]:
    """The formula in letters and in numbers, without what the result says again."""
    return [side for side in dict.fromkeys([figure.symbolic, figure.formula]) if side != str(figure.result)]


def _where(figure: Figure, width: int) -> list[str]:
    letters = ", ".join(item.replace(" ", "\0") for item in letters_of(figure).split(", "))  # each on one line
    lines = textwrap.wrap(f"with {letters}", width, initial_indent="  ", subsequent_indent="  ") if letters else []
    return [line.replace("\0", " ") for line in lines]


def _sum_text(item: SumExplanation, subject: str, page: Page) -> str:
    table = text_tables.plain(_terms_table(item, subject), page).rstrip("\n")
    if not item.terms:
        return f"{_title(item)} of {subject}: 0, no layer has any"
    return "\n".join([f"{_title(item)} of {subject}", "", table, "", *_wrapped(page.written(_sum(item)), page.breaks)])


def _wrapped(sum_: str, width: int) -> list[str]:
    """Lines that break between terms, never inside a bracket."""
    kept = re.sub(r"\([^()]*\)", lambda bracket: bracket[0].replace(" ", "\0"), sum_)
    lines = textwrap.wrap(kept, width, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")
    return [line.replace("\0", " ") for line in lines]


def _title(item: SumExplanation) -> str:
    return _capital(_word(item))


def _word(item: SumExplanation) -> str:
    return WORDS.get(item.quantity, item.quantity)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _sum(item: SumExplanation) -> str:
    """(5·5·1 + 1)·6 + (5·5·6 + 1)·16 + ... = 61,706."""
    terms = [_addend(term.formula) for term in item.terms]
    unit = f" {item.unit}" if item.unit else ""
    return f"{' + '.join(_elided(terms))} = {item.total:,}{unit}"


def _addend(formula: str) -> str:
    """The formula as one term of a sum: a sum of its own stays in brackets."""
    depth = 0
    for sign, after in pairwise(formula):
        depth += (sign in "(⌊⌈") - (sign in ")⌋⌉")
        if depth == 0 and sign == " " and after in "+−":
            return f"({formula})"
    return formula


def _elided(terms: Sequence[str]) -> list[str]:
    return [*terms[: MOST_TERMS - 2], "...", terms[-1]] if len(terms) > MOST_TERMS else [*terms]


def _latex_sum(item: SumExplanation) -> str:
    terms = [formulas.latex(_addend(term.formula)) for term in item.terms] or ["0"]
    unit = rf"\ \text{{{item.unit}}}" if item.unit else ""
    joined = " + ".join(_elided(terms)).replace("...", r"\dots")
    return f"{joined} = {formulas.latex(f'{item.total:,}')}{unit}"


def _terms_table(item: SumExplanation, subject: str) -> Table:
    word = _word(item)
    return Table(
        title=f"{_title(item)} of {subject}",
        columns=(Column("Layer", "layer"), Column("Formula", "formula", wraps=16), Column(word, item.quantity, True)),
        rows=tuple((term.layer, term.formula, term.value) for term in item.terms),
    )


def _markdown_figure(figure: Figure, layer: LayerExplanation, lecture: bool) -> str:
    said = sentence(layer.kind, figure) if lecture else ""
    head = f"**{words_of(figure)}**" + (f": {escape(said)}" if said else "")
    letters = letters_of(figure) if lecture else ""
    below = f"\n\nwith {_math_letters(letters)}" if letters else ""
    return f"{head}\n\n$$\n{_latex_chain(figure)}\n$$" + below


def _latex_figure(figure: Figure, layer: LayerExplanation, lecture: bool) -> str:
    said = latex_tables.escape(sentence(layer.kind, figure)) if lecture else ""
    letters = letters_of(figure) if lecture else ""
    below = f"\nwith {_math_letters(letters)}." if letters else ""
    head = f"{latex_tables.escape(_capital(words_of(figure)))}:{' ' + said if said else ''}"
    return f"{head}\n\\[\n{_latex_chain(figure)}\n\\]" + below


def _latex_chain(figure: Figure) -> str:
    unit = rf"\ \text{{{figure.unit}}}" if figure.unit else ""
    sides = [_left(figure), *_sides(figure), f"{figure.result:,}"]
    return " = ".join(formulas.latex(side) for side in sides if side) + unit


def _math_letters(letters: str) -> str:
    return re.sub(r"([A-Za-z](?:_\w+)?) = ([\d,]+)", lambda m: f"${formulas.latex(m[0])}$", letters)


def _shapes(layer: LayerExplanation) -> str:
    return " and ".join(map(str, layer.inputs)) or "none"


def _times(shape: str) -> str:
    return re.sub(r"(?<=\d)x(?=\d)", r" \\times ", shape).replace(" and ", r"\text{ and }")


def _subject(explanation: Explanation) -> str:
    return f"{explanation.spec} {explanation.subject}" if explanation.subject else explanation.spec


def _key(figure: Figure) -> str:
    return f"{figure.quantity}.{figure.axis}" if figure.axis and figure.axis != figure.quantity else figure.quantity


def _layer_entry(layer: LayerExplanation) -> dict[str, Any]:
    return {
        "name": layer.name,
        "kind": layer.kind,
        "call": layer.call,
        "input": layer.inputs,
        "output": layer.output,
        "figures": [*map(_figure_entry, layer.figures)],
        "notes": layer.notes,
    }


def _figure_entry(figure: Figure) -> dict[str, Any]:
    return {
        "quantity": figure.quantity,
        "axis": figure.axis,
        "symbol": figure.symbol,
        "symbolic": figure.symbolic,
        "formula": figure.formula,
        "result": figure.result,
        "unit": figure.unit,
        "letters": dict(figure.letters),
    }
