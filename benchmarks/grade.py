"""How long `archcalc grade` takes for a class, and how much memory, at 1,000 and at 10,000 sheets.

Bars: 10,000 sheets in at most 60 s on 2 cores; the memory of a process grows by less than half from 1,000
sheets to 10,000.
Run: python benchmarks/grade.py [processes] [sheets]
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import table

CALL = "from archcalc.cli.main import main; import sys; code = main(sys.argv[1:])"
PEAK = """
import resource
own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(code, sum(usage.ru_utime + usage.ru_stime for usage in (own, children)), own.ru_maxrss, children.ru_maxrss)
"""
ASSIGNMENT = """\
archcalc: assignment/1
id: hw1
course: benchmark
title: Convolution arithmetic
feedback: hint
questions:
  - {id: q1, spec: alexnet, get: conv1.out.w, points: 1}
  - {id: q2, spec: lenet5, get: params, points: 2}
  - {id: q3, spec: vgg16, get: params, points: 2}
  - id: q4
    layer: conv $cout $k stride=$s
    input: $cinx32x32
    vary: {k: [3, 5, 7], cin: 4..64, cout: 8..96, s: [2, 3]}
    where: k*k != cin and cin != cout
    get: params
    points: 3
    partial: {par.no_bias: 2, par.no_in_channels: 1/2}
  - id: q5
    spec: alexnet
    table: {layers: [conv1, pool1, conv2, pool2], columns: [out, params]}
    points: 8
    follow: {credit: 3/4}
"""
SHEET = """\
archcalc: answers/1
assignment: hw1
drawn: {{q4: {{k: {k}, cin: {cin}, cout: {cout}, s: 2}}}}
answers:
  q1: {q1}
  q2: {q2}
  q3: {q3}
  q4: {q4}
  q5:
    conv1: {{out: 96x{side}x{side}, params: (11*11*3+1)*96}}
    pool1: {{out: 96x27x27, params: 0}}
    conv2: {{out: 256x27x27, params: {conv2}}}
    pool2: {{out: 256x13x13, params: skip}}
"""
SUMS = (
    "(5*5+1)*6 + (5*5*6+1)*16 + (400+1)*120 + (120+1)*84 + (84+1)*10",
    "(5*5+1)*6 + (5*5+1)*16 + (400+1)*120 + (120+1)*84 + (84+1)*10",
    "5*5*6 + 5*5*6*16 + 400*120 + 120*84 + 84*10",
    "61706", "61,470", "61.7K", "62000", "(5*5+1)*6 +", "2^2^2^2^2^2", "about sixty thousand",
)  # fmt: skip
BROKEN = ("answers: [", "answers: {q1: 1, q1: 2}", "a: &a [*a, *a]", "\x00", "{" * 500, "answers: {q9: 1}")


def sheet(seed: int) -> str:
    """A sheet: right, wrong in one of many ways, or unreadable."""
    draw = random.Random(seed)
    if draw.random() < 0.03:
        return draw.choice(BROKEN)
    k, cin, cout = draw.choice((3, 5, 7)), draw.randint(50, 64), draw.randint(65, 96)
    right = (k * k * cin + 1) * cout
    ways = (right, right - cout, f"({k}*{k}+1)*{cout}", f"({k}*{k}*{cin}+1)*{cout}", draw.randint(1, right))
    return SHEET.format(
        k=k, cin=cin, cout=cout, q1=draw.choice((55, 54, 56, 224, "(227-11)/4+1")), q2=draw.choice(SUMS),
        q3=draw.choice((138357544, 138344128, 14714688, "138.4M", draw.randint(10**6, 10**9))),
        q4=draw.choice(ways),
        side=draw.choice((55, 54, 56, 57)), conv2=draw.choice((614656, 614400, "(5*5*96+1)*256", 307456)),
    )  # fmt: skip


def measured(folder: Path, assignment: Path, jobs: int) -> tuple[float, float, list[int]]:
    """Seconds of a run from a cold start, its CPU seconds, and the peak memory in MiB: of the parent, of a worker."""
    out = folder.with_name(f"{folder.name}-out")
    arguments = ["grade", str(folder), "--assignment", str(assignment), "--output", str(out), "--jobs", str(jobs)]
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", CALL + PEAK, *arguments], capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    code, cpu, *peaks = done.stdout.split()[-4:]
    assert code == "0", done.stderr
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return seconds, float(cpu), [int(peak) // unit for peak in peaks]


def main(jobs: int, most: int) -> None:
    rows = [("sheets", "seconds", "CPU seconds", "sheets/s", "parent MiB", "worker MiB")]
    with tempfile.TemporaryDirectory() as place:
        assignment = Path(place) / "hw1.yaml"
        assignment.write_text(ASSIGNMENT, encoding="utf-8")
        for count in (most // 10, most):
            folder = Path(place) / f"class{count}"
            folder.mkdir()
            for student in range(count):
                (folder / f"s{student:05}.yaml").write_text(sheet(student), encoding="utf-8")
            seconds, cpu, peaks = measured(folder, assignment, jobs)
            rows.append((f"{count:,}", f"{seconds:.1f}", f"{cpu:.1f}", f"{count / seconds:.0f}", *map(str, peaks)))
    table(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
