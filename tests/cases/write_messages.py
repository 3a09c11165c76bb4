"""Writes NAME.txt beside each tests/cases/invalid/NAME.yaml: what `archcalc show NAME.yaml` says. See README.md."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from archcalc.cli.main import main
from archcalc.cli.session import Session

INVALID = Path(__file__).parent / "invalid"


def message(name: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `archcalc show NAME`, in the working folder."""
    out, err = io.StringIO(), io.StringIO()
    code = main(["show", name], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


if __name__ == "__main__":
    os.chdir(INVALID)
    for spec in sorted(INVALID.glob(f"{sys.argv[1] if len(sys.argv) > 1 else '*'}.yaml")):
        spec.with_suffix(".txt").write_text(message(spec.name)[2], encoding="utf-8")
