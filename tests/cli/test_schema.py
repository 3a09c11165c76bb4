"""`archcalc schema` prints the schema that tests/spec/test_schema.py tests."""

from __future__ import annotations

import json
from io import StringIO

from archcalc.analysis.quantities import MEASURES
from archcalc.cli.main import main
from archcalc.cli.session import Session
from archcalc.spec.schema import json_schema

CLAIMED = {row.name: row.says for row in MEASURES.values()}


def test_it_prints_the_schema():
    out, err = StringIO(), StringIO()
    code = main(["schema"], Session(out, err, terminal=False, color=False))
    assert (code, err.getvalue()) == (0, "")
    assert json.loads(out.getvalue()) == json_schema(CLAIMED)


def test_it_writes_a_file(tmp_path):
    target = tmp_path / "archcalc.schema.json"
    out, err = StringIO(), StringIO()
    code = main(["schema", "--output", str(target)], Session(out, err, terminal=False, color=False))
    assert (code, out.getvalue(), err.getvalue()) == (0, "", f"wrote {target}\n")
    assert json.loads(target.read_text(encoding="utf-8")) == json_schema(CLAIMED)
