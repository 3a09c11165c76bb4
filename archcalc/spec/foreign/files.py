"""What a file is that is no spec: another tool's format, weights, a picture, or another file of a course.

Told by its content, and only where that says nothing by its ending.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath
from typing import NamedTuple

from archcalc.errors import ArchcalcError, SpecError

HEAD = 64 * 1024
"""Bytes of a file that show what it is."""


class FileKind(NamedTuple):
    """What a file is, and what to do with it where a spec is asked for; `{}` stands for its name."""

    what: str
    do: str
    starts: str = ""
    """Of the files that archcalc reads, how one begins."""
    reader: str = ""
    """The module of `interop/reading` that makes a spec of it."""


_BY_HAND = "write a layer a line; `archcalc new` writes a spec to start from"
_LOADS = "`archcalc run SPEC --weights {}` loads them into a spec"
_AS_PTH = "save the weights as .npz, .safetensors or .pth; `archcalc run SPEC --weights FILE` loads them"
_SEEN = "`archcalc run SPEC --input {}` shows it to a network"
_TEXT = "write the layers into a text file; `archcalc new` writes a spec to start from"

SPEC = FileKind("a spec", "`archcalc show {}` reads it")
SHEET = FileKind("an answer sheet", "`archcalc check {}` marks it", "a sheet begins with `of: lenet5` and `answers:`")
ASSIGNMENT = FileKind(
    "an assignment",
    "`archcalc check SHEET --assignment {}` marks a sheet against it",
    "an assignment has an `id:` and a list of `questions:`",
)
ROSTER = FileKind(
    "a roster", "`archcalc grade FOLDER --roster {}` reads it", "a roster is a CSV file with a column `student`"
)

PROTOTXT = FileKind("a Caffe prototxt", "archcalc reads it under a name that ends in .prototxt", reader="caffe")
DARKNET = FileKind("a Darknet cfg", "archcalc reads it under a name that ends in .cfg", reader="darknet")
KERAS_JSON = FileKind("a Keras model as JSON", _BY_HAND)
KERAS_YAML = FileKind("a Keras model as YAML", _BY_HAND)
KERAS_ZIP = FileKind("a Keras model (.keras)", _BY_HAND)
HDF5 = FileKind("an HDF5 file, as Keras saves models and weights", _BY_HAND)
ULTRALYTICS = FileKind("a model file of Ultralytics YOLO", _BY_HAND)
PRINTED = FileKind("a printed PyTorch model", _BY_HAND)
PYTHON = FileKind("Python code, which archcalc does not run", _BY_HAND)
NOTEBOOK = FileKind("a notebook, whose code archcalc does not run", _BY_HAND)
ONNX = FileKind("an ONNX model", _BY_HAND)
TFLITE = FileKind("a TensorFlow Lite model", _BY_HAND)
TENSORFLOW = FileKind("a TensorFlow graph", _BY_HAND)
COREML = FileKind("a Core ML model", _BY_HAND)
TORCH = FileKind("a file that PyTorch saved: weights, not an architecture", _LOADS)
PICKLE = FileKind("a pickle, which could run code and is not read", _AS_PTH)
SAFETENSORS = FileKind("a safetensors file: weights, not an architecture", _LOADS)
NPZ = FileKind("an archive of NumPy arrays", _LOADS)
NPY = FileKind("a NumPy array", _SEEN)
CAFFEMODEL = FileKind("a file of Caffe's weights", _AS_PTH)
DARKNET_WEIGHTS = FileKind("a file of Darknet's weights", _AS_PTH)
GGUF = FileKind("a GGUF file: weights, not an architecture", _AS_PTH)
RESULT = FileKind("a result that archcalc wrote", "name the spec that it was computed from")
LOCK = FileKind("a lock file", "`archcalc check SPEC --lock {}` holds a spec to it")
PICTURE = FileKind("a picture", _SEEN)
PDF = FileKind("a PDF", _TEXT)
OFFICE = FileKind("a document of a word processor", _TEXT)
ZIP = FileKind("a zip archive", "unpack it and name the spec inside")
GZIP = FileKind("a compressed file", "unpack it and name the spec inside")
WEB_PAGE = FileKind("a web page", "save the text of the spec alone")
TABLE = FileKind("a table of comma-separated values", "as an answer sheet, `archcalc check {}` marks it")

_STARTS: tuple[tuple[bytes, FileKind], ...] = (
    (b"\x89PNG", PICTURE), (b"\xff\xd8\xff", PICTURE), (b"GIF8", PICTURE), (b"II*\0", PICTURE), (b"MM\0*", PICTURE),
    (b"%PDF", PDF), (b"\x89HDF", HDF5), (b"\x93NUMPY", NPY), (b"GGUF", GGUF), (b"\x1f\x8b", GZIP),
    (b"\xd0\xcf\x11\xe0", OFFICE), (b"{\\rtf", OFFICE), (b"\x80", PICKLE),
)  # fmt: skip

_INSIDE: tuple[tuple[bytes, FileKind], ...] = (
    (b"/data.pkl", TORCH), (b".npy", NPZ), (b"config.json", KERAS_ZIP), (b"metadata.json", KERAS_ZIP),
    (b"[Content_Types].xml", OFFICE), (b"mimetypeapplication/vnd.oasis", OFFICE),
)  # fmt: skip
"""What stands near the head of a zip -> what it is."""

_TEXTS: tuple[tuple[str, FileKind], ...] = (
    (r"^\ufeff?archcalc *: *[\"']?assignment/|^questions *:", ASSIGNMENT),
    (r"^\ufeff?archcalc *: *[\"']?answers/", SHEET),
    (r"\A\ufeff?\s*\{\s*\"schema\"\s*:\s*\"archcalc/lock/", LOCK),
    (r"\A\ufeff?\s*\{\s*\"schema\"\s*:\s*\"archcalc/", RESULT),
    (r"\A\ufeff?\s*\{(?=[\s\S]*\"cell_type\"|[\s\S]*\"nbformat\")", NOTEBOOK),
    (r"\A\ufeff?\s*\{(?=[\s\S]*\"class_name\")(?=[\s\S]*\"(?:config|layers)\")", KERAS_JSON),
    (r"^\ufeff?(?:answers|of) *:|\A\s*\{\s*\"(?:archcalc|of|answers)\"", SHEET),
    (r"^layers *:", SPEC),
    (r"^[ \t]*layers?[ \t]*\{|^input_(?:dim|shape)\b", PROTOTXT),
    (r"^\[(?:net|network|convolutional|maxpool|connected)\]", DARKNET),
    (r"^class_name *:", KERAS_YAML),
    (r"^[ \t]*- *\[-?\d+, *\d+, *[\w.]+, *\[", ULTRALYTICS),
    (r"\A\s*\w+\(\n +\(\w+\): \w+\(", PRINTED),
    (r"^(?:import \w|from [\w.]+ import |class \w+\(|def \w+\(|\w+ = (?:nn|torch|tf|keras)\.|self\.\w+ = )", PYTHON),
    (r"\A\s*<(?:!doctype|html)", WEB_PAGE),
)
"""What the text of each kind has in it, the surest first."""

_ENDINGS: dict[str, FileKind] = {
    ".prototxt": PROTOTXT, ".cfg": DARKNET, ".keras": KERAS_ZIP, ".h5": HDF5, ".hdf5": HDF5, ".py": PYTHON,
    ".ipynb": NOTEBOOK, ".onnx": ONNX, ".pb": TENSORFLOW, ".tflite": TFLITE, ".mlmodel": COREML, ".pt": TORCH,
    ".pth": TORCH, ".pkl": PICKLE, ".safetensors": SAFETENSORS, ".npz": NPZ, ".npy": NPY, ".caffemodel": CAFFEMODEL,
    ".weights": DARKNET_WEIGHTS, ".gguf": GGUF, ".png": PICTURE, ".jpg": PICTURE, ".jpeg": PICTURE, ".gif": PICTURE,
    ".bmp": PICTURE, ".webp": PICTURE, ".tif": PICTURE, ".tiff": PICTURE, ".pdf": PDF, ".docx": OFFICE, ".doc": OFFICE,
    ".odt": OFFICE, ".xlsx": OFFICE, ".zip": ZIP, ".gz": GZIP, ".html": WEB_PAGE, ".csv": TABLE,
}  # fmt: skip


def kind_of_bytes(head: bytes, file: str) -> FileKind | None:
    """What a file is, by the bytes it begins with or else its ending; None where neither says."""
    start = next((kind for magic, kind in _STARTS if head.startswith(magic)), None)
    if head.startswith(b"PK\x03\x04"):
        return next((kind for name, kind in _INSIDE if name in head), ZIP)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PICTURE
    if head[4:8] == b"TFL3":
        return TFLITE
    if head[8:9] == b"{" and b'"dtype"' in head:
        return SAFETENSORS
    if start is None and head[:1] == b"\x08" and re.search(rb"pytorch|onnx|tf2onnx", head[:256]):
        return ONNX
    return start or kind_of_text(head.decode("utf-8", "replace"), file)


def kind_of_text(text: str, file: str) -> FileKind | None:
    """What a text is, by what stands in it or else the ending of its file."""
    head = text[:HEAD]
    found = next((kind for pattern, kind in _TEXTS if re.search(pattern, head, re.MULTILINE | re.IGNORECASE)), None)
    return found or _ENDINGS.get(PurePath(file).suffix.lower())


def endings_read() -> tuple[str, ...]:
    """The endings of other tools' files that archcalc reads as specs."""
    return tuple(ending for ending, kind in _ENDINGS.items() if kind.reader)


def is_known_ending(file: str) -> bool:
    """Whether the name is that of a file, though not of a spec: `model.onnx`."""
    return PurePath(file).suffix.lower() in _ENDINGS


def told_apart(
    kind: FileKind | None, file: str, wanted: FileKind, error: Callable[..., ArchcalcError]
) -> ArchcalcError | None:
    """The one sentence for a file of another kind than the one that is wanted; None for one of that kind."""
    if kind is None or kind == wanted or (kind == TABLE and wanted in (SHEET, ROSTER)):
        return None
    own = wanted == SPEC or kind in (SPEC, SHEET, ASSIGNMENT)
    return error(
        f"{file} is {kind.what}, not {wanted.what}", help=kind.do.replace("{}", file) if own else wanted.starts
    )


def text_of(data: bytes, file: str, wanted: FileKind = SPEC, error: Callable[..., ArchcalcError] = SpecError) -> str:
    """The text of a file that is wanted to be of this kind. Raises an error of the kind given where it is none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        kind = kind_of_bytes(data[:HEAD], file)
        if kind is not None and kind.reader and wanted == SPEC:
            if b"\0" not in data:
                return data.decode("utf-8", "replace")  # comments of older files, in any encoding
            kind = None
        other = told_apart(kind, file, wanted, error)
        line = data.count(b"\n", 0, fault.start) + 1
        raise other or error(f"{file} is not UTF-8 text (line {line})", help="save it as UTF-8") from None
