"""How a run ends where something outside ends it: Ctrl-C at any moment, a full disk, a stream that is closed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

START = "from archcalc.__main__ import run; run()"
ON_IMPORT = """\
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""


def script(*arguments, before="", **options):
    code = before + START
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=60, **options
    )


@pytest.mark.parametrize(
    "module",
    ["archcalc.cli.main", "typer", "archcalc.cli.show", "archcalc.network", "yaml", "archcalc.report.network.summary"],
)
def test_ctrl_c_at_any_import(module):
    done = script("show", "lenet5", before=ON_IMPORT.format(module=module))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_ctrl_c_that_is_ignored_stays_so():
    ignored = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    done = script("show", "lenet5", before=ignored + ON_IMPORT.format(module="yaml"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "61,706" in done.stdout


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="children are listed under /proc")
@pytest.mark.slow
@pytest.mark.parametrize("patience", [0, 0.1, 0.6])
def test_ctrl_c_while_processes_start_and_work(patience):
    """Of a whole group, as a terminal sends it: one word, 130, and no process is left."""
    command = [sys.executable, "-c", START, "sweep", "resnet50", "--vary", "input=64:640:1", "--jobs", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        while len(_children(run.pid)) < 2:
            assert run.poll() is None
            time.sleep(0.01)
        time.sleep(patience)
        children = _children(run.pid)
        os.killpg(run.pid, signal.SIGINT)
        out, err = run.communicate(timeout=30)
    assert (run.returncode, out, err) == (130, "", "interrupted\n")
    assert [child for child in children if _alive(child)] == []


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def _alive(pid):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return False
        except OSError:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full")
@pytest.mark.parametrize(
    "arguments",
    [["show", "lenet5"], ["show", "resnet152", "--format", "json"], ["list"], ["show", "lenett", "-f", "json"]],
)
def test_a_full_disk(arguments):
    with open("/dev/full", "w", encoding="ascii") as full:
        code = START
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    sentence = "error: no room left on the disk for stdout\n= help: make room there, and run it again\n"
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith(sentence)
    assert done.returncode == 6


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the streams")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0), (">&- 2>&-", 0)])
def test_a_closed_stream(closed, code):
    shell = f'exec "{sys.executable}" -c "{START}" show lenet5 {closed}'
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, "")


def test_an_error_that_nobody_can_read_keeps_its_exit_code():
    shell = f'exec "{sys.executable}" -c "{START}" show lenett 2>/dev/full'
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "TERM": "xterm-256color"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_in_a_pipe(environment, coloured):
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    for arguments in (["show", "lenet5"], ["show", "lenett"]):
        done = script(*arguments, env={**kept, **environment})
        assert ("\x1b[" in done.stdout + done.stderr) is coloured
