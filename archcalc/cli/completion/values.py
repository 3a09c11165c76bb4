"""What may stand for a parameter of a command, by its name, else by the word that the help shows for its value."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from archcalc.core.record import record


@record
class Typed:
    """The parameters before the cursor, by name, and the word that is begun."""

    given: Mapping[str, Any]
    incomplete: str


Values = Callable[[Any, Typed], Iterable[str]]


def values_of(parameter: Any, asked: Typed) -> Iterable[str]:
    """The words for a parameter; none where it is a number or a text of its own."""
    metavar = re.sub(r"[\[\]]|\.\.\.", "", parameter.metavar or "")
    known = BY_NAME.get(parameter.name.rstrip("_")) or BY_METAVAR.get(metavar)
    if known is not None:
        return known(parameter, asked)
    return metavar.split("|") if re.fullmatch(r"[a-z0-9]+(\|[a-z0-9]+)+", metavar) else ()


def specs(_: Any, asked: Typed) -> Iterator[str]:
    """Bundled names, with their variants once the name is there, and files of specs."""
    from archcalc.spec.catalog import bundled_names

    deep = "@" in asked.incomplete
    yield from (name for name in bundled_names() if deep or "@" not in name or asked.incomplete == name.split("@")[0])
    yield from (file for file in files(None, asked) if file.endswith(("/", ".yaml", ".yml")))
    yield from foreign(None, asked)


def foreign(_: Any, asked: Typed) -> Iterator[str]:
    """Other tools' files that are read as specs."""
    from archcalc.spec.foreign.files import endings_read

    yield from (file for file in files(None, asked) if file.endswith(endings_read()))


def sheets(parameter: Any, asked: Typed) -> Iterator[str]:
    """Specs, and every file that may be a sheet."""
    yield from specs(parameter, asked)
    yield from (file for file in files(None, asked) if file.endswith((".csv", ".md", ".txt", ".json", ".ipynb")))


def files(_: Any, asked: Typed) -> Iterator[str]:
    """The files and folders of the folder that is begun, as they are begun."""
    head, _, tail = asked.incomplete.rpartition("/")
    folder = f"{head}/" if "/" in asked.incomplete else ""
    place = os.path.expanduser(folder) or "."
    for name in sorted(os.listdir(place)):
        if tail or not name.startswith("."):
            yield folder + name + "/" * os.path.isdir(os.path.join(place, name))


def layers(_: Any, asked: Typed) -> Iterator[str]:
    """Layers and groups of the spec on the line."""
    graph = _network(asked).graph
    yield from dict.fromkeys(name for node in graph.nodes for name in _with_groups(node.name))


def figures_of_layers(parameter: Any, asked: Typed) -> Iterator[str]:
    """The same; behind a layer and a point its quantities."""
    yield from layers(parameter, asked)
    layer = asked.incomplete.rpartition(".")[0]
    if layer:
        found = _network(asked).explain(layer)
        quantities = [figure.quantity for part in found.layers for figure in part.figures]
        yield from dict.fromkeys(f"{layer}.{quantity}" for quantity in quantities)


def params(_: Any, asked: Typed) -> Iterator[str]:
    """`width=` for every param of the spec on the line."""
    yield from (f"{name}=" for name in _network(asked).document.params)


def varied(parameter: Any, asked: Typed) -> Iterator[str]:
    """The same, and the input."""
    yield from params(parameter, asked)
    yield "input="


def kinds(_: Any, __: Typed) -> Iterable[str]:
    """Kinds of layers."""
    from archcalc.layers import names

    return names()


def formats(parameter: Any, _: Typed) -> Iterable[str]:
    """Those that the help of the option names."""
    from archcalc.cli.formats import formats_in

    return formats_in(parameter.help)


def conventions(_: Any, __: Typed) -> Iterable[str]:
    """Conventions of counting."""
    from archcalc.analysis.cost.conventions import CONVENTIONS

    return CONVENTIONS


def rules(_: Any, __: Typed) -> Iterable[str]:
    """Rules of lint."""
    from archcalc.analysis.lint import RULES

    return RULES


def misconceptions(_: Any, __: Typed) -> Iterable[str]:
    """Known mistakes."""
    from archcalc.homework.misconceptions import MISCONCEPTIONS

    return MISCONCEPTIONS


def _network(asked: Typed) -> Any:
    from archcalc.cli.options import settings
    from archcalc.network import load

    spec = asked.given.get("spec")
    if not spec or spec == "-":
        raise FileNotFoundError("no spec on the line")
    return load(spec, set=settings(asked.given.get("set_")))


def _with_groups(name: str) -> Iterator[str]:
    """`a`, `a.b` and `a.b.c`."""
    parts = name.split(".")
    yield from (".".join(parts[: count + 1]) for count in range(len(parts)))


BY_NAME: dict[str, Values] = {
    "before": specs, "after": specs, "specs": sheets, "spec": specs, "smallest_input": specs, "size_steps": specs,
    "layer": layers, "wrt": layers, "freeze": layers, "unfreeze": layers, "show": layers,
    "subject": figures_of_layers, "set": params, "vary": varied, "kind": kinds, "format": formats,
    "convention": conventions, "skip": rules, "id": misconceptions, "pattern": specs, "min_rf": layers,
    "source": foreign,
}  # fmt: skip
BY_METAVAR: dict[str, Values] = {"GLOB": layers, "FILE": files, "FOLDER": files, "FILE|SHAPE": files}
