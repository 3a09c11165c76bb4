"""The law of `archcalc grade`: run again, it leaves what a first run would, byte for byte.

Whatever was changed in between (sheets, roster, assignment, its specs, options, a folder or a zip), and wherever the
runs before were cut off, or found the disk full. GRADE_AGAIN_EXAMPLES=5000 tries more.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.cli.main import main
from archcalc.cli.session import Session

NET = "input: 2x11x13\nlayers:\n  conv: conv 3 3\n"
DESIGN = "input: 2x11x13\nlayers:\n  flat: flatten\n  fc: linear 5\n"
ASSIGNMENT = """\
id: hw1
feedback: {feedback}
questions:
  - {{id: q1, spec: own.yaml, get: params, points: {points}}}
  - {{id: q2, layer: conv 5 3, input: 2x7x9, get: params, points: 2}}
  - {{id: q3, design: {{input: 2x11x13, require: ["out == 5"]}}, points: 1}}
"""
DRAWN = "id: hw1\nquestions: [{id: q1, spec: own$k.yaml, vary: {k: [1, 2]}, get: params, points: 3}]\n"
ASSIGNMENTS = [
    ASSIGNMENT.format(feedback="hint", points=1), ASSIGNMENT.format(feedback="none", points=1),
    ASSIGNMENT.format(feedback="hint", points=3), DRAWN,
]  # fmt: skip
SHEETS = [
    b"answers: {q1: 57, q2: 95}\n",  # (3*3*2 + 1)*3 and (3*3*2 + 1)*5
    b"answers: {q1: 54, q2: 90, q3: {spec: net.yaml}}\n",
    b"student: s9\nanswers: {q2: (3*3*2+1)*5, q3: {spec: b.yaml}}\n",
    b"drawn: {q1: {k: 1}}\nanswers: {q1: 57}\n", b"drawn: {q1: {k: 2}}\nanswers: {q1: 57}\n",
    b"answers: [", b"", b"\xff",
    b"question,answer\nq1,57\n", DESIGN.encode(), b"some notes\n",
]  # fmt: skip
LINK = b"a link"
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where files are made fastest."""
PATHS = [
    "s1.yaml", "s1.csv", "s2.yaml", "s1/answers.yaml", "s1/old.csv", "s1/notes.txt", "s1/net.yaml", "s1/b.yaml",
    "S2/answers.yaml", "S2/net.yaml", "notes.txt", "\u05d0.yaml",
]  # fmt: skip
ROSTERS = [
    None, "student\ns1\ns2\n", "student\ns2\ns1\ns3\n", "student,submission\ns1,s2.yaml\ns2,s1.yaml\n",
    "student,submission\ns1,s1.csv\ns4,S2\n",
]  # fmt: skip
SPECS = ["own.yaml", "own1.yaml", "own2.yaml"]
OPTIONS = [[], ["--format", "json"], ["--format", "junit"]]
SECRETS = [None, "a secret of 24 letters..", "another secret of letters"]


class Killed(BaseException):
    """The process is gone."""


class Disk:
    """Counts what is done to the disk; at a number the process is killed, or the disk is full from there on."""

    DOES = ("write", "replace", "unlink", "ftruncate", "open", "mkdir")

    def __init__(self, fault: str = "", at: int = 0) -> None:
        self.fault, self.at, self.count = fault, at, 0

    def __enter__(self):
        self.own = {name: getattr(os, name) for name in self.DOES}
        for name in self.DOES:
            setattr(os, name, lambda *given, name=name, **more: self.does(name, given, more))
        return self

    def __exit__(self, *_):
        for name, own in self.own.items():
            setattr(os, name, own)

    def does(self, name, given, more):
        if name == "open" and not given[1] & os.O_CREAT:
            return self.own[name](*given, **more)
        self.count += 1
        if not self.fault or self.count <= self.at:
            return self.own[name](*given, **more)
        if self.fault == "full" and name in ("replace", "unlink", "ftruncate"):
            return self.own[name](*given, **more)
        if name == "write" and self.count == self.at + 1:
            self.own["write"](given[0], bytes(given[1])[: len(given[1]) // 2])  # torn
        if self.fault == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise Killed


class Course:
    """A course in a folder of its own, changed by edits."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sheets: dict[str, bytes] = {}
        self.kind, self.options, self.roster, self.secret = "folder", [], None, None
        (root / "hw1.yaml").write_text(ASSIGNMENTS[0], encoding="utf-8")
        for name in SPECS:
            (root / name).write_text(NET, encoding="utf-8")

    def edit(self, what, *how):
        if what == "write":
            self.sheets[how[0]] = how[1]
        elif what == "delete":
            self.sheets.pop(how[0], None)
        elif what == "assignment":
            (self.root / "hw1.yaml").write_text(how[0], encoding="utf-8")
        elif what == "spec":
            (self.root / how[0]).write_text(NET.replace("conv 3", f"conv {how[1]}"), encoding="utf-8")
        elif what == "lose":  # a file of the results
            files = sorted(
                path for path in (self.root / "out").rglob("*") if path.suffix not in ("", ".jsonl", ".part")
            )
            if files:
                files[how[0] % len(files)].unlink()
        else:
            setattr(self, what, how[0])

    def lay_out(self):
        """Write the submissions as they are now."""
        shutil.rmtree(self.root / "in", ignore_errors=True)
        (self.root / "in.zip").unlink(missing_ok=True)
        if self.kind == "zip":
            with zipfile.ZipFile(self.root / "in.zip", "w") as archive:
                for path, data in self.sheets.items():
                    info = zipfile.ZipInfo(path)
                    info.external_attr = (0o120777 if data == LINK else 0o100644) << 16
                    archive.writestr(info, data)
            return "in.zip"
        for path, data in {"": b"", **self.sheets}.items():
            file = self.root / "in" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if data == LINK:
                file.symlink_to("../hw1.yaml")
            elif not path or path.endswith("/"):
                file.mkdir()
            else:
                file.write_bytes(data)
        return "in"

    def arguments(self, out):
        found = ["grade", self.lay_out(), "-a", "hw1.yaml", "-o", out, "--jobs", "1", *self.options]
        if self.roster is not None:
            (self.root / "roster.csv").write_text(self.roster, encoding="utf-8")
            found += ["--roster", "roster.csv"]
        return found

    def grade(self, out, disk=None):
        """Run it; the exit code, and what was said on stderr."""
        arguments, here, err = self.arguments(out), os.getcwd(), StringIO()
        os.chdir(self.root)
        os.environ.pop("ARCHCALC_SECRET", None)
        if self.secret:
            os.environ["ARCHCALC_SECRET"] = self.secret
        try:
            with disk or Disk():
                code = main(arguments, Session(StringIO(), err, False, False))
        finally:
            os.chdir(here)
            os.environ.pop("ARCHCALC_SECRET", None)
        return code, err.getvalue()

    def tree(self, out):
        """Every file below a folder with its bytes."""
        folder = self.root / out
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def fresh(self):
        """What a first run leaves, and its exit code."""
        shutil.rmtree(self.root / "fresh", ignore_errors=True)
        return self.grade("fresh")[0], self.tree("fresh")


EDITS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PATHS), st.sampled_from([*SHEETS, LINK])),
    st.tuples(st.just("write"), st.sampled_from(PATHS[:5]), st.sampled_from(SHEETS[:5])),
    st.tuples(st.just("delete"), st.sampled_from(PATHS)),
    st.tuples(st.just("roster"), st.sampled_from(ROSTERS)),
    st.tuples(st.just("assignment"), st.sampled_from(ASSIGNMENTS)),
    st.tuples(st.just("spec"), st.sampled_from(SPECS), st.sampled_from([3, 4])),
    st.tuples(st.just("options"), st.sampled_from(OPTIONS)),
    st.tuples(st.just("kind"), st.sampled_from(["folder", "zip"])),
    st.tuples(st.just("secret"), st.sampled_from(SECRETS)),
    st.tuples(st.just("lose"), st.integers(0, 7)),
)
FAULTS = st.one_of(st.just(("", 0)), st.tuples(st.sampled_from(["killed", "full"]), st.integers(0, 60)))
STEPS = st.lists(st.tuples(st.lists(EDITS, min_size=1, max_size=4), FAULTS), min_size=1, max_size=5)
FIRST = [("write", path, sheet) for path, sheet in zip(("s1.yaml", "s2.yaml", "S2/answers.yaml"), SHEETS, strict=False)]


@pytest.mark.slow
@settings(max_examples=int(os.environ.get("GRADE_AGAIN_EXAMPLES", "40")))
@given(STEPS)
def test_a_run_into_any_folder_leaves_what_a_first_run_leaves(steps):
    with TemporaryDirectory(dir=MEMORY) as root:
        course = Course(Path(root))
        for edits, (fault, at) in [(FIRST, ("", 0)), *steps, ([], ("", 0))]:
            for edit in edits:
                course.edit(*edit)
            with suppress(Killed):
                code, err = course.grade("out", Disk(fault, at))
                if fault == "full" and code == 6:
                    assert_told(err)
                else:
                    assert (code, course.tree("out") if code == 0 else {}) == course.fresh()
                    assert code in (0, 5)


def assert_told(err):
    assert err.startswith("error: no room left on the disk for out")
    assert err.endswith("= help: make room there, and run it again: what is graded so far is kept\n")


LATER = {
    "nothing": [],
    "who leaves, who changes, who comes": [
        ("delete", "s1.yaml"), ("write", "s2.yaml", SHEETS[2]), ("write", "s5.yaml", SHEETS[1]),
    ],
    "other files": [("delete", "S2/answers.yaml"), ("write", "S2/net.yaml", SHEETS[0]), ("options", ["-f", "json"])],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("fault", ["killed", "full"])
def test_a_run_is_cut_off_at_every_point(tmp_path, fault, later):
    """A first run, a second one cut off at its first, second ... change of the disk, and one after what comes later."""
    course = Course(tmp_path)
    for edit in FIRST:
        course.edit(*edit)
    course.grade("out")
    shutil.copytree(tmp_path / "out", tmp_path / "before")
    second = [("write", "s1.yaml", SHEETS[2]), ("delete", "s2.yaml"), ("write", "s3.yaml", SHEETS[1])]
    for edit in second:
        course.edit(*edit)
    disk = Disk()
    course.grade("out", disk)
    then = Course(tmp_path)
    then.sheets = dict(course.sheets)
    for edit in LATER[later]:
        then.edit(*edit)
    expected = then.fresh()
    assert disk.count == 30
    for at in range(disk.count):
        shutil.rmtree(tmp_path / "out")
        shutil.copytree(tmp_path / "before", tmp_path / "out")
        with suppress(Killed):
            code, err = course.grade("out", Disk(fault, at))
            assert fault == "full"
            assert code in (0, 6)
            assert code == 0 or assert_told(err) is None
        whole = course.tree("out")["results.jsonl"]
        assert whole.count(b"\n") == 3  # the old results or the new ones, nothing between
        assert whole.endswith(b"\n")
        assert (then.grade("out")[0], then.tree("out")) == expected, at


FORMS = {
    "an empty folder": ({"s1/": b""}, {"s1/answers.yaml": SHEETS[0]}, []),
    "notes first": ({"s1/notes.txt": b"later"}, {"s1/answers.yaml": SHEETS[0]}, []),
    "one of two deleted": ({"s1/a.yaml": SHEETS[0], "s1/b.yaml": SHEETS[1]}, {}, ["s1/b.yaml"]),
    "a third beside two": ({"s1/a.yaml": b"", "s1/b.yaml": b""}, {"s1/c.yaml": b""}, []),
    "a better name": ({"s1/old.csv": SHEETS[8]}, {"s1/answers.yaml": SHEETS[0]}, []),
    "two of a student": ({"s1.yaml": SHEETS[0]}, {"s1.csv": SHEETS[8]}, []),
    "a folder beside a file": ({"s1.yaml": SHEETS[0]}, {"s1/answers.yaml": SHEETS[1]}, []),
    "a network that comes": ({"s1/answers.yaml": SHEETS[1]}, {"s1/net.yaml": DESIGN.encode()}, []),
    "a network that is a link": ({"s1/answers.yaml": SHEETS[1]}, {"s1/net.yaml": LINK}, []),
    "a sheet that is a link": ({"s1/answers.yaml": SHEETS[1]}, {"s1/answers.yaml": LINK}, []),
    "a sheet that goes": ({"s1.yaml": SHEETS[0], "s2.yaml": SHEETS[1]}, {}, ["s1.yaml"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("form", FORMS)
def test_other_files_count_now(tmp_path, form, kind):
    before, added, gone = FORMS[form]
    course = Course(tmp_path)
    course.kind = kind
    course.sheets = {"s9.yaml": SHEETS[0], **before}
    assert course.grade("out") == (0, "")
    first = course.tree("out")
    for path in gone:
        del course.sheets[path]
    course.sheets |= added
    assert course.grade("out") == (0, "")
    assert (0, course.tree("out")) == course.fresh()
    assert course.tree("out") != first


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_the_roster_names_another_file(tmp_path, kind):
    course = Course(tmp_path)
    course.kind = kind
    course.sheets = {"a.yaml": SHEETS[0], "b.yaml": SHEETS[1]}
    course.roster = "student,submission\ns1,a.yaml\n"
    course.grade("out")
    assert rows(course)["s1"] == "3"  # 1 and 2 points
    course.roster = "student,submission\ns1,b.yaml\n"
    course.grade("out")
    assert rows(course)["s1"] == "0"
    assert (0, course.tree("out")) == course.fresh()


def rows(course):
    """Student -> points."""
    lines = course.tree("out")["grades.csv"].decode().splitlines()
    return {line.split(",")[0]: line.split(",")[1] for line in lines}


KILL = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from cli.test_grade_again import Disk
from archcalc.cli.main import main

class Real(Disk):
    def does(self, name, given, more):
        if self.count >= self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().does(name, given, more)

with Real(at=int(sys.argv[2])):
    main(sys.argv[3:])
"""


@pytest.mark.slow
@pytest.mark.parametrize("at", [3, 9, 16, 24])
def test_a_process_is_killed(tmp_path, at):
    course = Course(tmp_path)
    for edit in FIRST:
        course.edit(*edit)
    command = [sys.executable, "-c", KILL, str(Path(__file__).parents[1]), str(at), *course.arguments("out")]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == -9
    course.edit("delete", "s1.yaml")
    assert course.grade("out") == (0, "")
    assert (0, course.tree("out")) == course.fresh()


OWN = [
    "grades.csv", "report.md", "results.jsonl", "feedback/s1.md", ".grades.csv.tmp", ".report.md.tmp",
    ".results.jsonl.tmp", "feedback/.s1.md.tmp",
]  # fmt: skip


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("name", OWN)
def test_a_link_in_the_results_is_not_followed(tmp_path, name, again):
    course = Course(tmp_path)
    course.sheets = {"s1.yaml": SHEETS[0]}
    if again:
        course.grade("out")
    (tmp_path / "precious").write_text("precious", encoding="utf-8")
    (tmp_path / "out/feedback").mkdir(parents=True, exist_ok=True)
    (tmp_path / "out" / name).unlink(missing_ok=True)
    (tmp_path / "out" / name).symlink_to(tmp_path / "precious")
    assert course.grade("out") == (0, "")
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "precious"
    assert not any(path.is_symlink() for path in (tmp_path / "out").rglob("*"))
    assert (0, course.tree("out")) == course.fresh()


@pytest.mark.parametrize("name", ["feedback", "results.jsonl.part"])
def test_a_link_that_would_be_written_through_is_refused(tmp_path, name):
    course = Course(tmp_path)
    course.sheets = {"s1.yaml": SHEETS[0]}
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to(tmp_path / "elsewhere" / ("" if name == "feedback" else "file"))
    assert course.grade("out") == (2, (
        f"error: out/{name} is a link, and links are not followed\n= help: delete it, or name another --output\n"
    ))  # fmt: skip
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_files_of_others_stay(tmp_path, monkeypatch):
    course = Course(tmp_path)
    course.sheets = {"s1.yaml": SHEETS[0], "s2.yaml": SHEETS[0], "s3.yaml": SHEETS[0]}
    course.grade("out")
    notes = tmp_path / "out/feedback/notes.md"
    notes.write_text("mine", encoding="utf-8")
    (tmp_path / "out/feedback/s2.md").write_text("changed by hand", encoding="utf-8")
    course.sheets = {"s1.yaml": SHEETS[0]}
    out = StringIO()
    course.lay_out()
    monkeypatch.chdir(tmp_path)
    assert main(["grade", "in", "-a", "hw1.yaml", "-o", "out"], Session(out, StringIO(), False, False)) == 0
    assert "Not deleted from out/feedback, for it was changed by somebody: s2.md.\n" in out.getvalue()
    left = course.tree("out")
    assert (left.pop("feedback/notes.md"), left.pop("feedback/s2.md")) == (b"mine", b"changed by hand")
    assert (0, left) == course.fresh()


@pytest.mark.parametrize("harm", ["changed", "forged", "cut off", "no text", "of 0.1.0"])
def test_results_that_are_not_as_they_were_written_are_none(tmp_path, harm):
    course = Course(tmp_path)
    course.sheets = {"s1.yaml": SHEETS[0], "s2.yaml": SHEETS[1]}
    course.grade("out")
    file = tmp_path / "out/results.jsonl"
    text = file.read_text(encoding="utf-8")
    file.write_bytes({
        "changed": text.replace('"earned": "0"', '"earned": "9"').encode(),
        "forged": text.replace('"verdict": "exact"', '"verdict": "wrong"').encode(),
        "cut off": text.encode()[:-40],
        "no text": b"\0\xff" * 500,
        "of 0.1.0": "".join(line.partition(', "seal"')[0] + "}\n" for line in text.splitlines()).encode(),
    }[harm])  # fmt: skip
    assert file.read_text(encoding="utf-8", errors="replace") != text
    assert course.grade("out") == (0, "")
    assert (0, course.tree("out")) == course.fresh()
