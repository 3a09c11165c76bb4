"""The one writer of JSON documents, and the document of a table that has none of its own."""

from __future__ import annotations

import json

import archcalc
from archcalc.report.formats.json import document, render


def test_a_document_names_its_schema_first():
    expected = f'{{\n "schema": "x/1",\n "archcalc": "{archcalc.__version__}",\n "rows": [\n  {{"a": 1}}\n ]\n}}\n'
    assert document("x/1", {"rows": [{"a": 1}]}) == expected


def test_a_table_without_a_document_of_its_own_is_an_object_a_row(table):
    found = json.loads(render(table))
    assert found["schema"] == "archcalc/table/1"
    assert found["rows"][0] == {"layer": "a|b `c` <i>", "output": [3, 11, 13], "params": 1234}
    assert found["rows"][1]["output"] is None
    assert found["footer"] == {"Total params": "62,935", "Of which": "0.06 (M)"}
    assert found["notes"] == ["224 − 11 is no multiple; use `--input`"]
