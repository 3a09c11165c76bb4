"""The contract of archcalc/check/1, key by key."""

from __future__ import annotations

import json

import archcalc
from archcalc import loads
from archcalc.errors import SpecError
from archcalc.report.network.check_json import claims_json

CLAIMS = """\
input: 2x5x7
layers:
  conv1: conv 3 2x3
expect:
  params: 39
  conv1.out: 3x4x6
  macs: {is: 1K, source: a guess}
"""


def test_claims():
    network = loads(CLAIMS, "net")
    assert json.loads(claims_json([("net", "net.yaml", network.check())])) == {
        "schema": "archcalc/check/1",
        "archcalc": archcalc.__version__,
        "specs": [
            {
                "spec": "net",
                "file": "net.yaml",
                "claims": [
                    # 3 * 2 * 2 * 3 weights and 3 biases
                    {"subject": "params", "claimed": "39", "actual": 39, "holds": True, "reason": "", "source": "",
                     "line": 5, "column": 11},
                    {"subject": "conv1.out", "claimed": "3x4x6", "actual": [3, 4, 5], "holds": False, "reason": "",
                     "source": "", "line": 6, "column": 14},
                    # 36 * 4 * 5 = 720 rounds to 1K
                    {"subject": "macs", "claimed": "1K", "actual": 720, "holds": True, "reason": "",
                     "source": "a guess", "line": 7, "column": 14},
                ],
            }
        ],
        "passed": False,
    }  # fmt: skip


def test_a_skipped_claim_is_neither_true_nor_false():
    network = loads(CLAIMS, "net", input="2x7x5")
    found = json.loads(claims_json([("net", "net.yaml", network.check())]))
    assert [claim["holds"] for claim in found["specs"][0]["claims"]] == [None, None, None]
    assert [claim["actual"] for claim in found["specs"][0]["claims"]] == [None, None, None]
    assert found["passed"] is False


def test_a_check_with_a_spec_that_cannot_be_read_has_not_passed():
    checked = [("lenet5", "lenet5.yaml", archcalc.load("lenet5").check())]
    whole = json.loads(claims_json(checked))
    assert whole["passed"] is True
    assert "errors" not in whole
    broken = json.loads(claims_json(checked, [SpecError("there is no file x.yaml")]))
    assert broken["passed"] is False
    assert [error["what"] for error in broken["errors"]] == ["there is no file x.yaml"]


def test_nothing_to_check_is_no_pass():
    assert json.loads(claims_json([]))["passed"] is False
