"""A file of another kind than the one that is asked for: one sentence, and the exit code of the file it is for."""

from __future__ import annotations


def test_on_the_command_line(tmp_path, monkeypatch, archcalc):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text("input: 3x5x5\nlayers: [relu]\n")
    (tmp_path / "hw.yaml").write_text(
        "archcalc: assignment/1\nid: hw1\nquestions:\n  - {id: q, spec: lenet5, get: params, points: 1}\n"
    )
    (tmp_path / "sheet.yaml").write_text("archcalc: answers/1\nof: lenet5\nanswers:\n  params: 61,706\n")
    for arguments, code, said in (
        (["show", "hw.yaml"], 3, "hw.yaml is an assignment, not a spec"),
        (["check", "hw.yaml"], 3, "hw.yaml is an assignment, not a spec"),
        (["rf", "sheet.yaml"], 3, "sheet.yaml is an answer sheet, not a spec"),
        (["compare", "lenet5", "sheet.yaml"], 3, "sheet.yaml is an answer sheet, not a spec"),
        (["check", "net.yaml", "-a", "hw.yaml"], 3, "net.yaml is a spec, not an answer sheet"),
        (["check", "sheet.yaml", "-a", "net.yaml"], 4, "net.yaml is a spec, not an assignment"),
        (["grade", ".", "-a", "net.yaml", "-o", "out"], 4, "net.yaml is a spec, not an assignment"),
    ):
        done = archcalc(*arguments)
        assert (done.code, done.err.count("error:")) == (code, 1)
        assert done.err.startswith(f"error: {said}\n")


def test_a_lock_file(tmp_path, archcalc):
    lock = tmp_path / "lenet5.lock"
    assert archcalc("lock", "lenet5", "-o", str(lock)).code == 0
    done = archcalc("show", str(lock))
    assert done.err.splitlines()[0] == f"error: {lock} is a lock file, not a spec"
