"""The names of all formats and the endings of their files."""

from __future__ import annotations

FORMATS: dict[str, tuple[str, ...]] = {
    "text": (".txt",),
    "markdown": (".md", ".markdown"),
    "csv": (".csv",),
    "json": (".json",),
    "latex": (".tex",),
    "html": (".html", ".htm"),
    "svg": (".svg",),
    "png": (".png",),
    "pdf": (".pdf",),
    "dot": (".dot", ".gv"),
    "mermaid": (".mmd", ".mermaid"),
    "yaml": (".yaml", ".yml"),
    "github": (),
    "junit": (".xml",),
    "sarif": (".sarif", ".json"),
    "gradescope": (".json",),
    "classroom50": (".json",),
}
"""Every format with the endings of its files; a file `.json` is `json`, unless --format says which JSON."""

DRAWN = ("svg", "png", "pdf", "html", "latex")
"""The formats that every picture has."""
