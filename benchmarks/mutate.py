"""Do the tests notice? Random small mistakes are put into the code, one at a time, and the mirrored tests are run.

A mistake that no test notices is printed with its place; some change nothing that can be seen (a limit that is never
reached), the others want a test. CONTRIBUTING.md has the last result.

Run: python benchmarks/mutate.py [--count N] [--seed N] [--jobs N] [--only FOLDER]
The code is changed in a copy; what needs a GPU or compiles with numba is left out.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LEFT_OUT = ("numeric/gpu/", "numba_")
COPIED = ("archcalc", "tests", "specs", "docs", "benchmarks", "pyproject.toml", "README.md", "CONTRIBUTING.md",
          "CHANGELOG.md", "action.yml", ".pre-commit-hooks.yaml", ".github", "LICENSE")  # fmt: skip
SECONDS = 420
"""A run that takes longer counts as noticed: the mistake made it hang."""

COMPARED = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.In: "not in",
            ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is"}  # fmt: skip
COMPUTED = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "*", ast.Mod: "*", ast.Div: "*"}


class Mistake(NamedTuple):
    """A stretch of a file and what stands there instead."""

    file: Path
    start: int
    stop: int
    text: str

    def words(self, source: str) -> str:
        line = source.count("\n", 0, self.start) + 1
        return f"{self.file}:{line}: `{source[self.start : self.stop]}` became `{self.text}`"


def mistakes(file: Path) -> Iterator[Mistake]:
    """Every mistake that can be put into a file."""
    source = (ROOT / file).read_text(encoding="utf-8")
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    data = source.encode()

    def span(node: ast.expr | ast.stmt) -> tuple[int, int]:
        ends = ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        start, stop = (len(data[: starts[line - 1] + column].decode()) for line, column in ends)
        return start, stop

    def whole(node: ast.expr | ast.stmt, text: str) -> Mistake:
        return Mistake(file, *span(node), text)

    def between(left: ast.expr, right: ast.expr, text: str) -> Mistake:
        return Mistake(file, span(left)[1], span(right)[0], f" {text} ")

    for node in ast.walk(ast.parse(source)):
        for kind, make in MAKERS.items():
            if isinstance(node, kind):
                yield from make(node, source, whole, between)


def _compare(
    node: ast.Compare, _: str, __: Callable[..., Mistake], between: Callable[..., Mistake]
) -> Iterator[Mistake]:
    if len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        yield between(node.left, node.comparators[0], COMPARED[type(node.ops[0])])


def _binary(
    node: ast.BinOp, source: str, _: Callable[..., Mistake], between: Callable[..., Mistake]
) -> Iterator[Mistake]:
    mistake = between(node.left, node.right, COMPUTED.get(type(node.op), ""))
    text = isinstance(node.left, ast.Constant | ast.JoinedStr)
    if type(node.op) in COMPUTED and not text and not set(source[mistake.start : mistake.stop]) & set("()"):
        yield mistake


def _boolean(
    node: ast.BoolOp, source: str, _: Callable[..., Mistake], between: Callable[..., Mistake]
) -> Iterator[Mistake]:
    mistake = between(node.values[0], node.values[1], "or" if isinstance(node.op, ast.And) else "and")
    if not set(source[mistake.start : mistake.stop]) & set("()"):
        yield mistake


def _constant(
    node: ast.Constant, _: str, whole: Callable[..., Mistake], __: Callable[..., Mistake]
) -> Iterator[Mistake]:
    if isinstance(node.value, bool):
        yield whole(node, str(not node.value))
    elif isinstance(node.value, int):
        yield whole(node, str(node.value + 1))


def _if(
    node: ast.If | ast.IfExp, source: str, whole: Callable[..., Mistake], __: Callable[..., Mistake]
) -> Iterator[Mistake]:
    named = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if not named:
        mistake = whole(node.test, "")
        yield mistake._replace(text=f"not ({source[mistake.start : mistake.stop]})")


def _call(node: ast.Expr, _: str, whole: Callable[..., Mistake], __: Callable[..., Mistake]) -> Iterator[Mistake]:
    if isinstance(node.value, ast.Call):
        yield whole(node, "pass")


MAKERS = {
    ast.Compare: _compare, ast.BinOp: _binary, ast.BoolOp: _boolean, ast.Constant: _constant, ast.If: _if,
    ast.IfExp: _if, ast.Expr: _call,
}  # fmt: skip


def tests_of(file: Path) -> list[str]:
    """The mirrored folder: `archcalc/a/b/c.py` is tested by `tests/a/b`, what stands beside the folders by all."""
    folder = Path("tests", *file.parts[1:-1])
    while not (ROOT / folder).is_dir():
        folder = folder.parent
    extra = ["tests/test_matrix.py", "tests/test_specs.py"] if folder.parts[1:2] == ("layers",) else []
    return [str(folder), *extra]


def noticed(copy: Path, mistake: Mistake) -> bool:
    """Whether a test fails with the mistake in the copy."""
    target = copy / mistake.file
    source = target.read_text(encoding="utf-8")
    target.write_text(source[: mistake.start] + mistake.text + source[mistake.stop :], encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    try:
        run = subprocess.run(
            [*command, *tests_of(mistake.file)],
            cwd=copy,
            env=environment,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return run.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        target.write_text(source, encoding="utf-8")


def files(only: str) -> list[Path]:
    """The code that mistakes are put into."""
    found = (path.relative_to(ROOT) for path in sorted((ROOT / "archcalc").rglob("*.py")))
    return [path for path in found if only in str(path) and not any(part in str(path) for part in LEFT_OUT)]


def main() -> int:
    """Put the mistakes in and print what nobody noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    known = [mistake for file in files(given.only) for mistake in mistakes(file)]
    chosen = rng.sample(known, min(given.count, len(known)))
    copies: SimpleQueue[Path] = SimpleQueue()
    started, caught = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        for number in range(given.jobs):
            copy = Path(folder) / str(number)
            copy.mkdir()
            for name in COPIED:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
                elif source.exists():
                    shutil.copy(source, copy / name)
            copies.put(copy)

        def one(mistake: Mistake) -> bool:
            copy = copies.get()
            try:
                return noticed(copy, mistake)
            finally:
                copies.put(copy)

        red = set()
        for tests, file in {tuple(tests_of(mistake.file)): mistake.file for mistake in chosen}.items():
            if one(Mistake(file, 0, 0, "")):
                red.add(tests)
                print(f"left out, for it fails without a mistake: {' '.join(tests)}", flush=True)
        chosen = [mistake for mistake in chosen if tuple(tests_of(mistake.file)) not in red]
        for mistake, seen in zip(chosen, pool.map(one, chosen), strict=True):
            caught += seen
            if not seen:
                print("not noticed:", mistake.words((ROOT / mistake.file).read_text(encoding="utf-8")), flush=True)
    print(f"{caught} of {len(chosen)} mistakes noticed, of {len(known):,} possible ones; seed {given.seed}, "
          f"{time.monotonic() - started:,.0f} s")  # fmt: skip
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main())
