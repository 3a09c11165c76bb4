"""The page for students, in English and in Hebrew: the same commands, and Hebrew that reads from right to left.

What the commands print is held by `test_readme.py`, as on every page.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

DOCS = Path(__file__).parent.parent / "docs"
ENGLISH, HEBREW = DOCS / "course.md", DOCS / "course.he.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.S)
ISOLATED = re.compile("\u2066[^\u2066\u2069\n]*\u2069")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PLACES = """
<script>
const wrong = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  if (node.parentElement.closest("script, pre")) continue;
  for (const found of node.data.matchAll(/[\u2066§]([^\u2066\u2069§]+)[\u2069§]/g)) {
    const boxes = [...found[1]].map((_, at) => {
      const range = document.createRange();
      range.setStart(node, found.index + 1 + at);
      range.setEnd(node, found.index + 2 + at);
      return range.getBoundingClientRect();
    });
    if (boxes.some((box, at) => at && box.left < boxes[at - 1].left - 1 && box.top < boxes[at - 1].bottom - 1))
      wrong.push(found[1]);
  }
}
for (const pre of document.querySelectorAll("pre"))
  if (getComputedStyle(pre).direction !== "ltr") wrong.push("pre");
for (const part of document.querySelectorAll("p, h1, h2"))
  if (/[\u0590-\u05ff]/.test(part.textContent) && getComputedStyle(part).direction !== "rtl") wrong.push("p");
document.title = `${document.querySelectorAll("pre").length} blocks, wrong: ${wrong.join(" | ")}`;
</script>
"""


def page() -> str:
    """The Hebrew page as a site that knows Markdown renders it."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(HEBREW.read_text(encoding="utf-8"))


def test_both_languages_show_the_same_commands():
    english, hebrew = (BLOCK.findall(path.read_text(encoding="utf-8")) for path in (ENGLISH, HEBREW))
    assert english == hebrew


def test_hebrew_stands_in_blocks_from_right_to_left_and_code_outside_of_them():
    direction, code = "ltr", False
    for line in HEBREW.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            assert direction == "ltr", line
            code = not code
        elif not code and line.startswith("<div"):
            assert (line, direction) == ('<div dir="rtl" lang="he">', "ltr")
            direction = "rtl"
        elif not code and line == "</div>":
            direction = "ltr"
        elif not code and re.search("[\u0590-\u05ff]", line):
            assert direction == "rtl", line
    assert direction == "ltr"


def test_what_is_not_hebrew_is_isolated():
    prose = BLOCK.sub("", HEBREW.read_text(encoding="utf-8"))
    lines = [line for line in prose.splitlines() if not line.startswith(("<", "#")) or "\u2066" in line]
    left = [ISOLATED.sub("", line) for line in lines]
    assert [line for line in left if re.search("[0-9A-Za-z`\u2066\u2069]", line)] == []


def test_nothing_is_opened_and_left_open():
    html = page()
    assert html.count("<div") == html.count("</div>")
    assert html.count("<pre>") == len(BLOCK.findall(HEBREW.read_text(encoding="utf-8")))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_sets_formulas_from_left_to_right_inside_hebrew(tmp_path):
    """And `16×(5·5·6+1)` without isolates would be set the other way round."""
    sentence = '<p dir="rtl">יש {}16×(5·5·6+1){} פרמטרים</p>'
    assert _title(tmp_path, page() + PLACES).endswith("wrong: ")
    assert _title(tmp_path, sentence.format("\u2066", "\u2069") + PLACES) == "0 blocks, wrong: "
    assert _title(tmp_path, sentence.format("§", "§") + PLACES) == "0 blocks, wrong: 16×(5·5·6+1)"


def _title(folder: Path, html: str) -> str:
    """The title that the script of a page has set."""
    file = folder / "page.html"
    file.write_text(f'<!doctype html><meta charset="utf-8"><title></title>{html}', encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run([CHROMIUM, *flags, file.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    (title,) = re.findall("<title>(.*?)</title>", done.stdout)
    return title
