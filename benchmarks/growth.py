"""Cost against size: residual networks from 100 to 100,000 layers.

Bar: ten times the layers take at most twelve times the time.
Run: python benchmarks/growth.py
"""

from __future__ import annotations

from measure import milliseconds, table

from archcalc.analysis.summary import summarize
from archcalc.network import loads

SPEC = """\
input: 16x32x32
blocks:
  residual:
    layers: {{conv1: conv in.c 3x3 padding=1 bias=no, bn1: batch_norm, relu1: relu, conv2: conv in.c 3x3 padding=1,
             sum: add in conv2}}
layers:
  stage: {{layers: [residual repeat={repeat}], repeat: {times}}}
"""
LAYERS_OF_BLOCK = 5


def main() -> None:
    rows = [("layers", "ms", "us a layer", "x the row above")]
    before = 0.0
    for layers in (100, 1_000, 10_000, 100_000):
        blocks = layers // LAYERS_OF_BLOCK
        repeat = min(blocks, 1_000)
        text = SPEC.format(repeat=repeat, times=blocks // repeat)
        taken = milliseconds(lambda text=text: summarize(loads(text).graph), 9 if layers < 10_000 else 3)
        rows.append(
            (f"{layers:,}", f"{taken:.1f}", f"{1000 * taken / layers:.1f}", f"{taken / before:.1f}" if before else "")
        )
        before = taken
    table(rows)


if __name__ == "__main__":
    main()
