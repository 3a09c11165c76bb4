"""Marked sheets as SARIF 2.1.0 (OASIS, 2020): a rule for each misconception, a result for each remark.

Code scanning shows the results at the lines of the sheet. Answers that are right, and those of which nothing is told,
have no result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import PurePath
from typing import Any, Literal
from urllib.parse import quote

from archcalc.errors import Place
from archcalc.report.formats.escape import json_text, sarif
from archcalc.report.marks.text import headline
from archcalc.tables.marks import MarkedAnswer, MarkedSheet, Remark
from archcalc.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Level = Literal["error", "warning", "note"]
_LEVELS: Mapping[str, Level] = {"exact": "warning", "accepted": "note", "convention": "warning", "unanswered": "note"}
_UNEXPLAINED = {
    "answer.wrong": "an answer that is wrong, and that no known mistake gives",
    "answer.slip": "an answer that is nearly right",
    "answer.misconception": "an answer that a known mistake gives",
    "answer.convention": "an answer that is right under another convention",
    "answer.unreadable": "an answer, or a sheet, that cannot be read",
    "answer.unanswered": "a question that is not answered",
}
"""Rules of results without a misconception."""


def render(sheets: Sequence[MarkedSheet], meanings: Mapping[str, str] | None = None) -> str:
    """All sheets in one run.

    Args:
        meanings: what a student did, by misconception; without it a rule is explained by its first result.
    """
    results = [result for sheet in sheets for answer in sheet.answers for result in _results(answer)]
    rules = _rules(results, {**(meanings or {}), **_UNEXPLAINED})
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "archcalc", "version": __version__, "semanticVersion": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [{**result, "ruleIndex": index[result["ruleId"]]} for result in results],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _rules(results: Sequence[dict[str, Any]], meanings: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rules of the results, in the order of their first one."""
    first: dict[str, str] = {}
    for result in results:
        first.setdefault(result["ruleId"], result["message"]["text"])
    return [_rule(id, sarif(meanings[id]) if id in meanings else text) for id, text in first.items()]


def _rule(id: str, meaning: str) -> dict[str, Any]:
    return {
        "id": id,
        "shortDescription": {"text": meaning},
        "fullDescription": {"text": meaning},
        "help": {"text": f"{id}: {meaning}"},
        "defaultConfiguration": {"level": _LEVELS.get(id.removeprefix("answer."), "error")},
        "properties": {"tags": [id.partition(".")[0]]},
    }


def _results(answer: MarkedAnswer) -> Iterator[dict[str, Any]]:
    if answer.verdict == "unanswered":
        yield _result(answer, Remark((), (), headline(answer)))
    for remark in answer.remarks:
        if remark.misconceptions or not answer.passes:
            yield _result(answer, remark)


def _result(answer: MarkedAnswer, remark: Remark) -> dict[str, Any]:
    rule = remark.misconceptions[0] if remark.misconceptions else f"answer.{answer.verdict}"
    others = f" (or {', '.join(remark.misconceptions[1:])})" if len(remark.misconceptions) > 1 else ""
    place = remark.place or answer.place
    mark = sha256("\0".join([place.file, answer.id, rule, *remark.layers]).encode("utf-8", "surrogatepass"))
    return {
        "ruleId": rule,
        "level": "note" if answer.verdict == "convention" and answer.passes else _LEVELS.get(answer.verdict, "error"),
        "message": {"text": sarif(f"{answer.id}: {remark.message}{others}")},
        "locations": [{"physicalLocation": _location(place)}],
        "partialFingerprints": {"archcalcAnswer/v1": mark.hexdigest()[:32]},
        "properties": {"question": answer.id, "verdict": answer.verdict, "layers": list(remark.layers)},
    }


def _location(place: Place) -> dict[str, Any]:
    """A file relative to the root of the repository, or a URI of its own, and the columns in it."""
    path = PurePath(place.file)
    written = quote(path.as_posix().encode("utf-8", "surrogateescape"))
    artifact = {"uri": f"file://{written}"} if path.is_absolute() else {"uri": written, "uriBaseId": "%SRCROOT%"}
    end = place.column + max(1, place.length)
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": end}
    return {"artifactLocation": artifact, "region": region}
