"""Darknet's cfg: sections with options, one after the other; the index of a section is its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from archcalc.core import Shape
from archcalc.errors import UnsupportedError
from archcalc.interop.net import SourceNet
from archcalc.interop.reading.darknet_reading import DarknetReading
from archcalc.interop.reading.darknet_sections import Section, sections_of
from archcalc.interop.reading.darknet_table import SECTIONS, name_of
from archcalc.spec.names import did_you_mean, nearest


def read(text: str, file: str, input: Mapping[str, Shape] | Shape | None = None) -> SourceNet:
    """The record of a cfg.

    Args:
        input: instead of the size that [net] states.

    Raises:
        SpecError: for what is no cfg, with its place.
        UnsupportedError: for a section that no layer stands for.
    """
    sections = sections_of(text, file)
    reading = DarknetReading(sections, input)
    for section in sections[1:]:
        _read(section, reading)
    return reading.draft.net(PurePath(file).stem, f"Darknet cfg {PurePath(file).name}", reading.outputs())


def _read(section: Section, reading: DarknetReading) -> None:
    row = SECTIONS.get(section.kind)
    if row is None:
        what = f"no layer of a spec stands for [{section.kind}]"
        help = did_you_mean(nearest(section.kind, SECTIONS)) or None
        raise UnsupportedError(what, help=help).at(section.place)
    reading.now = section
    reading.last = row(section, reading)
    reading.draft.named[f"{name_of(section.kind)}{reading.index}"] = reading.last
    reading.ends.append(reading.last)
