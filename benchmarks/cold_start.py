"""How long `archcalc show` takes from a cold start, against a bare Python, in CPU time.

Bar: `show lenet5`, piped, at most 10 times `python -c pass`.
Run: python benchmarks/cold_start.py [runs]
"""

from __future__ import annotations

import subprocess
import sys

from measure import paired, table

CALL = "from archcalc.cli.main import run; run()"
RECORDS = "from archcalc.core.record import record as make"
DATACLASSES = "from dataclasses import dataclass; make = dataclass(frozen=True, slots=True)"
EIGHTY = """
for i in range(80):
    make(type(f"C{i}", (), {"__doc__": "", "__annotations__": dict.fromkeys("abcde", "int")}))
"""


def main(runs: int) -> None:
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import typer, yaml": [sys.executable, "-c", "import typer, yaml"],
        "archcalc --version": [sys.executable, "-c", CALL, "--version"],
        "archcalc show lenet5": [sys.executable, "-c", CALL, "show", "lenet5"],
        "archcalc show alexnet": [sys.executable, "-c", CALL, "show", "alexnet"],
        "archcalc show resnet152": [sys.executable, "-c", CALL, "show", "resnet152"],
        "80 records": [sys.executable, "-c", RECORDS + EIGHTY],
        "80 frozen dataclasses": [sys.executable, "-c", DATACLASSES + EIGHTY],
    }
    if subprocess.run([sys.executable, "-c", "import torch"], capture_output=True, check=False).returncode == 0:
        commands["import torch"] = [sys.executable, "-c", "import torch"]
    seconds = paired(commands, runs)
    bare = seconds["python -c pass"]
    rows = [("command", "CPU ms", "x bare Python")]
    rows += [(name, f"{1000 * value:.0f}", f"{value / bare:.1f}") for name, value in seconds.items()]
    table(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
