"""The file of results: torn lines, lines that stand twice, the order at the end, and one run at a time."""

from __future__ import annotations

import json

import pytest

from archcalc.errors import UsageError
from archcalc.homework.grading.results import Results, sealed


def line(student, points, key="k", **more):
    content = {"student": student, "points": points, "assignment": "hw1", "key": key, "files": {"a": "1"}, "bug": False}
    return sealed({**content, "feedback": {"file": f"{student}.md", "sha256": f"d{points}"}, **more})


def kept(results):
    return {student: results.of(student)["points"] for student in results.kept}


def test_lines_are_kept_when_a_run_is_cut_off(tmp_path):
    first = Results(tmp_path)
    first.add("s2", line("s2", 2))
    first.add("s1", line("s1", 1))
    first.close()
    with (tmp_path / "results.jsonl.part").open("ab") as file:
        file.write(line("s3", 3).encode()[:40])
    again = Results(tmp_path)
    assert kept(again) == {"s2": 2, "s1": 1}
    assert (again.kept["s2"].key, again.kept["s2"].files) == ("k", {"a": "1"})
    again.add("s3", line("s3", 4))
    again.close()
    again = Results(tmp_path)
    assert kept(again) == {"s2": 2, "s1": 1, "s3": 4}
    again.finish(["s1", "s2", "s3"])
    lines = (tmp_path / "results.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(one)["points"] for one in lines[:-1]] == [1, 2, 4]
    assert lines[-1] == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.jsonl"]


def test_of_several_lines_of_a_student_the_last_holds(tmp_path):
    (tmp_path / "results.jsonl").write_text(line("s1", 1) + "\n" + line("s2", 1) + "\n", encoding="utf-8")
    (tmp_path / "results.jsonl.part").write_text(line("s1", 2) + "\n" + line("s1", 3) + "\n", encoding="utf-8")
    results = Results(tmp_path)
    assert kept(results) == {"s1": 3, "s2": 1}
    results.finish(["s1"])
    assert (tmp_path / "results.jsonl").read_text(encoding="utf-8") == line("s1", 3) + "\n"


def test_lines_that_say_nothing_are_passed_over(tmp_path):
    lines = ["{", "[]", "3", "{}", "\x00\xff", line("s1", 1, bug=True), line("s2", 2, files=None), line("s3", 3)]
    (tmp_path / "results.jsonl.part").write_bytes("\n".join(lines).encode("latin-1") + b"\n")
    with_close = Results(tmp_path)
    assert kept(with_close) == {"s3": 3}
    with_close.close()


def test_one_run_at_a_time(tmp_path):
    pytest.importorskip("fcntl", reason="locks are those of POSIX")
    first = Results(tmp_path)
    with pytest.raises(UsageError) as caught:
        Results(tmp_path)
    assert str(caught.value) == f"another run is writing to {tmp_path}"
    assert caught.value.help == "wait for it, or name another --output"
    first.close()
    Results(tmp_path).close()


def test_results_of_another_assignment_are_not_overwritten(tmp_path):
    first = Results(tmp_path)
    first.add("s1", line("s1", 1))
    first.close()
    again = Results(tmp_path)
    again.refuse_others("hw1")
    with pytest.raises(UsageError) as caught:
        again.refuse_others("hw2")
    again.close()
    assert str(caught.value) == f"{tmp_path} holds the results of `hw1`"
    assert caught.value.help == "name another --output, so that they stay"
