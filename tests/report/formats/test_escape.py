"""Escapes: what each reader would take for more than text, and what it is given instead."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.report.formats import escape
from archcalc.report.quiz import paper as quiz_paper


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("conv1 ⌊(W − K)/s⌋ é ש 你", "conv1 ⌊(W − K)/s⌋ é ש 你"),
        ("two\nlines", "two\nlines"),
        ("a\tb", "a b"),
        ("\x1b[31mred\x1b[0m", "�[31mred�[0m"),
        ("\x9b31m", "�31m"),  # the same sequence in one character
        ("\x00\x07\x08\x7f", "����"),
        ("a\u202egnol\u2066b", "a�gnol�b"),  # bidirectional override, isolate
        ("zero\u200bwidth\ufeff", "zero�width�"),
        ("line\u2028end\u0085", "line�end�"),
        ("\ud800", "�"),
    ],
)
def test_what_a_terminal_would_obey_is_not_printed(text, shown):
    assert escape.printable(text) == shown


def test_a_name_is_one_line_of_at_most_120_characters():
    assert escape.name("a\r\nb\nc") == "a  b c"
    assert escape.name("x" * 120) == "x" * 120
    assert escape.name("x" * 121) == "x" * 117 + "..."


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("::add-mask::x", ": :add-mask::x"),
        ("  \t::error::x", "  \t: :error::x"),  # the runner trims before it looks
        ("\ufe0f::error::x", "\ufe0f: :error::x"),  # a sign without a width, which .NET passes over
        ("a\n::error::x\nb", "a\n: :error::x\nb"),
        ("a::b ::c", "a::b ::c"),
        ("x ##[group]y", "x # [group]y"),  # the older form counts anywhere
        ("#\ufe0f#[group]y", "# [group]y"),
        ("##vso[task.setvariable]x", "# vso[task.setvariable]x"),
        ("# # [x] a ## b", "# # [x] a ## b"),
    ],
)
def test_no_line_is_a_command_to_a_runner(text, written):
    assert escape.log(text) == written


@pytest.mark.parametrize(
    ("text", "data", "value"),
    [
        ("50% of 3", "50%25 of 3", "50%25 of 3"),
        ("a\nb", "a%0Ab", "a%0Ab"),
        ("a\rb", "a�b", "a�b"),
        ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
        ("%0A::error::x", "%250A::error::x", "%250A%3A%3Aerror%3A%3Ax"),
    ],
)
def test_parts_of_a_workflow_command(text, data, value):
    assert escape.workflow_data(text) == data
    assert escape.workflow_property(text) == value


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("avg_pool", "avg_pool"),  # GitHub reads no emphasis inside a word
        ("_init_", r"\_init\_"),
        ("# heading", r"\# heading"),
        ("- item", r"\- item"),
        ("-5", "-5"),
        ("1. item", r"1\. item"),
        ("2) item", r"2\) item"),
        ("3.5", "3.5"),
        ("---", r"\---"),
        ("===", r"\==="),
        ("back\\slash", r"back\\slash"),
        ("two\nlines", "two lines"),
        ("a & b", "a &amp; b"),
        ("<script>", "&lt;script&gt;"),
        ("| a |", r"\| a \|"),
        ("`x` ~~y~~ $z$", r"\`x\` \~\~y\~\~ \$z\$"),
        ("![x](javascript:alert(1))", r"!\[x\](javascript:alert(1))"),
        ("https://example.org", r"https:\//example.org"),  # GitHub makes links of bare addresses
        ("WWW.example.org", r"WWW\.example.org"),
        ("\x1b[1m", r"�\[1m"),
        ("    code", "code"),
    ],
)
def test_what_markdown_would_read_as_markup_is_escaped(text, escaped):
    assert escape.markdown(text) == escaped


HOSTILE = "]]><b a='1' b=\"2\">&amp;\x00\x1b\ufffe\ud800</b>"


def test_xml_and_html_hold_any_text():
    shown = "]]><b a='1' b=\"2\">&amp;����</b>"
    element = ElementTree.fromstring(f'<a b="{escape.xml(HOSTILE)}">{escape.xml(HOSTILE)}</a>')
    assert (element.text, element.attrib["b"]) == (shown, shown)
    seen = []
    parser = HTMLParser()
    parser.handle_data = seen.append
    parser.handle_starttag = lambda tag, attributes: seen.append((tag, attributes))
    parser.feed(f'<p title="{escape.html(HOSTILE)}">{escape.html(HOSTILE)}')
    parser.close()
    assert seen == [("p", [("title", shown)]), shown]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("  =1", "'  =1"),  # a spreadsheet may trim
        ("＝1", "'＝1"),  # and read the full-width sign as the plain one
        ("a=b", "a=b"),
        ("two\nlines", "two lines"),
    ],
)
def test_no_cell_is_a_formula(text, cell):
    assert escape.csv_cell(text) == cell
    file = StringIO(newline="")
    csv.writer(file).writerow([escape.csv_cell(text), "x"])
    assert next(csv.reader(StringIO(file.getvalue(), newline=""))) == [cell, "x"]


def test_no_message_of_sarif_has_links_or_placeholders():
    assert escape.sarif("[x](javascript:1) {0} \\ a") == r"\[x\](javascript:1) {{0}} \\ a"


def test_json_is_ascii_and_reads_back():
    text = "##[group]é\u202e\x1b::"
    written = escape.json_text({"a": text})
    assert written == '{"a": "#\\u0023[group]\\u00e9\\u202e\\u001b::"}'
    assert json.loads(written) == {"a": text}


def test_every_json_document_goes_through_the_one_writer():
    """`json.dumps` knows nothing of the commands of a CI job's runner; quiz_paper quotes for YAML with it."""
    package = Path(escape.__file__).parents[2]
    files = [file for folder in ("report", "cli") for file in (package / folder).rglob("*.py")]
    using = {file.name for file in files if "json.dump" in file.read_text(encoding="utf-8")}
    assert using == {"escape.py", Path(quiz_paper.__file__).name}


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"], ["rf"], ["rf", "--layer", "fc"], ["memory"], ["explain"], ["lock"], ["check"], ["lint"], ["compare"],
        ["rf", "--require", "conv>=1"], ["reconcile", "--claim", "7"], ["calc", "--size-steps"],
        ["sweep", "--vary", "w=2,3"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_file_of_any_name_starts_no_workflow_command(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "##[error]x.yaml"
    layers = "  conv: conv w 3\n  flat: flatten\n  fc: linear 2\n"
    text = f"input: 2x6x6\nparams: {{w: 3}}\nexpect: {{params: 1}}\nlayers:\n{layers}"
    (tmp_path / name).write_text(text, encoding="utf-8")
    out, err = StringIO(), StringIO()
    format = [] if arguments[0] == "lock" else ["--format", "json"]
    main([*arguments, name, *format] if arguments[0] != "explain" else ["explain", name, "fc", *format],
         Session(out, err, terminal=False, color=False))  # fmt: skip
    assert "##[" not in out.getvalue() + err.getvalue()
    assert json.loads(out.getvalue())
