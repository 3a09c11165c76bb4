"""Which tensor of a file is which of a network: strict, and said where the names are not the network's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from written_weights import save_safetensors, save_torch, values_for

import archcalc
from archcalc.errors import SpecError
from archcalc.numeric.weights.weights import he_weights, load_weights, tensors

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
PLAIN = "{conv1: conv 5 2x3 act=relu, flat: flatten, fc: linear 7}"
PLAIN_SHAPES = {"conv1.weight": (5, 3, 2, 3), "conv1.bias": (5,), "fc.weight": (7, 550), "fc.bias": (7,)}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def graph_of(layers=NET, input="3x11x13"):
    return archcalc.loads(f"input: {input}\nlayers: {layers}\n", name="net").graph


def load(shapes, graph=None, **options):
    """The tensors of a .npz file with these shapes, what was stored, and how they were matched."""
    given = values_for(shapes)
    np.savez("w.npz", **given)
    found, loading = load_weights(Path("w.npz"), graph or graph_of(), **options)
    return found, given, loading


def refused(shapes, graph=None, file="w.npz", **options):
    save = {".npz": lambda p, a: np.savez(p, **a), ".safetensors": save_safetensors, ".pth": save_torch}
    save[Path(file).suffix](Path(file), values_for(shapes))
    with pytest.raises(SpecError) as caught:
        load_weights(Path(file), graph or graph_of(), **options)
    return caught.value.what, caught.value.notes, caught.value.help


def renamed(shapes, prefix):
    return {prefix + name: shape for name, shape in shapes.items()}


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pth"])
def test_by_name_in_any_order(suffix):
    given = values_for(SHAPES)
    stored = {**dict(reversed(given.items())), "conv1.norm.num_batches_tracked": np.zeros(1, np.float32)}
    save = {".npz": lambda p, a: np.savez(p, **a), ".safetensors": save_safetensors, ".pth": save_torch}[suffix]
    save(Path(f"w{suffix}"), stored)
    found, loading = load_weights(Path(f"w{suffix}"), graph_of(), "float64")
    assert list(found) == list(SHAPES)
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == np.float64
    assert (loading.by, loading.notes, loading.left_out, loading.drawn) == ("name", (), (), ())


def test_by_the_name_of_the_row_where_it_is_the_only_one():
    found, given, loading = load(dict(reversed(PLAIN_SHAPES.items())), graph_of(PLAIN))
    np.testing.assert_array_equal(found["conv1.conv.weight"], given["conv1.weight"])
    np.testing.assert_array_equal(found["fc.bias"], given["fc.bias"])
    assert (loading.by, loading.notes) == ("name", ())


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module.model.", "net."])
def test_a_prefix_of_all_names_is_left_away_and_said(prefix):
    found, given, loading = load(renamed(dict(reversed(SHAPES.items())), prefix))
    for name in SHAPES:
        np.testing.assert_array_equal(found[name], given[prefix + name])
    assert loading.notes == (f"the names are those of the file without `{prefix}`",)


ORDERED = {f"features.{i}": shape for i, shape in enumerate(SHAPES.values())}


@pytest.mark.parametrize("suffix", [".npz", ".pth"])
def test_by_order_where_the_format_keeps_one_and_every_shape_agrees(suffix):
    given = values_for(ORDERED)
    stored = {**given, "features.7.num_batches_tracked": np.zeros(1, np.float32)}
    (np.savez("w.npz", **stored) if suffix == ".npz" else save_torch(Path("w.pth"), stored))
    found, loading = load_weights(Path(f"w{suffix}"), graph_of())
    for name, array in zip(SHAPES, given.values(), strict=True):
        np.testing.assert_array_equal(found[name], array)
    assert loading.by == "order"
    assert loading.sources == dict(zip(SHAPES, ORDERED, strict=True))
    assert loading.notes == (
        "matched by order, no name agrees: `conv1.conv.weight` is `features.0`, `conv1.conv.bias` is `features.1`, "
        "and 6 more",
    )


def test_a_format_that_sorts_its_names_has_no_order():
    """Eleven alike layers: sorted, 10 comes before 2 (weights.md: off by 3.76 times the output's deviation)."""
    body = graph_of("{body: {repeat: 11, op: conv 8 3x3 padding=1 bias=no}}", "8x5x7")
    sequential = {f"{i}.weight": (8, 8, 3, 3) for i in range(11)}
    what, notes, help = refused(dict(sorted(sequential.items())), body, "w.safetensors")
    assert what == "w.safetensors does not fit net: 11 of its 11 tensors are missing, 11 of the file's 11 are left over"
    assert notes[0].startswith("missing: `body.0.weight` (8x8x3x3), `body.1.weight` (8x8x3x3), ")
    assert notes[1].startswith("left over: `0.weight` (8x8x3x3), `1.weight` (8x8x3x3), `10.weight` (8x8x3x3), ")
    assert help == (
        "a .npz or .pth file keeps the order of its tensors, by which they can be matched; this one does not"
    )
    found, given, loading = load(sequential, body)
    assert loading.by == "order"
    np.testing.assert_array_equal(found["body.10.weight"], given["10.weight"])


def test_order_does_not_go_against_names():
    graph = graph_of("{a: linear 3 bias=no, b: linear 3 bias=no}", "3")
    assert refused({"b.weight": (3, 3), "c.weight": (3, 3)}, graph) == (
        "w.npz does not fit net: 1 of its 2 tensors are missing, 1 of the file's 2 are left over",
        ("missing: `a.weight` (3x3)", "left over: `c.weight` (3x3)"),
        "did you mean `c.weight`?",
    )


STRICT = [
    ({**SHAPES, "fc.weight": (7, 17), "fc.bias": (17,)},
     "`fc.weight` does not fit: 7x17 in w.npz, 7x550 in the network", ("1 more does not fit",), None),
    ({**SHAPES, "fc.bias": ()}, "`fc.bias` does not fit: a single number in w.npz, 7 in the network", (), None),
    ({**SHAPES, "extra": (3,)}, "w.npz does not fit net: 1 of the file's 9 are left over",
     ("left over: `extra` (3)",), "--partial loads the 8 that agree"),
    ({**SHAPES, "x" * 60_000: (3,)}, "w.npz does not fit net: 1 of the file's 9 are left over",
     (f"left over: `{'x' * 77}...` (3)",), "--partial loads the 8 that agree"),
    ({name: shape for name, shape in SHAPES.items() if name != "fc.bias"},
     "w.npz does not fit net: 1 of its 8 tensors are missing", ("missing: `fc.bias` (7)",),
     "--partial loads the 7 that agree"),
    ({name: shape for name, shape in SHAPES.items() if name != "fc.weight"} | {"fc.weigth": (7, 550)},
     "w.npz does not fit net: 1 of its 8 tensors are missing, 1 of the file's 8 are left over",
     ("missing: `fc.weight` (7x550)", "left over: `fc.weigth` (7x550)"), "did you mean `fc.weigth`?"),
    ({**ORDERED, "features.3": (17,)},
     "w.npz does not fit net: 8 of its 8 tensors are missing, 8 of the file's 8 are left over",
     ("missing: `conv1.conv.weight` (5x3x2x3), `conv1.conv.bias` (5), `conv1.norm.weight` (5), `conv1.norm.bias` (5), "
      "`conv1.norm.running_mean` (5) and 3 more",
      "left over: `features.0` (5x3x2x3), `features.1` (5), `features.2` (5), `features.3` (17), `features.4` (5) "
      "and 3 more",
      "no name agrees; by order the first that does not fit: `features.3` is 17, `conv1.norm.bias` is 5"), None),
]  # fmt: skip


@pytest.mark.parametrize(("shapes", "what", "notes", "help"), STRICT, ids=range(len(STRICT)))
def test_what_does_not_fit_is_refused_with_what_is_missing_and_what_is_left(shapes, what, notes, help):
    assert refused(shapes) == (what, notes, help)


def test_a_larger_net_of_the_same_family_is_refused():
    """resnet34 has every tensor of resnet18, of the same shape."""
    large = {tensor.name: tensor.shape for tensor in tensors(archcalc.load("resnet34").graph)}
    what, notes, help = refused(large, archcalc.load("resnet18").graph)
    assert what == "w.npz does not fit resnet18: 80 of the file's 182 are left over"  # 182 - 102
    assert notes[0].startswith("left over: `layer1.2.conv1.weight` (64x64x3x3), ")
    assert help == "--partial loads the 102 that agree"


def test_heads_beside_the_way_to_the_output_are_left_out_and_said():
    found, _, loading = load({**SHAPES, "aux1.fc.weight": (3, 5), "aux1.fc.bias": (3,), "AuxLogits.fc.bias": (3,)})
    assert list(found) == list(SHAPES)
    assert loading.left_out == ("aux1.fc.weight", "aux1.fc.bias", "AuxLogits.fc.bias")
    assert loading.notes == ("left out: 3 tensors of aux1, AuxLogits, which only training needs",)
    with_head = graph_of("{aux1: linear 3 bias=no}", "5")
    assert refused({"aux1.weight": (3, 5), "aux1.more": (3,)}, with_head)[0] == (
        "w.npz does not fit net: 1 of the file's 2 are left over"
    )


def test_a_part_of_the_tensors_where_that_is_asked_for():
    some = {name: shape for name, shape in SHAPES.items() if not name.startswith("fc.")}
    found, given, loading = load({**some, "head.weight": (3, 5)}, partial=True, seed=3)
    np.testing.assert_array_equal(found["conv1.norm.bias"], given["conv1.norm.bias"])
    np.testing.assert_array_equal(found["fc.weight"], he_weights(graph_of(), 3)["fc.weight"])
    assert (loading.left_out, loading.drawn) == (("head.weight",), ("fc.weight", "fc.bias"))
    assert loading.notes == (
        "left out of the file: `head.weight`",
        "not in the file, so drawn at random: `fc.weight`, `fc.bias`",
    )
    assert refused({**some, "fc.weight": (3, 5)}, partial=True)[0] == (
        "`fc.weight` does not fit: 3x5 in w.npz, 7x550 in the network"
    )
    assert refused({"a": (3,)}, partial=True)[0] == (
        "w.npz does not fit net: 8 of its 8 tensors are missing, 1 of the file's 1 are left over"
    )


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
    found, _ = load_weights(tmp_path / "w.npz", archcalc.load("vit_b_16", set={"width": 24}).graph)
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
    found, _ = load_weights(tmp_path / "w.npz", graph)
    assert {name: array.shape for name, array in found.items()} == {"a.weight": (5, 3, 1, 1), "s.weight": (5, 1, 1)}
    np.testing.assert_array_equal(found["a.weight"].ravel(), weight["a.weight"].ravel())
