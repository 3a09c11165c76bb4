"""One function for pages and editors: a request as JSON, an answer as JSON. It never raises.

`{"op": "show", "spec": {"text": "input: ..."}}` gives `{"ok": DOCUMENT, "ms": N}`; where the spec or the request is
wrong `{"errors": archcalc/errors/1, "ms": N}`; else `{"bug": {"type": ..., "message": ...}, "ms": N}`. A spec is a
`text` or a bundled `name`, with `variant`, `set` and `input` if wanted. It reads bundled specs and writes nothing.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from archcalc.errors import ArchcalcError, Place, UsageError
from archcalc.network import Network, load, loads
from archcalc.report.formats.errors_json import errors_json
from archcalc.report.formats.escape import json_text

LARGEST = 1 << 19
"""Characters of a request."""

REMEMBERED = 4
"""Networks that are kept."""

_known: OrderedDict[str, Network] = OrderedDict()

Request = Mapping[str, Any]


def answer(request: str) -> str:
    """Answer one request."""
    start = time.perf_counter()
    try:
        found: dict[str, Any] = {"ok": _answer(_read(request))}
    except ArchcalcError as error:
        found = {"errors": json.loads(errors_json(error))}
    except Exception as error:
        found = {"bug": {"type": type(error).__name__, "message": str(error)}}
    return json_text({**found, "ms": round(1000 * (time.perf_counter() - start), 1)})


def _read(text: str) -> Request:
    """Raises UsageError for what is no request."""
    if len(text) > LARGEST:
        raise UsageError(f"a request has at most {LARGEST:,} characters, this one {len(text):,}")
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("a request is JSON", help='such as {"op": "show", "spec": {"name": "lenet5"}}') from None
    if not isinstance(request, dict):
        raise UsageError("a request is an object", help='such as {"op": "show", "spec": {"name": "lenet5"}}')
    return request


def _answer(request: Request) -> Any:
    op = _text(request, "op")
    if op not in OPS:
        raise UsageError(f"unknown op `{op}`", help=f"there are {', '.join(OPS)}")
    return OPS[op](request)


def _network(given: object, what: str = "spec") -> Network:
    """The network of a request, computed once."""
    if not isinstance(given, dict):
        raise UsageError(f"`{what}` is an object with a text or a name")
    key = json.dumps(given, sort_keys=True)
    if key in _known:
        _known.move_to_end(key)
        return _known[key]
    settings: dict[str, Any] = {"set": given.get("set") or {}, "input": given.get("input") or None}
    if not isinstance(settings["set"], dict):
        raise UsageError("`set` is an object of params")
    variant = _text(given, "variant", "") or None
    if "text" in given:
        network = loads(_text(given, "text"), _text(given, "file", "spec"), variant=variant, **settings)
    else:
        network = load(_bundled(_text(given, "name"), variant), **settings)
    _known[key] = network
    while len(_known) > REMEMBERED:
        _known.popitem(last=False)
    return network


def _bundled(name: str, variant: str | None) -> str:
    """A bundled name; no path. Raises UsageError."""
    from archcalc.spec.catalog import bundled_names

    if name not in bundled_names():
        raise UsageError(f"there is no bundled spec `{name}`", help="send its text")
    return f"{name}@{variant}" if variant else name


def _text(request: Request, name: str, usual: str | None = None) -> str:
    value = request.get(name, usual)
    if not isinstance(value, str):
        raise UsageError(f"`{name}` is a text")
    return value


def _whole(request: Request, name: str, usual: int) -> int:
    value = request.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError(f"`{name}` is a whole number")
    return value


# -- what there is to ask


def _show(request: Request) -> Any:
    """`archcalc/summary/1`, with the claims and the notes beside it."""
    network = _network(request.get("spec"))
    summary = network.summary(_text(request, "convention", "macs"), _whole(request, "batch", 1))
    return {
        **summary.to_dict(),
        "claims": network.check().to_dict() if network.graph.claims else None,
        "advice": network.notes().to_dict(),
    }


def _draw(request: Request) -> Any:
    """An SVG; options as `archcalc.drawing.DrawOptions` has them."""
    given = dict(request.get("options") or {})
    options: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    try:
        picture = _network(request.get("spec")).draw(None, **options)
    except TypeError:
        from archcalc.core.record import fields
        from archcalc.drawing import DrawOptions

        known = ", ".join(field.name for field in fields(DrawOptions))
        raise UsageError("an option of a picture is unknown", help=f"there are {known}") from None
    return {"svg": picture.svg(), "title": picture.title}


def _page(request: Request) -> Any:
    """The data of the page of `archcalc report`: its scripts draw, fold and explain from it."""
    from archcalc.pages import network_data

    return network_data(_network(request.get("spec")).graph)


def _fields(request: Request) -> Any:
    """`archcalc/rf/1`."""
    return _network(request.get("spec")).receptive_fields(_text(request, "wrt", "") or None).to_dict()


def _field(request: Request) -> Any:
    """`archcalc/field/1`: the field of one layer."""
    network = _network(request.get("spec"))
    return network.receptive_field(_text(request, "layer"), _text(request, "wrt", "") or None).to_dict()


def _explain(request: Request) -> Any:
    """`archcalc/explain/1`, as text and as LaTeX, too."""
    from archcalc.report.network.explain import explanation_latex

    found = _network(request.get("spec")).explain(_text(request, "subject", "") or None)
    return {**found.to_dict(), "text": str(found), "latex": explanation_latex(found)}


def _memory(request: Request) -> Any:
    """`archcalc/memory/1`."""
    network = _network(request.get("spec"))
    return network.memory(batch=_whole(request, "batch", 1), optimizer=_text(request, "optimizer", "adam")).to_dict()


def _compare(request: Request) -> Any:
    """`archcalc/compare/1` of the networks in `specs`, the first against the others."""
    specs = request.get("specs")
    if not isinstance(specs, list) or not specs:
        raise UsageError("`specs` is a list of specs")
    first, *others = [_network(spec, "specs") for spec in specs]
    return first.compare(*others).to_dict()


def _diff(request: Request) -> Any:
    """`archcalc/diff/1` from `before` to `after`."""
    return _network(request.get("before"), "before").diff(_network(request.get("after"), "after")).to_dict()


def _lint(request: Request) -> Any:
    """`archcalc/lint/1`."""
    return _network(request.get("spec")).lint().to_dict()


def _figures(request: Request) -> Any:
    """What may be asked of a layer or, without one, of the network: name and words."""
    from archcalc.analysis.claims import figure_at
    from archcalc.analysis.quantities import MEASURES, Figures

    network, layer = _network(request.get("spec")), _text(request, "layer", "")
    figures, found = Figures(network.graph), []
    if layer:
        network.graph.part(layer)
    for row in MEASURES.values():
        try:
            figure_at(figures, f"{layer}.{row.name}" if layer else row.name)
        except ArchcalcError:
            continue
        found.append({"name": row.name, "says": row.says})
    return found


def _mark(request: Request) -> Any:
    """One answer to one question: its verdict, and what is said of it, columns as in the answer."""
    from archcalc.homework.asking.question import AskedNetwork
    from archcalc.homework.marking.mark import Marker
    from archcalc.homework.reading.sheet import Entry, Sheet

    network, subject = _network(request.get("spec")), _text(request, "subject")
    asked = AskedNetwork.of(network.graph, network.document, network.choices)
    place = Place("answer", 1, 1)
    entry = Entry(subject, _text(request, "answer"), place, place)
    (marked,) = Marker(asked).mark(Sheet("answer", (entry,))).answers
    return {
        "subject": subject,
        "verdict": marked.verdict,
        "right": marked.passes,
        "message": marked.message,
        "column": marked.pointed.column,
        "misconceptions": marked.misconceptions,
        "layers": marked.layers,
    }


def _export(request: Request) -> Any:
    """The table, or the explanation, as a text of a format: markdown, csv, latex, html."""
    from importlib import import_module

    from archcalc.analysis.fold import fold
    from archcalc.report.network.summary import summary_table

    format = _text(request, "format")
    if format not in ("markdown", "csv", "latex", "html"):
        raise UsageError(f"unknown format `{format}`", help="there are markdown, csv, latex and html")
    summary = _network(request.get("spec")).summary()
    render = import_module(f"archcalc.report.formats.{format}").render
    return {"text": render(summary_table(summary, fold(summary)))}


OPS: dict[str, Callable[[Request], Any]] = {
    "show": _show, "draw": _draw, "page": _page, "fields": _fields, "field": _field, "explain": _explain,
    "memory": _memory, "compare": _compare, "diff": _diff, "lint": _lint, "figures": _figures, "mark": _mark,
    "export": _export,
}  # fmt: skip
