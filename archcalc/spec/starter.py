"""The spec that `archcalc new` writes: LeNet-5 in the modern reading, with a comment for each idea."""

from __future__ import annotations

import re

from archcalc.errors import UsageError

SCHEMA_LINE = "# yaml-language-server: $schema=archcalc.schema.json"
"""Where editors find the schema; `archcalc schema > archcalc.schema.json` writes it."""

_BODY = """\
name: {name}
input: 1x32x32                    # channels x height x width of one example

layers:                           # name: kind arguments key=value
  conv1: conv 6 5x5 act=tanh      # 6 filters of 5x5; the channels of the input are known
  pool1: avg_pool 2x2             # its stride is its size, unless stride= says otherwise
  conv2: conv 16 5x5 act=tanh     # stride=2, padding=1 or padding=same go here too
  pool2: avg_pool 2x2
  flat: flatten                   # a linear layer wants a vector: 16 * 5 * 5 = 400 values
  fc1: linear 120 act=tanh
  fc2: linear 84 act=tanh
  fc3: linear 10                  # a score for each class

expect:                           # what you worked out yourself; `archcalc check FILE` compares
  params: 61,706
  conv1.out: 6x28x28              # (32 - 5)/1 + 1 = 28
  conv1.params: 156               # (5*5*1 + 1) * 6
  pool2.out: 16x5x5
  macs: 0.42M                     # must agree in the digits written; ~0.4M would mean within 5 %

# archcalc show FILE              the table of layers
# archcalc layers                 all kinds; archcalc layers conv: one of them
"""


def starter(name: str) -> str:
    """The text of a new spec for a network of this name. Raises UsageError for a name that has no single line."""
    if not name.strip() or not name.isprintable():
        raise UsageError("the name of a network is one line of text", help="such as 'My LeNet'")
    return f"{SCHEMA_LINE}\n{_BODY.format(name=_scalar(name.strip()))}"


def _scalar(name: str) -> str:
    """The name as YAML reads it back: plain where that is safe, else in single quotes."""
    if re.fullmatch(r"[A-Za-z][\w.() -]*", name):
        return name
    quoted = name.replace("'", "''")
    return f"'{quoted}'"
