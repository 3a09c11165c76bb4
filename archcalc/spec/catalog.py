"""Where a spec comes from: a path, `-`, a bundled name, or any of them with `@variant`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from archcalc.core.record import field, record
from archcalc.errors import Place, SpecError, UnknownName, UsageError
from archcalc.spec.names import did_you_mean, folded, nearest

_ENDINGS = (".yaml", ".yml")
"""Of the files of specs."""


@record
class Located:
    """The text of a spec, the name of its file in messages, its short name and the variant asked for."""

    text: str
    file: str
    name: str
    variant: str | None
    places: Mapping[str, Place] = field(factory=dict)
    """Of a spec made from another tool's file: where each layer stands in that."""

    @property
    def may_be_foreign(self) -> bool:
        """Whether the text may be another tool's, which a file of specs is not."""
        return not self.file.endswith(_ENDINGS)


def locate(address: str) -> Located:
    """Find and read a spec. Raises UnknownName with the nearest bundled names, SpecError for a bad file."""
    base, _, variant = address.partition("@") if not os.path.isfile(address) else (address, "", "")
    if base == "-":
        return Located(_decoded(sys.stdin.buffer.read(), "<stdin>"), "<stdin>", "stdin", variant or None)
    path = _path(base) or (None if _bundled(base) else _beside(base))
    if path is not None:
        stem, shown = _words(path.stem), _words(str(path))
        name = f"{stem}@{variant}" if variant else stem
        return Located(_decoded(_bytes(path), shown), shown, name, variant or None)
    file, variant = _of_bundle(base, variant)
    name = address_of(file.stem, variant) if variant else file.stem
    return Located(file.read_text(encoding="utf-8"), str(file), name, variant or None)


def locate_bundled(address: str) -> Located:
    """The bundled spec of an exact address, whatever files there are beside. Raises UnknownName."""
    base, _, variant = address.partition("@")
    file, variant = _of_bundle(base, variant)
    return Located(file.read_text(encoding="utf-8"), str(file), address, variant or None)


def bundled() -> tuple[Path, ...]:
    """The files of all bundled specs, by name."""
    found = (file for file in folder().iterdir() if file.name.endswith(".yaml"))
    return tuple(sorted(found, key=lambda file: file.name))


def bundled_names() -> Iterator[str]:
    """The address of every bundled spec and variant."""
    for path in bundled():
        yield path.stem
        for variant in _variants(path):
            yield address_of(path.stem, variant)


def address_of(stem: str, variant: str) -> str:
    """`resnet101` is a name that stands alone, `grouped` is one of alexnet's: `alexnet@grouped`."""
    family = re.match(r"[a-z]{0,4}", stem)
    return variant if family and family[0] in variant else f"{stem}@{variant}"


@cache
def folder() -> Path:
    """The folder of bundled specs: inside the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for found in (package / "specs", package.parent / "specs"):
        if os.path.isdir(found):
            return found
    from importlib.resources import files  # imported from a zip: what is there reads as a path does

    return files("archcalc") / "specs"  # type: ignore[return-value]


def _path(base: str) -> Path | None:
    """The file that an address names, where it is one. Raises SpecError where it can be nothing else."""
    path = Path(base)
    if os.path.isfile(path):
        return path
    beside = _beside(base)
    if os.path.isdir(path) and beside is None:
        raise UsageError(f"{base} is a folder, not a spec", help=f"name one file: {base.rstrip('/')}/NAME.yaml")
    if "/" in base and beside is not None:
        return beside
    if path.suffix in _ENDINGS or "/" in base or (path.suffix and _is_of_others(base)):
        raise _no_file(path)
    return None


def _words(name: str) -> str:
    """The name of a file as text: bytes that are not UTF-8 cannot be written everywhere."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _no_file(path: Path) -> SpecError:
    """Why there is no file at a path: none of this name, or the system does not open it."""
    try:
        path.open("rb").close()
        reason = "it is no plain file"
    except (FileNotFoundError, NotADirectoryError):
        beside = [p.name for p in path.parent.glob("*.y*ml")] if os.path.isdir(path.parent) else []
        help = did_you_mean(str(path.parent / name) for name in nearest(path.name, beside))
        return SpecError(f"there is no file {path}", help=help)
    except (OSError, ValueError) as error:  # a name too long, a loop of links, no permission, a NUL
        reason = getattr(error, "strerror", None) or str(error)
    return SpecError(f"{path} cannot be read: {reason}")


def _is_of_others(file: str) -> bool:
    from archcalc.spec.foreign.files import is_known_ending

    return is_known_ending(file)


def _beside(base: str) -> Path | None:
    """`net.yaml` for `net`."""
    files = (Path(base + ending) for ending in _ENDINGS) if base and not base.endswith("/") else ()
    return next((file for file in files if os.path.isfile(file)), None)


def _of_bundle(base: str, variant: str) -> tuple[Path, str]:
    """The file and the variant of a bundled address. Raises UnknownName.

    `alexnet@cs231n` is also the file alexnet_cs231n, `resnet152@paper` the variant resnet152_paper: a variant of a
    variant, or one whose layers are others.
    """
    file, own = _bundled(base) or _alike(base)
    if not variant or (not own and variant in _variants(file)):
        return file, own or variant
    other = _bundled(f"{own or file.stem}_{variant}")
    if other is None and own not in ("", variant):
        help = f"it is a variant of {file.stem}; a variant of {file.stem} is written {file.stem}@NAME"
        raise UnknownName(f"{own} has no variant `{variant}`", help=help)
    return other or (file, variant)


def _bundled(name: str) -> tuple[Path, str] | None:
    """The file of a bundled name, and the variant that it alone may stand for."""
    known = bundled()
    file = next((path for path in known if path.name == f"{name}.yaml"), None)
    if file is not None:
        return file, ""
    return next(((path, name) for path in known if name in _variants(path)), None)


def _alike(name: str) -> tuple[Path, str]:
    """`resnet50` for `ResNet-50`: the only bundled name that is the same up to case, - and _. Raises UnknownName."""
    near = nearest(name, bundled_names())
    alike = [known for known in bundled_names() if folded(known) == folded(name)]
    base, _, variant = (alike[0] if len(alike) == 1 else "").partition("@")
    found = _bundled(base) if base else None
    if found is not None:
        return found[0], found[1] or variant
    help = did_you_mean(near) or "`archcalc list` names the bundled ones"
    raise UnknownName(f"there is no spec `{name}`", help=help)


@cache
def _variants(path: Path) -> tuple[str, ...]:
    """Names of the variants of a bundled file, read without parsing it; bundled files do not change."""
    section = re.search(r"^variants:\n((?:(?: .*)?\n)+)", path.read_text(encoding="utf-8"), re.M)
    return tuple(re.findall(r"^  ([\w.-]+):", section[1], re.M)) if section else ()


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1 << 20)
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}") from None


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        from archcalc.spec.foreign.files import text_of

        return text_of(data, file)
