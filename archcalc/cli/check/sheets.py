"""`archcalc check SHEET`: marks answer sheets against the spec that they name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.cli.actions import append_summary, usual_format
from archcalc.cli.formats import chosen
from archcalc.cli.session import Session
from archcalc.errors import AnswerError, ArchcalcError, AssignmentError, InputError, ShapeError, UsageError
from archcalc.report.marks.formats import SHEET_FORMATS, rendered
from archcalc.report.marks.refused import refused
from archcalc.version import __version__

if TYPE_CHECKING:
    from archcalc.homework.asking.question import AskedNetwork
    from archcalc.homework.marking.assess import Assessor
    from archcalc.homework.reading.sheet import Sheet
    from archcalc.spec.foreign.files import FileKind
    from archcalc.tables.marks import MarkedSheet

WRONG_ANSWER = 1
NOTHING_ANSWERED = 5
BUG = ArchcalcError.exit_code


def is_sheet(address: str) -> bool:
    """Whether this is the file of an answer sheet."""
    from archcalc.spec.foreign.files import SHEET, TABLE

    path = Path(address)
    return os.path.isfile(path) and kind_of_file(path) in (SHEET, TABLE)


def kind_of_file(path: Path) -> FileKind | None:
    """What a file is, by its head."""
    from archcalc.spec.foreign.files import HEAD, kind_of_bytes

    return kind_of_bytes(_bytes(path, HEAD), str(path))


def check_sheets(
    session: Session, sheets: list[str], assignment: Path | None, quiet: bool, format: str | None, output: Path | None
) -> int:
    """Mark the sheets, against an assignment where one is given, write the verdicts, and return the exit code.

    A sheet that cannot be marked is told on stderr; machines find it in the result too, with its errors.
    """
    format = chosen(format, output, SHEET_FORMATS, usual_format())
    assessor = None if assignment is None else assessor_of(assignment)
    marked, failures = [], 0
    for address in sheets:
        try:
            marked.append(mark_file(address) if assessor is None else mark_against(assessor, address))
        except Exception as fault:
            error = _said(fault)
            alone = format == "text" and len(sheets) == 1
            if alone or error.exit_code == AssignmentError.exit_code:
                raise
            session.complain(error)
            failures = max(failures, error.exit_code)
            if format != "text":
                marked.append(_refused(error, address, assessor))
    write_marked(session, marked, format, quiet, output)
    if format == "github":
        from archcalc.report.marks.github import summary

        append_summary(summary(marked))
    if any(sheet.bug for sheet in marked):
        return BUG
    return failures or exit_code(marked)


def write_marked(session: Session, sheets: list[MarkedSheet], format: str, quiet: bool, output: Path | None) -> None:
    """Write marked sheets in a format."""
    if format == "text":
        session.text(_drawn(session, sheets, quiet, output), output)
    else:
        session.write(_rendered(sheets, format, quiet), output)


def exit_code(sheets: list[MarkedSheet]) -> int:
    """0: all answers given are right; 1: one is not; 5: nothing is answered."""
    if not any(sheet.answered for sheet in sheets):
        return NOTHING_ANSWERED
    untold = ("unanswered", "received")
    wrong = any(not answer.passes and answer.verdict not in untold for sheet in sheets for answer in sheet.answers)
    return WRONG_ANSWER if wrong else 0


def mark_file(address: str) -> MarkedSheet:
    """Read a sheet and mark it. Raises ArchcalcError."""
    from archcalc.homework.marking.mark import Marker

    sheet = _read(address)
    return Marker(_network(sheet)).mark(sheet)


def mark_against(assessor: Assessor, address: str) -> MarkedSheet:
    """Read a sheet and mark it against an assignment. Raises ArchcalcError."""
    sheet = _read(address)
    if sheet.assignment and sheet.assignment != assessor.assignment.id:
        what = f"the sheet is for `{sheet.assignment}`, the assignment is `{assessor.assignment.id}`"
        raise AnswerError(what, place=sheet.place("assignment"))
    return assessor.mark(sheet)


def assessor_of(assignment: Path) -> Assessor:
    """What marks sheets against an assignment's file. Raises AssignmentErrors."""
    from archcalc.homework.asking.assignment import LIMITS, read_assignment
    from archcalc.homework.marking.assess import Assessor
    from archcalc.spec.foreign.files import ASSIGNMENT, text_of

    if not os.path.isfile(assignment):
        raise AssignmentError(f"there is no file {assignment}")
    try:
        data = _bytes(assignment, LIMITS.bytes + 1)
    except AnswerError as error:
        raise AssignmentError(error.what, help=error.help) from None
    text = text_of(data, str(assignment), ASSIGNMENT, AssignmentError)
    return Assessor(read_assignment(text, str(assignment)), lambda spec: _loaded(assignment.parent, spec))


def _said(fault: Exception) -> ArchcalcError:
    """What is wrong with a sheet; also where that is a bug of ours, so that the other sheets are marked."""
    if isinstance(fault, ArchcalcError):
        return fault
    if os.environ.get("ARCHCALC_DEBUG"):
        raise fault
    what = f"archcalc {__version__} failed on this sheet: {type(fault).__name__}: {fault}"
    return ArchcalcError(what, help="please report it with the sheet; ARCHCALC_DEBUG=1 shows where it happened")


def _read(address: str) -> Sheet:
    from archcalc.homework.reading.sheet import LIMITS, read_sheet
    from archcalc.spec.foreign.files import SHEET, text_of

    return read_sheet(text_of(_bytes(Path(address), LIMITS.bytes + 1), address, SHEET, AnswerError), address)


def _loaded(folder: Path, spec: str, input: str | None = None) -> AskedNetwork:
    """A spec in a folder, else the bundled one."""
    from archcalc.homework.asking.question import AskedNetwork
    from archcalc.network import load

    beside = os.path.isfile(folder / spec.partition("@")[0])
    loaded = load(str(folder / spec) if beside else spec, input=input)
    return AskedNetwork.of(loaded.graph, loaded.document, loaded.choices)


def _network(sheet: Sheet) -> AskedNetwork:
    if not sheet.of:
        if sheet.assignment:
            what, help = f"the sheet belongs to `{sheet.assignment}`", "say where that is: --assignment FILE"
            raise AnswerError(what, place=sheet.place("assignment"), help=help)
        what = "the sheet does not say which network it is about"
        raise AnswerError(what, place=sheet.place(), help="name a spec at its top: `of: lenet5`")
    if sheet.of == "-" or not _is_plain(sheet.of):
        help = "a bundled name such as lenet5, or a file in the folder of the sheet"
        raise AnswerError(f"`of: {sheet.of}` names no spec that a sheet may use", place=sheet.place("of"), help=help)
    try:
        return _loaded(Path(sheet.file).parent, sheet.of, sheet.input or None)
    except ArchcalcError as error:
        raise _of_sheet(error, sheet) from None


def _of_sheet(error: ArchcalcError, sheet: Sheet) -> ArchcalcError:
    """The error of the network that a sheet names: its `input:` where that is wrong or does not fit, else its `of:`."""
    wrong = next((single for single in error.errors if isinstance(single, InputError | ShapeError)), None)
    if wrong is not None and sheet.input:
        what, help = (re.sub(r"--input:? ", "", words or "") for words in (wrong.what, wrong.help))
        misfit = isinstance(wrong, ShapeError)  # its help is about the layer, which the sheet cannot change
        return AnswerError(what, place=sheet.place("input"), notes=wrong.notes, help=None if misfit else help or None)
    if isinstance(error, UsageError):
        return AnswerError(error.what, place=sheet.place("of"), notes=error.notes, help=error.help)
    return error.at(sheet.place("of"))


def _is_plain(name: str) -> bool:
    """A name that leads nowhere but into the sheet's own folder."""
    return re.fullmatch(r"[\w@.-]+", name) is not None and ".." not in name and not name.startswith(".")


def _refused(error: ArchcalcError, address: str, assessor: Assessor | None) -> MarkedSheet:
    if assessor is None:
        return refused(error, address)
    return refused(error, address, assessor.assignment.id, points=assessor.assignment.points)


def _drawn(session: Session, sheets: list[MarkedSheet], quiet: bool, output: Path | None) -> str:
    """The text as its place can show it, in colours at a terminal."""
    from archcalc.report.formats.escape import log
    from archcalc.report.marks.text import render

    return log(render(sheets, quiet, session.page(output), session.colored and output is None))


def _rendered(sheets: list[MarkedSheet], format: str, quiet: bool) -> str:
    meanings = None
    if format == "sarif":
        from archcalc.homework.misconceptions import MISCONCEPTIONS

        meanings = {id: did for id, (did, _) in MISCONCEPTIONS.items()}
    return rendered(sheets, format, quiet, meanings)


def _bytes(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise AnswerError(f"{path} cannot be read: {error.strerror}") from None
