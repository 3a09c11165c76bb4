"""Random and stored tensors: which values, which names, and every way a file can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.errors import SpecError
from archcalc.numeric.weights import he_weights, load_weights, tensors

NET = "{conv1: conv 5 2x3 act=relu norm=batch_norm, flat: flatten, fc: linear 7}"
SHAPES = {
    "conv1.conv.weight": (5, 3, 2, 3),
    "conv1.conv.bias": (5,),
    "conv1.norm.weight": (5,),
    "conv1.norm.bias": (5,),
    "conv1.norm.running_mean": (5,),
    "conv1.norm.running_var": (5,),
    "fc.weight": (7, 5 * 10 * 11),
    "fc.bias": (7,),
}


def graph_of(layers=NET, input="3x11x13"):
    return archcalc.loads(f"input: {input}\nlayers: {layers}\n", name="net").graph


def values_for(shapes, start=1.0):
    """Arrays of these shapes, no two values equal."""
    count = 0
    arrays = {}
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        arrays[name] = (np.arange(size) + count + start).reshape(shape).astype(np.float32)
        count += size
    return arrays


def save_safetensors(path, arrays, dtype="F32"):
    """The format written by hand: length, header, bytes."""
    entries, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, array in arrays.items():
        entries[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    header = json.dumps(entries).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"".join(a.tobytes() for a in arrays.values()))


def test_every_tensor_once_under_its_state_dict_name():
    assert {tensor.name: tuple(tensor.shape) for tensor in tensors(graph_of())} == SHAPES


def test_he_weights_have_the_deviation_of_their_fan_in():
    graph = graph_of(
        "{a: conv 200 5x7 bias=no, b: conv_transpose 100 4x4 stride=2, c: flatten, d: linear 50}", "8x9x12"
    )
    weights = he_weights(graph, seed=0)
    # fan-in: 8*5*7 = 280; each output of a stride of 2x2 is reached by 200*4*4/4 = 800; 100 channels of 12x14 cells
    for name, fan_in in {"a": 280, "b": 800, "d": 16_800}.items():
        assert weights[f"{name}.weight"].std() == pytest.approx((2 / fan_in) ** 0.5, rel=0.02)
        assert abs(weights[f"{name}.weight"].mean()) < 0.02 * (2 / fan_in) ** 0.5
    assert not weights["b.bias"].any()


def test_norms_start_as_the_identity():
    weights = he_weights(graph_of(), seed=0)
    assert {name: set(array.tolist()) for name, array in weights.items() if ".norm." in name} == {
        "conv1.norm.weight": {1.0},
        "conv1.norm.bias": {0.0},
        "conv1.norm.running_mean": {0.0},
        "conv1.norm.running_var": {1.0},
    }
    over_all = he_weights(graph_of("{n: layer_norm over=all}", "2x3x5"), seed=0)
    assert (over_all["n.weight"] == 1).all()
    assert not over_all["n.bias"].any()


def test_the_kinds_with_values_of_their_own():
    graph = graph_of("{p: prelu, s: subsample 2, l: layer_scale init=0.125, t: tokens, c: class_token}", "3x4x6")
    weights = he_weights(graph, seed=0)
    assert weights["p.weight"].tolist() == [0.25]
    assert weights["s.coefficient"].tolist() == [0.25] * 3
    assert weights["s.bias"].tolist() == [0] * 3
    assert set(weights["l.weight"].ravel()) == {0.125}
    assert 0 < abs(weights["c.weight"]).max() < 0.1


def test_the_seed_and_the_name_decide_and_nothing_else():
    graph = graph_of()
    assert all((he_weights(graph, 1)[name] == array).all() for name, array in he_weights(graph, 1).items())
    assert (he_weights(graph, 1)["fc.weight"] != he_weights(graph, 2)["fc.weight"]).mean() > 0.99
    twins = he_weights(graph_of("{a: linear 5 bias=no, b: linear 5 bias=no}", "5"), 1)
    assert (twins["a.weight"] != twins["b.weight"]).all()
    alone = graph_of("{fc: linear 7}", "550")
    np.testing.assert_array_equal(he_weights(alone, 1)["fc.weight"], he_weights(graph, 1)["fc.weight"])
    double = he_weights(graph, 1, "float64")["fc.weight"]
    assert double.dtype == np.float64
    np.testing.assert_array_equal(double, he_weights(graph, 1)["fc.weight"].astype(np.float64))


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_by_name_in_any_order_and_with_tensors_to_spare(tmp_path, suffix):
    given = values_for(SHAPES)
    stored = {"extra": np.ones(3, np.float32), **dict(reversed(given.items()))}
    stored["conv1.norm.num_batches_tracked"] = np.zeros(1, np.float32)
    path = tmp_path / f"w{suffix}"
    np.savez(path, **stored) if suffix == ".npz" else save_safetensors(path, stored)
    found = load_weights(path, graph_of(), "float64")
    assert list(found) == list(SHAPES)
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == np.float64


def test_by_the_name_of_the_row_where_it_is_the_only_one(tmp_path):
    given = values_for({"conv1.weight": (5, 3, 2, 3), "conv1.bias": (5,), "fc.weight": (7, 550), "fc.bias": (7,)})
    np.savez(tmp_path / "w.npz", **dict(reversed(given.items())))
    graph = graph_of("{conv1: conv 5 2x3 act=relu, flat: flatten, fc: linear 7}")
    found = load_weights(tmp_path / "w.npz", graph)
    np.testing.assert_array_equal(found["conv1.conv.weight"], given["conv1.weight"])
    np.testing.assert_array_equal(found["fc.bias"], given["fc.bias"])


def test_by_order_where_every_shape_agrees(tmp_path):
    given = values_for({f"features.{i}": shape for i, shape in enumerate(SHAPES.values())})
    np.savez(tmp_path / "w.npz", **given, **{"features.7.num_batches_tracked": np.zeros(1)})
    found = load_weights(tmp_path / "w.npz", graph_of())
    for name, array in zip(SHAPES, given.values(), strict=True):
        np.testing.assert_array_equal(found[name], array)


def renamed(shapes, prefix="m."):
    return {prefix + name: shape for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("shapes", "what", "notes", "help"),
    [
        ({**SHAPES, "fc.weight": (7, 17), "fc.bias": (17,)},
         "`fc.weight` does not fit: 7x17 in w.npz, 7x550 in the network", (), None),
        ({**SHAPES, "fc.bias": ()}, "`fc.bias` does not fit: a single number in w.npz, 7 in the network", (), None),
        ({name: shape for name, shape in SHAPES.items() if name != "fc.weight"} | {"fc.weigth": (7, 550)},
         "w.npz has no tensor `fc.weight` (7x550)", (),
         "did you mean `fc.weigth`?"),
        ({"conv1.weight": (5, 3, 2, 3), "conv1.bias": (5,), "conv1.running_mean": (5,), "conv1.running_var": (5,),
          "fc.weight": (7, 550), "fc.bias": (7,)}, "w.npz has no tensor `conv1.conv.weight` (5x3x2x3)", (),
         "did you mean `conv1.weight`?"),
        ({**renamed(SHAPES), "m.conv1.norm.bias": (17,), "m.fc.bias": (17,)},
         "`conv1.norm.bias` does not fit: 17 in w.npz, 5 in the network",
         ("the file calls it `m.conv1.norm.bias`; no name agrees, so order decides",), None),
        (dict(list(renamed(SHAPES).items())[:-1]), "w.npz holds 7 tensors, the network has 8",
         ("`fc.bias` (7) is the first without one",), None),
        ({**renamed(SHAPES), "m.more": (3,)}, "w.npz holds 9 tensors, the network has 8", (), None),
    ],
)  # fmt: skip
def test_a_mismatch_names_the_first_tensor_that_does_not_fit(tmp_path, monkeypatch, shapes, what, notes, help):
    monkeypatch.chdir(tmp_path)
    np.savez("w.npz", **{name: np.ones(shape, np.float32) for name, shape in shapes.items()})
    with pytest.raises(SpecError) as caught:
        load_weights(Path("w.npz"), graph_of())
    assert (caught.value.what, caught.value.notes, caught.value.help) == (what, notes, help)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(("value", "word"), [(np.nan, "nan"), (np.inf, "inf")])
def test_values_that_are_not_finite_are_refused(tmp_path, monkeypatch, value, word):
    monkeypatch.chdir(tmp_path)
    given = values_for(SHAPES)
    given["conv1.conv.weight"][1, 2, 0, 1] = value
    np.savez("w.npz", **given)
    with pytest.raises(SpecError) as caught:
        load_weights(Path("w.npz"), graph_of())
    assert caught.value.what == f"`conv1.conv.weight` of w.npz holds {word} at [1, 2, 0, 1]"


def test_files_that_are_no_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("w.npz").write_bytes(b"not a zip file")
    Path("w.pth").write_bytes(b"")
    np.savez("pickled.npz", **{"fc.weight": np.array([{"a": 1}], object)})
    np.savez("words.npz", **{name: np.full(shape, "x") for name, shape in SHAPES.items()})
    expected = {
        "gone.npz": "the file gone.npz does not exist",
        "w.npz": "w.npz is no .npz file of plain arrays",
        "pickled.npz": "pickled.npz is no .npz file of plain arrays",
        "w.pth": "w.pth is neither .npz nor .safetensors",
        "words.npz": "`conv1.conv.weight` of words.npz holds no numbers",
    }
    for name, what in expected.items():
        with pytest.raises(SpecError) as caught:
            load_weights(Path(name), graph_of())
        assert caught.value.what == what


def test_halves_of_both_sorts(tmp_path):
    graph = graph_of("{fc: linear 1 bias=no}", "4")
    given = np.array([[1.0, -2.5, 0.15625, 3.0]], np.float32)  # each exact in 8 bits of fraction
    save_safetensors(tmp_path / "half.safetensors", {"fc.weight": given.astype(np.float16)}, "F16")
    upper = (given.view("<u4") >> 16).astype("<u2")
    save_safetensors(tmp_path / "brain.safetensors", {"fc.weight": upper}, "BF16")
    for name in ("half", "brain"):
        found = load_weights(tmp_path / f"{name}.safetensors", graph)
        np.testing.assert_array_equal(found["fc.weight"], given)


def _file(header, data=b"", length=None):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(header) if length is None else length).to_bytes(8, "little") + header + data


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "w.safetensors is no whole .safetensors file: its header is cut off"),
        (b"123", "w.safetensors is no whole .safetensors file: its header is cut off"),
        (_file(b"{}", length=10**15), "w.safetensors is no whole .safetensors file: its header is cut off"),
        (_file(b"{not json"), "w.safetensors is no whole .safetensors file: its header cannot be read"),
        (_file(b"\xff\xfe"), "w.safetensors is no whole .safetensors file: its header cannot be read"),
        (_file(b"[" * 100_000), "w.safetensors is no whole .safetensors file: its header cannot be read"),
        (_file([1]), "w.safetensors is no whole .safetensors file: its header cannot be read"),
        (_file({"a": {"dtype": "F32"}}), "w.safetensors is no whole .safetensors file: its header cannot be read"),
        (_file({"a": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}, b"1"),
         "`a` of w.safetensors has the type F8_E4M3"),
        (_file({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"1234"),
         "w.safetensors is no whole .safetensors file: the bytes of `a` do not match its shape"),
        (_file({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, b"12345678"),
         "w.safetensors is no whole .safetensors file: the bytes of `a` do not match its shape"),
        (_file({"a": {"dtype": "F32", "shape": [-1, -2], "data_offsets": [0, 8]}}, b"12345678"),
         "w.safetensors is no whole .safetensors file: the bytes of `a` do not match its shape"),
    ],
    ids=range(12),
)  # fmt: skip
def test_damaged_safetensors(tmp_path, monkeypatch, content, what):
    monkeypatch.chdir(tmp_path)
    Path("w.safetensors").write_bytes(content)
    with pytest.raises(SpecError) as caught:
        load_weights(Path("w.safetensors"), graph_of())
    assert caught.value.what == what


def vit_b_16_state_dict(width=768):
    """Names and shapes of torchvision 0.28's vit_b_16 (torchvision/models/vision_transformer.py), in its order."""
    mlp = 4 * width
    shapes = {"class_token": (1, 1, width), "conv_proj.weight": (width, 3, 16, 16), "conv_proj.bias": (width,),
              "encoder.pos_embedding": (1, 197, width)}  # fmt: skip
    for i in range(12):
        layer = f"encoder.layers.encoder_layer_{i}"
        shapes |= {
            f"{layer}.ln_1.weight": (width,), f"{layer}.ln_1.bias": (width,),
            f"{layer}.self_attention.in_proj_weight": (3 * width, width),
            f"{layer}.self_attention.in_proj_bias": (3 * width,),
            f"{layer}.self_attention.out_proj.weight": (width, width),
            f"{layer}.self_attention.out_proj.bias": (width,),
            f"{layer}.ln_2.weight": (width,), f"{layer}.ln_2.bias": (width,),
            f"{layer}.mlp.0.weight": (mlp, width), f"{layer}.mlp.0.bias": (mlp,),
            f"{layer}.mlp.3.weight": (width, mlp), f"{layer}.mlp.3.bias": (width,),
        }  # fmt: skip
    return shapes | {"encoder.ln.weight": (width,), "encoder.ln.bias": (width,),
                     "heads.head.weight": (1000, width), "heads.head.bias": (1000,)}  # fmt: skip


def test_a_vision_transformer_by_torchvisions_names(tmp_path):
    full = vit_b_16_state_dict()
    assert sum(int(np.prod(shape)) for shape in full.values()) == 86_567_656  # torchvision's own count
    shapes = vit_b_16_state_dict(width=24)
    stored = {name: np.full(shape, number, np.uint8) for number, (name, shape) in enumerate(shapes.items())}
    np.savez(tmp_path / "w.npz", **stored)
    found = load_weights(tmp_path / "w.npz", archcalc.load("vit_b_16", set={"width": 24}).graph)
    numbers = dict(zip(shapes, range(len(shapes)), strict=True))
    assert len(found) == len(shapes)
    assert found["class_token.weight"].shape == (1, 24)
    assert found["encoder.pos_embedding.weight"].shape == (197, 24)
    for ours, theirs in {
        "class_token.weight": "class_token",
        "encoder.pos_embedding.weight": "encoder.pos_embedding",
        "encoder.layer.encoder_layer_11.self_attention.in_proj_weight":
            "encoder.layers.encoder_layer_11.self_attention.in_proj_weight",
        "encoder.layer.encoder_layer_0.ln_2.bias": "encoder.layers.encoder_layer_0.ln_2.bias",
        "heads.head.bias": "heads.head.bias",
    }.items():  # fmt: skip
        assert set(found[ours].ravel()[:5]) == {numbers[theirs]}


def test_axes_of_size_1_do_not_count_where_names_agree(tmp_path):
    graph = graph_of("{a: conv 5 1x1 bias=no, s: layer_scale}", "3x2x4")
    weight = values_for({"a.weight": (5, 3), "s": (5,)})
    np.savez(tmp_path / "w.npz", **weight)
    found = load_weights(tmp_path / "w.npz", graph)
    assert {name: array.shape for name, array in found.items()} == {"a.weight": (5, 3, 1, 1), "s.weight": (5, 1, 1)}
    np.testing.assert_array_equal(found["a.weight"].ravel(), weight["a.weight"].ravel())


def test_where_order_decides_axes_of_size_1_count(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("w.npz", **values_for({"m.bias": (5,), "m.weight": (5, 1)}))  # a bias before its weight
    with pytest.raises(SpecError) as caught:
        load_weights(Path("w.npz"), graph_of("{a: linear 5}", "1"))
    assert caught.value.what == "`a.weight` does not fit: 5 in w.npz, 5x1 in the network"
    assert caught.value.notes == ("the file calls it `m.bias`; no name agrees, so order decides",)


def test_a_missing_tensor_is_the_first_without_any_of_its_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("w.npz", **values_for({"t": (1, 1, 3), "e.layers.a.weight": (2, 3)}))
    with pytest.raises(SpecError) as caught:
        load_weights(Path("w.npz"), graph_of("{t: class_token, e: {layer: {a: linear 2}}}", "7x3"))
    assert caught.value.what == "w.npz has no tensor `e.layer.a.bias` (2)"
