"""The page of `archcalc report`, in a real browser: linked, without a request, by mouse and by keyboard."""

from __future__ import annotations

import os
import shutil

import pytest

import archcalc
from archcalc.pages import error_page, index_page, network_page, pair_page
from archcalc.report.page.document import SCRIPTS, script

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Opened:
    """A page with what it asked for and what it said."""

    def __init__(self, browser, file, **options):
        self.page = browser.new_page(viewport={"width": 1280, "height": 800}, **options)
        self.requests, self.said = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(file.as_uri())

    def quiet(self):
        return len(self.requests) == 1 and not self.said


@pytest.fixture
def opened(browser, tmp_path):
    pages = []

    def open_(text, **options):
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        pages.append(Opened(browser, file, **options))
        return pages[-1].page

    yield open_
    for one in pages:
        assert one.quiet(), (one.requests, one.said)
        one.page.close()


def page_of(name):
    return network_page(archcalc.load(name).graph)


def leaf(address):
    return f'.leaf[data-layer="{address}"]'


def test_hovering_a_box_picks_its_row_and_shows_its_field(opened):
    page = opened(page_of("alexnet"))
    page.hover(leaf("conv3"))
    assert page.locator("#panel0 tr.selected").get_attribute("data-layer") == "conv3"
    # Araujo et al. 2019: conv3 of AlexNet sees 99 pixels; 13 units 16 pixels apart, unit 6 in the middle of 227
    assert page.locator(".map p").text_content() == "field 99 of 227×227, cells 64…162 × 64…162"
    page.hover("tr[data-layer=conv5] td")
    assert page.locator(".leaf.selected").get_attribute("data-layer") == "conv5"
    assert "field 163 of" in page.locator(".map p").text_content()


def test_the_slider_picks_a_unit_and_padding_is_shown(opened):
    page = opened(page_of("alexnet"))
    page.hover(leaf("conv3"))
    page.locator(".map input").fill("0")
    assert page.locator(".map p").text_content() == "field 99 of 227×227, cells -32…66 × -32…66"
    seen = page.locator(".map .seen").bounding_box()
    padding = page.locator(".map .padding").bounding_box()
    assert padding["x"] < seen["x"]
    assert padding["width"] > seen["width"]


def test_a_click_on_a_number_shows_its_formula(opened):
    page = opened(page_of("lenet5"))
    page.click('tr[data-layer="conv1.conv"] button >> text="156"')
    shown = page.locator(".formula").text_content()
    assert "(5·5·1 + 1)·6 = 156" in shown  # LeCun et al. 1998: C1 has 156 trainable parameters
    assert "MACs" not in shown


def test_a_click_opens_and_folds_a_group(opened):
    page = opened(page_of("resnet50"))
    assert page.locator(leaf("layer1.0.conv1")).count() == 0
    page.click(leaf("layer1.0"))
    assert page.locator(leaf("layer1.0.conv1")).count() == 1
    page.click('[data-toggle="layer1.0"]')
    assert page.locator(leaf("layer1.0.conv1")).count() == 0


def test_by_keyboard_alone(opened):
    page = opened(page_of("resnet50"))
    page.focus(".leaf[tabindex='0']")
    assert page.evaluate("document.activeElement.dataset.layer") == "conv1"
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.layer") == "layer1.0"
    page.keyboard.press("Enter")
    assert page.locator(leaf("layer1.0.conv1")).count() == 1
    assert page.evaluate("document.activeElement.dataset.layer").startswith("layer1.0.")
    page.keyboard.press("Backspace")
    assert page.locator(leaf("layer1.0.conv1")).count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.leaf')).outlineStyle") == "none"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("fc")
    assert page.locator("#panel0 tr[data-layer]:visible").count() == 1
    page.keyboard.press("Enter")
    assert page.locator("tr.selected").first.get_attribute("data-layer") == "fc"
    page.keyboard.press("Escape")
    assert page.locator("#panel0 tr.missed").count() == 0
    page.focus("#tab0")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#tab1", "aria-selected") == "true"


def test_the_tabs(opened):
    page = opened(page_of("lenet5"))
    page.click("#tab1")
    assert page.locator('#panel1 tr[data-layer="conv2.conv"]').inner_text().split() == ["conv2.conv", "14", "2", "0"]
    page.click("#tab2")
    # (1·32·32 + 6·28·28) values of 4 bytes while conv1 runs, 6·28·28 + 6·14·14 while pool1 does
    assert page.locator("#panel2 svg rect").count() == 13
    page.click("#tab3")
    assert "61,706" in page.locator("#panel3").inner_text()
    assert "holds" in page.locator("#panel3").inner_text()


def test_it_prints_as_a_static_page(opened):
    page = opened(page_of("lenet5"))
    page.emulate_media(media="print")
    assert page.locator("#panel2").is_visible()
    assert not page.locator(".tools").is_visible()


def test_dark_and_light(opened):
    page = opened(page_of("lenet5"), color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)"
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_telephone(opened):
    page = opened(page_of("googlenet"))
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#tab0").is_visible()


def test_a_large_network_is_small_and_quick(opened):
    text = page_of("resnet152")
    assert len(text.encode()) < 500_000
    page = opened(text)
    clicked = "t = performance.now(), document.querySelector('[data-toggle=\"layer3\"]').dispatchEvent(new MouseEvent("
    clicked += "'click', {bubbles: true})), document.body.offsetWidth, performance.now() - t"
    assert sorted(page.evaluate(f"var t; {clicked}") for _ in range(5))[2] < 100  # the issue's own bar
    page.select_option("#deeper", "99")
    assert page.locator(".leaf").count() == 95  # equal groups in a row once


NAMED = """
name: "<script>alert(1)</script><img src=x onerror=alert(1)>"
input: 4x8x8
about: {source: "</script><script>alert(2)</script>"}
layers:
  conv: conv 4 1x1
expect: {params: {is: 20, source: "</script><b>bold</b>"}}
"""


def test_text_of_a_spec_stays_text(opened):
    page = opened(network_page(archcalc.loads(NAMED).graph))
    assert page.locator("h1").text_content().startswith("<script>alert(1)</script><img")
    assert page.locator("img, b >> text=bold").count() == 0
    page.click("#tab3")
    assert "</script><b>bold</b>" in page.locator("#panel3").inner_text()


def test_right_to_left_names_stay_in_their_boxes(opened):
    page = opened(network_page(archcalc.loads("input: 4x8x8\nlayers:\n  שכבה: conv 4 1x1\n").graph))
    box = page.locator(f"{leaf('שכבה')} rect").bounding_box()
    text = page.locator(f"{leaf('שכבה')} .name").bounding_box()
    assert box["x"] <= text["x"]
    assert text["x"] + text["width"] <= box["x"] + box["width"]


def test_two_networks_side_by_side(opened):
    graphs = [archcalc.load(name).graph for name in ("bottleneck@direct", "bottleneck")]
    page = opened(pair_page(*graphs))
    assert page.locator(".drawings h2").all_inner_texts() == [
        "1x1 bottleneck (bottleneck@direct)",
        "1x1 bottleneck (bottleneck)",
    ]
    assert page.locator(".leaf.added").get_attribute("data-layer") == "reduce"
    assert page.locator(".leaf.changed").count() == 2


def test_a_page_of_errors(opened, tmp_path):
    file = tmp_path / "net.yaml"
    file.write_text("input: 4x8x8\nlayers:\n  a: conv 4 9x9\n")
    with pytest.raises(archcalc.errors.ArchcalcError) as caught:
        archcalc.load(file)
    page = opened(error_page("net.yaml", caught.value))
    assert "net.yaml:3" in page.locator(".errors").inner_text()
    assert page.locator("header p").text_content() == "1 error"


def test_an_index(opened):
    graph = archcalc.load("lenet5").graph
    page = opened(index_page("specs", [("lenet5", "lenet5.html", graph), ("broken", "broken.html", None)]))
    assert page.locator("tbody tr").all_inner_texts() == [
        "lenet5\t61,706\t416,520\t12\t1x32x32", "broken\thas errors"
    ]  # fmt: skip


@pytest.mark.parametrize("family", ["Liberation Sans", "DejaVu Sans", "Inter"])
def test_no_label_is_wider_than_measured(opened, family):
    """Every text of every box, in a font that viewers have: never wider than the layout takes it to be."""
    for name in ("googlenet", "resnet50", "swin_t", "vit_b_16"):
        page = opened(page_of(name))
        page.select_option("#deeper", "99")
        worst = page.evaluate(
            """([family, widths]) => {
                const canvas = document.createElement("canvas").getContext("2d");
                let worst = 0;
                const tables = [[widths.regular, 9.5, ""], [widths.bold, 11, "600 "]];
                for (const text of document.querySelectorAll(".leaf text, .title text")) {
                    const [table, size, weight] = tables[text.classList.contains("name") ? 1 : 0];
                    const own = text.firstChild.textContent;
                    canvas.font = `${weight}${size}px "${family}"`;
                    let wide = 0;
                    for (const c of own) {
                        const code = c.codePointAt(0);
                        wide += code < 127 ? table[code - 32] : widths.others[c] ?? 760;
                    }
                    worst = Math.max(worst, canvas.measureText(own).width / (wide * size / 1000));
                }
                return worst;
            }""",
            [family, page.evaluate("JSON.parse(document.getElementById('data').textContent).widths")],
        )
        assert worst <= 1.002, (name, family, worst)


def test_the_scripts_stand_in_one_module():
    text = script()
    assert "import " not in [line[:7] for line in text.splitlines()]
    assert not any(line.startswith(("import ", "export ")) for line in text.splitlines())
    folder = os.path.dirname(archcalc.report.page.__file__)
    assert {f"{name}.mjs" for name in SCRIPTS} == {name for name in os.listdir(folder) if name.endswith(".mjs")}
