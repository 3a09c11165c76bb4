"""What is said about a student's working: the term, the mistake in it, and the layer it stands for."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.homework.diagnosis.diagnose import Catalogue
from archcalc.homework.diagnosis.effects import Effect
from archcalc.homework.diagnosis.terms import Alignment, TermFinding
from archcalc.homework.reading.answer import Answer
from archcalc.tables.marks import Remark

NOT_ITS_VALUE = Remark(("slip.arith",), (), "Your working does not come to the value you wrote.")

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDER = ("", "first", "second", "third", "fourth", "fifth")


def remarks_of(catalogue: Catalogue, alignment: Alignment, answer: Answer) -> list[Remark]:
    """A remark for each mistake, its layers together; the last says how much is right."""
    groups: dict[tuple[tuple[str, ...], bool], list[TermFinding]] = {}
    for finding in alignment.findings:
        ids = tuple(effect.mistake.id for effect in finding.effects)
        key = (ids[:1], finding.term is None) if ids or finding.term is None else ((str(finding),), False)
        groups.setdefault(key, []).append(finding)
    remarks = [_remark(catalogue, findings, answer) for findings in groups.values()]
    if remarks and alignment.right:
        last = remarks[-1]
        remarks[-1] = Remark(
            last.misconceptions, last.layers, f"{last.message} {_rest(alignment)}", last.text, last.start, last.length
        )
    return remarks


def _remark(catalogue: Catalogue, findings: Sequence[TermFinding], answer: Answer) -> Remark:
    first = findings[0]
    layers = tuple(finding.layer for finding in findings if finding.layer)
    if first.term is None:
        verb = "has" if len(layers) == 1 else "have"
        return Remark(("tot.layer_missing",), layers, f"{_listed(layers)} {verb} no term in your sum.")
    worked = answer.worked
    assert worked is not None
    start, stop = worked.column(first.term.start), worked.column(first.term.stop)
    text = answer.written
    if not first.effects:
        message = f"This is not what {first.layer} has." if first.layer else "This term belongs to no layer."
        return Remark((), layers, message, text, start, stop - start)
    shared = set.intersection(*({effect.mistake.id for effect in finding.effects} for finding in findings))
    ids = tuple(effect.mistake.id for effect in first.effects if effect.mistake.id in shared)
    return Remark(ids, layers, _message(catalogue, findings), text, start, stop - start)


def _message(catalogue: Catalogue, findings: Sequence[TermFinding]) -> str:
    effect: Effect = findings[0].effects[0]
    alone = len(findings) == 1
    told = catalogue.told(effect.mistake, effect.index, effect.letters if alone else None)
    finding = findings[0]
    if alone and finding.copy and finding.copy < len(_ORDER):
        return f"The {_ORDER[finding.copy]} copy stands for {finding.layer}. {told}"
    return told


def _rest(alignment: Alignment) -> str:
    count = alignment.right
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"The other {number} terms are right." if count > 1 else "The other term is right."


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
