"""A file that is no spec is told as what it is, in one sentence."""

from __future__ import annotations

import io
import json
import pickle
import zipfile

import pytest

import archcalc
from archcalc.errors import AnswerError, ArchcalcError, AssignmentError
from archcalc.homework.asking.assignment import read_assignment
from archcalc.homework.reading.sheet import read_sheet
from archcalc.spec.catalog import bundled
from archcalc.spec.foreign.files import SPEC, kind_of_text

BY_HAND = "write a layer a line; `archcalc new` writes a spec to start from"
AS_TEXT = "write the layers into a text file; `archcalc new` writes a spec to start from"


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return file.getvalue()


PROTOTXT = b'name: "LeNet"\nlayer {\n  name: "conv1"\n  type: "Convolution"\n}\n'
CFG = b"[net]\nbatch=1\nwidth=416\n\n[convolutional]\nfilters=16\nsize=3\n"
KERAS = json.dumps({"class_name": "Sequential", "config": {"layers": []}}).encode()
PYTHON = b"import torch.nn as nn\n\n\nclass Net(nn.Module):\n    pass\n"
NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": []}], "nbformat": 4}).encode()
PRINTED = b"Net(\n  (conv1): Conv2d(3, 64, kernel_size=(3, 3))\n  (fc): Linear(64, 10)\n)\n"
YOLO = b"nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 6, 2, 2]]\n  - [-1, 1, Conv, [128, 3, 2]]\n"
SHEET = b"archcalc: answers/1\nof: lenet5\nanswers:\n  conv1.params: 156\n"
ASSIGNMENT = (
    b"archcalc: assignment/1\nid: hw1\npoints: 1\nquestions:\n  - {id: q, spec: lenet5, get: params, points: 1}\n"
)
TENSORS = b'\x40\0\0\0\0\0\0\0{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}    \0\0\0\0'

FILES = {
    "renamed.yaml": (PROTOTXT, "a Caffe prototxt", "archcalc reads it under a name that ends in .prototxt"),
    "yolo.yaml": (CFG, "a Darknet cfg", "archcalc reads it under a name that ends in .cfg"),
    "net.json": (KERAS, "a Keras model as JSON", BY_HAND),
    "keras.yaml": (b"class_name: Sequential\nconfig:\n  name: net\n", "a Keras model as YAML", BY_HAND),
    "net.keras": (zipped("metadata.json", "config.json"), "a Keras model (.keras)", BY_HAND),
    "net.h5": (b"\x89HDF\r\n\x1a\n\0\0", "an HDF5 file, as Keras saves models and weights", BY_HAND),
    "yolov5.yaml": (YOLO, "a model file of Ultralytics YOLO", BY_HAND),
    "net.py": (PYTHON, "Python code, which archcalc does not run", BY_HAND),
    "code.txt": (PYTHON, "Python code, which archcalc does not run", BY_HAND),
    "net.ipynb": (NOTEBOOK, "a notebook, whose code archcalc does not run", BY_HAND),
    "printed.txt": (PRINTED, "a printed PyTorch model", BY_HAND),
    "net.onnx": (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\xff", "an ONNX model", BY_HAND),
    "model.bin": (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\xff", "an ONNX model", BY_HAND),
    "net.tflite": (b"\x1c\0\0\0TFL3\xff", "a TensorFlow Lite model", BY_HAND),
    "graph.pb": (b"\n\xff\n", "a TensorFlow graph", BY_HAND),
    "net.pth": (
        zipped("net/data.pkl", "net/version"), "a file that PyTorch saved: weights, not an architecture",
        "`archcalc run SPEC --weights net.pth` loads them into a spec",
    ),
    "net.safetensors": (
        TENSORS, "a safetensors file: weights, not an architecture",
        "`archcalc run SPEC --weights net.safetensors` loads them into a spec",
    ),
    "net.npz": (
        zipped("conv1.weight.npy"), "an archive of NumPy arrays",
        "`archcalc run SPEC --weights net.npz` loads them into a spec",
    ),
    "net.pkl": (
        pickle.dumps({"a": 1}), "a pickle, which could run code and is not read",
        "save the weights as .npz, .safetensors or .pth; `archcalc run SPEC --weights FILE` loads them",
    ),
    "cat.png": (b"\x89PNG\r\n\x1a\n\0", "a picture", "`archcalc run SPEC --input cat.png` shows it to a network"),
    "cat.jpg": (b"\xff\xd8\xff\xe0\0", "a picture", "`archcalc run SPEC --input cat.jpg` shows it to a network"),
    "hw.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF", AS_TEXT),
    "hw.docx": (zipped("[Content_Types].xml", "word/document.xml"), "a document of a word processor", AS_TEXT),
    "net.zip": (zipped("net.txt"), "a zip archive", "unpack it and name the spec inside"),
    "page.yaml": (b"<!DOCTYPE html>\n<html></html>\n", "a web page", "save the text of the spec alone"),
    "show.json": (
        b'{"schema": "archcalc/summary/1", "spec": "x"}', "a result that archcalc wrote",
        "name the spec that it was computed from",
    ),
    "sheet.yaml": (SHEET, "an answer sheet", "`archcalc check sheet.yaml` marks it"),
    "of.yaml": (b"of: lenet5\nanswers: {}\n", "an answer sheet", "`archcalc check of.yaml` marks it"),
    "hw.yaml": (ASSIGNMENT, "an assignment", "`archcalc check SHEET --assignment hw.yaml` marks a sheet against it"),
    "h.yaml": (ASSIGNMENT[23:], "an assignment", "`archcalc check SHEET --assignment h.yaml` marks a sheet against it"),
}  # fmt: skip
"""File -> its bytes, what it is, what to do."""


@pytest.mark.parametrize("name", FILES)
def test_one_sentence(name, tmp_path, monkeypatch):
    data, what, do = FILES[name]
    (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArchcalcError) as caught:
        archcalc.load(name)
    (error,) = caught.value.errors
    assert (error.what, error.help, error.exit_code) == (f"{name} is {what}, not a spec", do, 3)


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
def test_no_bundled_spec_is_taken_for_anything_else(path):
    assert kind_of_text(path.read_text(encoding="utf-8"), path.name) == SPEC


@pytest.mark.parametrize("text", ["input: 3x5x5\nlayers: [cnov 3 3]\n", "input: 3x5x5\nlayer: [relu]\n", "3\n", "\n"])
def test_a_spec_with_an_error_keeps_its_error(text):
    with pytest.raises(ArchcalcError) as caught:
        archcalc.loads(text)
    assert ", not a spec" not in caught.value.errors[0].what


def test_a_text_that_is_no_utf8_and_nothing_known(tmp_path, monkeypatch):
    (tmp_path / "net.yaml").write_bytes(b"input: 3x5x5\nname: caf\xe9\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArchcalcError) as caught:
        archcalc.load("net.yaml")
    assert (caught.value.what, caught.value.help) == ("net.yaml is not UTF-8 text (line 2)", "save it as UTF-8")


SPEC_TEXT = "input: 3x5x5\nlayers: [relu]\n"


@pytest.mark.parametrize(
    ("text", "what", "help"),
    [
        (SPEC_TEXT, "f.yaml is a spec, not an answer sheet", "`archcalc show f.yaml` reads it"),
        (
            ASSIGNMENT.decode(), "f.yaml is an assignment, not an answer sheet",
            "`archcalc check SHEET --assignment f.yaml` marks a sheet against it",
        ),
        (
            CFG.decode(), "f.yaml is a Darknet cfg, not an answer sheet",
            "a sheet begins with `of: lenet5` and `answers:`",
        ),
    ],
)  # fmt: skip
def test_no_answer_sheet(text, what, help):
    with pytest.raises(AnswerError) as caught:
        read_sheet(text, "f.yaml")
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("text", "what", "help"),
    [
        (SPEC_TEXT, "f.yaml is a spec, not an assignment", "`archcalc show f.yaml` reads it"),
        (SHEET.decode(), "f.yaml is an answer sheet, not an assignment", "`archcalc check f.yaml` marks it"),
        (PYTHON.decode(), "f.yaml is Python code, which archcalc does not run, not an assignment",
         "an assignment has an `id:` and a list of `questions:`"),
    ],
)  # fmt: skip
def test_no_assignment(text, what, help):
    with pytest.raises(AssignmentError) as caught:
        read_assignment(text, "f.yaml")
    assert (caught.value.what, caught.value.help, caught.value.exit_code) == (what, help, 4)


def test_a_work_bound_for_hostile_text():
    for text in (" " * 65536, "\n" * 65536, "layer " * 11000, "{" + " " * 60000, "a" * 65536, "- [1, " * 11000,
                 "head:\n" * 11000, '{"class_name"' * 5000):  # fmt: skip
        kind_of_text(text, "x")
