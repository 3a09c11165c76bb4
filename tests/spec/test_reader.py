"""Reading YAML: places, refusals with their whole messages, limits; with libyaml and with the pure parser."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from archcalc.errors import Source, SpecErrors
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence
from archcalc.spec.reader import MOST_ERRORS, SPEC_LIMITS, Limits, read
from archcalc.spec.slips.entries import missing_space


@pytest.fixture(params=["libyaml", "pure"])
def parser(request, monkeypatch):
    """Both parsers give the same nodes and the same words."""
    if request.param == "pure":
        monkeypatch.delattr(yaml, "CLoader", raising=False)
    elif not hasattr(yaml, "CLoader"):
        pytest.skip("PyYAML was built without libyaml")


both_parsers = pytest.mark.usefixtures("parser")


@both_parsers
def test_a_spec_becomes_nodes_with_places():
    text = "name: LeNet-5\nlayers:\n  conv1: conv 6 5x5\n  \"two\": [relu, {op: 'x'}]\n  - "[:-4]
    root = read(Source(text, "net.yaml"))
    assert plain(root) == {"name": "LeNet-5", "layers": {"conv1": "conv 6 5x5", "two": ["relu", {"op": "x"}]}}
    assert places(root) == [
        ("{", 1, 1, False),
        ("name", 1, 1, False),
        ("LeNet-5", 1, 7, False),
        ("layers", 2, 1, False),
        ("{", 3, 3, False),
        ("conv1", 3, 3, False),
        ("conv 6 5x5", 3, 10, False),
        ("two", 4, 3, True),
        ("[", 4, 10, True),
        ("relu", 4, 11, False),
        ("{", 4, 17, True),
        ("op", 4, 18, False),
        ("x", 4, 22, True),
    ]


@both_parsers
@pytest.mark.parametrize(
    "text", ["no", "1e3", "017", "1:30", "2012-09-30", "~", "null", "0x10", ".inf", "=", "yes", "1_0"]
)
def test_no_scalar_has_a_type(text):
    assert plain(read(Source(f"a: {text}\n", "f"))) == {"a": text}


@both_parsers
def test_columns_count_characters_not_bytes():
    (((_, value),),) = (read(Source("größe: ×\n", "f")).entries,)
    assert (value.text, value.line, value.column) == ("×", 1, 8)


@both_parsers
def test_an_absent_value_stands_right_after_its_key():
    root = read(Source("a:\nb: ''\n", "f"))
    (_, absent), (_, empty) = root.entries
    assert (absent.text, absent.line, absent.column, absent.absent) == ("", 1, 3, True)
    assert (empty.text, empty.line, empty.column, empty.absent) == ("", 2, 4, False)


@both_parsers
def test_block_text_keeps_its_lines_and_its_tabs():
    root = read(Source("about: |\n  one\n  \ttwo\nnote: >\n  a\n  b\n", "f"))
    assert plain(root) == {"about": "one\n\ttwo\n", "note": "a b\n"}
    assert [value.quoted for _, value in root.entries] == [True, True]


@both_parsers
def test_a_byte_order_mark_and_windows_line_ends_are_tolerated():
    root = read(Source("\ufeffa: 1\r\nb:\r\n  c: |\r\n    x\r\n", "f"))
    assert plain(root) == {"a": "1", "b": {"c": "x\n"}}
    assert places(root)[1] == ("a", 1, 1, False)


@both_parsers
def test_the_document_marker_and_comments_say_nothing():
    assert plain(read(Source("# a net\n---\na: 1 # one\n...\n", "f"))) == {"a": "1"}


ANCHOR_HELP = "put the text in quotes, or write the value out where it is used"
ESCAPE_HELP = "in single quotes every character stands for itself: '...'"
MERGE_HELP = "write the entries out, or put them under `defaults:`"
DOCUMENT_HELP = "delete `---` and all that follows, or make it a file of its own"
TAG_HELP = "delete it, or put the text in quotes"
DIRECTIVE = "a line that begins with `%` is a directive, which specs do not have"
INSIDE_QUOTES = "put the whole text in quotes, and write '' for ' inside '...'"
FLOW_HELP = "separate entries by `, `, and put a text that holds `: ` in quotes"

REFUSED = {
    "anchor": (
        "a: &x 1\n",
        [(1, 4, 2, "`&x` is an anchor, which specs do not have", ANCHOR_HELP)],
    ),
    "anchor on a mapping": (
        "a: &base {b: 1}\n",
        [(1, 4, 5, "`&base` is an anchor, which specs do not have", ANCHOR_HELP)],
    ),
    "alias": (
        "a: *x\n",
        [(1, 4, 2, "`*x` is an alias, which specs do not have", "put the text in quotes, or write the value out")],
    ),
    "alias in a list": (
        "- [*base, 1]\n",
        [
            (
                1, 4, 5,
                "`*base` is an alias, which specs do not have",
                "put the text in quotes, or write the value out",
            )
        ],
    ),
    "alias for everything": (
        "*x\n",
        [(1, 1, 2, "`*x` is an alias, which specs do not have", "put the text in quotes, or write the value out")],
    ),
    "merge key": (
        "a:\n  <<: *base\n",
        [(2, 3, 2, "`<<` is a merge key, which specs do not have", MERGE_HELP)],
    ),
    "python tag": (
        "a: !!python/object:os.system x\n",
        [(1, 4, 25, "`!!python/object:os.system` is a tag, which specs do not have", TAG_HELP)],
    ),
    "tag on a list": ("a: !x [1]\n", [(1, 4, 2, "`!x` is a tag, which specs do not have", TAG_HELP)]),
    "tag with an unknown handle": ("a: !e!x y\n", [(1, 4, 4, "`!e!x` is a tag, which specs do not have", TAG_HELP)]),
    "second document": (
        "a: 1\n---\nb: 2\n",
        [(2, 1, 3, "a second document begins here", DOCUMENT_HELP)],
    ),
    "text after the end": (
        "a: 1\n...\nb: 2\n",
        [(3, 1, 4, "the text goes on after `...`, its end", "delete `...`")],
    ),
    "directives": (
        "# a net\n%YAML 1.1\n%FOO\n---\na: 1\na: 2\n",
        [
            (2, 1, 9, DIRECTIVE, "delete the line"),
            (3, 1, 4, DIRECTIVE, "delete the line"),
            (6, 1, 1, "`a` is defined twice; first on line 5", "rename or delete one of them"),
        ],
    ),
    "tabs": (
        "a:\n  b: 1\n\tc: 2\n  \t d: 3\n\t\n",
        [
            (3, 1, 1, "tabs cannot indent YAML", "use spaces"),
            (4, 3, 2, "tabs cannot indent YAML", "use spaces"),
        ],
    ),
    "tab before a quote": ("a:\n\t'x'\n", [(2, 1, 1, "tabs cannot indent YAML", "use spaces")]),
    "tab after a block text": (
        "a: |\n  x\n  \ty\n\tb: 1\n",
        [(4, 1, 1, "tabs cannot indent YAML", "use spaces")],
    ),
    "tab on a line of its own": ("a:\n\t", [(2, 1, 1, "a tab cannot stand here", "use spaces")]),
    "tabs inside brackets": ("a: {\n\tb: 1\n  }\n", [(2, 1, 1, "tabs cannot indent YAML", "use spaces")]),
    "a tab after the syntax broke": (
        "a: [\nb: ]\nc: ]\nd:\n\te: 1\n",
        [
            (3, 4, 1, "`]` closes nothing", "delete it, or put the text in quotes"),
            (5, 1, 1, "tabs cannot indent YAML", "use spaces"),
        ],
    ),
    "duplicate key": (
        "layers:\n  conv1: conv 6 5x5\n  relu1: relu\n  'conv1': conv 16 5x5\n  conv1: relu\n",
        [
            (4, 3, 7, "`conv1` is defined twice; first on line 2", "rename or delete one of them"),
            (5, 3, 5, "`conv1` is defined twice; first on line 2", "rename or delete one of them"),
        ],
    ),
    "a list as a key": (
        "[a, b]: c\n",
        [(1, 1, 1, "a name is expected left of the colon, here it is a list", "write `name: value`")],
    ),
    "a mapping as a key": (
        "? {a: b}\n: c\n",
        [(1, 3, 1, "a name is expected left of the colon, here it is a mapping", "write `name: value`")],
    ),
    "no key": (": x\n", [(1, 1, 1, "a name is missing left of the colon", "write `name: value`")]),
    "no key in braces": ("a: {: x}\n", [(1, 5, 1, "a name is missing left of the colon", "write `name: value`")]),
    "empty": ("", [(1, 1, 1, "the file is empty", "`archcalc new` writes a spec to start from")]),
    "only a comment": ("# todo\n", [(1, 1, 1, "the file is empty", "`archcalc new` writes a spec to start from")]),
    "only a marker": ("---\n", [(1, 1, 1, "the file is empty", "`archcalc new` writes a spec to start from")]),
    "control character": ("a: b\x07\n", [(1, 5, 1, "the character U+0007 cannot stand in a spec", "delete it")]),
    "line separator": ("a: 1\nb: \u2028x\n", [(2, 4, 1, "the character U+2028 cannot stand in a spec", "delete it")]),
    "not UTF-8": ("a: caf\udce9\n", [(1, 7, 1, "the byte 0xe9 is not UTF-8", "save the file as UTF-8")]),
    "bare carriage return": (
        "a: 1\rb: 2\n",
        [(1, 5, 1, "a line ends in a bare carriage return", "end lines with a newline")],
    ),
    "comma in a number": (
        "params: {is: 61,706}\n",
        [(1, 14, 6, "`61,706` inside { } is two entries: `is: 61` and `706`", 'write 61706 or "61,706"')],
    ),
    "two commas in a number": (
        "a: {is: 1,234,567, source: torchvision}\n",
        [
            (
                1, 9, 9,
                "`1,234,567` inside { } is three entries: `is: 1`, `234` and `567`",
                'write 1234567 or "1,234,567"',
            )
        ],
    ),
    "commas that repeat their digits": (
        "{a: 1,000, b: ~2,000M}\n",
        [
            (1, 5, 5, "`1,000` inside { } is two entries: `a: 1` and `000`", 'write 1000 or "1,000"'),
            (1, 15, 7, "`~2,000M` inside { } is two entries: `b: ~2` and `000M`", 'write ~2000M or "~2,000M"'),
        ],
    ),
    "comma of a function in a list": (
        "a: [conv round_to(c*w,8) 1x1, relu]\n",
        [
            (
                1, 5, 24,
                "`conv round_to(c*w,8) 1x1` inside [ ] is two entries: `conv round_to(c*w` and `8) 1x1`",
                'write "conv round_to(c*w,8) 1x1"',
            )
        ],
    ),
    "commas of a function in braces": (
        "a: {op: conv min(2, 3, c), when: c}\n",
        [
            (
                1, 9, 17,
                "`conv min(2, 3, c)` inside { } is three entries: `op: conv min(2`, `3` and `c)`",
                'write "conv min(2, 3, c)"',
            )
        ],
    ),
    "two colons": (
        "name: Net: the best # mine\n",
        [(1, 10, 1, "`Net: the best` holds a colon of its own", 'put it in quotes: `name: "Net: the best"`')],
    ),
    "two colons and a quote": (
        'a:\n  - b: "x": y\n',
        [(2, 11, 1, '`"x": y` holds a colon of its own', "put it in quotes: `b: '\"x\": y'`")],
    ),
    "no space after the colon": (
        "layers:\n  conv1:conv 6 5x5  # first\n  pool1: avg_pool 2x2\n",
        [(2, 3, 10, "`conv1:conv` needs a space after the colon", "write `conv1: conv 6 5x5`")],
    ),
    "no space after the first colon": (
        "layers:\n  conv1:conv 6 5x5\n  pool1: avg_pool 2x2\n",
        [(2, 3, 10, "`conv1:conv` needs a space after the colon", "write `conv1: conv 6 5x5`")],
    ),
    "no space after two colons": (
        "layers:\n  conv1: conv 6 5x5\n  3x3:conv 6 3x3\n  pool:max_pool 2x2\n  fc: linear 10\n",
        [
            (3, 3, 8, "`3x3:conv` needs a space after the colon", "write `3x3: conv 6 3x3`"),
            (4, 3, 13, "`pool:max_pool` needs a space after the colon", "write `pool: max_pool 2x2`"),
        ],
    ),
    "no colon": (
        "input: 3x11x13\nconv1 conv 6 5x5\nlayers: [relu]\n",
        [(2, 1, 16, "`conv1 conv 6 5x5` has no colon", "write `conv1: conv 6 5x5`")],
    ),
    "no colon before a comment": (
        "layers:\n  relu  # first\n  pool1: avg_pool 2x2\n",
        [(2, 3, 4, "`relu` has no colon", "write `name: relu`")],
    ),
    "no colon, one word": ("a: 1\nrelu\n", [(2, 1, 4, "`relu` has no colon", "write `name: relu`")]),
    "no colon on the first line": ("LeNet\ninput: 1x11\n", [(1, 1, 5, "`LeNet` has no colon", "write `name: LeNet`")]),
    "indented under a value": (
        "layers:\n  conv1: conv 6\n\n    pool1: relu\n",
        [
            (
                4, 5, 5,
                "`pool1` is indented under `conv1: conv 6`, which has a value already",
                "indent it by 2 spaces, as the line above",
            )
        ],
    ),
    "indented under a value of the first level": (
        "a: 1\n b: 2\n",
        [(2, 2, 1, "`b` is indented under `a: 1`, which has a value already", "begin it at the start of the line")],
    ),
    "indented between two levels": (
        "layers:\n    conv1: relu\n  pool1: relu\n",
        [(3, 3, 11, "`pool1: relu` is indented by 2 spaces, the lines above by 0 or 4", "indent it by 0 or 4 spaces")],
    ),
    "indented less than the first line": (
        "  a: 1\n b: 2\n",
        [(2, 2, 4, "`b: 2` is indented by 1 space, the lines above by 2", "indent it by 2 spaces")],
    ),
    "list entry among names": (
        "layers:\n  a: relu\n  - conv 6\n",
        [(3, 3, 8, "`- conv 6` is a list entry among named ones", "write `name: conv 6`")],
    ),
    "name in a list": ("- relu\nb: c\n", [(2, 1, 4, "`b: c` stands in a list without `- `", "write `- b: c`")]),
    "text in a list": (
        "layers:\n  - relu\n  conv 6\n",
        [(3, 3, 6, "`conv 6` stands in a list without `- `", "write `- conv 6`")],
    ),
    "dash without a space": ("- relu\n-tanh\n", [(2, 1, 5, "`-tanh` needs a space after the dash", "write `- tanh`")]),
    "list on the line of its key": (
        "layers: - relu\n",
        [(1, 9, 1, "a list cannot begin on the line of its key", "begin it on the next line, or write [a, b]")],
    ),
    "bracket never closed": ("a: [conv 6, relu\nb: [tanh]\n", [(1, 4, 1, "`[` is never closed", "add `]`")]),
    "brace never closed": ("a: {b: '}', # }\n", [(1, 4, 1, "`{` is never closed", "add `}`")]),
    "inner bracket never closed": ("a: {b: [1, c: 2}\n", [(1, 16, 1, "`[` is closed by `}`", "write `]`")]),
    "bracket closed twice": ("[a]]\n", [(1, 4, 1, "`]` closes nothing", "delete it, or put the text in quotes")]),
    "brace opened nowhere": ("a: }\n", [(1, 4, 1, "`}` closes nothing", "delete it, or put the text in quotes")]),
    "no comma in braces": (
        "a: {\n  b: 1\n  c: 2\n}\n",
        [(3, 4, 1, "a comma is missing between two entries", FLOW_HELP)],
    ),
    "comma too many": ("a: [1 ,, 2]\n", [(1, 8, 1, "an entry is missing before `,`", "delete a comma")]),
    "quote never closed": (
        'a: "x\nb: 1\n',
        [(1, 4, 1, 'the quote " is never closed', 'add " at the end of the text')],
    ),
    "quote closed by the next": (
        "a: 'x\nb: 'y'\n",
        [(1, 4, 1, "the quote ' is closed only on line 2", "add ' at the end of the text")],
    ),
    "apostrophe in quotes": ("a: 'it's'\n", [(1, 8, 2, "`s'` follows a closing quote", INSIDE_QUOTES)]),
    "text behind quotes": ('a: "x" y z\n', [(1, 8, 3, "`y z` follows a closing quote", INSIDE_QUOTES)]),
    "unknown escape": (
        'a: "x\\d"\n',
        [(1, 6, 2, "`\\d` is no escape sequence of double quotes", ESCAPE_HELP)],
    ),
    "escape without digits": (
        'a: "\\xzz"\n',
        [(1, 5, 2, "`\\x` is no escape sequence of double quotes", ESCAPE_HELP)],
    ),
    "at sign": ("a: @x\n", [(1, 4, 1, "a text cannot begin with `@`", "put it in quotes")]),
    "backtick": ("a: `x`\n", [(1, 4, 1, "a text cannot begin with a backtick", "put it in quotes")]),
    "star and space": ("a: * c\n", [(1, 4, 1, "a text cannot begin with `*`", "put it in quotes")]),
    "question mark": ("a: ? c\n", [(1, 4, 1, "a text cannot begin with `?`", "put it in quotes")]),
    "text behind a bar": (
        "a: | text\n",
        [
            (
                1, 6, 1,
                "text cannot stand on the line of `|`",
                "begin it on the next line, indented; or leave the sign out",
            )
        ],
    ),
    "anything else": (
        "'a' b: c\n",
        [
            (
                1, 5, 4,
                "`b: c` does not continue what stands before it",
                "put the whole text in quotes, or begin a new line",
            )
        ],
    ),
    "several slips before the syntax breaks": (
        "a: &x 1\na: {n: 1,000}\nb: {c: 1, c: 2\n",
        [
            (1, 4, 2, "`&x` is an anchor, which specs do not have", ANCHOR_HELP),
            (2, 1, 1, "`a` is defined twice; first on line 1", "rename or delete one of them"),
            (2, 8, 5, "`1,000` inside { } is two entries: `n: 1` and `000`", 'write 1000 or "1,000"'),
            (3, 4, 1, "`{` is never closed", "add `}`"),
            (3, 11, 1, "`c` is defined twice; first on line 3", "rename or delete one of them"),
        ],
    ),
}  # fmt: skip


@both_parsers
@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_a_slip_is_refused_with_its_place_and_repair(text, expected):
    assert errors_of(text) == expected


@both_parsers
@pytest.mark.parametrize(
    "text",
    [
        "a: [1,234]\n",
        "a: {b: 1, 2}\n",
        "a: {b: 1, c: 2,}\n",
        "a: {b: x,706}\n",
        "a: {b: '1',706}\n",
        "a: [f(1), 2]\n",
        "a: {b: f(1, c: 2}\n",
        "a: {b: 61,\n 706}\n",
    ],
)
def test_other_commas_are_left_alone(text):
    assert isinstance(read(Source(text, "f")), Mapping)


@pytest.mark.skipif(not hasattr(yaml, "CLoader"), reason="the pure parser refuses any tab outside quotes")
def test_a_tab_between_words_is_no_indentation():
    assert plain(read(Source("a:\t'x'\nb: 'c\n\td'\n", "f"))) == {"a": "x", "b": "c d"}


@both_parsers
@pytest.mark.parametrize("text", dict.fromkeys(case[0] for case in REFUSED.values()))
def test_words_of_a_parser_yet_to_come_are_never_quoted(text, monkeypatch):
    """Whatever a later PyYAML says of a slip, ours has a place and a repair, and none of its words."""
    parse = yaml.parse

    def reworded(*args, **options):
        try:
            yield from parse(*args, **options)
        except yaml.MarkedYAMLError as error:
            error.context, error.problem = error.context and "quux", "quux"
            raise

    monkeypatch.setattr(yaml, "parse", reworded)
    for line, column, _, what, help in errors_of(text):
        assert line > 0 < column
        assert "quux" not in what
        assert help


@both_parsers
def test_a_flood_of_errors_is_cut_short_and_says_so():
    keys = MOST_ERRORS + 8
    with pytest.raises(SpecErrors) as caught:
        read(Source("a: 1\n" * keys, "f"))
    assert len(caught.value.errors) == MOST_ERRORS
    assert caught.value.errors[-1].notes == ("7 more errors are not shown",)
    assert caught.value.errors[-2].notes == ()


@both_parsers
@pytest.mark.parametrize("opening", ["[", "- ", "{a: "])
def test_the_depth_has_a_limit(opening):
    closing = {"[": "]", "{a: ": "}"}.get(opening, "")
    depth = SPEC_LIMITS.depth
    assert isinstance(read(Source(opening * depth + "x" + closing * depth, "f")), Sequence | Mapping)
    expected = (1, len(opening) * depth + 1, 1, "nested deeper than 48 levels, the limit", FOLD)
    assert errors_of(opening * (depth + 1) + "x" + closing * (depth + 1)) == [expected]


FOLD = "fold what repeats with `repeat=` and `blocks:`"


@both_parsers
@pytest.mark.parametrize("count", [999, 1_000, 1_001, 50_000])  # libyaml 0.2.6 stops by itself at 1,000
@pytest.mark.parametrize("opening", ["[", "{", "- ", "? ", "[{", "{a: "])
def test_thousands_of_brackets_are_refused_at_the_limit(opening, count):
    column = 48 * len(opening) // (2 if opening == "[{" else 1) + 1
    assert errors_of(opening * count) == [(1, column, 1, "nested deeper than 48 levels, the limit", FOLD)]


@both_parsers
def test_depth_is_told_before_what_the_scanner_read_ahead():
    assert errors_of("[" * 60 + '"never closed') == [(1, 49, 1, "nested deeper than 48 levels, the limit", FOLD)]
    assert [what for *_, what, _ in errors_of("[" * 40 + '"never closed')] == ['the quote " is never closed']


def test_the_number_of_nodes_has_a_limit():
    full = "- x\n" * 49_999  # and the list itself
    assert len(read(Source(full, "f")).items) == 49_999
    assert errors_of(full + "- x\n") == [(50_000, 3, 1, "more than 50,000 keys, values and lists, the limit", FOLD)]


def test_the_size_has_a_limit_in_bytes():
    full = "a: " + "é" * 131_070 + "x"  # 3 + 2 · 131,070 + 1 = 262,144 bytes
    assert isinstance(read(Source(full, "f")), Mapping)
    what = "the file holds 262,145 bytes; the limit is 262,144 (256 KiB)"
    assert errors_of(full + "x") == [(1, 1, 1, what, FOLD)]


def test_a_caller_may_set_tighter_limits():
    with pytest.raises(SpecErrors) as caught:
        read(Source("a: {b: {c: 1}}\n", "f"), Limits(bytes=1000, depth=2, nodes=1000))
    assert [error.what for error in caught.value.errors] == ["nested deeper than 2 levels, the limit"]


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("conv1:conv 6 5x5", "conv1: conv 6 5x5"),
        ("conv:64", "conv: 64"),
        ("input:1x32x32", "input: 1x32x32"),
        ("3x3:conv 6", "3x3: conv 6"),
        ("a:[relu]", "a: [relu]"),
        ('a:"b"', 'a: "b"'),
        ("a:b:c", "a: b:c"),
        ("0:1", None),
        ("0:1x2:3", None),
        ("1x2:3", None),
        ("http://example.org", None),
        ("conv 6 padding=0:1", None),
        ("a: b", None),
        ("a:", None),
        ("relu", None),
        ("", None),
    ],
)
def test_a_missing_space_is_recognized(text, repaired):
    assert missing_space(text) == repaired


FRAGMENTS = [
    *(
        "a",
        "b: ",
        "conv1:conv 6",
        "- ",
        "\n",
        "\n  ",
        "[",
        "]",
        "{",
        "}",
        ",",
        '"',
        "'",
        "#",
        " #",
        "&a ",
        "*a ",
        "!t ",
    ),
    *("|\n", ">-\n", "\t", "%", "---\n", "...\n", "? ", ":", " : ", "61,706", "@", "`", "\\", "é", "\ufeff", "\r\n"),
    *("\x07", "\udce9", "<<: ", "f(", "8)", "||", "= "),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_any_text_gives_nodes_or_errors_with_a_place(text):
    try:
        root = read(Source(text, "f"))
    except SpecErrors as caught:
        lines = text.removeprefix("\ufeff").split("\n")
        for error in caught.errors:
            assert 1 <= error.place.line <= len(lines)
            assert 1 <= error.place.column <= len(lines[error.place.line - 1]) + 1
    else:
        assert isinstance(root, Scalar | Sequence | Mapping)


NAMES = st.text("abcxyz019_", min_size=1, max_size=5)
TREES = st.recursive(
    st.text("abc 019'\"#:,[]{}&*!|>%@`\n\t×", max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
).filter(bool)


@given(TREES, st.sampled_from([True, False]))
def test_what_pyyaml_writes_is_read_back(tree, flow):
    text = yaml.safe_dump(tree, default_flow_style=flow, default_style='"', allow_unicode=True, sort_keys=False)
    if flow is False and "\t" in text:  # PyYAML escapes tabs inside double quotes
        assert "\\t" in text
    assert plain(read(Source(text, "f"))) == tree


def errors_of(text: str) -> list[tuple[int, int, int, str, str | None]]:
    with pytest.raises(SpecErrors) as caught:
        read(Source(text, "f"))
    return [(e.place.line, e.place.column, e.place.length, e.what, e.help) for e in caught.value.errors]


def plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.entries}


def places(node: Node) -> list[tuple[str, int, int, bool]]:
    """Every node in the order of the text: a scalar's text and quotes, or the collection's sign and flow."""
    if isinstance(node, Scalar):
        return [(node.text, node.line, node.column, node.quoted)]
    if isinstance(node, Sequence):
        children, sign = node.items, "["
    else:
        children, sign = [part for entry in node.entries for part in entry], "{"
    return [(sign, node.line, node.column, node.flow), *(place for child in children for place in places(child))]
