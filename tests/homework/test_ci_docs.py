"""docs/ci.md, action.yml and the hooks: each script is run as it stands there, and each file has the keys it needs.

What would install something runs with stand-ins that write down how they were called.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from homework.marked_sheets import RUNNER

from archcalc.report.marks.formats import SHEET_FORMATS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ASSIGNMENT = "archcalc: assignment/1\nid: hw1\nquestions:\n  - {id: q1, spec: lenet5, get: params, points: 3}\n"
RIGHT = "assignment: hw1\nanswers: {q1: 61706}\n"
WRONG = "assignment: hw1\nanswers: {q1: 61470}\n"

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the scripts of CI are bash's")


def block(language, first):
    """The block of the page that has this comment among its first two lines."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    (found,) = [text for text in blocks if any(line.startswith(first) for line in text.split("\n")[:2])]
    return found


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a program in front of all others on the path; its arguments are added to calls.txt."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    for variable in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "ROOT"):
        monkeypatch.delenv(variable, raising=False)

    def make(name, body='echo "$(basename "$0") $*" >> "$CALLS"', where=folder):
        where.mkdir(parents=True, exist_ok=True)
        (where / name).write_text(f"#!/usr/bin/env bash\n{body}\n", encoding="utf-8")
        (where / name).chmod(0o755)

    monkeypatch.setenv("CALLS", str(tmp_path / "calls.txt"))
    return make


ARCHCALC = f'exec "{sys.executable}" -m archcalc "$@"'


def bash(script, cwd, **environment):
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]  # as GitHub runs `shell: bash`
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def plant(folder):
    """Puts modules into a student's folder that would run if Python looked for modules there."""
    for module in ("archcalc", "pip", "typer", "yaml", "json"):
        (folder / f"{module}.py").write_text("open('pwned', 'w')\n", encoding="utf-8")


def calls(tmp_path):
    return (tmp_path / "calls.txt").read_text(encoding="utf-8").splitlines()


ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SCRIPTS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}


def test_the_action_has_the_keys_of_a_composite_action():
    assert set(ACTION) == {"name", "description", "inputs", "runs"}
    assert set(ACTION["runs"]) == {"using", "steps"}
    assert ACTION["runs"]["using"] == "composite"
    for given in ACTION["inputs"].values():
        assert set(given) <= {"description", "required", "default"}
        assert given["description"]
        assert ("default" in given) != given.get("required", False)
    for step in ACTION["runs"]["steps"]:
        assert set(step) <= {"name", "uses", "with", "run", "shell", "env"}
        assert ("uses" in step) != ("run" in step)
        assert ("run" in step) == ("shell" in step)
    named = re.findall(r"inputs\.([\w-]+)", json.dumps(ACTION["runs"]))
    assert set(named) == set(ACTION["inputs"])


def test_no_input_is_put_into_a_script_of_the_action():
    assert all("${{" not in step["run"] for step in SCRIPTS.values())


@needs_bash
@pytest.mark.parametrize(("version", "what"), [("", "/the/action"), ("0.1.0", "archcalc==0.1.0")])
def test_the_action_installs_itself_or_a_version(program, tmp_path, version, what):
    program("python")
    done = bash(SCRIPTS["Install archcalc"]["run"], tmp_path, ACTION="/the/action", VERSION=version)
    assert (done.returncode, done.stderr) == (0, "")
    assert calls(tmp_path) == [f"python -P -m pip install --quiet --disable-pip-version-check {what}"]


def run_action(tmp_path, **inputs):
    none = dict.fromkeys(SCRIPTS["Check"]["env"], "")
    given = {**none, "FILES": "answers.yaml", "FORMAT": "github", **inputs}
    assert set(given) == set(none)
    return bash(SCRIPTS["Check"]["run"], tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"), **given)


@needs_bash
def test_the_action_checks(program, tmp_path):
    program("python", f'exec "{sys.executable}" "$@"')
    (tmp_path / "hw1.yaml").write_text(ASSIGNMENT, encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(WRONG, encoding="utf-8")
    plant(tmp_path)
    done = run_action(tmp_path, ASSIGNMENT="hw1.yaml")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("::error file=answers.yaml,line=2,col=15,endColumn=20,title=q1%3A par.no_bias")
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("### answers.yaml · hw1\n")
    done = run_action(tmp_path, ASSIGNMENT="hw1.yaml", FORMAT="sarif", OUTPUT="out.sarif")
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"
    assert not (tmp_path / "pwned").exists()


@needs_bash
def test_the_action_takes_names_of_files_as_names(program, tmp_path):
    program("python", 'printf "<%s>" "$@" > args.txt')
    hostile = "  a b.yaml\n\n$(touch pwned).yaml\n--output\n`x`;y\n"
    assert run_action(tmp_path, FILES=hostile, ASSIGNMENT="$(touch pwned)").returncode == 0
    assert (tmp_path / "args.txt").read_text(encoding="utf-8") == (
        "<-P><-m><archcalc><check><--format><github><--assignment><$(touch pwned)><-->"
        "<a b.yaml><$(touch pwned).yaml><--output><`x`;y>"
    )
    assert not (tmp_path / "pwned").exists()


NET = "input: 3x11x13\nlayers: {conv: conv 5 2x3}\n"
"""5*3*2*3 weights and 5 biases: 95 params; 90 taps at 110 places: 9,900 MACs; a field of 2x3."""


@needs_bash
def test_the_action_holds_specs_to_budgets_and_a_lock(program, tmp_path):
    program("python", f'exec "{sys.executable}" "$@"')
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    bash(f'"{sys.executable}" -m archcalc lock net.yaml --output lock.json', tmp_path)
    bounds = {"MAX_PARAMS": "95", "MAX_MACS": "9.9K", "MAX_WEIGHTS": "380B", "MAX_PEAK": "4kB"}
    done = run_action(
        tmp_path, FILES="net.yaml", REQUIRE="conv.rf >= 2x3\n\n conv.out = 5x10x11", LOCK="lock.json", **bounds
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "7 claims of 1 spec: 7 hold, 0 false\n", "")
    (tmp_path / "net.yaml").write_text(NET.replace("conv 5", "conv 6"), encoding="utf-8")
    done = run_action(
        tmp_path, FILES="net.yaml", REQUIRE="conv.rf >= 2x3\nconv.out = 5x10x11", LOCK="lock.json", **bounds
    )
    assert (done.returncode, done.stdout.count("::error file=net.yaml")) == (1, 7)  # all but the field; the lock twice
    assert "out_channels 5 -&gt; 6" in (tmp_path / "summary.md").read_text(encoding="utf-8")


@needs_bash
def test_the_action_takes_budgets_as_values(program, tmp_path):
    program("python", 'printf "<%s>" "$@" > args.txt')
    run_action(tmp_path, FILES="n.yaml", MAX_PARAMS="$(touch pwned)", REQUIRE="--output=x\n`y`", LOCK="--set")
    assert (tmp_path / "args.txt").read_text(encoding="utf-8") == (
        "<-P><-m><archcalc><check><--format><github><--max-params=$(touch pwned)><--require=--output=x>"
        "<--require=`y`><--lock=--set><--><n.yaml>"
    )
    assert not (tmp_path / "pwned").exists()


def test_the_page_names_every_budget():
    from archcalc.analysis.budget import MAXIMA

    for option in (*MAXIMA, "--min-rf", "--require", "--lock"):
        assert f"`{option} " in PAGE or f" {option} " in PAGE
    assert {option[2:] for option in (*MAXIMA, "--require", "--lock")} <= set(ACTION["inputs"])


def test_the_workflow():
    workflow = yaml.safe_load(block("yaml", "# .github/workflows/homework.yml"))
    assert set(workflow) == {"name", True, "permissions", "jobs"}  # YAML 1.1 reads `on` as true
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert set(job) == {"runs-on", "steps"}
    found = re.findall(r"```yaml\n(# steps, behind.*?)```", PAGE, re.DOTALL)
    assert len(found) == 2
    steps = job["steps"] + [step for text in found for step in yaml.safe_load(text)]
    for step in steps:
        assert set(step) <= {"uses", "with", "continue-on-error"}
        assert re.fullmatch(r"[\w-]+/[\w-]+(/[\w-]+)?@[\w.]+", step["uses"])
        if step["uses"].startswith("OWNER/archcalc@"):
            assert set(step["with"]) <= set(ACTION["inputs"])
            assert {name for name, given in ACTION["inputs"].items() if given.get("required")} <= set(step["with"])
            assert step["with"].get("format", "github") in SHEET_FORMATS


@needs_bash
def test_gradescope_sets_up(program, tmp_path):
    program("apt-get")
    record = 'echo "$(basename "$0") $*" >> "$CALLS"'
    program("python3", f'{record}\nmkdir -p "$3/bin" && cp "$0" "$3/bin/pip"')
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "archcalc-0.1.0-py3-none-any.whl").touch()
    done = bash(block("bash", "# setup.sh"), tmp_path, ROOT=str(tmp_path))
    assert (done.returncode, done.stderr.replace("mkdir: cannot create directory", "")) == (0, "")
    assert calls(tmp_path) == [
        "apt-get update",
        "apt-get install -y python3-venv",
        f"python3 -m venv {tmp_path}/venv",
        f"pip install {tmp_path}/source/archcalc-0.1.0-py3-none-any.whl",
    ]


@needs_bash
@pytest.mark.parametrize(
    ("sheet", "score", "status"),
    [(RIGHT, 3, "passed"), (WRONG, 0, "failed"), ("answers: {q9: 1}\n", 0, "failed"), ("answers: {}\n", 0, "failed"),
     (None, 0, "failed")],
    ids=["right", "wrong", "refused", "blank", "missing"],
)  # fmt: skip
def test_gradescope_runs(program, tmp_path, sheet, score, status):
    program("archcalc", ARCHCALC, tmp_path / "venv" / "bin")
    for folder in ("source", "submission", "results"):
        (tmp_path / folder).mkdir()
    (tmp_path / "source" / "hw1.yaml").write_text(ASSIGNMENT, encoding="utf-8")
    if sheet is not None:
        (tmp_path / "submission" / "answers.yaml").write_text(sheet, encoding="utf-8")
    script = tmp_path / "run_autograder"
    script.write_text(block("bash", "# run_autograder"), encoding="utf-8")
    environment = {**os.environ, "ROOT": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    found = json.loads((tmp_path / "results" / "results.json").read_text(encoding="utf-8"))
    assert (found["score"], [test["status"] for test in found["tests"]]) == (score, [status])
    assert found["tests"][0]["max_score"] == 3


@needs_bash
def test_gradescope_tells_the_teacher_of_a_wrong_assignment(program, tmp_path):
    program("archcalc", ARCHCALC, tmp_path / "venv" / "bin")
    for folder in ("source", "submission", "results"):
        (tmp_path / folder).mkdir()
    (tmp_path / "source" / "hw1.yaml").write_text("id: hw1\n", encoding="utf-8")
    (tmp_path / "submission" / "answers.yaml").write_text(RIGHT, encoding="utf-8")
    done = bash(block("bash", "# run_autograder").replace("set -e", ""), tmp_path, ROOT=str(tmp_path))
    assert done.returncode != 0
    assert not (tmp_path / "results" / "results.json").exists()


@pytest.mark.parametrize(("sheet", "score"), [(RIGHT, 300), (WRONG, 0), (None, 0)], ids=["right", "wrong", "missing"])
def test_classroom50_runs(tmp_path, sheet, score):
    bundle, checkout = tmp_path / "bundle", tmp_path / "checkout"
    for folder in (bundle, checkout, tmp_path / "stub" / "pip"):
        folder.mkdir(parents=True)
    (tmp_path / "stub" / "pip" / "__init__.py").touch()
    (tmp_path / "stub" / "pip" / "__main__.py").write_text("import sys\nprint(sys.argv[1:])\n", encoding="utf-8")
    (bundle / "autograder.py").write_text(block("python", "# autograder.py"), encoding="utf-8")
    (bundle / "archcalc-0.1.0-py3-none-any.whl").touch()
    (bundle / "hw1.yaml").write_text(ASSIGNMENT, encoding="utf-8")
    if sheet is not None:
        (checkout / "answers.yaml").write_text(sheet, encoding="utf-8")
    plant(checkout)
    path = os.pathsep.join([str(tmp_path / "stub"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, str(bundle / "autograder.py")], cwd=checkout, env={**os.environ, **RUNNER, "PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{['install', '--quiet', str(bundle / 'archcalc-0.1.0-py3-none-any.whl')]}\n"
    found = json.loads((checkout / "result.json").read_text(encoding="utf-8"))
    assert (found["classroom"], found["score"], found["max-score"]) == ("dl", score, 300)
    assert not (checkout / "pwned").exists()


HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


def test_the_hooks_have_the_keys_of_pre_commit():
    assert set(HOOKS) == {"archcalc-check", "archcalc-sheet"}
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language"} <= set(hook)
        assert set(hook) <= {"id", "name", "description", "entry", "language", "types", "files", "args"}
        assert hook["language"] == "python"
    used = yaml.safe_load(block("yaml", "# .pre-commit-config.yaml"))["repos"]
    assert [set(repo) for repo in used] == [{"repo", "rev", "hooks"}]
    assert {hook["id"] for hook in used[0]["hooks"]} == set(HOOKS)


@pytest.mark.parametrize(
    ("hook", "file", "meant"),
    [
        ("archcalc-check", "specs/alexnet.yaml", True),
        ("archcalc-check", "docs/mistakes.yaml", False),
        ("archcalc-sheet", "answers.yaml", True),
        ("archcalc-sheet", "hw1/answers.csv", True),
        ("archcalc-sheet", "hw1/my_answers.csv", False),
        ("archcalc-sheet", "hw1/answers.py", False),
    ],
)
def test_the_files_of_the_hooks(hook, file, meant):
    assert bool(re.search(HOOKS[hook]["files"], file)) is meant


@needs_bash
def test_the_hooks_run(program, tmp_path):
    program("archcalc", ARCHCALC)
    (tmp_path / "hw1.yaml").write_text(ASSIGNMENT, encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(RIGHT, encoding="utf-8")
    (sheet,) = [hook for hook in yaml.safe_load(block("yaml", "# .pre-commit-config.yaml"))["repos"][0]["hooks"]
                if hook["id"] == "archcalc-sheet"]  # fmt: skip
    done = bash(f"{HOOKS['archcalc-sheet']['entry']} {' '.join(sheet['args'])} answers.yaml", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (
        0, "1 answer: 1 right, 0 wrong, 3.0 of 3 points\n", "",
    )  # fmt: skip
    done = bash(f"{HOOKS['archcalc-check']['entry']} {ROOT}/specs/lenet5.yaml", tmp_path)
    assert done.returncode == 0, done.stdout
    assert ", 0 false" in done.stdout


@pytest.mark.slow
@needs_bash
def test_the_recipe_for_pytest(program, tmp_path):
    program("archcalc", ARCHCALC)
    (tmp_path / "test_answers.py").write_text(block("python", "# test_answers.py"), encoding="utf-8")
    (tmp_path / "hw1.yaml").write_text(ASSIGNMENT, encoding="utf-8")
    run = f'"{sys.executable}" -m pytest -q -p no:cacheprovider --rootdir . test_answers.py'
    (tmp_path / "answers.yaml").write_text(RIGHT, encoding="utf-8")
    done = bash(run, tmp_path, PYTEST_ADDOPTS="")  # what those who run these tests like is not the reader's
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    (tmp_path / "answers.yaml").write_text(WRONG, encoding="utf-8")
    done = bash(run, tmp_path, PYTEST_ADDOPTS="")
    assert done.returncode == 1
    assert "test_answers.py::test_answer[q1] - AssertionError" in done.stdout


def test_the_page_names_every_format():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(SHEET_FORMATS)
