"""`archcalc.compare("vgg16", "googlenet")` and `archcalc.diff("lenet5", "my_lenet.yaml")`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.errors import UsageError
from archcalc.network import Network, load

if TYPE_CHECKING:
    from archcalc.analysis.compare import Comparison
    from archcalc.analysis.diff import Difference


def compare(*specs: str, sort: str | None = None) -> Comparison:
    """Compare networks: paths, bundled names, `name@variant`, or `resnet50:num_classes=10`.

    Raises ArchcalcError of the kind that says what is wrong.
    """
    from archcalc.analysis.compare import compare_graphs

    return compare_graphs([(spec, _bundled_name(spec), load_side(spec).graph) for spec in specs], sort)


def diff(before: str, after: str) -> Difference:
    """What changed from one network to another, layer by layer; addresses as in `compare`."""
    from archcalc.analysis.diff import difference

    return difference(load_side(before).graph, load_side(after).graph, (before, after))


def load_side(side: str) -> Network:
    """Load `ADDRESS` or `ADDRESS:key=value,input=SHAPE`. Raises UsageError for a setting that is none."""
    address, settings = _split(side)
    given: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise UsageError(f"{side}: `{setting}` is not KEY=VALUE", help=f"write {address}:width=0.5")
        given[key.strip()] = value.strip()
    input_ = given.pop("input", None)
    return load(address, set=given, input=input_)


def _split(side: str) -> tuple[str, list[str]]:
    match = re.fullmatch(r"(.+?):([A-Za-z_]\w*(?:=|,|$).*)", side)
    if match is None or "=" not in match[2]:
        return side, []
    return match[1], match[2].split(",")


def _bundled_name(side: str) -> str:
    """The name under which accuracies are known: the address without its variant's file."""
    address, _ = _split(side)
    return address.rpartition("@")[2]
