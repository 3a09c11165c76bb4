"""HTML: well-formed, escaped, accessible, and nothing loaded from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import archcalc
from archcalc.report.formats.html import fragment, render
from archcalc.report.formats.table import Column, Table

EXPECTED = """\
<div class="archcalc">
<table>
<caption>net_1 &amp; co</caption>
<thead><tr><th scope="col" style="text-align:left">Layer (type)</th>\
<th scope="col" style="text-align:left">Output Shape</th>\
<th scope="col" style="text-align:right">Param #</th></tr></thead>
<tbody>
<tr><th scope="row" style="text-align:left">a|b `c` &lt;i&gt;</th>\
<td style="text-align:left">3x11x13</td><td style="text-align:right">1,234</td></tr>
<tr><th scope="row" style="text-align:left">=SUM(A1)</th>\
<td style="text-align:left"></td><td style="text-align:right">61,706</td></tr>
<tr><th scope="row" style="text-align:left">50% _x_ ~{y}^2 [*]</th>\
<td style="text-align:left">17</td><td style="text-align:right">-5</td></tr>
</tbody>
</table>
<dl>
<dt>Total params</dt><dd>62,935</dd>
<dt>Of which</dt><dd>0.06 (M)</dd>
</dl>
<p>note: 224 − 11 is no multiple; use `--input`</p>
<p><small>archcalc · net_1 · 1 &lt; 2</small></p>
</div>"""

VOID = {"meta", "link", "br", "img", "input"}


class Reader(HTMLParser):
    """Checks that every element is closed, and keeps what it saw."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.tags = []
        self.links = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(html):
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


def test_the_fragment(table):
    assert fragment(table) == EXPECTED


def test_the_page_holds_the_fragment_and_stands_alone(table):
    page = render(table)
    assert EXPECTED in page
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">\n')
    assert "<title>net_1 &amp; co</title>" in page
    assert "prefers-color-scheme: dark" in page
    reader = read(page)
    assert reader.links == []
    assert not {"script", "link", "img", "iframe"} & set(reader.tags)
    assert not re.search(r"url\(|@import|https?:", page)


def test_what_a_spec_says_is_never_markup():
    row = ('"><script>alert(1)</script>', "<script>alert(2)</script>")
    columns = (Column("<b>", "a"), Column("<b>", "b"))
    page = render(Table("</title><script>", columns, (row,), (("<i>", "<u>"),), ("<p>",), "<a>"))
    assert set(read(page).tags) == {
        "html", "head", "meta", "title", "style", "body", "main", "div", "table", "caption", "thead", "tbody", "tr",
        "th", "td", "dl", "dt", "dd", "p", "small",
    }  # fmt: skip
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page


def test_a_notebook_shows_the_table():
    html = archcalc.load("lenet5")._repr_html_()
    assert html.startswith('<div class="archcalc">\n<table>\n<caption>LeNet-5 (lenet5)</caption>\n')
    assert "<dt>Total params</dt><dd>61,706</dd>" in html
    assert "<style" not in html  # it would restyle the notebook
    read(html)
