"""Another tool's words read alone, where nothing of the file is known."""

from __future__ import annotations

import re

from archcalc.spec.foreign.lines import line_of
from archcalc.spec.foreign.written import ForeignCall, call_of_text, last_word

CALL = re.compile(r"(?:[\w.]+\s*=\s*)?([A-Za-z_][\w.]*)\(")
"""How a call begins: `Conv2d(`, `x = nn.ReLU(`."""


def foreign_text(text: str) -> str | None:
    """The line for the text of a call; None where it is no call."""
    call = call_of_text(text) if CALL.match(text) else None
    line = call and line_of(call, {})
    return line.text if line and line.complete else None


def foreign_word(text: str) -> str | None:
    """The kind in a value such as `'relu'`, `nn.ReLU` or `nn.LeakyReLU(0.2)`: relu, leaky_relu(0.2)."""
    bare = text.strip("'\"")
    call = call_of_text(bare) or (
        ForeignCall(last_word(bare), (), {}) if re.fullmatch(r"[A-Za-z_][\w.]*", bare) else None
    )
    line = line_of(call, {}) if call else None
    if line is None or not line.complete or line.text.startswith("["):
        return None
    kind, *arguments = line.text.split(" ")
    return f"{kind}({','.join(arguments)})" if arguments else kind
