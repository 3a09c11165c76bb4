"""The arrows between the folders of archcalc point one way; read from the imports, lazy ones included."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

from archcalc import layers

PACKAGE = Path(__file__).parents[1] / "archcalc"

BELOW = {
    "errors": set(),
    "core": {"errors"},
    "layers": {"errors", "core"},
    "spec": {"errors", "core", "layers"},
    "graph": {"errors", "core", "layers", "spec"},
    "analysis": {"errors", "core", "layers", "spec", "graph"},
    "tables": {"errors", "core"},
    "report": {"errors", "core", "layers", "spec", "analysis", "tables"},  # sees tables, never a graph
    "numeric": {"errors", "core", "layers", "spec", "graph", "analysis", "tables"},
    "interop": {"errors", "core", "layers", "spec", "graph", "analysis", "numeric"},
    "homework": {"errors", "core", "layers", "spec", "graph", "analysis", "tables", "report"},
}
"""What each folder may import, besides itself. `cli` and the modules beside the folders may import all of them."""

THIRD_PARTY = {
    "spec": {"yaml"},
    "report": {"rich", "resvg_py", "cairosvg"},
    "cli": {"typer", "rich"},
    "numeric": {"numpy", "PIL", "numba", "llvmlite", "threadpoolctl", "cupy", "cudnn"},
    "interop": {"numpy", "safetensors", "torch", "torchvision", "onnx", "onnxruntime", "keras", "tensorflow"},
}
"""What each folder may import from elsewhere; a folder not named here gets by with the standard library."""

ONLY_IN_FUNCTIONS = {"numba", "cupy", "cudnn", "torch", "torchvision", "onnx", "onnxruntime", "keras",
                     "tensorflow", "safetensors", "llvmlite", "threadpoolctl", "PIL",
                     "resvg_py", "cairosvg"}  # fmt: skip
"""Heavy or optional: imported where they are used, so that nothing else waits for them."""

COMPILED = "numba_"
"""How the names of modules begin that numba compiles: they import it at once, and are imported in functions only."""

YAML_READER = PurePosixPath("spec/reader.py")


class Import(NamedTuple):
    module: str
    line: int
    lazy: bool

    @property
    def root(self) -> str:
        return self.module.split(".")[0]


def imports(source: str, file: PurePosixPath) -> Iterator[Import]:
    """Every import of a file of archcalc; what is imported from the package itself by its full name."""
    tree = ast.parse(source)
    lazy = {id(node) for part in ast.walk(tree) if _runs_later(part) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(name.name, node.lineno, id(node) in lazy)
        elif isinstance(node, ast.ImportFrom):
            package = ("archcalc", *file.parent.parts)[: len(file.parts) + 1 - node.level] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            for name in node.names:
                whole = module == "archcalc" or name.name.startswith(COMPILED)
                yield Import(f"{module}.{name.name}" if whole else module, node.lineno, id(node) in lazy)


def _runs_later(node: ast.AST) -> bool:
    """A function, or what only a type checker reads."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def violations(source: str, file: PurePosixPath) -> list[str]:
    """What the file imports and may not."""
    folder = file.parts[0].removesuffix(".py")
    own = {"numba", "llvmlite"} if file.name.startswith(COMPILED) else set()
    found = []
    for imported in imports(source, file):
        eager = not imported.lazy and not (own and _compiled(imported.module))
        if imported.root in sys.stdlib_module_names:
            continue
        if imported.root == "archcalc":
            wrong = not _arrow_allowed(folder, imported.module) or (_compiled(imported.module) and eager)
        else:
            wrong = (
                imported.root not in THIRD_PARTY.get(folder, set())
                or (imported.root == "yaml" and file != YAML_READER)
                or (imported.root in ONLY_IN_FUNCTIONS and eager and imported.root not in own)
            )
        if wrong:
            found.append(f"{file}:{imported.line} imports {imported.module}")
    return found


def _compiled(module: str) -> bool:
    return module.rsplit(".", maxsplit=1)[-1].startswith(COMPILED)


def _arrow_allowed(folder: str, module: str) -> bool:
    target = module.split(".")[1] if "." in module else ""
    if folder not in BELOW:  # cli, and the modules beside the folders
        return folder in ("cli", "__main__") or target != "cli"
    return target in ("__version__", "version", folder) or target in BELOW[folder]


def python_files() -> list[PurePosixPath]:
    return sorted(PurePosixPath(path.relative_to(PACKAGE).as_posix()) for path in PACKAGE.rglob("*.py"))


INSIDE_HOMEWORK = {
    "reading": set(),
    "asking": {"reading"},
    "diagnosis": {"reading", "asking"},
    "marking": {"reading", "asking", "diagnosis"},
    "quiz": {"reading", "asking", "diagnosis", "marking"},
    "grading": {"reading", "asking", "diagnosis", "marking"},
}
"""What each folder of homework may import of the others. The modules beside them import none of them."""


@pytest.mark.parametrize("file", [file for file in python_files() if file.parts[0] == "homework"], ids=str)
def test_the_arrows_inside_homework(file):
    own = file.parts[1]
    found = {
        imported.module.split(".")[2]
        for imported in imports((PACKAGE / file).read_text(encoding="utf-8"), file)
        if imported.module.startswith("archcalc.homework.")
    }
    assert found & INSIDE_HOMEWORK.keys() <= INSIDE_HOMEWORK.get(own, set()) | {own}


def test_every_folder_of_homework_has_its_row():
    files = [file for file in python_files() if file.parts[0] == "homework"]
    assert {file.parts[1] for file in files if len(file.parts) > 2} == set(INSIDE_HOMEWORK)


@pytest.mark.parametrize("file", python_files(), ids=str)
def test_imports_follow_the_arrows(file):
    assert violations((PACKAGE / file).read_text(encoding="utf-8"), file) == []


def test_every_folder_has_its_row():
    folders = {file.parts[0] for file in python_files() if len(file.parts) > 1}
    assert folders - {"cli"} <= set(BELOW)


@pytest.mark.parametrize(
    ("file", "line", "allowed"),
    [
        ("core/shape.py", "from math import prod", True),
        ("core/shape.py", "import numpy", False),
        ("core/shape.py", "from archcalc.errors import ShapeError", True),
        ("core/shape.py", "from archcalc.layers import Conv", False),
        ("core/shape.py", "from ..layers import Conv", False),
        ("core/shape.py", "from .window import Window", True),
        ("errors.py", "from archcalc.core import Shape", False),
        ("layers/conv.py", "def f():\n    import numpy", False),
        ("spec/reader.py", "import yaml", True),
        ("spec/dump.py", "import yaml", False),
        ("graph/elaborate.py", "from archcalc.spec.document import Spec", True),
        ("graph/elaborate.py", "from archcalc.analysis import summary", False),
        ("graph/elaborate.py", "from archcalc import cli", False),
        ("analysis/summary.py", "from archcalc import __version__", True),
        ("analysis/summary.py", "import rich", False),
        ("analysis/summary.py", "def f():\n    from archcalc.numeric import run", False),
        ("report/formats/text.py", "from rich.table import Table", True),
        ("report/formats/text.py", "from archcalc.analysis.summary import Summary", True),
        ("report/formats/text.py", "def f():\n    from archcalc.graph import Graph", False),
        ("report/plot.py", "def f():\n    import cairosvg", True),
        ("report/plot.py", "import cairosvg", False),
        ("numeric/conv.py", "import numpy as np", True),
        ("numeric/conv.py", "import numba", False),
        ("numeric/conv.py", "from archcalc.numeric.numba_conv import conv", False),
        ("numeric/conv.py", "from archcalc.numeric import numba_conv", False),
        ("numeric/conv.py", "def f():\n    from archcalc.numeric import numba_conv", True),
        ("numeric/conv.py", "if TYPE_CHECKING:\n    from PIL import Image", True),
        ("numeric/conv.py", "if True:\n    from PIL import Image", False),
        ("numeric/numba_conv.py", "import numba", True),
        ("numeric/numba_conv.py", "from archcalc.numeric.numba_types import Vector", True),
        ("numeric/numba_conv.py", "import cupy", False),
        ("interop/torch.py", "import torch", False),
        ("interop/torch.py", "def f():\n    import torch", True),
        ("cli/main.py", "import typer", True),
        ("cli/main.py", "import click", False),
        ("cli/main.py", "from archcalc.numeric import run", True),
        ("api.py", "def f():\n    from archcalc.graph import Graph", True),
        ("api.py", "from archcalc.cli.main import run", False),
        ("__init__.py", "import numpy", False),
    ],
)
def test_the_check_itself(file, line, allowed):
    assert (violations(line, PurePosixPath(file)) == []) is allowed


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_no_path_is_asked_what_it_is_by_a_method_that_may_raise(file):
    """`Path.is_file()` raises for a name too long or a folder without permission; `os.path.isfile` answers no."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
            asked = node.func.attr
            owner = ast.unparse(node.func.value)
            assert asked not in ("is_file", "is_dir", "exists") or owner == "info", f"line {node.lineno}"


def circles() -> set[tuple[str, ...]]:
    """Every group of files that import each other, at once, in a function or for the type checker only."""
    known = {str(file.with_suffix("")).removesuffix("/__init__"): file for file in python_files()}
    edges = {name: set[str]() for name in known}
    for name, file in known.items():
        for folder, part in _named((PACKAGE / file).read_text(encoding="utf-8")):
            inside = f"{folder}/{part}".lstrip("/")
            imported = inside if inside in known else folder
            if imported in known and imported != name:
                edges[name].add(imported)
    reached = {name: _reach(edges, name) for name in edges}
    return {
        tuple(sorted({name, *(other for other in reached[name] if name in reached[other])}))
        for name in reached
        if name in reached[name]
    }


def _named(source: str) -> Iterator[tuple[str, str]]:
    """What a file imports from archcalc: the module or folder, and the name in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("archcalc"):
            yield from (("/".join((node.module or "").split(".")[1:]), name.name) for name in node.names)


def _reach(edges: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(edges[start])
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += edges[name]
    return seen


def test_no_file_joins_an_import_circle():
    assert circles() == set()


MIRRORED = {
    "analysis/cost/": "what each tool counts, in that tool's own terms",
    "analysis/reference.py": "an example call of a kind, printed by `archcalc layers`",
    "homework/asking/formulas.py": "formulas that a teacher names by a kind",
    "interop/reading/": "the layers of other tools in our words",
    "homework/quiz/examples.py": "a sample layer for each misconception",
    "numeric/engine/choose.py": "the engine's kernel for a kind",
    "numeric/engine/kernels/": "the kernels: names of compiled functions, and the layers they read their sizes from",
    "numeric/gpu/": "the same on a GPU",
    "numeric/reference/": "the forward of each kind",
    "numeric/weights/name_tables.py": "names of tensors in the files of other libraries",
    "report/drawing/": "the colours of families, and the signs of merges",
    "report/network/lecture.py": "what a lecturer says about the figures of a kind",
    "spec/foreign/": "the words that other tools have for a kind",
    "spec/names.py": "the words that people have for a kind",
}
"""Tables beside `layers/` whose rows are kinds, each of its own meaning; all else asks traits (layers/traits.py)."""

SPELT_ALIKE = {
    "analysis/compare.py": {"conv": "the name of a share"},
    "analysis/explain/explain.py": {"tokens": "an axis"},
    "analysis/explain/figures.py": {"tokens": "an axis"},
    "analysis/memory/recipe.py": {"dropout": "a number of a recipe"},
    "analysis/inverse/solve.py": {"max_pool": "what `pool` stands for in `calc`"},
    "homework/diagnosis/diagnose.py": {"conv": "a scope of a mistake"},
    "homework/diagnosis/misconceptions/parameters.py": {"batch_norm": "par.bn_...: the mistake is about that kind"},
    "homework/diagnosis/misconceptions/totals.py": {"conv": "what an id calls a family"},
    "homework/misconceptions.py": {"rnn": "how ids begin"},
    "homework/quiz/power.py": {"conv": "a scope of a mistake"},
    "numeric/engine/prepare.py": {"scale": "a kernel"},
    "numeric/inputs/preprocess.py": {"crop": "a step of preparing a picture"},
    "numeric/run/memory.py": {"gelu": "what the forward of this kind holds while it runs"},
    "report/network/reference.py": {"crop": "the sugar"},
    "report/run/forward.py": {"softmax": "a column"},
    "graph/build.py": {"constant": "a key of a cache", "parameter": "an attribute of an error"},
    "report/formats/errors_json.py": {"parameter": "an attribute of an error"},
    "spec/expression.py": {"constant": "a slot"},
    "homework/reading/latex.py": {"sign": "a part of a number"},
    "report/fields/phrases.py": {"take": "a verb"},
    "spec/schema.py": {"minimum": "a key of JSON Schema"},
    "spec/blocks.py": {"concat": "help of an error", "add": "help of an error", "multiply": "help of an error"},
}
"""Words that are a kind's too, and what they are there; or the one place that speaks of that kind by name."""

CLASSES = {
    "homework/diagnosis/misconceptions/output.py": "the other merge, which a student takes a sum or a concat for",
    "homework/diagnosis/misconceptions/parameters.py": "the layer that a student takes another for: linear, subsample",
    "numeric/engine/plan.py": "a concat of maps takes no step: its parts lie within the whole",
    "numeric/maps/cam.py": "the map is enlarged as a layer would",
    "numeric/run/memory.py": "what the forward of these kinds holds while it runs",
}
"""Files that import the class of a kind, beside the mirrored tables."""

KINDS = [kind for words in layers.MODULES.values() for kind in words.split()]
VERBS = [file for file in python_files() if file.parts[0] != "layers"]


def words_of(source: str) -> Iterator[str]:
    """Every text of a file that is a kind's name, or a list of such; docstrings and parts of longer texts are none."""
    tree = ast.parse(source)
    skipped = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    skipped |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            words = node.value.split()
            if words and all(word in KINDS for word in words):
                yield from words


def classes_of(source: str) -> Iterator[str]:
    """The classes of kinds that a file imports, except for a type checker."""
    tree = ast.parse(source)
    typed = {id(part) for node in ast.walk(tree) if isinstance(node, ast.If) and _runs_later(node)
             for part in ast.walk(node)}  # fmt: skip
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("archcalc.layers")
            and id(node) not in typed
        ):
            module = import_module(node.module or "")
            kinds = (layers.Layer, layers.Composite)
            for name in node.names:
                found = getattr(module, name.name)
                if isinstance(found, type) and issubclass(found, kinds) and found not in kinds:
                    yield name.name


def is_mirrored(file: PurePosixPath) -> bool:
    return any(str(file).startswith(path) for path in MIRRORED)


@pytest.mark.parametrize("file", VERBS, ids=str)
def test_no_verb_asks_which_kind_it_has_before_it(file):
    if not is_mirrored(file):
        source = (PACKAGE / file).read_text("utf-8")
        assert set(words_of(source)) == set(SPELT_ALIKE.get(str(file), ())), "ask a trait (layers/traits.py)"
        assert bool(set(classes_of(source))) == (str(file) in CLASSES), "ask a trait (layers/traits.py)"


def test_every_mirrored_table_names_kinds():
    """An entry that nothing needs any more is gone."""
    for path in MIRRORED:
        sources = [(PACKAGE / file).read_text("utf-8") for file in VERBS if str(file).startswith(path)]
        assert any(set(words_of(source)) or set(classes_of(source)) for source in sources), path


def test_the_test_of_kinds_sees_them():
    asking = (
        'def f(kind):\n    """relu"""\n    return kind in ("relu", "a relu"), f"{kind} relu", "max_pool avg_pool"\n'
    )
    assert set(words_of(asking)) == {"relu", "max_pool", "avg_pool"}
    assert set(classes_of("from archcalc.layers.conv import BIAS, Conv")) == {"Conv"}
    assert set(classes_of("if TYPE_CHECKING:\n    from archcalc.layers.conv import Conv")) == set()


def test_a_class_name_has_one_meaning():
    homes: dict[str, list[str]] = {}
    for file in python_files():
        for node in ast.parse((PACKAGE / file).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(file))
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}
