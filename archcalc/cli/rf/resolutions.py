"""`archcalc rf --resolution 224,321`: the fields for several input sizes."""

from __future__ import annotations

from archcalc.cli.rf.query import FieldQuery
from archcalc.errors import UsageError
from archcalc.report.fields.receptive import resolution_json, resolution_table


def answer(query: FieldQuery) -> int:
    """Write the layers for each size, side by side."""
    first = query.network().graph.inputs[0][1]
    summaries = []
    for size in query.said.split(","):
        numbers = size.strip().split("x")
        if not all(number.isdecimal() for number in numbers) or len(numbers) not in (1, len(first.spatial)):
            help = "such as 224,321 or 224x320,321x321"
            raise UsageError(f"--resolution {query.said} is no list of sizes", help=help)
        spatial = numbers * len(first.spatial) if len(numbers) == 1 else numbers
        network = query.network("x".join([str(first.channels), *spatial]))
        summaries.append(query.summary(query.fields_of(network)))
    return query.report(table=lambda: resolution_table(summaries), json=lambda: resolution_json(summaries))
