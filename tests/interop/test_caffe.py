"""Caffe's prototxts: known counts, every row of the table, every trap of the format."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.errors import ArchcalcError
from archcalc.interop.reading.caffe import read
from archcalc.interop.reading.caffe_table import DATA, LAYERS, LOSSES, V1
from archcalc.interop.reading.caffe_text import message_of
from archcalc.interop.yaml import text_of

FILES = Path(__file__).parent / "files" / "caffe"
CONVS = 34_944 + (48 * 25 + 1) * 256 + (256 * 9 + 1) * 384 + (192 * 9 + 1) * 384 + (192 * 9 + 1) * 256
ALEXNET = CONVS + (9216 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 1000
"""With its two groups, as in the paper's figure 2."""
LENET = 520 + 25_050 + 400_500 + 5_010
KNOWN = {
    # file: (input, params, buffers, outputs)
    "bvlc_alexnet_deploy": (None, ALEXNET, 0, {"prob": "1000"}),
    "bvlc_cifar10_cifar10_full": ("3x32x32", (75 + 1) * 32 + (800 + 1) * 32 + (800 + 1) * 64 + (1024 + 1) * 10, 0,
                                  {"prob": "10"}),
    # 6,998,552 without the heads beside: (528 + 1)·128 or (512 + 1)·128, (2048 + 1)·1024, (1024 + 1)·1000 each
    "bvlc_googlenet_train_val": (None, 6_998_552 + (512 + 528 + 2) * 128 + 2 * (2049 * 1024 + 1025 * 1000), 0,
                                 {"loss1.classifier": "1000", "loss2.classifier": "1000", "loss3.classifier": "1000"}),
    "bvlc_mnist_lenet": (None, LENET, 0, {"prob": "10"}),
    "bvlc_mnist_lenet_train_test": ("1x28x28", LENET, 0, {"ip2": "10"}),
    "bvlc_mnist_mnist_autoencoder": (
        "1x28x28", 785 * 1000 + 1001 * 500 + 501 * 250 + 251 * 30 + 31 * 250 + 251 * 500 + 501 * 1000 + 1001 * 784, 0,
        {"decode1": "784", "decode1neuron": "784"},
    ),
    "bvlc_siamese_mnist_siamese_train_test": ("2x28x28", LENET + (10 + 1) * 2, 0, {"feat": "2", "feat_p": "2"}),
    # torchvision's 25,557,032, and the bias of conv1
    "kaiming_ResNet-50-deploy": (None, 25_557_032 + 64, 53_120, {"prob": "1000"}),
}  # fmt: skip


def net(name: str, input: str | None = None):
    return archcalc.load(str(FILES / f"{name}.prototxt"), input=input)


@pytest.mark.parametrize("name", KNOWN)
def test_known_counts(name):
    input, params, buffers, outputs = KNOWN[name]
    summary = net(name, input).summary()
    assert (summary.totals.params, summary.totals.buffers) == (params, buffers)
    assert {output: str(shape) for output, shape in summary.outputs} == outputs
    assert net(name, input).check().passed


def test_macs_that_are_published():
    """724M of AlexNet with its two groups (Caffe's zoo, as counted by Netscope); ResNet-50: 3.8 billion in its table 1,
    where the projections are left out, 3.86 with them."""
    assert net("bvlc_alexnet_deploy").summary().totals.macs == 724_406_816
    assert round(net("kaiming_ResNet-50-deploy").summary().totals.macs / 1e9, 1) == 3.9


def test_shapes_of_googlenet():
    """Szegedy et al. 2015, table 1: poolings round up."""
    graph = net("bvlc_googlenet_train_val").graph
    for name, shape in {"pool1.3x3_s2": (64, 56, 56), "pool2": (192, 28, 28), "inception_3b": (480, 28, 28),
                        "inception_4e": (832, 14, 14), "inception_5b": (1024, 7, 7)}.items():  # fmt: skip
        assert graph.value_shape(graph.values[name]) == shape


def test_rows_counted_by_hand():
    """A transposed convolution of 6 to 4 channels in two groups, slopes for 4 channels and for all, a scale."""
    totals = net("rows").summary().totals
    assert totals.params == 6 * 4 // 2 * 4 * 2 + 4 + 1 + 4
    assert totals.macs == 6 * 4 // 2 * 4 * 2 * 12 * 16
    assert net("rows").check().passed


def test_every_row_is_hit():
    roots = [message_of(file.read_text(encoding="utf-8"), file.name) for file in FILES.glob("*.prototxt")]
    assert {layer.word("type") for root in roots for layer in root.messages("layer")} >= {*LAYERS}


def test_every_older_word_stands_for_a_known_type():
    assert {*V1.values()} <= {*LAYERS, *LOSSES, *DATA}


DATA_LAYER = 'input: "data"\ninput_shape { dim: 1 dim: 3 dim: 11 dim: 13 }\n'


def calls(text: str) -> list[str]:
    """The lines of the layers."""
    lines = text_of(read(DATA_LAYER + text, "net.prototxt")).splitlines()
    return [line.strip() for line in lines[lines.index("layers:") + 1 : lines.index("expect:")]]


def layer(name: str, kind: str, more: str = "", bottom: str = "data") -> str:
    return f'layer {{ name: "{name}" type: "{kind}" bottom: "{bottom}" top: "{name}" {more} }}\n'


CONV = layer("c", "Convolution", "convolution_param { num_output: 4 kernel_size: 3 pad: 1 }")
BN = layer("n", "BatchNorm", bottom="c")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (layer("c", "Convolution", "convolution_param { num_output: 4 kernel_h: 3 kernel_w: 5 stride: 2 pad: 2 }"),
         ["c: conv 4 3x5 stride=2 padding=2"]),
        (layer("c", "Convolution", "convolution_param { num_output: 4 kernel_size: 3 kernel_size: 5 dilation: 2 }"),
         ["c: conv 4 3x5 dilation=2"]),
        ('layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" '
         "convolution_param { num_output: 4 kernel_size: 3 } }\n", ["c: conv 4 3x3"]),
        (layer("p", "Pooling", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"),
         ["p: max_pool 2x2 ceil_mode=yes"]),
        (layer("p", "Pooling", "pooling_param { pool: AVE kernel_size: 3 stride: 2 }"),
         ["p: avg_pool 3x3 stride=2"]),
        (layer("p", "Pooling", "pooling_param { kernel_size: 2 stride: 2 round_mode: FLOOR }"), ["p: max_pool 2x2"]),
        (layer("a", "ReLU", "relu_param { negative_slope: 0.1 }"), ["a: leaky_relu 0.1"]),
        (layer("f", "InnerProduct", "inner_product_param { num_output: 7 }"), ["f_flat: flatten", "f: linear 7"]),
        (layer("f", "InnerProduct", "inner_product_param { num_output: 7 }")
         + layer("g", "InnerProduct", "inner_product_param { num_output: 5 }"),
         ["f_flat: flatten", "f: linear 7", "g: linear 5 from=f_flat", "output: [f, g]"]),
        (CONV + BN + layer("s", "Scale", "scale_param { bias_term: true }", "n"),
         ["c: conv 4 3x3 padding=1", "n: batch_norm"]),
        (CONV + BN + layer("s", "Scale", "", "n"),
         ["c: conv 4 3x3 padding=1", "n: batch_norm affine=no", "s: layer_scale"]),
        (CONV + layer("train", "Dropout", "include { phase: TRAIN }", "c")
         + layer("test", "Dropout", "exclude { phase: TRAIN }", "c") + layer("loss", "SoftmaxWithLoss", "", "test"),
         ["c: conv 4 3x3 padding=1", "test: dropout 0.5"]),
        (CONV + 'layer { name: "r" type: "ReLU" bottom: "c" top: "c" }\n' + layer("t", "TanH", "", "c"),
         ["c: conv 4 3x3 padding=1", "r: relu", "t: tanh"]),
        (layer("e", "Eltwise", "eltwise_param { coeff: 1 coeff: 0.3 } bottom: 'data'"),
         ["e:", "scale1: scale by=0.3", "sum: add input scale1"]),
    ],
)  # fmt: skip
def test_a_trap_of_the_format(text, lines):
    assert calls(text) == lines


def test_text_protobuf_as_people_write_it():
    odd = "\n".join([
        'layer: < name: \'c\' # a comment with "quotes" and {',
        "  type: 'Convolution', bottom: \"data\"; top: \"c\"",
        "  convolution_param: { num_output: 4, kernel_size: [3, 5] } >",
    ])  # fmt: skip
    assert calls(odd) == ["c: conv 4 3x5"]


@pytest.mark.parametrize(
    ("text", "what", "help", "place", "code"),
    [
        (layer("c", "Convolutoin"), "no layer of a spec stands for the type `Convolutoin`",
         "did you mean `Convolution` or `Deconvolution`?", "3:25", 6),
        (layer("d", "DetectionOutput"), "no layer of a spec stands for the type `DetectionOutput`", None, "3:25", 6),
        (layer("a", "ReLU", bottom="b") + layer("b", "ReLU", bottom="a"), "no layer before this one makes `b`",
         "a layer below makes it: a cycle, or put that one first", "3:40", 3),
        (layer("a", "ReLU", bottom="dat"), "no layer before this one makes `dat`", "did you mean `data`?", "3:40", 3),
        (layer("c", "Convolution"), "Convolution has no `num_output`", "write num_output: 10", "3:15", 3),
        (layer("c", "Convolution", "convolution_param { num_output: 4 }"), "Convolution has no `kernel_size`",
         "write kernel_size: 3", "3:15", 3),
        (layer("c", "Convolution", "convolution_param { num_output: four kernel_size: 3 }"),
         "`num_output` is a whole number, got `four`", None, "3:95", 3),
        (layer("c", "Convolution", "convolution_param { num_output: 4 kernel_size: 12 }"),
         "Convolution would make 4x0x2 of 3x11x13", None, "3:15", 3),
        ('layer { name: "c" type: "ReLU"\n', "`layer` has no end", "write its }; is the file cut off?", "3:1", 3),
        (CONV + "}\n", "`}` ends nothing", "delete it", "4:1", 3),
        ('layer { name: "c', '`"` begins no word or text', "is a quote open?", "3:15", 3),
        ("layer { name:", "`name` has no value", "is the file cut off?", "3:9", 3),
        ("layer { dim: [1, 2", "the list of `dim` has no end", "write its ]", "3:9", 3),
        ("layer { : }", "expected the name of a field, got `:`", None, "3:9", 3),
        (layer("e", "Eltwise", "eltwise_param { coeff: 1 }", 'data" bottom: "data'), "1 factors for 2 bottoms", None,
         "3:97", 3),
        (layer("p", "Pooling", "pooling_param { kernel_size: 1 stride: 3 }"),
         "no layer of a spec stands for a pooling whose windows lie in the padding", None, "3:15", 6),
        (CONV + BN + layer("s", "Scale", "scale_param { bias_term: true }", "n") + layer("r", "ReLU", "", "n"),
         "no layer of a spec stands for a scale with a bias that is behind no batch norm", None, "5:15", 6),
        (layer("x", "Crop"), "Crop has 2 bottoms, here 1", "the second has the size", "3:15", 3),
        ("name: 'x'\n", "there are no layers", "a prototxt has `layer { name: type: bottom: top: }`", "1:1", 3),
        (layer("s", "Softmax", "softmax_param { axis: 0 }"),
         "no layer of a spec works along axis 0: a spec knows one example", None, "3:81", 6),
    ],
)  # fmt: skip
def test_one_error_with_its_place(text, what, help, place, code):
    with pytest.raises(ArchcalcError) as caught:
        read(DATA_LAYER + text, "net.prototxt")
    error = caught.value
    assert (error.what, error.help) == (what, help)
    assert (str(error.place), error.exit_code) == (f"net.prototxt:{place}", code)


def test_a_size_that_nothing_states_is_asked_for():
    with pytest.raises(ArchcalcError) as caught:
        net("bvlc_mnist_lenet_train_test")
    assert (caught.value.what, caught.value.help, caught.value.exit_code) == (
        "nothing states the size of `data`", "give it, as --input 3x224x224", 3,
    )  # fmt: skip


def test_places_are_those_of_the_file():
    graph = net("bvlc_mnist_lenet").graph
    lines = (FILES / "bvlc_mnist_lenet.prototxt").read_text(encoding="utf-8").splitlines()
    assert lines[graph.nodes[0].place.line - 1].strip() == 'name: "conv1"'


def test_a_long_file_is_read_in_a_bounded_number_of_steps():
    text = "".join(layer(f"r{at}", "ReLU", "", f"r{at - 1}" if at else "data") for at in range(3000))
    assert len(read(DATA_LAYER + text, "net.prototxt").operations) == 3000
    with pytest.raises(ArchcalcError, match="has no end"):
        read("layer { " * 20000, "net.prototxt")
