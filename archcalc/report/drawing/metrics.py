"""How wide text is in every sans-serif that a viewer may have, and how it is cut where it is too wide.

A picture names several fonts and the reader's machine takes what it has. The widths are the largest over Arial (and
Liberation Sans, its metric twin), Inter and DejaVu Sans, in thousandths of the size, read from the advance widths in
the fonts' files; so a label that fits here fits in each of them.
"""

from __future__ import annotations

import unicodedata

FONT = "Inter,'Helvetica Neue',Helvetica,Arial,'DejaVu Sans',sans-serif"

REGULAR = (
    318, 401, 466, 838, 642, 982, 780, 300, 390, 390, 501, 838, 318, 460, 318, 360, 636, 636, 636, 636, 646,
    636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 556, 1015, 690, 686, 730, 770, 667, 611, 778, 752, 295,
    571, 672, 565, 903, 753, 787, 667, 787, 722, 667, 646, 744, 690, 989, 685, 679, 685, 390, 360, 390, 838,
    556, 500, 613, 635, 571, 635, 615, 370, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 528,
    392, 634, 592, 818, 592, 592, 552, 636, 337, 636, 838,
)  # fmt: skip
BOLD = (
    348, 456, 523, 838, 696, 1004, 872, 326, 457, 457, 540, 838, 380, 465, 380, 379, 696, 696, 696, 696, 696,
    696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 611, 1000, 774, 762, 737, 830, 683, 683, 821, 837, 372,
    580, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 379, 457, 838,
    556, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595,
    478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
)  # fmt: skip
"""The printable characters of ASCII, from the space on."""

OTHERS = {"×": 838, "…": 1000, "·": 380, "▸": 770, "²": 460, "\u2212": 838}
_COMBINING, _WIDE, _EMOJI, _ANY = 0, 1000, 1250, 760
_FIRST_EMOJI = 0x1F000
_JOINER = "\u200d"
_ELLIPSIS = "…"


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of a line of text, in the unit of its size; at least that of every font that may show it."""
    table = BOLD if bold else REGULAR
    return sum(table[ord(c) - 32] if " " <= c <= "~" else _other(c) for c in text) * size / 1000


def _other(character: str) -> int:
    if character in OTHERS:
        return OTHERS[character]
    if _joins(character):
        return _COMBINING
    if ord(character) >= _FIRST_EMOJI:
        return _EMOJI
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _ANY


def _joins(character: str) -> bool:
    """It stands on the character before it, or cannot be seen."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf")


def cut(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, or the longest `head…tail` of it that fits; the tail is the longer, for names differ at their ends."""
    if width(text, size, bold) <= room:
        return text
    clusters = _clusters(text)
    fits, too_many = -1, len(clusters)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if width(_pieced(clusters, middle), size, bold) <= room:
            fits = middle
        else:
            too_many = middle
    return _pieced(clusters, fits) if fits >= 0 else ""


def _pieced(clusters: list[str], kept: int) -> str:
    tail = (kept + 1) // 2
    return "".join([*clusters[: kept - tail], _ELLIPSIS, *clusters[len(clusters) - tail :]])


def _clusters(text: str) -> list[str]:
    """Characters with what stands on them, so that a cut leaves no accent alone."""
    found: list[str] = []
    for character in text:
        if found and (_joins(character) or found[-1].endswith(_JOINER)):
            found[-1] += character
        else:
            found.append(character)
    return found


def right_to_left(text: str) -> bool:
    """Its first letter belongs to a script that runs from right to left."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((d in ("R", "AL") for d in directions if d in ("L", "R", "AL")), False)
