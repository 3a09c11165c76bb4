"""The reference forwards against PyTorch, in float64, on tensors of which no two axes share a size."""

from __future__ import annotations

import numpy as np
import pytest

from archcalc.layers import find
from archcalc.numeric.reference import FORWARD
from archcalc.numeric.reference.pool import max_pool_places

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn
functional = torch.nn.functional
pytestmark = pytest.mark.torch

N, C, D, H, W = 2, 6, 5, 11, 13
LINE, MAP, SPACE = (N, C, H), (N, C, H, W), (N, C, D, 7, 11)
TOKENS, VECTOR = (N, 5, 12), (N, 10)
TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}


def case(kind, x, module, **values):
    return pytest.param(kind, x, module, values, id=f"{kind}-{'-'.join(f'{k}={v}' for k, v in values.items())}-{x}")


def f(function, **values):
    """A function of torch as a module."""
    made = nn.Module()
    made.forward = lambda *x: function(*x, **values)
    return lambda: made


def sdpa(q, k, v, heads, shared=None, **options):
    """PyTorch's attention on features that hold the heads one after the other."""
    parts = zip((q, k, v), (heads, shared or heads, shared or heads), strict=True)
    split = [x.unflatten(-1, (h, -1)).transpose(1, 2) for x, h in parts]
    y = functional.scaled_dot_product_attention(*split, enable_gqa=True, **options)
    return y.transpose(1, 2).flatten(2)


class Padded(nn.Module):
    """A module on its input with zeros around it, or cells cut off; its tensors are the module's own."""

    def __init__(self, cells, module):
        super().__init__()
        self.cells, self.inner = cells, [module.double()]

    def state_dict(self):
        return self.inner[0].state_dict()

    def forward(self, x):
        return self.inner[0](functional.pad(x, self.cells))


CASES = [
    case("conv", LINE, lambda: nn.Conv1d(C, 7, 3, 2, 1), out_channels=7, kernel_size=3, stride=2, padding=1),
    case("conv", MAP, lambda: nn.Conv2d(C, 7, (2, 3), (1, 2)), out_channels=7, kernel_size=(2, 3), stride=(1, 2)),
    case("conv", MAP, lambda: nn.Conv2d(C, 4, (2, 3), (3, 2), (1, 2), (2, 3), 2, bias=False), out_channels=4,
         kernel_size=(2, 3), stride=(3, 2), padding=((1, 1), (2, 2)), dilation=(2, 3), groups=2, bias=False),
    case("conv", MAP, lambda: nn.Conv2d(C, 7, (3, 5), padding="same"), out_channels=7, kernel_size=(3, 5),
         padding="same"),
    case("conv", MAP, lambda: nn.Conv2d(C, 7, (3, 5), padding=(1, 4), padding_mode="reflect"), out_channels=7,
         kernel_size=(3, 5), padding=((1, 1), (4, 4)), padding_mode="reflect"),
    case("conv", MAP, lambda: nn.Conv2d(C, 7, (3, 5), padding=(1, 4), padding_mode="replicate"), out_channels=7,
         kernel_size=(3, 5), padding=((1, 1), (4, 4)), padding_mode="replicate"),
    case("conv", MAP, lambda: nn.Conv2d(C, 7, (3, 5), padding=(1, 4), padding_mode="circular"), out_channels=7,
         kernel_size=(3, 5), padding=((1, 1), (4, 4)), padding_mode="circular"),
    case("conv", SPACE, lambda: nn.Conv3d(C, 4, (2, 3, 4), (1, 2, 3), (1, 0, 2), groups=2), out_channels=4,
         kernel_size=(2, 3, 4), stride=(1, 2, 3), padding=((1, 1), (0, 0), (2, 2)), groups=2),
    case("conv", LINE, lambda: Padded((6, 0), nn.Conv1d(C, 7, 4, dilation=2)),
         out_channels=7, kernel_size=4, dilation=2, padding="causal"),
    case("conv", MAP, lambda: Padded((2, -1, -3, 0), nn.Conv2d(C, 7, (2, 3))),
         out_channels=7, kernel_size=(2, 3), padding=((-3, 0), (2, -1))),
    case("depthwise_conv", MAP, lambda: nn.Conv2d(C, 3 * C, (2, 3), (1, 2), 1, groups=C), kernel_size=(2, 3),
         stride=(1, 2), padding=1, multiplier=3),
    case("conv_transpose", LINE, lambda: nn.ConvTranspose1d(C, 7, 4, 3, 1, 2), out_channels=7, kernel_size=4, stride=3,
         padding=1, output_padding=2),
    case("conv_transpose", MAP, lambda: nn.ConvTranspose2d(C, 4, (2, 3), (3, 2), (1, 2), (2, 1), 2, True, (2, 3)),
         out_channels=4, kernel_size=(2, 3), stride=(3, 2), padding=((1, 1), (2, 2)), output_padding=(2, 1), groups=2,
         dilation=(2, 3)),
    case("conv_transpose", SPACE, lambda: nn.ConvTranspose3d(C, 3, (2, 3, 1), (1, 2, 3), bias=False), out_channels=3,
         kernel_size=(2, 3, 1), stride=(1, 2, 3), bias=False),
    case("linear", VECTOR, lambda: nn.Linear(10, 7), out_features=7),
    case("linear", TOKENS, lambda: nn.Linear(12, 7, bias=False), out_features=7, bias=False),
    case("max_pool", LINE, lambda: nn.MaxPool1d(3, 2, 1), kernel_size=3, stride=2, padding=1),
    case("max_pool", MAP, lambda: nn.MaxPool2d((2, 3), (3, 2), (1, 0), (2, 1), ceil_mode=True), kernel_size=(2, 3),
         stride=(3, 2), padding=((1, 1), (0, 0)), dilation=(2, 1), ceil_mode=True),
    case("max_pool", SPACE, lambda: nn.MaxPool3d((2, 3, 2), 2, 1), kernel_size=(2, 3, 2), stride=2, padding=1),
    case("avg_pool", MAP, lambda: nn.AvgPool2d((2, 3), (3, 2), (1, 1)), kernel_size=(2, 3), stride=(3, 2), padding=1),
    *(case("avg_pool", MAP, lambda p=p, k=k, s=s, i=i: nn.AvgPool2d(k, s, p, True, i), kernel_size=k, stride=s,
           padding=p, ceil_mode=True, count_include_pad=i)
      for k, s, p in [((2, 3), (3, 2), 1), (3, 2, 1), (2, 4, 1), (4, 3, 2)] for i in (True, False)),
    case("avg_pool", LINE, lambda: nn.AvgPool1d(3, 2, 1, count_include_pad=False), kernel_size=3, stride=2, padding=1,
         count_include_pad=False),
    case("avg_pool", SPACE, lambda: nn.AvgPool3d((2, 3, 2), 2, 1, True, False), kernel_size=(2, 3, 2), stride=2,
         padding=1, ceil_mode=True, count_include_pad=False),
    case("lp_pool", MAP, lambda: nn.LPPool2d(2, (2, 3), (3, 2)), kernel_size=(2, 3), stride=(3, 2)),
    case("lp_pool", MAP, lambda: nn.LPPool2d(4, 3), kernel_size=3, norm_type=4),
    case("global_avg_pool", MAP, lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())),
    case("global_max_pool", SPACE, lambda: nn.AdaptiveMaxPool3d(1), keepdim=True),
    case("global_sum_pool", MAP, f(lambda x: x.sum((2, 3)))),
    case("adaptive_avg_pool", MAP, lambda: nn.AdaptiveAvgPool2d((4, 17)), output_size=(4, 17)),
    case("adaptive_max_pool", MAP, lambda: nn.AdaptiveMaxPool2d((4, 17)), output_size=(4, 17)),
    case("adaptive_avg_pool", SPACE, lambda: nn.AdaptiveAvgPool3d((2, 3, 4)), output_size=(2, 3, 4)),
    case("batch_norm", MAP, lambda: nn.BatchNorm2d(C, 0.01), eps=0.01),
    case("batch_norm", LINE, lambda: nn.BatchNorm1d(C, affine=False), affine=False),
    case("batch_norm", VECTOR, lambda: nn.BatchNorm1d(10)),
    case("batch_norm", TOKENS, lambda: Turned(nn.BatchNorm1d(12)), axis=-1),
    case("batch_norm", MAP, lambda: Turned(nn.BatchNorm2d(W, affine=False)), axis=2, affine=False),
    case("instance_norm", MAP, lambda: nn.InstanceNorm2d(C)),
    case("instance_norm", LINE, lambda: nn.InstanceNorm1d(C, affine=True, track_running_stats=True), affine=True,
         track_running_stats=True),
    case("group_norm", MAP, lambda: nn.GroupNorm(3, C), num_groups=3),
    case("group_norm", VECTOR, lambda: nn.GroupNorm(5, 10, affine=False), num_groups=5, affine=False),
    case("layer_norm", TOKENS, lambda: nn.LayerNorm(12)),
    case("layer_norm", VECTOR, lambda: nn.LayerNorm(10, bias=False), bias=False),
    case("layer_norm", MAP, lambda: nn.LayerNorm([C, H, W]), over="all"),
    case("rms_norm", TOKENS, lambda: nn.RMSNorm(12)),
    case("rms_norm", MAP, lambda: nn.RMSNorm([C, H, W], eps=0.1), over="all", eps=0.1),
    *(case("local_response_norm", MAP, lambda s=s: nn.LocalResponseNorm(s, 2.0, 0.6, 1.5), size=s, alpha=2.0, beta=0.6,
           k=1.5) for s in (1, 4, 5, 9)),
    case("dropout", MAP, lambda: nn.Dropout(0.5), p=0.5),
    case("relu", MAP, nn.ReLU),
    case("relu6", MAP, nn.ReLU6),
    case("leaky_relu", MAP, lambda: nn.LeakyReLU(0.3), negative_slope=0.3),
    case("elu", MAP, lambda: nn.ELU(0.7), alpha=0.7),
    case("selu", MAP, nn.SELU),
    case("celu", MAP, lambda: nn.CELU(0.7), alpha=0.7),
    case("gelu", MAP, nn.GELU),
    case("gelu_tanh", MAP, lambda: nn.GELU("tanh")),
    case("silu", MAP, nn.SiLU),
    case("mish", MAP, nn.Mish),
    case("sigmoid", MAP, nn.Sigmoid),
    case("tanh", MAP, nn.Tanh),
    case("hard_sigmoid", MAP, nn.Hardsigmoid),
    case("hard_swish", MAP, nn.Hardswish),
    case("softplus", MAP, nn.Softplus),
    case("log_sigmoid", MAP, nn.LogSigmoid),
    case("softsign", MAP, nn.Softsign),
    case("softmax", MAP, lambda: nn.Softmax(1)),
    case("softmax", TOKENS, lambda: nn.Softmax(-1)),
    case("softmax", MAP, lambda: nn.Softmax(3), axis=2),
    case("log_softmax", MAP, lambda: nn.LogSoftmax(1)),
    case("prelu", MAP, lambda: nn.PReLU(C), num_parameters=C),
    case("prelu", TOKENS, nn.PReLU),
    case("prelu", MAP, lambda: PerCell((C, H, W)), over="all"),
    case("local_response_norm", MAP, f(lambda x: x / (1.5 + 2 * functional.avg_pool2d(x * x, 3, 1, 1)) ** 0.6), size=3,
         alpha=2.0, beta=0.6, k=1.5, region="within"),
    case("glu", MAP, lambda: nn.GLU(1)),
    case("glu", TOKENS, lambda: nn.GLU(-1)),
    case("maxout", MAP, f(lambda x: x.unflatten(1, (2, 3)).amax(2)), pieces=3),
    case("maxout", TOKENS, f(lambda x: x.unflatten(2, (6, 2)).amax(3)), pieces=2),
    *(case(kind, MAP, f(getattr(torch, kind))) for kind in ("exp", "square", "reciprocal", "abs", "sign", "neg", "sin",
                                                            "cos")),
    case("pow", MAP, f(torch.pow, exponent=3), exponent=3),
    case("clamp", MAP, f(torch.clamp, min=-0.5, max=0.25), min=-0.5, max=0.25),
    case("clamp", MAP, f(torch.clamp, max=0.25), max=0.25),
    *(case("reduce", MAP, f(getattr(torch, name), dim=(1, 3), keepdim=keep), how=how, axis=(0, 2), keepdim=keep)
      for how, name in [("mean", "mean"), ("sum", "sum"), ("max", "amax"), ("min", "amin"), ("std", "std"),
                        ("var", "var")] for keep in (True, False)),
    case("reduce", MAP, f(lambda x: x.prod(2)), how="prod", axis=(1,)),
    case("reduce", MAP, f(torch.std, dim=(2, 3), correction=0), how="std", axis=(1, 2), correction=0),
    case("reduce", MAP, f(torch.linalg.vector_norm, dim=(2, 3)), how="norm", axis=(-2, -1)),
    case("reduce", MAP, f(lambda x: x.flatten(1).mean(1, keepdim=True)), how="mean"),
    case("l2_normalize", MAP, f(functional.normalize, dim=1)),
    case("l2_normalize", TOKENS, f(functional.normalize, dim=-1)),
    case("l2_normalize", MAP, f(functional.normalize, dim=2, eps=3.0), axis=1, eps=3.0),
    case("maximum", (MAP, (N, C, 1, 1)), f(torch.maximum)),
    case("minimum", (MAP, MAP), f(torch.minimum)),
    case("average", (MAP, MAP, MAP), f(lambda a, b, c: torch.stack([a, b, c]).mean(0))),
    case("divide", (MAP, (N, 1, H, W)), f(torch.div)),
    case("tile", MAP, f(torch.tile, dims=(1, 2, 1, 3)), repeats=(2, 1, 3)),
    case("roll", MAP, f(torch.roll, shifts=(5, -3), dims=(2, 3)), shifts=(5, -3)),
    case("roll", MAP, f(torch.roll, shifts=2, dims=1), shifts=2, axis=0),
    case("take", MAP, f(lambda x: x[:, :, [4, 0, 4, 10]]), indices=(4, 0, 4, -1), axis=1),
    case("matmul", ((N, 3, 5), (N, 5, 7)), f(torch.matmul)),
    case("matmul", ((N, 4, 3, 5), (N, 5, 7)), f(lambda a, b: a @ b[:, None])),
    case("matmul", ((N, 3, 5), (N, 4, 1, 5, 7)), f(lambda a, b: a[:, None, None] @ b)),
    *(case(kind, (MAP, (N, W)), f(lambda a, b, name=name: getattr(torch, name)(a, b[:, None, None])))
      for kind, name in [("add", "add"), ("multiply", "mul"), ("subtract", "sub"), ("divide", "div"),
                         ("maximum", "maximum"), ("minimum", "minimum")]),
    case("abs_diff", ((N, H, 1), (N, C, 1, W)), f(lambda a, b: (a[:, None] - b).abs())),
    case("average", ((N, H, W), MAP, (N, 1)), f(lambda a, b, c: (a[:, None] + b + c[..., None, None]) / 3)),
    *(case("attention", (TOKENS, (N, 7, 12), (N, 7, 9)), lambda o=o: f(sdpa, heads=3, **o)(), num_heads=3, **ours)
      for o, ours in [({}, {}), ({"is_causal": True}, {"causal": True}), ({"scale": 0.7}, {"scale": 0.7})]),
    case("attention", ((N, 6, 5, 8), (N, 2, 7, 8), (N, 2, 7, 3)),
         f(functional.scaled_dot_product_attention, enable_gqa=True)),
    case("attention", (TOKENS, (N, 7, 4), (N, 7, 5)), f(sdpa, heads=3, shared=1), num_heads=3),
    case("attention", ((N, 3, 5, 8), (N, 3, 7, 8), (N, 3, 7, 8), (N, 5, 7)),
         f(lambda q, k, v, mask: functional.scaled_dot_product_attention(q, k, v, mask[:, None]))),
    case("einsum", ((N, 3, 5), (N, 5, 7)), f(lambda a, b: torch.einsum("nij,njk->nik", a, b)),
         equation="ij,jk->ik"),
    case("einsum", ((N, 3, 5, 7), (N, 7, 3, 2)), f(lambda a, b: torch.einsum("nijk,nkil->nlij", a, b)),
         equation="Ijk,kIl->lIj"),
    case("einsum", ((N, 3), (N, 5)), f(lambda a, b: torch.einsum("ni,nj->nji", a, b)), equation="i,j->ji"),
    case("unfold", MAP, lambda: nn.Unfold((2, 3), (2, 1), (1, 2), (2, 3)), kernel_size=(2, 3), stride=(2, 3),
         padding=((1, 1), (2, 2)), dilation=(2, 1)),
    case("fold", (N, 4 * 6, 6 * 5), lambda: nn.Fold((H, W), (2, 3), (2, 1), (1, 2), (2, 3)), output_size=(H, W),
         kernel_size=(2, 3), stride=(2, 3), padding=(1, 2), dilation=(2, 1)),
    case("fold", (N, 4 * 9, 99), lambda: nn.Fold((H, W), 3, padding=0), output_size=(H, W), kernel_size=3),
    case("flatten", SPACE, nn.Flatten),
    case("permute", MAP, f(torch.permute, dims=(0, 3, 1, 2)), dims=(2, 0, 1)),
    case("tokens", MAP, f(lambda x: x.flatten(2).transpose(1, 2))),
    case("channel_shuffle", MAP, lambda: nn.ChannelShuffle(3), groups=3),
    case("pixel_shuffle", (N, 18, H, W), lambda: nn.PixelShuffle(3), upscale_factor=3),
    case("pixel_unshuffle", (N, C, 9, 15), lambda: nn.PixelUnshuffle(3), downscale_factor=3),
    case("upsample", MAP, lambda: nn.Upsample(scale_factor=3), scale_factor=3),
    case("upsample", MAP, lambda: nn.Upsample((7, 29)), size=(7, 29)),
    *(case("upsample", MAP, lambda s=s, a=a: nn.Upsample(s, mode="bilinear", align_corners=a), size=s, mode="bilinear",
           align_corners=a) for s in [(7, 29), (22, 5), (1, 13)] for a in (True, False)),
    *(case("upsample", MAP, lambda s=s, a=a: nn.Upsample(s, mode="bicubic", align_corners=a), size=s, mode="bicubic",
           align_corners=a) for s in [(7, 29), (22, 5), (1, 13)] for a in (True, False)),
    *(case("upsample", MAP, lambda m=m, g=g: nn.Upsample(scale_factor=g, mode=m), mode=m, scale_factor=g)
      for m in ("nearest", "bilinear", "bicubic") for g in (0.5, 1.5, (2.25, 0.75))),
    case("upsample", LINE, lambda: nn.Upsample(scale_factor=3, mode="linear"), scale_factor=3, mode="bilinear"),
    case("upsample", SPACE, lambda: nn.Upsample((7, 3, 5), mode="trilinear"), size=(7, 3, 5), mode="bilinear"),
    case("pad", MAP, lambda: nn.ZeroPad2d((1, 2, 3, 4)), cells=((3, 4), (1, 2))),
    case("pad", MAP, lambda: nn.ConstantPad2d((1, 2, 3, 4), 1.5), cells=((3, 4), (1, 2)), mode="constant", value=1.5),
    case("pad", MAP, lambda: nn.ReflectionPad2d((1, 2, 3, 4)), cells=((3, 4), (1, 2)), mode="reflect"),
    case("pad", MAP, lambda: nn.ReplicationPad2d((1, 2, 3, 4)), cells=((3, 4), (1, 2)), mode="replicate"),
    case("pad", MAP, lambda: nn.CircularPad2d((1, 2, 3, 4)), cells=((3, 4), (1, 2)), mode="circular"),
    case("multihead_attention", TOKENS, lambda: Attention(12, 3), num_heads=3),
    case("multihead_attention", TOKENS, lambda: Attention(12, 4, bias=False), num_heads=4, bias=False),
    case("multihead_attention", (TOKENS, (N, 7, 12)), lambda: Attention(12, 3), num_heads=3),
    case("multihead_attention", (TOKENS, (N, 7, 8)), lambda: Attention(12, 3, kdim=8, vdim=8), num_heads=3),
    *(case(kind, TOKENS, lambda m=m, b=b: States(m(12, 7, 2, bias=b, batch_first=True, bidirectional=True)),
           hidden_size=7, num_layers=2, bidirectional=True, bias=b)
      for kind, m in [("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)] for b in (True, False)),
    *(case(kind, TOKENS, lambda m=m: Last(m(12, 7, 2, batch_first=True, bidirectional=True)),
           hidden_size=7, num_layers=2, bidirectional=True, returns="last")
      for kind, m in [("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)]),
    *(case(kind, TOKENS, lambda m=m: OneBias(m(12, 7, 2, batch_first=True, bidirectional=True)),
           hidden_size=7, num_layers=2, bidirectional=True, biases=1)
      for kind, m in [("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)]),
    case("lstm", TOKENS, lambda: States(nn.LSTM(12, 7, 2, batch_first=True, bidirectional=True, proj_size=3)),
         hidden_size=7, num_layers=2, bidirectional=True, proj_size=3),
    case("lstm", TOKENS, lambda: Last(nn.LSTM(12, 7, 2, batch_first=True, bidirectional=True, proj_size=3)),
         hidden_size=7, num_layers=2, bidirectional=True, proj_size=3, returns="last"),
    *(case("multihead_attention", x, lambda v=v, m=m: Grouped(12, m, **v), **v)
      for x, m in [(TOKENS, 12), ((TOKENS, (N, 7, 8)), 8)] for v in [
          {"num_heads": 3, "head_dim": 5}, {"num_heads": 6, "kv_heads": 2}, {"num_heads": 3, "kv_heads": 1},
          {"num_heads": 4, "kv_heads": 2, "head_dim": 5, "out_bias": False}, {"num_heads": 3, "causal": True},
          {"num_heads": 2, "bias": False, "out_bias": True, "scaled": False},
          {"num_heads": 3, "relative_buckets": 8, "relative_distance": 5, "bias": False, "scaled": False},
          {"num_heads": 6, "kv_heads": 3, "relative_buckets": 4, "relative_distance": 3, "causal": True},
      ]),
    case("rnn", TOKENS, lambda: States(nn.RNN(12, 7, 3, nonlinearity="relu", batch_first=True)), hidden_size=7,
         num_layers=3, nonlinearity="relu"),
]  # fmt: skip


class Wrapped(nn.Module):
    """A module whose tensors go by their own names, as a state dict of it alone would."""

    def __init__(self, inner):
        super().__init__()
        self.inner = [inner]  # in a list: not registered, its names carry no prefix

    def state_dict(self):
        return self.inner[0].state_dict()

    def double(self):
        self.inner[0].double()
        return self

    def eval(self):
        self.inner[0].eval()
        return self


class Turned(Wrapped):
    """A norm of channels on the last axis."""

    def forward(self, x):
        return self.inner[0](x.transpose(1, -1)).transpose(1, -1)


class States(Wrapped):
    def forward(self, x):
        return self.inner[0](x)[0]


class OneBias(States):
    """Two biases summed are one; that of W_hn h, which a GRU weighs by r, is 0."""

    def __init__(self, inner):
        super().__init__(inner)
        for name, tensor in inner.named_parameters():
            if name.startswith("bias_hh") and isinstance(inner, nn.GRU):
                tensor.data[2 * inner.hidden_size :] = 0

    def state_dict(self):
        found = dict(super().state_dict())
        for name in [name for name in found if name.startswith("bias_ih")]:
            end = name.removeprefix("bias_ih")
            found[f"bias{end}"] = found.pop(name) + found.pop(f"bias_hh{end}")
        return found


class PerCell(nn.Module):
    """Keras' PReLU."""

    def __init__(self, shape):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape))

    def forward(self, x):
        return torch.where(x > 0, x, self.weight * x)


class Last(Wrapped):
    """The states that both directions of the last layer end in, side by side."""

    def forward(self, x):
        state = self.inner[0](x)[1]
        state = state[0] if isinstance(state, tuple) else state
        return torch.cat([state[-2], state[-1]], -1)


class Attention(Wrapped):
    def __init__(self, *sizes, **options):
        super().__init__(nn.MultiheadAttention(*sizes, batch_first=True, **options))

    def forward(self, query, memory=None):
        memory = query if memory is None else memory
        return self.inner[0](query, memory, memory, need_weights=False)[0]


class Grouped(nn.Module):
    """Attention made of torch's linear layers, its scaled_dot_product_attention and T5's biases of distances."""

    def __init__(self, width, memory_width, num_heads, kv_heads=None, head_dim=None, bias=True, out_bias=None,
                 causal=False, scaled=True, relative_buckets=None, relative_distance=128):  # fmt: skip
        super().__init__()
        self.heads, self.size = (num_heads, kv_heads or num_heads), head_dim or width // num_heads
        self.causal, self.scale = causal, None if scaled else 1.0
        self.buckets, self.distance = relative_buckets, relative_distance
        queries, keys = (heads * self.size for heads in self.heads)
        self.q_proj = nn.Linear(width, queries, bias)
        self.k_proj, self.v_proj = (nn.Linear(memory_width, keys, bias) for _ in range(2))
        self.out_proj = nn.Linear(queries, width, bias if out_bias is None else out_bias)
        if relative_buckets:
            self.relative_attention_bias = nn.Embedding(relative_buckets, num_heads)

    def state_dict(self):
        found = dict(super().state_dict())
        parts = {end: [found.pop(f"{x}_proj.{end}", None) for x in "qkv"] for end in ("weight", "bias")}
        if len({part.shape[1] for part in parts["weight"]}) == 1:
            found["in_proj_weight"] = torch.cat(parts["weight"])
        else:
            found |= {f"{x}_proj_weight": part for x, part in zip("qkv", parts["weight"], strict=True)}
        if parts["bias"][0] is not None:
            found["in_proj_bias"] = torch.cat(parts["bias"])
        return found

    def forward(self, query, memory=None):
        memory = query if memory is None else memory
        sources = zip((self.q_proj(query), self.k_proj(memory), self.v_proj(memory)), (0, 1, 1), strict=True)
        q, k, v = (x.unflatten(-1, (self.heads[i], self.size)).transpose(1, 2) for x, i in sources)
        mask = torch.zeros(q.shape[2], k.shape[2], dtype=q.dtype)
        if self.buckets:
            place = torch.arange(k.shape[2])[None, :] - torch.arange(q.shape[2])[:, None]
            mask = self.relative_attention_bias(self.bucket(place)).permute(2, 0, 1) + mask
        if self.causal:
            mask = mask + torch.full(mask.shape[-2:], -torch.inf, dtype=q.dtype).triu(1)
        gqa = self.heads[0] != self.heads[1]
        mixed = functional.scaled_dot_product_attention(q, k, v, mask, scale=self.scale, enable_gqa=gqa)
        return self.out_proj(mixed.transpose(1, 2).flatten(2))

    def bucket(self, place):
        """As in Raffel et al.'s code: Mesh TensorFlow's _relative_position_bucket."""
        found, count, back = torch.zeros_like(place), self.buckets, -place
        if not self.causal:
            count //= 2
            found = found + (back < 0).long() * count
            back = back.abs()
        back = back.clamp(min=0)
        exact = count // 2
        ratio = torch.log(back.double() / exact) / torch.log(torch.tensor(self.distance / exact).double())
        wide = (exact + (ratio * (count - exact)).nan_to_num(0, 0, 0).long()).clamp(max=count - 1)
        return found + torch.where(back < exact, back, wide)


def randomize(module, rng):
    """Every tensor anew, also those that start as zeros and ones."""
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            values = rng.standard_normal(tensor.shape)
            tensor.copy_(torch.from_numpy(abs(values) + 0.5 if name.endswith("running_var") else values))


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize(("kind", "x", "module", "values"), CASES)
def test_forward_is_that_of_torch(kind, x, module, values, rng, run_layer):
    shapes = x if isinstance(x[0], tuple) else (x,)
    arrays = tuple(rng.standard_normal(shape) for shape in shapes)
    module = module().double().eval()
    with torch.no_grad():
        randomize(module, rng)
        expected = module(*map(torch.from_numpy, arrays)).numpy()
    state = {name: t.numpy() for name, t in module.state_dict().items() if not name.endswith("num_batches_tracked")}
    found = run_layer(kind, arrays if len(arrays) > 1 else arrays[0], state, **values)
    np.testing.assert_allclose(found, expected, **TOLERANCE)


def test_every_kind_that_torch_has_is_compared():
    # window_attention is held against masked attention in test_attention.py
    compared = {case.values[0] for case in CASES} | {
        "max_unpool",
        "embedding",
        "drop_path",
        "reshape",
        "window_attention",
        "log",
        "sqrt",
        "rsqrt",
        "moe",
        "conv_lstm",
        "locally_connected",
        "deform_conv",  # in tests/layers, against what PyTorch is made of
    }
    ours_alone = {
        "identity", "layer_scale", "scale", "subsample", "rbf", "scaled_tanh", "concat", "slice",
        "space_to_depth", "crop", "position_embedding", "class_token", "parameter", "constant",
    }  # fmt: skip
    assert compared | ours_alone == set(FORWARD)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "size"), [(2, 2, 0, (H, W)), ((2, 3), (2, 3), 0, (H, W)), (3, 2, 1, None)]
)
def test_max_unpool_uses_the_places_of_its_pool(kernel, stride, padding, size, rng, run_layer):
    values = {"kernel_size": kernel, "stride": stride, "padding": padding}
    x = rng.standard_normal(MAP)
    pooled, places = nn.MaxPool2d(kernel, stride, padding, return_indices=True)(torch.from_numpy(x))
    mine = max_pool_places(find("max_pool").make(2, **values), x)
    np.testing.assert_array_equal(mine, places.numpy())
    expected = nn.MaxUnpool2d(kernel, stride, padding)(pooled, places, output_size=(H, W)).numpy()
    found = run_layer("max_unpool", pooled.numpy(), beside=(mine,), **values, size=size)
    np.testing.assert_array_equal(found, expected)


def test_embedding_is_a_lookup(rng, run_layer):
    weight = rng.standard_normal((7, 3))
    x = rng.integers(0, 7, (2, 5)).astype(float)
    expected = functional.embedding(torch.from_numpy(x).long(), torch.from_numpy(weight)).numpy()
    found = run_layer("embedding", x, {"weight": weight}, num_embeddings=7, embedding_dim=3)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", ["log", "sqrt", "rsqrt", "reciprocal", "pow"])
def test_functions_of_positive_values(kind, rng, run_layer):
    x = rng.uniform(0.25, 4, MAP)
    values = {"exponent": -1.5} if kind == "pow" else {}
    expected = getattr(torch, kind)(torch.from_numpy(x), *values.values()).numpy()
    np.testing.assert_allclose(run_layer(kind, x, **values), expected, **TOLERANCE)


def test_batch_norm_without_a_weight(rng, run_layer):
    """Keras' scale=False: the bias alone."""
    x, (mean, bias), variance = rng.standard_normal(MAP), rng.standard_normal((2, C)), rng.uniform(0.5, 2, C)
    arrays = [torch.from_numpy(a) for a in (x, mean, variance)]
    expected = functional.batch_norm(*arrays, None, torch.from_numpy(bias)).numpy()
    state = {"bias": bias, "running_mean": mean, "running_var": variance}
    np.testing.assert_allclose(run_layer("batch_norm", x, state, weight=False), expected, **TOLERANCE)


def test_same_padding_of_a_stride_is_that_of_tensorflow(rng, run_layer):
    # ceil(11/2) = 6 cells need 5*2 + 3 = 13, so 2 more: 1 before, 1 after; ceil(13/2) = 7 need 6*2 + 4 = 16, so 1 and 2
    x, weight = rng.standard_normal(MAP), rng.standard_normal((4, C, 3, 4))
    padded = functional.pad(torch.from_numpy(x), (1, 2, 1, 1))
    expected = functional.conv2d(padded, torch.from_numpy(weight), stride=2).numpy()
    found = run_layer("conv", x, {"weight": weight}, out_channels=4, kernel_size=(3, 4), stride=2, padding="same",
                      bias=False)  # fmt: skip
    np.testing.assert_allclose(found, expected, **TOLERANCE)


def test_transposed_same_padding_undoes_a_same_convolution(rng, run_layer):
    """It is the gradient of the `same` convolution 12x14 -> 6x7, by its input.

    5*2 + 3 = 13 cells for 12: one after the axis; 6*2 + 4 = 16 cells for 14: one on each side.
    """
    y, weight = rng.standard_normal((N, C, 6, 7)), rng.standard_normal((C, 3, 3, 4))
    x = torch.zeros((N, 3, 12, 14), dtype=torch.float64, requires_grad=True)
    z = functional.conv2d(functional.pad(x, (1, 1, 0, 1)), torch.from_numpy(weight), stride=2)
    (expected,) = torch.autograd.grad(z, x, torch.from_numpy(y))
    found = run_layer("conv_transpose", y, {"weight": weight}, out_channels=3, kernel_size=(3, 4), stride=2,
                      padding="same", bias=False)  # fmt: skip
    np.testing.assert_allclose(found, expected.numpy(), **TOLERANCE)
