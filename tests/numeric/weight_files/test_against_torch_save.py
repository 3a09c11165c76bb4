"""Files that PyTorch itself writes: every type and view, both formats, checkpoints, modules and programs."""

from __future__ import annotations

import argparse
from collections import OrderedDict

import numpy as np
import pytest

from archcalc.errors import SpecError
from archcalc.numeric.weight_files import read_weight_file

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

HELP = "in PyTorch: torch.save(model.state_dict(), 'weights.pth') keeps the tensors alone"


def given():
    torch.manual_seed(5)
    base = torch.arange(24.0).reshape(4, 6)
    return OrderedDict(
        plain=torch.randn(3, 5), transposed=base.t(), part=base[1:, ::2], parameter=torch.nn.Parameter(torch.ones(2)),
        half=torch.randn(7).half(), brain=torch.randn(7).bfloat16(), double=torch.randn(2).double(),
        i8=torch.arange(-2, 3, dtype=torch.int8), u16=torch.arange(5).to(torch.uint16),
        flags=torch.tensor([True, False]), scalar=torch.tensor(3.5),
        long=torch.tensor(-7), none=torch.empty(0, 3), one_for_all=torch.ones(1).expand(5),
    )  # fmt: skip


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_state_dict_comes_back(tmp_path, zipped, protocol, wrapped):
    state = given()
    value = {"epoch": 3, "lr": 1e-3, "state_dict": state, "optimizer": [{"betas": (0.9, 0.999)}]} if wrapped else state
    torch.save(value, tmp_path / "w", pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    found = read_weight_file(tmp_path / "w")
    assert (list(found.tensors), found.ordered, found.notes) == (list(state), True, ())
    for name, tensor in state.items():
        expected = (tensor.float() if name == "brain" else tensor).detach().numpy()
        assert found.tensors[name].shape == expected.shape
        np.testing.assert_array_equal(found.tensors[name].read(), expected)


def test_weights_that_share_a_storage(tmp_path):
    state = torch.nn.LSTM(3, 4, bidirectional=True).state_dict()
    torch.save(state, tmp_path / "w.pth")
    found = read_weight_file(tmp_path / "w.pth")
    for name, tensor in state.items():
        np.testing.assert_array_equal(found.tensors[name].read(), tensor.numpy())


@pytest.mark.parametrize("zipped", [True, False])
def test_a_whole_module_is_refused(tmp_path, monkeypatch, zipped):
    monkeypatch.chdir(tmp_path)
    torch.save(torch.nn.Linear(2, 3), "w.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(SpecError) as caught:
        read_weight_file(tmp_path / "w.pth")
    what = (
        f"{tmp_path / 'w.pth'} holds `torch.nn.modules.linear.Linear`, no plain tensor: reading it could run its code"
    )
    assert (caught.value.what, caught.value.help) == (what, HELP)


def test_a_checkpoint_with_a_class_of_its_own_and_a_program(tmp_path):
    path = tmp_path / "w.pt"
    torch.save({"state_dict": given(), "args": argparse.Namespace(a=1)}, path)
    with pytest.raises(SpecError, match=r"holds `argparse\.Namespace`, no plain tensor"):
        read_weight_file(path)
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 3)), path)
    with pytest.raises(SpecError, match="is a TorchScript program, no state dict"):
        read_weight_file(path)
