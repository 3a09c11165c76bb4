"""Layers that use the matrix of another kind, or a matrix transposed: worked out by hand, by every engine."""

from __future__ import annotations

import numpy as np
import pytest

import archcalc

TIED = """
inputs: {word: 1, picture: 3}
layers:
  e: embedding 3 2 from=word
  scores: linear 3 bias=no share=e
  encode: linear 2 bias=no from=picture
  decode: linear 3 bias=no share=encode
output: [scores, decode]
"""


@pytest.mark.parametrize("options", [{"reference": True}, {"backend": "numpy"}])
def test_tied_weights_are_one_tensor(options):
    weights = {"e.weight": [[1, 2], [3, 4], [5, 6]], "encode.weight": [[1, 10, 100], [2, 0, 1]]}
    given = {name: np.array(values, np.float32) for name, values in weights.items()}
    result = archcalc.loads(TIED).run(
        {"word": np.array([[1]]), "picture": np.array([[1, 2, 3]], np.float32)}, weights=given, **options
    )
    # word 1 is (3, 4): 3 + 8, 9 + 16, 15 + 24
    np.testing.assert_array_equal(result.outputs["scores"].reshape(-1), [11, 25, 39])
    # (1 + 20 + 300, 2 + 3) = (321, 5): 321 + 10, 3210, 32100 + 5
    np.testing.assert_array_equal(result.outputs["decode"].reshape(-1), [331, 3210, 32105])
