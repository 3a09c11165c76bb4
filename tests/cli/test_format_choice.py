"""Which format a result is in: that of --format, else that of the file's ending; what contradicts itself is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archcalc.cli.formats import TABLES, chosen, format_named, said
from archcalc.errors import UsageError
from archcalc.report import formats
from archcalc.report.formats.names import FORMATS
from archcalc.report.marks.formats import SHEET_FORMATS

CHECK = tuple(SHEET_FORMATS)


@pytest.mark.parametrize(
    ("format", "output", "known", "expected"),
    [
        (None, None, TABLES, "text"),
        (None, "out", TABLES, "text"),
        (None, "out.txt", TABLES, "text"),
        (None, "out.md", TABLES, "markdown"),
        (None, "out.markdown", TABLES, "markdown"),
        (None, "out.CSV", TABLES, "csv"),
        (None, "a.b/out.json", TABLES, "json"),
        (None, "out.tex", TABLES, "latex"),
        (None, "out.html", TABLES, "html"),
        (None, "out.htm", TABLES, "html"),
        (None, "net.lock", ("json",), "json"),  # a command of one format takes any ending that is no other's
        (None, "results.json", CHECK, "json"),
        (None, "results.xml", CHECK, "junit"),
        (None, "results.sarif", CHECK, "sarif"),
        (None, "sheet.yml", ("yaml", "markdown"), "yaml"),
        (None, None, ("yaml", "markdown"), "yaml"),
        ("JSON", None, TABLES, "json"),
        ("Markdown", "out.md", TABLES, "markdown"),
        ("csv", "out.txt", TABLES, "csv"),  # every format is text
        ("csv", "out", TABLES, "csv"),
        ("csv", "out.dat", TABLES, "csv"),
        ("gradescope", "results.json", CHECK, "gradescope"),
        ("sarif", "results.json", CHECK, "sarif"),
    ],
)
def test_what_is_chosen(format, output, known, expected):
    assert chosen(format, output and Path(output), known) == expected


def test_the_usual_format_gives_way_to_an_ending():
    assert chosen(None, None, CHECK, "github") == "github"
    assert chosen(None, Path("out.json"), CHECK, "github") == "json"


@pytest.mark.parametrize(
    ("format", "output", "known", "what", "help"),
    [
        ("md", None, TABLES, "unknown format `md`", "did you mean `markdown`?"),
        ("tex", None, TABLES, "unknown format `tex`", "did you mean `latex`?"),
        ("htm", None, TABLES, "unknown format `htm`", "did you mean `html`?"),
        ("jsn", None, TABLES, "unknown format `jsn`", "did you mean `json`?"),
        ("html", None, ("text", "json"), "unknown format `html`", "there are `text` and `json`"),
        ("csv", "out.json", TABLES, "out.json and --format csv contradict each other",
         "write out.csv, or leave --format out"),
        ("csv", "out.svg", TABLES, "out.svg and --format csv contradict each other", "write out.csv"),
        ("github", "out.json", CHECK, "out.json and --format github contradict each other", "leave --format out"),
        (None, "out.svg", TABLES, "out.svg cannot be written: its ending names no format of this command",
         "write .txt, .md, .csv, .json, .tex or .html"),
        (None, "out.xlsx", ("text", "json"), "out.xlsx cannot be written: its ending names no format of this command",
         "write .txt or .json, or say --format"),
        (None, "net.csv", ("json",), "net.csv cannot be written: its ending names no format of this command",
         "write .json"),
    ],
)  # fmt: skip
def test_what_is_refused(format, output, known, what, help):
    with pytest.raises(UsageError) as caught:
        chosen(format, output and Path(output), known)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_every_file_that_renders_a_table_is_a_format_of_tables():
    files = Path(formats.__file__).parent.glob("*.py")
    found = {file.stem for file in files if "\ndef render(table: Table)" in file.read_text(encoding="utf-8")}
    assert {"text", *found} == set(TABLES)
    assert set(TABLES) <= set(FORMATS)


def test_a_help_says_what_is_known():
    assert said(TABLES) == "text, markdown, csv, json, latex or html."
    assert said(("text", "json", "github")) == "text, json or github (annotations)."
    assert said(("yaml",)) == "yaml."


def test_every_format_of_a_sheet_has_its_endings():
    assert set(SHEET_FORMATS) <= set(FORMATS)


@pytest.mark.parametrize(
    ("word", "format"), [("json", "json"), ("MD", "markdown"), ("yml", "yaml"), ("xml", "junit"), ("seed", "")]
)
def test_words_for_formats(word, format):
    assert format_named(word) == format


@pytest.mark.parametrize(
    ("command", "file", "begins"),
    [
        ("show lenet5", "out.md", "**LeNet-5 (lenet5)**\n"),
        ("show lenet5", "out.csv", "layer,output,params,macs\n"),
        ("compare lenet5 alexnet", "out.tex", "% archcalc"),
        ("sweep lenet5 --vary input=28,32", "out.html", "<!DOCTYPE html>\n"),
        ("explain lenet5 conv1", "out.json", '{\n "schema": "archcalc/explain/1"'),
        ("rf lenet5", "out.json", '{\n "schema": "archcalc/rf/1"'),
        ("rf lenet5 --layer conv2", "out.svg", "<svg "),
        ("memory lenet5", "out.csv", "layer,output,weight_bytes"),
        ("diff lenet5 lenet5_1998", "out.md", "**lenet5 -&gt; lenet5_1998**"),
        ("list lenet5", "out.csv", "name,network,family"),
        ("layers", "out.json", '{\n "schema": "archcalc/layers/1"'),
        ("lint lenet5", "out.json", '{\n "schema": "archcalc/lint/1"'),
        ("check lenet5", "out.json", '{\n "schema": "archcalc/check/1"'),
        ("calc conv --in 3x9x9 --out 2 --kernel 3", "out.md", "### conv"),
        ("reconcile lenet5 --claim 435,646", "out.json", '{\n "schema": "archcalc/reconcile/1"'),
        ("lock lenet5", "out.json", '{\n "schema": "archcalc/lock'),
        ("quiz misconceptions", "out.csv", "id,did,about"),
    ],
)
def test_every_command_obeys_the_ending(archcalc, tmp_path, command, file, begins):
    run = archcalc(*command.split(), "--output", tmp_path / file)
    assert (run.code, run.err, run.out) == (0, f"wrote {tmp_path / file}\n", "")
    assert (tmp_path / file).read_text(encoding="utf-8").startswith(begins)


@pytest.mark.parametrize("command", ["show lenet5", "lock lenet5", "schema", "new", "list", "check lenet5"])
def test_no_command_writes_into_a_file_of_another_sort(archcalc, tmp_path, command):
    run = archcalc(*command.split(), "--output", tmp_path / ("out.dot" if command == "show lenet5" else "out.svg"))
    assert (run.code, list(tmp_path.iterdir())) == (2, [])


def test_a_picture_and_another_query(archcalc):
    run = archcalc("rf", "alexnet", "--layer", "conv5", "--exact", "-o", "x.svg")
    assert (run.code, run.err) == (
        2, "error: a picture and --exact do not go together\n= help: ask for one of them at a time\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "lenet5", "--json"], "error: No such option: --json\n= help: write --format json\n"),
        (["show", "lenet5", "--md"], "error: No such option: --md\n= help: write --format markdown\n"),
        (["--json"], "error: No such option: --json\n= help: write archcalc show SPEC --format json\n"),
    ],
)
def test_a_format_as_an_option(archcalc, arguments, message):
    run = archcalc(*arguments)
    assert (run.code, run.err) == (2, message)


def test_an_error_is_a_document_for_json_in_any_case(archcalc):
    assert json.loads(archcalc("show", "no_such_net", "-f", "JSON").out)["schema"] == "archcalc/errors/1"
