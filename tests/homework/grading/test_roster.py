"""Rosters: columns, separators, and what is wrong with one."""

from __future__ import annotations

import pytest

from archcalc.errors import ArchcalcError
from archcalc.homework.grading.roster import load_roster, read_roster


@pytest.mark.parametrize(
    ("text", "students", "submissions"),
    [
        pytest.param("student\ns1\ns2\n", ("s1", "s2"), {}, id="ids only"),
        pytest.param("\ufeffName;Student;Submission\r\nAda;s1;Ada_12\r\nBob;s2;\r\n", ("s1", "s2"), {"Ada_12": "s1"},
                     id="semicolons, a mark of the byte order, line ends of Windows"),
        pytest.param("student\tname\n  s1 \tAda\n\n", ("s1",), {}, id="tabs, spaces, empty lines"),
        pytest.param('student,name\n"s,1","A\nB"\ns2,C\n', ("s,1", "s2"), {}, id="quotes"),
        pytest.param("student\ne\u0301va\n", ("\u00e9va",), {}, id="composed characters"),
    ],
)  # fmt: skip
def test_a_roster_is_read(text, students, submissions):
    found = read_roster(text, "r.csv")
    assert found.students == students
    assert found.submissions == submissions


@pytest.mark.parametrize(
    ("text", "messages", "help"),
    [
        pytest.param("", ["r.csv:1:1: the roster is empty"], "its first line is a heading with `student`", id="empty"),
        pytest.param("student\n", ["r.csv:1:1: the roster names no student"], "a line for each, below the heading",
                     id="nobody"),
        pytest.param("id,name\ns1,Ada\n", ["r.csv:1:1: the roster has no column `student`"],
                     "the columns are `id` and `name`; rename the one of the ids", id="no column of ids"),
        pytest.param("student,name\ns1,A\ns2,B\ns1,C\n,D\n",
                     ["r.csv:4:1: `s1` stands twice, first in line 2", "r.csv:5:1: this line names no student"],
                     "delete one of them", id="twice, and nobody"),
        pytest.param("student,submission\ns1,x\ns2,x\n",
                     ["r.csv:3:1: the submission `x` is given to two students"], "delete one of them",
                     id="one submission for two"),
        pytest.param('student\n"s1" x\n', ["r.csv:2:1: this is no CSV: ',' expected after '\"'"],
                     "save the roster as CSV", id="no CSV"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_roster(text, messages, help):
    with pytest.raises(ArchcalcError) as caught:
        read_roster(text, "r.csv")
    assert [str(error) for error in caught.value.errors] == messages
    assert caught.value.errors[0].help == help
    assert caught.value.exit_code == 4


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ArchcalcError) as caught:
        load_roster(tmp_path / "none.csv")
    assert str(caught.value) == f"the roster {tmp_path / 'none.csv'} cannot be read: No such file or directory"
    (tmp_path / "r.csv").write_bytes(b"student\n\xff\n")
    with pytest.raises(ArchcalcError) as caught:
        load_roster(tmp_path / "r.csv")
    assert str(caught.value) == f"{tmp_path / 'r.csv'} is not UTF-8 text (line 2)"
    assert caught.value.exit_code == 4
