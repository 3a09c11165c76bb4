"""What every result of the Python interface can do: be printed, drawn in a notebook, become a dict or a DataFrame.

An analysis knows nothing of tables; `archcalc.presentation` says how each result looks, and is found when it is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from archcalc.errors import UnsupportedError


class Presentation(Protocol):
    """How one result looks."""

    def text(self) -> str: ...

    def html(self) -> str: ...

    def json(self) -> str: ...

    def columns(self) -> dict[str, list[Any]]: ...


presenters: list[Callable[[Any], Presentation]] = []
"""The one that makes a presentation; put here by the package itself, so that no arrow points from here to reports."""


class Result:
    """A result that prints as the table of the command line."""

    __slots__ = ()

    def __str__(self) -> str:
        return presenters[0](self).text()

    def __repr__(self) -> str:
        names = [getattr(self, word, "") for word in ("spec", "name", "names")]
        what = next((" ".join(name) if isinstance(name, tuple) else name for name in names if name), "")
        return f"<{type(self).__name__}{f' {what}' if what else ''}>"

    def _repr_html_(self) -> str:
        return presenters[0](self).html()

    def to_json(self) -> str:
        """The document that `--format json` prints.

        >>> archcalc.load("lenet5").receptive_field("conv2").to_json().splitlines()[1]
        ' "schema": "archcalc/field/1",'
        """
        return presenters[0](self).json()

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts, lists and plain numbers.

        >>> archcalc.load("lenet5").receptive_field("conv2").to_dict()["jump"]
        [2, 2]
        """
        import json

        found: dict[str, Any] = json.loads(self.to_json())
        return found

    def to_dataframe(self) -> Any:
        """The rows of the table as a pandas DataFrame. Raises UnsupportedError where pandas is not installed."""
        try:
            pandas = import_module("pandas")
        except ModuleNotFoundError:
            raise UnsupportedError("a DataFrame needs pandas", help="pip install 'archcalc[pandas]'") from None
        return pandas.DataFrame(presenters[0](self).columns())
