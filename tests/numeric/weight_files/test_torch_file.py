"""What torch.save writes, read without PyTorch: every type, views, wrappers; nothing of a file is executed."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from written_weights import entries, save_torch, save_torch_of_old, state_dict, tensor, whole, word

from archcalc.errors import SpecError
from archcalc.numeric.weight_files import read_weight_file

GIVEN = {
    "z": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array(7, np.int64), "f8": np.array([1.5, 2.5]),
    "f2": np.array([0.5, -3], np.float16), "i1": np.array([-1, 2], np.int8), "u1": np.array([255], np.uint8),
    "i2": np.array([-300], np.int16), "i4": np.array([70_000], np.int32), "b1": np.array([True, False, True]),
    "e": np.zeros((0, 3), np.float32),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(path="w.pth"):
    found = read_weight_file(Path(path))
    return {name: stored.read() for name, stored in found.tensors.items()}, found


def assert_given(values):
    assert list(values) == list(GIVEN)
    for name, array in GIVEN.items():
        assert values[name].shape == array.shape
        np.testing.assert_array_equal(values[name], array)


@pytest.mark.parametrize("order", ["little", "big"])
def test_every_type_in_the_order_of_the_file(order):
    save_torch(Path("w.pth"), GIVEN, order=order)
    values, found = read()
    assert_given(values)
    assert (found.ordered, found.notes) == (True, ())


def test_a_file_of_old():
    save_torch_of_old(Path("w.pth"), GIVEN)
    values, found = read()
    assert_given(values)
    assert found.ordered


def test_bfloat16_and_views_of_one_storage():
    stored = {"0": np.arange(24, dtype=np.float32), "1": np.array([0x3F80, 0xC020], np.uint16)}  # 1 and -2.5
    value = entries([
        ("transposed", tensor("0", "FloatStorage", 24, (6, 4), (1, 6))),
        ("every second", tensor("0", "FloatStorage", 24, (3, 2), (8, 2), offset=3)),
        ("one for all", tensor("0", "FloatStorage", 24, (5, 2), (0, 1), offset=22)),
        ("halves", tensor("1", "BFloat16Storage", 2, (2,))),
    ])  # fmt: skip
    save_torch(Path("w.pth"), stored, value)
    values, _ = read()
    np.testing.assert_array_equal(values["transposed"], np.arange(24).reshape(4, 6).T)
    np.testing.assert_array_equal(values["every second"], [[3, 5], [11, 13], [19, 21]])
    np.testing.assert_array_equal(values["one for all"], [[22, 23]] * 5)
    np.testing.assert_array_equal(values["halves"], [1, -2.5])


def test_a_parameter_is_its_tensor():
    inner = tensor("0", "FloatStorage", 2, (2,))
    value = entries([("p", b"ctorch._utils\n_rebuild_parameter\n(" + inner + b"\x88}tR")])
    save_torch(Path("w.pth"), {"p": np.float32([3, 4])}, value)
    assert read()[0]["p"].tolist() == [3, 4]


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model", "ema", "module"])
def test_a_checkpoint_holds_its_state_dict_under_a_word(wrapper):
    value = entries([("epoch", whole(7)), (wrapper, state_dict(GIVEN)), ("lr", b"G?\x84z\xe1G\xae\x14{")])
    save_torch(Path("w.pth"), GIVEN, value)
    values, found = read()
    assert_given(values)
    assert found.notes == ()


def test_which_of_several_state_dicts_is_said_and_what_is_no_tensor():
    two = {"w": np.float32([1]), "v": np.float32([2])}
    first, second = (tensor(str(key), "FloatStorage", 1, (1,)) for key in range(2))
    value = entries([("ema", entries([("w", second)])), ("state_dict", entries([("w", first), ("step", whole(3))]))])
    save_torch(Path("w.pth"), two, value)
    values, found = read()
    assert values["w"].tolist() == [1]
    assert found.notes == (
        "the tensors are those of `state_dict`; it also holds `ema`",
        "`step` is no tensor, left out",
    )


def refused(value=None, arrays=None, more=()):
    if value is not None:
        save_torch(Path("w.pth"), arrays or {}, value, more)
    with pytest.raises(SpecError) as caught:
        read()
    return caught.value.what, caught.value.help


SAVE = "in PyTorch: torch.save(model.state_dict(), 'weights.pth')"


@pytest.mark.parametrize("name", ["posix system", "builtins eval", "torchvision.models.resnet ResNet", "torch load",
                                  "__main__ Net", "torch.nn.modules.conv Conv2d", "collections Counter"])  # fmt: skip
def test_any_other_name_is_refused_and_nothing_runs(name):
    value = f"c{name.replace(' ', chr(10))}\n".encode() + b"(" + word("touch ran") + b"tR"
    full = name.replace(" ", ".")
    expected = (
        f"w.pth holds `{full}`, no plain tensor: reading it could run its code",
        f"{SAVE} keeps the tensors alone",
    )
    assert refused(value) == expected
    assert refused(b"\x8c" + bytes([len(name.split()[0])]) + name.split()[0].encode() + b"\x8c"
                   + bytes([len(name.split()[1])]) + name.split()[1].encode() + b"\x93)R") == expected  # fmt: skip
    assert not Path("ran").exists()


def test_a_pickle_of_code_in_each_disguise():
    class Runs:
        def __reduce__(self):
            import os

            return os.system, ("touch ran",)

    for protocol in range(6):
        Path("w.pth").write_bytes(pickle.dumps(Runs(), protocol))
        with pytest.raises(SpecError):
            read()
        save_torch(Path("w.pth"), {}, entries([("a", pickle.dumps(Runs(), 2)[2:-1])]))
        assert refused()[0] == "w.pth holds `posix.system`, no plain tensor: reading it could run its code"
    assert not Path("ran").exists()


def damaged(value, arrays=None):
    what, _ = refused(value, arrays)
    assert what.startswith("w.pth is no whole file of torch.save: ")
    return what.partition(": ")[2]


def test_pickles_that_are_damaged_or_hostile():
    assert damaged(b"(((((") == "its pickle is damaged"
    assert damaged(b"h\x07") == "its pickle is damaged"  # nothing is remembered there
    assert damaged(b"r\xff\xff\xff\x7f") == "its pickle is damaged"  # Python's own sets 32 GB aside
    assert damaged(b"\x8e" + b"\xff" * 8) == "its pickle is damaged"  # so many bytes are not there
    assert damaged(b"]" * 500_001) == "its pickle takes more than 500,000 steps"
    twice = b"".join(b"h%ch%c\x86q%c0" % (n, n, n + 1) for n in range(99))  # a tuple of 2^99 empty ones
    assert damaged(b")q\x000" + twice + b"}h\x63K\x01s") == "its pickle has a key that is neither a word nor a number"
    assert damaged(b"K\x01)R") == "its pickle calls what is no function"
    assert damaged(b"]]\x90") == "its pickle has the instruction ADDITEMS, which no state dict needs"


def test_a_list_that_is_copied_again_and_again():
    """Each call costs as many steps as it has items."""
    many = b"(" + b"K\x01" * 10_000 + b"tq\x00"
    assert damaged(many + b"ctorch\nSize\nq\x01" + b"h\x01h\x00\x85R0" * 100) == (
        "its pickle takes more than 500,000 steps"
    )


ONE = {"a": np.float32([1, 2, 3])}


def test_tensors_that_reach_out_of_their_storage():
    for shape, stride, offset in (((4,), (1,), 0), ((2,), (3,), 0), ((3,), (1,), 1), ((2, 2), (2, 1), 0)):
        value = entries([("a", tensor("0", "FloatStorage", 3, shape, stride, offset))])
        assert refused(value, ONE)[0] == "`a` of w.pth reaches beyond its 3 stored values"
    assert damaged(entries([("a", tensor("0", "FloatStorage", 3, (3,), (1, 1)))]), ONE) == "a tensor of it is none"
    assert damaged(entries([("a", tensor("0", "FloatStorage", 3, (1 << 60,), (0,)))]), ONE) == "a tensor of it is none"
    assert damaged(entries([("a", tensor("9", "FloatStorage", 3, (3,)))]), ONE) == "the values of `a` are missing"
    assert refused(entries([("a", tensor("0", "FloatStorage", 5, (5,)))]), ONE)[0] == "`a` of w.pth is cut off"
    assert refused(entries([("a", tensor("0", "FloatStorage", 2, (2,)))]), ONE)[0] == (
        "`0` of w.pth holds more values than its tensors say"
    )


def test_what_is_no_state_dict():
    nothing = "w.pth holds no state dict: a dict of tensors by name", SAVE
    for value in (b"N", whole(3), word("w"), b"]", b"}", tensor("0", "FloatStorage", 3, (3,)),
                  entries([("epoch", whole(1))]), entries([("state_dict", b"]")])):  # fmt: skip
        assert refused(value, ONE) == nothing


def test_a_program_is_told_from_tensors():
    what = refused(state_dict(ONE), ONE, [("constants.pkl", b"\x80\x02).")])
    assert what == ("w.pth is a TorchScript program, no state dict",
                    "in PyTorch: torch.save(torch.jit.load('w.pth').state_dict(), 'weights.pth')")  # fmt: skip


def test_a_changed_byte_is_seen():
    save_torch(Path("w.pth"), GIVEN)
    whole_file = Path("w.pth").read_bytes()
    with zipfile.ZipFile("w.pth") as archive:
        start = whole_file.index(b"archive/data/0") + len("archive/data/0")
        assert archive.read("archive/data/0") == whole_file[start : start + 24]
    Path("w.pth").write_bytes(whole_file[:start] + b"\x07" + whole_file[start + 1 :])
    assert refused()[0] == "`archive/data/0` of w.pth is damaged: its checksum is another"


@pytest.mark.parametrize("save", [save_torch, save_torch_of_old])
def test_no_damage_is_more_than_a_sentence(save):
    save(Path("w.pth"), GIVEN)
    whole_file = Path("w.pth").read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(1500):
        content = bytearray(whole_file)
        for place in rng.integers(0, len(content), rng.integers(1, 4)):
            content[place] = rng.integers(256)
        Path("w.pth").write_bytes(content[: rng.integers(20, len(content) + 1)] if rng.random() < 0.3 else content)
        try:
            read()
        except SpecError:
            continue
