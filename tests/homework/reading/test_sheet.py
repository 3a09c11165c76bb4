"""Reading sheets: YAML, JSON and CSV, every entry with its place, and what is refused."""

from __future__ import annotations

import time

import pytest

from archcalc.errors import SpecErrors
from archcalc.homework.reading.sheet import read_sheet

YAML = """\
archcalc: answers/1
assignment: hw1
student: "s1234567"
answers:
  q1: 55
  q3: [55, 55, 96]
  q4: {value: 61706, work: "(5*5+1)*6"}
  q5:
    conv1: {out: 55x55x96, params: (11*11*3+1)*96}
    layer1/conv: {rf: NO}
  q8: skip
  q9:
"""


def entries(text, file="sheet.yaml"):
    return [(entry.question, entry.text) for entry in read_sheet(text, file).entries]


def errors(text, file="sheet.yaml"):
    with pytest.raises(SpecErrors) as caught:
        read_sheet(text, file)
    assert caught.value.exit_code == 3
    return [(str(error), error.help) for error in caught.value.errors]


def test_every_answer_stays_text():
    assert entries(YAML) == [
        ("q1", "55"),
        ("q3", "[55, 55, 96]"),
        ("q4", "61706"),
        ("q5.conv1.out", "55x55x96"),
        ("q5.conv1.params", "(11*11*3+1)*96"),
        ("q5.layer1.conv.rf", "NO"),
        ("q8", ""),
        ("q9", ""),
    ]


def test_the_head():
    sheet = read_sheet(YAML, "sheet.yaml")
    assert (sheet.assignment, sheet.student, sheet.of) == ("hw1", "s1234567", "")
    assert read_sheet("of: lenet5\nanswers: {}\n", "a.yaml").of == "lenet5"


def test_places_are_those_of_the_text_inside_the_quotes():
    value = read_sheet(YAML, "sheet.yaml").entries[2]
    assert (str(value.place), value.work and str(value.work.place)) == ("sheet.yaml:7:15", "sheet.yaml:7:29")


LINES = "lines such as q1: 55, with a blank behind the colon and no - before"


@pytest.mark.parametrize("student", ["012", "1e5", "NO", "2026-01-01", "0x10"])
def test_nothing_is_typed(student):
    assert read_sheet(f"student: {student}\nanswers: {{q: {student}}}", "a.yaml").student == student


def test_json():
    text = '{\n\t"of": "lenet5",\n\t"answers": {"params": 61706, "pool2.out": [16, 5, 5]}\n}'
    assert entries(text, "a.json") == [("params", "61706"), ("pool2.out", "[16, 5, 5]")]


def test_blanks_and_the_quotes_of_word_processors():
    text = "of: “lenet5”\nstudent: ‘s1’\nanswers: {a: null, b: ~, c: Skip, d: “61706”, e: 'null', f: «5x5», g: “}\n"
    sheet = read_sheet(text, "a.yaml")
    assert (sheet.of, sheet.student) == ("lenet5", "s1")
    assert [(e.question, e.text) for e in sheet.entries] == [
        ("a", ""), ("b", ""), ("c", ""), ("d", "61706"), ("e", "null"), ("f", "5x5"), ("g", "“"),
    ]  # fmt: skip
    assert str(sheet.entries[3].place) == "a.yaml:3:39"


@pytest.mark.parametrize("sign", [";", "\t", ","])
def test_csv_of_every_spreadsheet(sign):
    """Semicolons where a comma begins the decimals; empty columns to the right; a byte order mark."""
    rows = [["Question", "Answer", ""], ["of", "lenet5", ""], ["params", "61 706", ""], ["q2", '"6,1"', ""]]
    sheet = read_sheet("\ufeff" + "\r\n".join(sign.join(row) for row in rows), "a.csv")
    assert sheet.of == "lenet5"
    assert [(e.question, e.text, str(e.place)) for e in sheet.entries] == [
        ("params", "61 706", "a.csv:3:8"),
        ("q2", "6,1", "a.csv:4:5"),
    ]


def test_csv():
    text = 'question,answer\r\nof,lenet5\r\nstudent,s1\r\nparams,"61,706"\r\n\r\nconv1/params,skip\r\n'
    sheet = read_sheet(text, "a.csv")
    assert (sheet.of, sheet.student) == ("lenet5", "s1")
    assert [(e.question, e.text, str(e.place)) for e in sheet.entries] == [
        ("params", "61,706", "a.csv:4:9"),
        ("conv1.params", "", "a.csv:6:1"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("answers:\n  q: *5\n", [("sheet.yaml:2:6: an answer cannot begin with `*`", "put this answer in quotes")]),
        ("answers:\n  q: &a 5\n", [("sheet.yaml:2:6: an answer cannot begin with `&`", "put this answer in quotes")]),
        ("answers: {q4: {value: 61,706}}", [
            ("sheet.yaml:1:23: `61,706` inside { } is two entries: `value: 61` and `706`", 'write 61706 or "61,706"')]),
        ("answers: {q: 1}\nanswer: {}\n", [("sheet.yaml:2:1: unknown section `answer`", "did you mean `answers`?")]),
        ("of: lenet5", [
            ("sheet.yaml:1:1: the section `answers` is missing",
             "write answers: and below it, each with two spaces before it, lines such as q1: 55")]),
        ("archcalc: answers/2\nanswers: {q: 1}", [
            ("sheet.yaml:1:11: `answers/2` is no answer sheet", "write archcalc: answers/1")]),
        ("answers: {q: 1, q: 2}", [
            ("sheet.yaml:1:17: `q` is defined twice; first on line 1", "rename or delete one of them")]),
        ("answers: [1, 2]", [("sheet.yaml:1:10: `answers` holds `question: answer` lines", LINES)]),
        ("answers:\n  q1:55\n", [("sheet.yaml:2:3: `answers` holds `question: answer` lines", LINES)]),
        ("answers:\n  q: -\n", [("sheet.yaml:2:6: an answer cannot be `-`", "leave it empty, or write skip")]),
        ("answers:\n  q: ?\n", [("sheet.yaml:2:6: an answer cannot be `?`", "leave it empty, or write skip")]),
        ("answers:\nq1: 55\n", [("sheet.yaml:2:1: unknown section `q1`",
            "answers stand below `answers:`, each with two spaces before it")]),
        ("answers:\n\u00a0 q1: 55\n", [("sheet.yaml:2:1: unknown section `\u00a0 q1`",
            "these blanks are no spaces: type spaces before it")]),
        ("answers: {q: {value: 1, wrok: 2}}", [
            ("sheet.yaml:1:25: unknown key `wrok` of an answer", "did you mean `work`?")]),
        ("answers: {q: [[1], 2]}", [
            ("sheet.yaml:1:11: an answer is one value", "a number, an expression, or a shape such as 16x5x5")]),
        ("of: [a]\nanswers: {}", [("sheet.yaml:1:1: `of` takes one value", None)]),
        ("answers: " + "[" * 9 + "]" * 9, [
            ("sheet.yaml:1:17: nested deeper than 8 levels, the limit", "a sheet holds answers only")]),
        ("", [("sheet.yaml:1:1: the file is empty", "start with `of: lenet5` and `answers:`")]),
    ],
)  # fmt: skip
def test_what_is_refused(text, found):
    assert errors(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n", [("a.csv:1:1: a CSV sheet begins with the line question,answer", None)]),
        (
            "question,answer\nq,61,706\n",
            [("a.csv:2:1: 3 columns, not 2", 'an answer with a comma stands in quotes: q1,"61,706"')],
        ),
        ("question,answer\nq,1\nq,2\n", [("a.csv:3:1: `q` stands twice", "delete one of them")]),
        ('question,answer\nq,"1\n', [("a.csv:3:1: this is no CSV: unexpected end of data", None)]),
    ],
)
def test_what_a_csv_sheet_may_not_hold(text, found):
    assert errors(text, "a.csv") == found


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("a: &a [1]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\nanswers: {}\n", "bomb.yaml"),
        ("answers: {q: " + "x" * 70_000 + "}", "long.yaml"),
        ("answers: [" + "1, " * 5_100 + "1]", "many.yaml"),
        ("answers: " + "{a: " * 60_000, "deep.yaml"),
        ("question,answer\n" + "q,1\n" * 17_000, "long.csv"),
        ("answers: {q: !!python/object/apply:os.system [ls]}", "tag.yaml"),
    ],
)
def test_bombs_are_refused_in_milliseconds(text, file):
    start = time.perf_counter()
    with pytest.raises(SpecErrors):
        read_sheet(text, file)
    assert time.perf_counter() - start < 1


def test_answers_that_are_formulas_and_specs():
    sheet = read_sheet('answers: {q6: {formula: "K*K*Cin"}, q7: {spec: my_net.yaml}, q8: 5}\n', "s.yaml")
    assert [(e.question, e.form, e.text, e.place.column) for e in sheet.entries] == [
        ("q6", "formula", "K*K*Cin", 26),
        ("q7", "spec", "my_net.yaml", 48),
        ("q8", "value", "5", 66),
    ]
    with pytest.raises(SpecErrors) as caught:
        read_sheet("answers: {q6: {formula: K, spec: a.yaml}}\n", "s.yaml")
    assert str(caught.value.errors[0]) == "s.yaml:1:28: `formula` stands alone in an answer, here with `spec`"


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("tag: 3f\ndrawn: {q2: {k: 5, cin: 17}, q3: {s: 2}}\nanswers: {q1: 5}\n", "s.yaml"),
        ('{"tag": "3f", "drawn": {"q2": {"k": 5, "cin": 17}, "q3": {"s": 2}}, "answers": {"q1": 5}}', "s.json"),
        ("question,answer\ntag,3f\ndrawn.q2.k,5\ndrawn.q2.cin,17\ndrawn.q3.s,2\nq1,5\n", "s.csv"),
    ],
)
def test_drawn_numbers(text, file):
    sheet = read_sheet(text, file)
    assert sheet.drawn == {"q2": {"k": 5, "cin": 17}, "q3": {"s": 2}}
    assert (sheet.tag, [entry.question for entry in sheet.entries]) == ("3f", ["q1"])
    assert set(sheet.drawn_places) == {"q2", "q2.k", "q2.cin", "q3", "q3.s"}


@pytest.mark.parametrize(
    ("text", "file", "error"),
    [
        ("drawn: 5\nanswers: {q1: 5}\n", "s.yaml", "s.yaml:1:1: `drawn` holds the numbers of questions"),
        ("drawn: {q2: 5}\nanswers: {q1: 5}\n", "s.yaml", "s.yaml:1:9: `drawn` has no numbers for q2"),
        ("drawn: {q2: {k: 5.5}}\nanswers: {q1: 5}\n", "s.yaml", "s.yaml:1:17: the drawn `k` is no whole number"),
        ("drawn: {q2: {k: [1]}}\nanswers: {q1: 5}\n", "s.yaml", "s.yaml:1:17: the drawn `k` is no whole number"),
        ("question,answer\ndrawn.q2.k,x\n", "s.csv", "s.csv:2:12: the drawn `k` is no whole number"),
        ("question,answer\ndrawn.q2.k,1\ndrawn.q2.k,1\n", "s.csv", "s.csv:3:1: `drawn.q2.k` stands twice"),
    ],
)
def test_drawn_numbers_that_are_none(text, file, error):
    with pytest.raises(SpecErrors) as caught:
        read_sheet(text, file)
    assert str(caught.value.errors[0]) == error
