"""`archcalc reconcile`: exit codes, JSON, refusals."""

from __future__ import annotations

import json
from io import StringIO

from archcalc.cli.main import main
from archcalc.cli.session import Session


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["reconcile", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


def test_found():
    code, out, err = run("alexnet", "--claim", "60,965,224")
    assert (code, err) == (0, "")
    assert out == (
        "alexnet: 60,965,224\n  params in variant grouped\n    = 60,965,224 = 60,954,656 weights + 10,568 biases\n"
    )


def test_not_found():
    code, out, _ = run("lenet5", "--claim", "416641")
    assert code == 1
    assert "no figure, convention, variant, input size or slip gives this number" in out


def test_json():
    code, out, _ = run("lenet5", "--claim", "435646", "--format", "json")
    document = json.loads(out)
    assert (code, document["schema"], document["value"]) == (0, "archcalc/reconcile/1", 435_646)
    assert document["findings"] == [
        {
            "figure": "ptflops-pytorch",
            "value": 435_646,
            "also": [],
            "change": "",
            "slip": "",
            "source": "",
            "terms": [
                {"times": 1, "amount": 416_520, "what": "MACs"},
                {"times": 1, "amount": 6_518, "what": "bias additions"},
                {"times": 2, "amount": 6_304, "what": "pooled inputs"},
            ],
        }
    ]


def test_refusals():
    assert run("lenet5", "--claim", "many") == (
        2, "", "error: --claim: `many` is no number\n= help: such as 61,706, 138M, ~60M, 1.2e6 or 58.1 MiB\n"
    )  # fmt: skip
    assert run("lenet5", "--claim", "3", "--format", "gitlab")[0] == 2


def test_every_format():
    code, out, _ = run("alexnet", "--claim", "60M", "--format", "csv")
    assert (code, out.splitlines()[:2]) == (
        0, ["figure,value,change,slip,source,sum", "params,60965224,in variant grouped,,the paper says 60 million,"]
    )  # fmt: skip
    for format in ("markdown", "latex", "html"):
        assert "rounded to 1 digit" in run("alexnet", "--claim", "60M", "--format", format)[1]
    assert run("lenet5", "--claim", "416641", "--format", "csv")[0] == 1
