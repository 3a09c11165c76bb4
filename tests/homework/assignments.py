"""Marks sheets against assignments, for the tests of this folder."""

from __future__ import annotations

from archcalc.homework.asking.assignment import read_assignment
from archcalc.homework.asking.question import AskedNetwork
from archcalc.homework.marking.assess import Assessor
from archcalc.homework.reading.sheet import read_sheet
from archcalc.network import load


def load_network(spec):
    network = load(spec)
    return AskedNetwork.of(network.graph, network.document, network.choices)


def assessor(questions, head=""):
    """The assessor of `questions`, YAML lines of a list."""
    lines = "".join(f"  - {line}\n" for line in questions.strip().split("\n"))
    return Assessor(read_assignment(f"id: hw\n{head}questions:\n{lines}", "hw.yaml"), load_network)


def marked(made, answers, **options):
    """Question -> its marked answer, for `answers` as YAML."""
    sheet = made.mark(read_sheet(f"answers: {answers}\n", "sheet.yaml"), **options)
    return {answer.id: answer for answer in sheet.answers}


def one(question, answer, head="", **options):
    """The marked answer to a single question, `answer` as YAML."""
    (found,) = marked(assessor(question, head), f"{{q: {answer}}}", **options).values()
    return found
