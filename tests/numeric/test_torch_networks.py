"""Whole networks rebuilt in PyTorch: their state dicts load by name, and the outputs agree to the last digits."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest

from archcalc.cli.main import main
from archcalc.cli.session import Session

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn
pytestmark = pytest.mark.torch


class LeNet5(nn.Module):
    """The lecture's: two tanh convolutions with average pooling, three linear layers."""

    shape = (1, 32, 32)

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = nn.functional.avg_pool2d(conv(x).tanh(), 2)
        x = x.flatten(1)
        return self.fc3(self.fc2(self.fc1(x).tanh()).tanh())


class BasicBlock(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride != 1 or channels != filters:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class ResNet18(nn.Module):
    """He et al. 2016, table 1, with the names of torchvision's state dict."""

    shape = (3, 64, 64)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        for stage, (channels, filters, stride) in enumerate([(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]):
            blocks = nn.Sequential(BasicBlock(channels, filters, stride), BasicBlock(filters, filters, 1))
            setattr(self, f"layer{stage + 1}", blocks)
        self.fc = nn.Linear(512, 1000)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


@pytest.mark.parametrize(("name", "network"), [("lenet5", LeNet5), ("resnet18", ResNet18)])
def test_the_same_state_dict_gives_the_same_output(tmp_path, name, network):
    torch.manual_seed(5)
    module = network().double().eval()
    for key, tensor in module.state_dict().items():  # batch norms that do something
        if key.endswith(("running_mean", "running_var")):
            tensor.copy_(torch.rand(tensor.shape) + 0.5)
    x = np.random.default_rng(5).standard_normal((2, *module.shape))
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy()
    np.savez(tmp_path / "w.npz", **{key: tensor.numpy() for key, tensor in module.state_dict().items()})
    np.save(tmp_path / "x.npy", x)
    out, err = StringIO(), StringIO()
    layers = json.loads(run_json(name, module.shape, out, err, tmp_path))["layers"]
    found = np.load(tmp_path / "y.npy")
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)
    assert layers[-1]["max"] == pytest.approx(expected.max(), rel=1e-11)


def run_json(name, shape, out, err, folder):
    last = {"lenet5": "fc3", "resnet18": "fc"}[name]
    sizes = "x".join(map(str, shape))
    spec = folder / f"{name}.yaml"
    spec.write_text(specification(name, sizes), encoding="utf-8")
    arguments = ["run", str(spec), "--dtype", "float64", "--format", "json", "--input", str(folder / "x.npy"),
                 "--weights", str(folder / "w.npz"), "--save", f"{last}={folder / 'y.npy'}"]  # fmt: skip
    assert main(arguments, Session(out, err, terminal=False, color=False)) == 0
    return out.getvalue()


def specification(name, sizes):
    """The bundled spec with another input: a file gives the values of --input, not its shape."""
    from archcalc.spec.catalog import bundled

    text = next(path for path in bundled() if path.stem == name).read_text(encoding="utf-8")
    return "\n".join(f"input: {sizes}" if line.startswith("input:") else line for line in text.splitlines())
