"""Marks single answers, for the tests of this folder."""

from __future__ import annotations

from functools import cache

from archcalc.homework.asking.question import AskedNetwork
from archcalc.homework.diagnosis.diagnose import Catalogue
from archcalc.homework.marking.mark import Marker
from archcalc.homework.reading.sheet import read_sheet
from archcalc.network import load, loads


@cache
def marker(spec: str) -> Marker:
    """The marker of a bundled spec, or of a spec's text."""
    network = loads(spec) if "\n" in spec else load(spec)
    return Marker(AskedNetwork.of(network.graph, network.document, network.choices))


def catalogue(spec: str, subject: str) -> Catalogue:
    """The catalogue of one question."""
    return marker(spec).catalogue(subject)


def mark(spec: str, answers: str):
    """The marked sheet of `answers`, YAML lines below `answers:`."""
    lines = "".join(f"  {line}\n" for line in answers.strip().split("\n"))
    return marker(spec).mark(read_sheet(f"answers:\n{lines}", "sheet.yaml"))


def judged(spec: str, subject: str, answer: object):
    """The marked answer to one question."""
    (marked,) = mark(spec, f'{subject}: "{answer}"').answers
    return marked


def verdict(spec: str, subject: str, answer: object) -> str:
    """The verdict on one answer."""
    return judged(spec, subject, answer).verdict
