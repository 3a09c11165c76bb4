"""The names of timm 1.0 and torchvision 0.28, family by family, where they are not those of the bundled spec.

tests/reference/state_dicts holds the names and shapes of the libraries' models; every map is held against them.
"""

from __future__ import annotations

from archcalc.numeric.weights.name_maps import Form, NameMap

_TF = "what timm calls tf_... pads as TensorFlow does, which names do not tell: those weights give other values here"
_SE = (("se.conv_reduce", "{}.fc1"), ("se.conv_expand", "{}.fc2"))
_EXPANDED = (("conv_pw", "0.0"), ("bn1", "0.1"), ("conv_dw", "1.0"), ("bn2", "1.1"))
_PLAIN = (("conv_dw", "0.0"), ("bn1", "0.1"))


def _se(at: str) -> tuple[tuple[str, str], ...]:
    return tuple((theirs, ours.format(at)) for theirs, ours in _SE)


def _mobile_blocks(to: str) -> tuple[Form, ...]:
    """timm's blocks with depthwise convolutions, where ours count their parts: with an expansion before or without."""
    where = "blocks.{s}.{b}"
    return (
        Form(where, to, (*_EXPANDED, *_se("2"), ("conv_pwl", "3.0"), ("bn3", "3.1"))),
        Form(where, to, (*_EXPANDED, ("conv_pwl", "2.0"), ("bn3", "2.1"))),
        Form(where, to, (*_PLAIN, *_se("1"), ("conv_pw", "2.0"), ("bn2", "2.1"))),
        Form(where, to, (*_PLAIN, ("conv_pw", "1.0"), ("bn2", "1.1"))),
    )


def _efficientnet(last: int) -> NameMap:
    """`last`: the number of the convolution behind the stages."""
    to = "features.{s+1}.{b}.block."
    fused = (("conv_exp", "0.0"), ("bn1", "0.1"), ("conv_pwl", "1.0"), ("bn2", "1.1"))
    return NameMap(
        "timm", "efficientnet",
        (
            ("conv_stem.{p}", "features.0.0.{p}"), ("bn1.{p}", "features.0.1.{p}"),
            ("conv_head.{p}", f"features.{last}.0.{{p}}"), ("bn2.{p}", f"features.{last}.1.{{p}}"),
            ("classifier.{p}", "classifier.1.{p}"),
        ),
        (
            *_mobile_blocks(to),
            Form("blocks.{s}.{b}", to, fused),
            Form("blocks.{s}.{b}", to, (("conv", "0.0"), ("bn1", "0.1"))),
        ),
        norm_eps=1e-5,
        note=_TF,
    )  # fmt: skip


_MOBILENET_V2 = NameMap(
    "timm", "mobilenetv2",
    (
        ("conv_stem.{p}", "features.0.0.{p}"), ("bn1.{p}", "features.0.1.{p}"),
        ("conv_head.{p}", "features.18.0.{p}"), ("bn2.{p}", "features.18.1.{p}"),
        ("classifier.{p}", "classifier.1.{p}"),
    ),
    (
        Form("blocks.{s}.{b}", "features.{n+1}.conv.", (*_EXPANDED, ("conv_pwl", "2"), ("bn3", "3"))),
        Form("blocks.{s}.{b}", "features.{n+1}.conv.", (*_PLAIN, ("conv_pw", "1"), ("bn2", "2"))),
    ),
    norm_eps=1e-5,
)  # fmt: skip

_MOBILENET_V3 = NameMap(
    "timm", "mobilenetv3",
    (
        ("conv_stem.{p}", "features.0.0.{p}"), ("bn1.{p}", "features.0.1.{p}"),
        ("conv_head.{p}", "classifier.0.{p}"), ("classifier.{p}", "classifier.3.{p}"),
    ),
    (
        *_mobile_blocks("features.{n+1}.block."),
        Form("blocks.{s}.{b}", "features.{n+1}.", (("conv", "0"), ("bn1", "1"))),
    ),
    norm_eps=1e-5,
    note=_TF,
)  # fmt: skip

_MNASNET = NameMap(
    "timm", "mnasnet",
    (
        ("conv_stem.{p}", "layer.0.{p}"), ("bn1.{p}", "layer.1.{p}"), ("conv_head.{p}", "layer.14.{p}"),
        ("bn2.{p}", "layer.15.{p}"), ("classifier.{p}", "classifier.1.{p}"),
    ),
    (
        Form("blocks.{s}.{b}", "layer.{s+7}.{b}.layer.",
             (("conv_pw", "0"), ("bn1", "1"), ("conv_dw", "3"), ("bn2", "4"), ("conv_pwl", "6"), ("bn3", "7"))),
        Form("blocks.{s}.{b}", "layer.", (("conv_dw", "3"), ("bn1", "4"), ("conv_pw", "6"), ("bn2", "7"))),
    ),
    norm_eps=1e-5,
)  # fmt: skip

_REGNET_BLOCK = "trunk_output.block{s}.block{s}-{b-1}."
_REGNET = NameMap(
    "timm", "regnet",
    (
        ("stem.conv.{p}", "stem.0.{p}"), ("stem.bn.{p}", "stem.1.{p}"), ("head.fc.{p}", "fc.{p}"),
        ("s{s}.b{b}.conv1.conv.{p}", _REGNET_BLOCK + "f.a.0.{p}"),
        ("s{s}.b{b}.conv1.bn.{p}", _REGNET_BLOCK + "f.a.1.{p}"),
        ("s{s}.b{b}.conv2.conv.{p}", _REGNET_BLOCK + "f.b.0.{p}"),
        ("s{s}.b{b}.conv2.bn.{p}", _REGNET_BLOCK + "f.b.1.{p}"),
        ("s{s}.b{b}.conv3.conv.{p}", _REGNET_BLOCK + "f.c.0.{p}"),
        ("s{s}.b{b}.conv3.bn.{p}", _REGNET_BLOCK + "f.c.1.{p}"),
        ("s{s}.b{b}.se.fc{k}.{p}", _REGNET_BLOCK + "f.se.fc{k}.{p}"),
        ("s{s}.b{b}.downsample.conv.{p}", _REGNET_BLOCK + "proj.0.{p}"),
        ("s{s}.b{b}.downsample.bn.{p}", _REGNET_BLOCK + "proj.1.{p}"),
    ),
    norm_eps=1e-5,
)  # fmt: skip

_VIT_BLOCK = "encoder.layer.encoder_layer_{b}."
_VIT = NameMap(
    "timm", "vit",
    (
        ("cls_token", "class_token"), ("pos_embed", "encoder.pos_embedding"), ("patch_embed.proj.{p}", "conv_proj.{p}"),
        ("blocks.{b}.norm1.{p}", _VIT_BLOCK + "ln_1.{p}"), ("blocks.{b}.norm2.{p}", _VIT_BLOCK + "ln_2.{p}"),
        ("blocks.{b}.attn.qkv.{p}", _VIT_BLOCK + "self_attention.in_proj_{p}"),
        ("blocks.{b}.attn.proj.{p}", _VIT_BLOCK + "self_attention.out_proj.{p}"),
        ("blocks.{b}.mlp.fc1.{p}", _VIT_BLOCK + "mlp.0.{p}"), ("blocks.{b}.mlp.fc2.{p}", _VIT_BLOCK + "mlp.3.{p}"),
        ("norm.{p}", "encoder.ln.{p}"), ("head.{p}", "heads.head.{p}"),
    ),
)  # fmt: skip

_SWIN_BLOCK = "features.{2*s+1}.{b}."
_SWIN = NameMap(
    "timm", "swin",
    (
        ("patch_embed.proj.{p}", "features.0.0.{p}"), ("patch_embed.norm.{p}", "features.0.2.{p}"),
        ("layers.{s}.downsample.norm.{p}", "features.{2*s}.norm.{p}"),
        ("layers.{s}.downsample.reduction.{p}", "features.{2*s}.reduction.{p}"),
        ("layers.{s}.blocks.{b}.norm{k}.{p}", _SWIN_BLOCK + "norm{k}.{p}"),
        ("layers.{s}.blocks.{b}.attn.{p}", _SWIN_BLOCK + "attn.{p}"),
        ("layers.{s}.blocks.{b}.attn.qkv.{p}", _SWIN_BLOCK + "attn.qkv.{p}"),
        ("layers.{s}.blocks.{b}.attn.proj.{p}", _SWIN_BLOCK + "attn.proj.{p}"),
        ("layers.{s}.blocks.{b}.mlp.fc1.{p}", _SWIN_BLOCK + "mlp.0.{p}"),
        ("layers.{s}.blocks.{b}.mlp.fc2.{p}", _SWIN_BLOCK + "mlp.3.{p}"),
        ("norm.{p}", "norm.{p}"), ("head.fc.{p}", "head.{p}"),
    ),
)  # fmt: skip

_CONVNEXT_BLOCK = "features.{2*s+1}.{b}."
_CONVNEXT = NameMap(
    "timm", "convnext",
    (
        ("stem.{k}.{p}", "features.0.{k}.{p}"), ("stages.{s}.downsample.{k}.{p}", "features.{2*s}.{k}.{p}"),
        ("stages.{s}.blocks.{b}.gamma", _CONVNEXT_BLOCK + "layer_scale"),
        ("stages.{s}.blocks.{b}.conv_dw.{p}", _CONVNEXT_BLOCK + "block.0.{p}"),
        ("stages.{s}.blocks.{b}.norm.{p}", _CONVNEXT_BLOCK + "block.2.{p}"),
        ("stages.{s}.blocks.{b}.mlp.fc1.{p}", _CONVNEXT_BLOCK + "block.3.{p}"),
        ("stages.{s}.blocks.{b}.mlp.fc2.{p}", _CONVNEXT_BLOCK + "block.5.{p}"),
        ("head.norm.{p}", "classifier.0.{p}"), ("head.fc.{p}", "classifier.2.{p}"),
    ),
)  # fmt: skip

_VGG_STAGES = ((1, 1, 2, 2, 2), (2, 2, 2, 2, 2), (2, 2, 3, 3, 3), (2, 2, 4, 4, 4))
"""3x3 convolutions of each stage with 11, 13, 16 and 19 layers."""


def _vgg_features(stages: tuple[int, ...], normed: bool) -> Form:
    """torchvision counts convolutions, norms, ReLUs and pools; ours say the stage."""
    parts, at = [], 0
    for stage, convolutions in enumerate(stages, 1):
        for number in range(1, convolutions + 1):
            parts.append((str(at), f"conv{stage}_{number}.conv"))
            if normed:
                parts.append((str(at + 1), f"conv{stage}_{number}.norm"))
            at += 2 + normed
        at += 1
    return Form("features", "", tuple(parts))


_VGG_FORMS = tuple(_vgg_features(stages, normed) for stages in _VGG_STAGES for normed in (False, True))
_VGG_HEADS = {
    "torchvision": (("classifier.0.{p}", "fc6.{p}"), ("classifier.3.{p}", "fc7.{p}"), ("classifier.6.{p}", "fc8.{p}")),
    "timm": (("pre_logits.fc1.{p}", "fc6.{p}"), ("pre_logits.fc2.{p}", "fc7.{p}"), ("head.fc.{p}", "fc8.{p}")),
}
_VGG = tuple(NameMap(library, "vgg", rules, _VGG_FORMS) for library, rules in _VGG_HEADS.items())
_VGG_TORCHVISION = NameMap(
    "timm", "vgg",
    (
        ("features.{k}.{p}", "features.{k}.{p}"), ("pre_logits.fc1.{p}", "classifier.0.{p}"),
        ("pre_logits.fc2.{p}", "classifier.3.{p}"), ("head.fc.{p}", "classifier.6.{p}"),
    ),
)  # fmt: skip

MAPS: tuple[NameMap, ...] = (
    _efficientnet(8), _efficientnet(7), _MOBILENET_V2, _MOBILENET_V3, _MNASNET, _REGNET, _VIT, _SWIN, _CONVNEXT, *_VGG,
    _VGG_TORCHVISION,
)  # fmt: skip
