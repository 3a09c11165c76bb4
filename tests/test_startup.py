"""What `archcalc show` may not import; how long it takes is for benchmarks/cold_start.py to say."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = (
    "numpy", "pydantic", "asyncio", "rich", "rich.markdown", "dataclasses_json", "fractions", "decimal", "json",
    "importlib.metadata", "concurrent", "multiprocessing", "http", "email",
)  # fmt: skip


def modules_after(arguments: list[str]) -> set[str]:
    code = (
        "import sys\n"
        "from archcalc.cli.main import main\n"
        f"code = main({arguments!r})\n"
        "print('\\n'.join(sorted(sys.modules)), file=sys.stderr)\n"
        "raise SystemExit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_show_in_a_pipe_stays_light():
    assert modules_after(["show", "lenet5"]).isdisjoint(HEAVY)


def test_families_that_a_spec_does_not_name_are_not_imported():
    loaded = modules_after(["show", "lenet5"])
    assert "archcalc.layers.conv" in loaded
    assert loaded.isdisjoint({"archcalc.layers.attention", "archcalc.layers.recurrent", "archcalc.layers.merge"})
    assert "archcalc.cli.check" not in loaded


def script(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from archcalc.cli.main import run; run()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_the_console_script_ends_with_its_exit_code_and_all_it_wrote():
    done = script("show", "resnet152", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["layers"]) == 514
    wrong = script("show", "alexnett")
    assert (wrong.returncode, wrong.stdout) == (3, "")
    assert wrong.stderr.startswith("error: there is no spec `alexnett`")
