"""The letters of formulas, and the other names that courses and books have for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_INPUTS = ("Cin", "C_in", "cin", "c_in", "Ci", "C_i", "ci", "C1", "D1", "Din", "D_in")
_OUTPUTS = ("Cout", "C_out", "cout", "c_out", "Co", "C_o", "co", "C2", "D2", "Dout", "D_out", "N", "filters")
SYNONYMS: dict[str, tuple[str, ...]] = {
    "K": ("k", "F", "f", "kernel"),
    "W": ("w", "H", "h", "W_in", "H_in", "Win", "Hin", "W1", "H1"),
    "S": ("s", "stride"),
    "P": ("p", "padding"),
    "D": ("d", "dilation"),
    "g": ("G", "groups"),
    "O": ("o", "W_out", "H_out", "Wout", "Hout", "W2", "H2"),
    "Cin": _INPUTS[1:],
    "Cout": _OUTPUTS[1:],
    "C": ("c", "channels", *_INPUTS, *_OUTPUTS),
    "Nin": ("N_in", "nin", "n_in", "in_features", "I", "i", "n", "F_in", "Fin", *_INPUTS),
    "Nout": ("N_out", "nout", "n_out", "out_features", "O", "o", "m", "F_out", "Fout", *_OUTPUTS),
}
"""A letter -> what else is written for it."""


def alias_table(letters: Iterable[str], text: str) -> dict[str, str]:
    """Every name that a formula may use -> its letter.

    Where F stands beside K, as in the notes of CS231n, F is the kernel's side and K the number of filters.
    """
    known = list(letters)
    table = {name: letter for letter in known for name in SYNONYMS[letter]} | {letter: letter for letter in known}
    if "Cout" in table and {"F", "K"} <= set(re.findall(r"[A-Za-z]\w*", text)):
        table["K"] = "Cout"
    return table
