"""Weights of timm and torchvision in the bundled specs: each model built with random weights, saved by torch.save, read
without PyTorch, matched by name, run by the reference; and the largest distance from the library's own output.

    pip install torch==2.13.0; pip install --no-deps torchvision==0.28.0 timm==1.0.31
    python benchmarks/library_weights.py [NAME ...]       # all unless names of specs are given
    python benchmarks/library_weights.py --write FOLDER   # names and shapes of the state dicts, for tests/reference

The statistics of batch norms are calibrated: with those of a fresh model GoogLeNet's logits hardly depend on its input.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch

_LIBRARY = torch.library.Library("torchvision", "FRAGMENT")  # torchvision's operators are compiled for another torch
for _name in ("nms", "qnms"):
    _LIBRARY.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import timm  # noqa: E402
import torchvision  # noqa: E402

import archcalc  # noqa: E402
from archcalc.numeric.run.forward import forward  # noqa: E402
from archcalc.numeric.weights.weights import load_weights  # noqa: E402

# spec, library, model, side of the image (0: it is not run)
MODELS = [
    *((name, "torchvision", name, 64) for name in (
        "resnet18", "resnet50", "resnext50_32x4d", "densenet121", "mobilenet_v2", "mobilenet_v3_small",
        "mobilenet_v3_large", "mnasnet1_0", "mnasnet0_5", "efficientnet_b0", "efficientnet_b5", "efficientnet_v2_s",
        "convnext_tiny", "regnet_x_400mf", "regnet_y_400mf", "shufflenet_v2_x1_0", "squeezenet1_0", "squeezenet1_1",
        "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn")),
    ("vgg16_torchvision", "torchvision", "vgg16", 64),
    ("alexnet_torchvision", "torchvision", "alexnet", 96),
    ("googlenet_torchvision", "torchvision", "googlenet", 96),
    ("inception_v3", "torchvision", "inception_v3", 299),
    ("swin_t", "torchvision", "swin_t", 64),
    ("vit_b_16", "torchvision", "vit_b_16", 224),
    ("fcn_resnet50", "torchvision", "fcn_resnet50", 64),
    ("deeplabv3_resnet50", "torchvision", "deeplabv3_resnet50", 64),
    *((name, "timm", name, 64) for name in (
        "resnet18", "resnet50", "resnext50_32x4d", "densenet121", "efficientnet_b0", "efficientnet_b5", "darknet53")),
    ("vgg16_torchvision", "timm", "vgg16", 224),
    ("vgg11_bn", "timm", "vgg11_bn", 224),
    ("efficientnet_v2_s", "timm", "efficientnetv2_s", 64),
    ("efficientnet_v2_m", "timm", "efficientnetv2_m", 0),  # names only: with random weights it magnifies rounding
    ("mobilenet_v2", "timm", "mobilenetv2_100", 64),
    ("mobilenet_v3_small", "timm", "mobilenetv3_small_100", 64),
    ("mobilenet_v3_large", "timm", "mobilenetv3_large_100", 64),
    ("mnasnet1_0", "timm", "mnasnet_100", 64),
    ("regnet_x_400mf", "timm", "regnetx_004_tv", 64),
    ("regnet_x_800mf", "timm", "regnetx_008", 64),
    ("regnet_y_400mf", "timm", "regnety_004", 64),
    ("convnext_tiny", "timm", "convnext_tiny", 64),
    ("swin_t", "timm", "swin_tiny_patch4_window7_224", 224),
    ("vit_b_16", "timm", "vit_base_patch16_224", 224),
    ("inception_v3", "timm", "inception_v3", 128),
    ("inception_v4", "timm", "inception_v4", 128),
    ("inception_resnet_v2", "timm", "inception_resnet_v2", 128),
    ("xception", "timm", "legacy_xception", 96),
]  # fmt: skip


def built(library: str, model: str) -> torch.nn.Module:
    """The library's model with fresh weights."""
    if library == "timm":
        return timm.create_model(model)
    options = (
        {"weights_backbone": None} if model in torchvision.models.list_models(torchvision.models.segmentation) else {}
    )
    if model in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    return torchvision.models.get_model(model, weights=None, **options)


def with_values(module: torch.nn.Module, shape: tuple[int, ...]) -> torch.nn.Module:
    """Every tensor random, and the running statistics those of a few images."""
    torch.manual_seed(5)
    for parameter in module.parameters():
        if parameter.ndim < 2:
            parameter.data += 0.1 * torch.randn_like(parameter)
        elif parameter.ndim == 3 or not parameter.any():  # class tokens, positions; heads that begin as zeros
            parameter.data = 0.5 * torch.randn_like(parameter)
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = None  # the mean over all batches
            part.reset_running_stats()
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    with torch.no_grad():
        module.train()(torch.randn(4, *shape))
    return module.double().eval()


def distance(spec: str, library: str, model: str, side: int, folder: Path) -> tuple[float, str]:
    """The largest difference in parts of the root mean square, and how the names were matched."""
    shape = (3, side, side)
    module = with_values(built(library, model), shape)
    torch.save(module.state_dict(), folder / "w.pth")
    graph = archcalc.load(spec, input="x".join(map(str, shape))).graph
    weights, loading = load_weights(folder / "w.pth", graph, "float64")
    x = np.random.default_rng(5).standard_normal((2, *shape))
    with torch.no_grad():
        expected = module(torch.from_numpy(x))
    expected = (expected["out"] if isinstance(expected, dict) else expected).numpy()
    found = forward(graph, [x], weights)[0]
    scale = np.sqrt((expected.std(0) ** 2).mean())  # of what depends on the input
    return float(abs(found.reshape(expected.shape) - expected).max() / scale), loading.by


def write(folder: Path) -> None:
    """A file for each model: names and shapes, a line each."""
    for _, library, model, _ in MODELS:
        version = (timm if library == "timm" else torchvision).__version__.split("+")[0]
        lines = [
            f"{name} {'x'.join(map(str, x.shape)) or '-'}\n" for name, x in built(library, model).state_dict().items()
        ]
        text = f"# {library} {version} {model}\n" + "".join(lines)
        (folder / f"{library}_{model}.txt").write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    warnings.simplefilter("ignore")
    if arguments[:1] == ["--write"]:
        write(Path(arguments[1]))
        return 0
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for row in MODELS:
            if row[3] and (not arguments or row[0] in arguments):
                error, by = distance(*row, Path(folder))
                worst = max(worst, error)
                print(f"{row[0]:24} {row[1]:12} {row[2]:30} {by:22} {error:.1e}", flush=True)
    print(f"largest difference {worst:.1e} of the part of the output that depends on the input")
    return int(worst > 1e-5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
