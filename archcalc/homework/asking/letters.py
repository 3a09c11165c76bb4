"""The letters of formulas, and the other names that courses and books have for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_INPUTS = ("Cin", "C_in", "cin", "c_in", "Ci", "C_i", "ci", "C1", "D1", "Din", "D_in", "n_c", "nc")
_OUTPUTS = (
    "Cout",
    "C_out",
    "cout",
    "c_out",
    "Co",
    "C_o",
    "co",
    "C2",
    "D2",
    "Dout",
    "D_out",
    "N",
    "n_f",
    "nf",
    "filters",
)
_LENGTHS = ("n", "n_in", "nin", "N_in", "L", "l", "L_in", "Lin", "D_in", "Din", "i")
SYNONYMS: dict[str, tuple[str, ...]] = {
    "K": ("k", "F", "f", "kernel"),
    "W": ("w", "H", "h", "W_in", "H_in", "Win", "Hin", "W1", "H1", *_LENGTHS),
    "S": ("s", "stride"),
    "P": ("p", "padding"),
    "D": ("d", "dilation"),
    "g": ("G", "groups"),
    "O": ("o", "W_out", "H_out", "Wout", "Hout", "W2", "H2", "L_out", "Lout", "n_out", "N_out", "D_out", "Dout", "m"),
    "Cin": _INPUTS[1:],
    "Cout": _OUTPUTS[1:],
    "C": ("c", "channels", *_INPUTS, *_OUTPUTS),
    "Nin": ("N_in", "nin", "n_in", "in_features", "I", "i", "n", "F_in", "Fin", *_INPUTS),
    "Nout": ("N_out", "nout", "n_out", "out_features", "O", "o", "m", "F_out", "Fout", *_OUTPUTS),
}
"""A letter -> what else is written for it."""


def alias_table(letters: Iterable[str], text: str) -> dict[str, str]:
    """Every name that a formula may use -> its letter, one of those that the target has.

    A name that several of them share (D_in is a length, or channels) stands for the first that the text does not write
    by a name of its own. Where F stands beside K, as in the notes of CS231n, F is the kernel's side and K the number of
    filters.
    """
    owners: dict[str, list[str]] = {}
    for letter in (known := list(letters)):
        for name in SYNONYMS[letter]:
            owners.setdefault(name, []).append(letter)
    owners |= {letter: [letter] for letter in known}
    written = set(re.findall(r"[A-Za-z]\w*", text))
    spoken_for = {found[0] for name, found in owners.items() if len(found) == 1 and name in written}
    table = {
        name: next((letter for letter in found if letter not in spoken_for), found[0]) for name, found in owners.items()
    }
    if "Cout" in known and {"F", "K"} <= written:
        table["K"] = "Cout"
    return table
