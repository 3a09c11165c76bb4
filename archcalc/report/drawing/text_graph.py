"""A network's graph in the words of other tools: DOT for Graphviz, Mermaid for Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from archcalc.analysis.diagram import INPUT, Diagram, DiagramLeaf, Frame
from archcalc.report.drawing.graph import GraphStyle, figures_of, shape_of
from archcalc.report.drawing.palette import Colours, drawn_as
from archcalc.report.formats.escape import printable

Writer = Callable[[int, str], Iterator[str]]


def dot(diagram: Diagram, style: GraphStyle, right: bool = False) -> str:
    """A digraph with a cluster for each open group."""
    theme = style.theme

    def leaf(number: int, indent: str) -> Iterator[str]:
        box = diagram.leaves[number]
        colours = theme.families[drawn_as(box.family)]
        shape = "ellipse" if box.family == INPUT else "box"
        label = "\\n".join(map(_in_dot, _lines(box, style)))
        yield f'{indent}n{number} [label="{label}", shape={shape}, fillcolor="{colours.fill}", color="{colours.edge}"];'

    def frame(box: Frame, indent: str, inside: Iterator[str]) -> Iterator[str]:
        yield f'{indent}subgraph "cluster_{_in_dot(box.address)}" {{'
        yield f'{indent}  label="{_in_dot(_title(box))}"; labeljust=l; color="{theme.line}"; fontcolor="{theme.soft}";'
        yield from inside
        yield f"{indent}}}"

    head = [
        f'digraph "{_in_dot(style.title or "network")}" {{',
        f'  rankdir={"LR" if right else "TB"}; bgcolor="{theme.page}"; fontname="Helvetica"; fontsize=10;',
        f'  node [style="filled,rounded", fontname="Helvetica", fontsize=10, fontcolor="{theme.ink}"];',
        f'  edge [color="{theme.wire}", arrowsize=0.6];',
    ]
    wires = [f"  n{source} -> n{reader};" for source, reader in diagram.wires]
    return "\n".join([*head, *_nested(diagram, leaf, frame), *wires, "}", ""])


def mermaid(diagram: Diagram, style: GraphStyle, right: bool = False) -> str:
    """A flowchart with a subgraph for each open group; GitHub and GitLab draw it in Markdown."""

    def leaf(number: int, indent: str) -> Iterator[str]:
        box = diagram.leaves[number]
        opening, closing = ('(["', '"])') if box.family == INPUT else ('["', '"]')
        label = "<br>".join(map(_in_mermaid, _lines(box, style)))
        yield f"{indent}n{number}{opening}{label}{closing}:::{drawn_as(box.family)}"

    def frame(box: Frame, indent: str, inside: Iterator[str]) -> Iterator[str]:
        yield f'{indent}subgraph g{numbers[box.address]}["{_in_mermaid(_title(box))}"]'
        yield from inside
        yield f"{indent}end"

    numbers = {address: number for number, address in enumerate(diagram.frames)}
    families = {drawn_as(box.family) for box in diagram.leaves}
    classes = [
        _mermaid_class(f, style.theme.families[f], style.theme.ink) for f in style.theme.families if f in families
    ]
    wires = [f"  n{source} --> n{reader}" for source, reader in diagram.wires]
    return "\n".join([f"flowchart {'LR' if right else 'TD'}", *_nested(diagram, leaf, frame), *wires, *classes, ""])


def _mermaid_class(family: str, colours: Colours, ink: str) -> str:
    return f"  classDef {family} fill:{colours.fill},stroke:{colours.edge},color:{ink}"


def _nested(
    diagram: Diagram,
    leaf: Writer,
    frame: Callable[[Frame, str, Iterator[str]], Iterator[str]],
) -> Iterator[str]:
    """Every leaf and every frame where it stands, in the network's order."""
    inside: dict[str, list[tuple[int, int | str]]] = defaultdict(list)
    for number, box in enumerate(diagram.leaves):
        inside[box.scope].append((box.first, number))
    for address, group in diagram.frames.items():
        inside[group.scope].append((group.first, address))

    def written(scope: str, indent: str) -> Iterator[str]:
        for _, item in sorted(inside[scope], key=lambda pair: pair[0]):
            if isinstance(item, int):
                yield from leaf(item, indent)
            else:
                yield from frame(diagram.frames[item], indent, written(item, indent + "  "))

    yield from written("", "  ")


def _lines(box: DiagramLeaf, style: GraphStyle) -> list[str]:
    times = f" ×{box.times}" if box.times > 1 else ""
    label = f" ({box.label})" if box.label and box.label != box.name else ""
    return [f"{box.name}{times}{label}", *filter(None, [shape_of(box), figures_of(box, style)])]


def _title(box: Frame) -> str:
    times = f"×{box.times}" if box.times > 1 else ""
    return " ".join(filter(None, [box.name, box.label, times]))


def _in_dot(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')


def _in_mermaid(text: str) -> str:
    """Mermaid reads a label as HTML, and its own signs in it; it has codes for them."""
    return "".join(c if c.isalnum() or c in " ×…·_-+./,()" else f"#{ord(c)};" for c in printable(text))
