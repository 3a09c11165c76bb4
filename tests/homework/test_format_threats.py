"""Nothing that a student writes is more than text to what reads a result: every format with every threat.

Each output is read as its readers do: by a CSV, XML, JSON or Markdown parser, or line by line as a CI runner reads a
log. The threat stands as the name of the file, of the student, of the assignment and of a question, in answers, in
working, in layers and in messages.
"""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from xml.etree import ElementTree

import pytest
from homework.marked_sheets import RUNNER, hostile
from markdown_it import MarkdownIt

from archcalc.report.marks.formats import SHEET_FORMATS, rendered
from archcalc.report.marks.github import summary
from archcalc.tables.marks import MarkedSheet

THREATS = {
    "mask": "::add-mask::x",
    "stop": "::stop-commands::x",
    "old command": "##[group]x",
    "azure": "##vso[task.setvariable variable=a]b",
    "second line": "a\n::error::x",
    "blanks": " \t ::error::x",
    "carriage return": "a\r::error::x",
    "hidden sign": "\ufe0f::error::x",
    "percent": "%0A::error::x",
    "properties": "x,line=1::y",
    "script": "<script>alert(1)</script>",
    "attribute": "\"><img src=x onerror='alert(1)'>",
    "cdata": "]]>",
    "entity": "&lt;b&gt;&xxe;",
    "doctype": '<!DOCTYPE a [<!ENTITY b "c">]>',
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+1",
    "sum": "@SUM(A1)",
    "minus": "-2+3",
    "trimmed formula": " =1+1",
    "full-width formula": "＝1+1",
    "ansi": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;x\x07",
    "one-byte ansi": "\x9b31m",
    "bidi": "a\u202egnol\u2066b\u2069",
    "null": "a\x00b",
    "surrogate": "a\udcffb",
    "row": "| a |\n|---|\n| b |",
    "code": "`x` ``` y",
    "link": "[x](javascript:alert(1))",
    "image": "![x](https://example.org/x.png)",
    "address": "https://example.org www.example.org",
    "heading": "# x\n\n- y\n===",
    "emphasis": "**a** _b_ ~~c~~",
    "placeholder": "{0} {x}",
    "very long": "x" * 60_000,
}
ONLY_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]*")
"""No control characters, no signs without a width that steer, no halves of characters."""


@pytest.fixture(autouse=True)
def _runner(monkeypatch):
    for variable, value in RUNNER.items():
        monkeypatch.setenv(variable, value)


@pytest.fixture(params=THREATS.values(), ids=THREATS)
def sheet(request) -> MarkedSheet:
    return hostile(request.param)


def commands(text):
    """The lines that GitHub's runner, or Azure's, would take for commands."""
    trimmed = [re.sub(r"^[\s\ufe00-\ufe0f\u034f]+", "", line) for line in re.split(r"[\r\n]", text)]
    older = re.compile(r"##(vso)?\[")
    return [line for line in trimmed if line.startswith("::") or older.search(line)]


def harmless(text):
    """The text as it may be shown: each character that is more than text is replaced."""
    return "".join(c if c == "\n" or ONLY_TEXT.fullmatch(c) else "�" for c in text.replace("\t", " "))


def strings(value):
    """Every string of a JSON document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def unescaped(part):
    """What the runner makes of a part of a command: `%` itself comes last."""
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        part = part.replace(code, sign)
    return part


@pytest.mark.parametrize("format", [format for format in SHEET_FORMATS if format != "github"])
def test_printed_into_a_log_no_line_is_a_command(format, sheet):
    assert commands(rendered([sheet], format)) == []


@pytest.mark.parametrize("format", SHEET_FORMATS)
def test_printed_at_a_terminal_nothing_steers_it(format, sheet):
    assert all(ONLY_TEXT.fullmatch(line) for line in rendered([sheet], format).split("\n"))


def test_text(sheet):
    lines = rendered([sheet], "text").splitlines()
    assert len(lines) == 4 + 2 * 3 + 1
    assert max(map(len, lines[:2])) < 400


def test_github(sheet):
    *annotations, count = rendered([sheet], "github").splitlines()
    assert count == "1 of 4 answers are right"
    escaped = r"(?:[^%:,\r\n]|%[0-9A-F]{2})*"
    form = re.compile(
        f"::(?:error|notice) file=({escaped}),line=2,col=3,endColumn=[0-9]+,title=({escaped})::"
        r"((?:[^%\r\n]|%25|%0A)*)"
    )
    shown = harmless(sheet.student)
    read = [[unescaped(part) for part in form.fullmatch(line).groups()] for line in annotations]
    assert [file for file, _, _ in read] == [shown] * 3
    assert [data for _, _, data in read] == [f"`{shown}` means nothing.", shown, "not answered"]
    assert [title for _, title, _ in read][2] == "q3: not answered"


def test_csv(sheet):
    text = rendered([sheet], "csv")
    rows = list(csv.reader(StringIO(text, newline="")))
    assert len(text.splitlines()) == len(rows) == 1 + 4
    assert {len(row) for row in rows} == {12}
    cells = [cell.strip() for row in rows for cell in row]
    assert [cell for cell in cells if cell.startswith(tuple("=+-@＝＋－＠"))] == []


@pytest.mark.parametrize("format", ["json", "sarif", "gradescope", "classroom50"])
def test_json(format, sheet):
    text = rendered([sheet], format)
    assert text.isascii()
    document = json.loads(text)
    if format == "json":  # data for scripts: names as they are
        assert (document["student"], document["results"][0]["id"]) == (sheet.student, sheet.answers[0].id)
        shown = [result["message"] for result in document["results"]]
    elif format == "sarif":
        shown = [result["message"]["text"] for result in document["runs"][0]["results"]]
        unescaped = re.compile(r"(?<!\\)(?:\\\\)*[\[\]]|(?<!\{)(?:\{\{)*\{(?!\{)")
        assert not any(unescaped.search(text) for text in shown)
        uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in
                document["runs"][0]["results"]]  # fmt: skip
        assert all(re.fullmatch(r"([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri) for uri in uris)
    else:
        shown = list(strings(document))
    assert all(ONLY_TEXT.fullmatch(line) for text in shown for line in text.split("\n"))
    if format == "gradescope":
        formats = {value for key, value in document.items() if key.endswith("_format")}
        assert formats == {"text"}
        assert {test["name_format"] for test in document["tests"]} == {"text"}


def test_xml(sheet):
    root = ElementTree.fromstring(rendered([sheet], "junit").encode())
    assert [element.tag for element in root.iter()] == [
        "testsuites", "testsuite", "properties", "property", "property", "property",
        "testcase", "failure", "system-out", "testcase", "failure", "system-out",
        "testcase", "skipped", "system-out", "testcase", "system-out",
    ]  # fmt: skip


MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def markup(text):
    """What a Markdown parser with tables finds besides text; HTML; and the texts of its blocks and cells."""
    tokens = MARKDOWN.parse(text)
    found = [child for token in tokens for child in (token.children or [token])]
    kinds = {token.type for token in found if token.type not in ("inline", "text", "text_special", "html_inline")}
    html = {token.content for token in found if token.type == "html_inline"}
    texts = ["".join(child.content for child in token.children if child.type == "text")
             for token in tokens if token.type == "inline"]  # fmt: skip
    return kinds, html, texts


@pytest.mark.parametrize("write", [lambda sheet: rendered([sheet], "markdown"), lambda sheet: summary([sheet])],
                         ids=["format", "summary"])  # fmt: skip
def test_markdown(write, sheet):
    table = {f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")}
    kinds, html, (heading, _, *cells) = markup(write(sheet))
    assert kinds == table | {"heading_open", "heading_close", "paragraph_open", "paragraph_close"}
    assert html <= {"<code>", "</code>", "<br>"}
    assert not re.search(r"://|\bwww\.", write(sheet))  # GitHub makes links of bare addresses
    text = harmless(sheet.student.replace("\r", "\n"))
    shown = " ".join(text.split())
    assert len(cells) == 5 + 4 * 5
    assert cells[9].endswith(" ".join(f"`{text}` means nothing.".split()))
    assert cells[14].endswith(shown)
    if len(shown) <= 120:
        assert heading == " · ".join([shown] * 3)
        assert (cells[5], cells[15]) == (shown, f"q3: {shown}")


def test_the_markdown_parser_would_have_found_it():
    bare = "[x](javascript:alert) `c` **a** <script> | a |"
    kinds, html, _ = markup(bare.replace("javascript:", "https:"))
    assert {"link_open", "code_inline", "strong_open"} <= kinds
    assert html == {"<script>"}
