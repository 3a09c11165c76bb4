"""`archcalc check SPEC --answer conv1.out=96x54x54`: answers on the command line, marked as those of a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcalc.cli.check.sheets import exit_code, write_marked
from archcalc.cli.formats import chosen
from archcalc.cli.session import Session
from archcalc.errors import ArchcalcError, Place, UsageError

if TYPE_CHECKING:
    from archcalc.homework.reading.sheet import Entry

ANSWER_FORMATS = ("text", "markdown", "csv", "json")
"""Those that do not point into a file."""


def check_answers(
    session: Session, spec: str, answers: list[str], set: Mapping[str, Any], input: str | None, quiet: bool,
    format: str | None, output: Path | None,
) -> int:  # fmt: skip
    """Mark the answers about a spec, write the verdicts, and return the exit code."""
    from archcalc.homework.asking.question import AskedNetwork
    from archcalc.homework.marking.mark import Marker
    from archcalc.homework.reading.sheet import Sheet
    from archcalc.network import load

    format = chosen(format, output, ANSWER_FORMATS)
    network = load(spec, set=set, input=input)
    sheet = Sheet(network.name, tuple(_entries(answers)))
    try:
        marked = Marker(AskedNetwork.of(network.graph, network.document, network.choices)).mark(sheet)
    except ArchcalcError as error:
        raise UsageError.of("--answer", error.errors[0]) from None
    write_marked(session, [marked], format, quiet, output)
    return exit_code([marked])


def _entries(answers: list[str]) -> Iterator[Entry]:
    """Each `conv1.out=96x54x54` as the line of a sheet. Raises UsageError."""
    from archcalc.homework.reading.sheet import Entry

    asked: set[str] = set()
    for answer in answers:
        question, sign, text = (part.strip() for part in answer.partition("="))
        if not (question and sign and text):
            raise UsageError(f"--answer {answer} is not QUESTION=ANSWER", help="write --answer conv1.params=34,944")
        if question in asked:
            raise UsageError(f"--answer: {question} stands twice", help="delete one of them")
        asked.add(question)
        place = Place("", 1, answer.index(text, len(question)) + 1, len(text), answer)
        yield Entry(question.replace("/", "."), text, place, Place("", 1, 1, len(question), answer))
