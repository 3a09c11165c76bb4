"""`archcalc report`: a file, two networks, a folder, and a spec with errors."""

from __future__ import annotations

import json
import re

import pytest

BAD = "input: 4x8x8\nlayers:\n  a: conv 4 9x9\n"


def data(text):
    return json.loads(re.search('<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_one_network(archcalc, tmp_path):
    file = tmp_path / "net.html"
    run = archcalc("report", "lenet5", "-o", file)
    assert (run.code, run.out, run.err) == (0, "", f"wrote {file}\n")
    text = file.read_text(encoding="utf-8")
    assert "<h1>LeNet-5</h1><p>61,706 params · 417K MACs · 12 layers</p>" in text
    (network,) = data(text)["networks"]
    assert sum(node["counts"][0] for node in network["parts"]["nodes"]) == 61_706
    assert network["claims"][0][:4] == ["params", "61,706", "61,706", True]
    assert len(network["alive"]) == len(network["fields"]) + 1 == 13


def test_it_asks_for_nothing(archcalc):
    text = archcalc("report", "lenet5").out
    assert re.findall(r"""(?:src|href)=["'][^"']*["']|url\(|@import|https?://(?!www\.w3\.org/2000/svg)""", text) == []
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_equal_layers_are_explained_once(archcalc):
    (network,) = data(archcalc("report", "resnet152").out)["networks"]
    assert len(network["explained"]) < 200 < len(network["parts"]["nodes"]) == 514


def test_two_networks(archcalc):
    found = data(archcalc("report", "bottleneck@direct", "bottleneck").out)["networks"]
    assert [network["changes"] for network in found] == [{"conv": "changed"}, {"reduce": "added", "conv": "changed"}]


def test_a_folder(archcalc, tmp_path):
    specs, site = tmp_path / "specs", tmp_path / "site"
    specs.mkdir()
    (specs / "good.yaml").write_text("input: 4x8x8\nlayers:\n  a: conv 4 3x3\n", encoding="utf-8")
    (specs / "bad.yaml").write_text(BAD, encoding="utf-8")
    run = archcalc("report", specs, "-o", site)
    assert run.code == 3
    assert sorted(file.name for file in site.iterdir()) == ["bad.html", "good.html", "index.html"]
    index = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="good.html"' in index
    assert "has errors" in index


def test_a_spec_with_errors(archcalc, spec, tmp_path):
    file = tmp_path / "net.html"
    run = archcalc("report", spec(BAD), "-o", file)
    assert run.code == 3
    assert "net.yaml:3" in run.err
    assert "net.yaml:3" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["lenet5", "alexnet", "vgg16"],
            "error: a page shows one network or two, not 3\n= help: report A B, or report FOLDER\n",
        ),
        (["specs"], "error: a folder of specs becomes a folder of pages\n= help: add -o site/\n"),
    ],
)  # fmt: skip
def test_what_is_refused(archcalc, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    run = archcalc("report", *arguments)
    assert (run.code, run.err) == (2, message)


def test_a_network_without_maps(archcalc, spec):
    (network,) = data(archcalc("report", spec("input: 8\nlayers:\n  a: linear 4\n")).out)["networks"]
    assert not any(network["fields"])


def test_an_output_that_cannot_be_written(archcalc, tmp_path):
    run = archcalc("report", "lenet5", "-o", tmp_path / "none" / "net.html")
    assert run.code == 2
    assert "cannot be written" in run.err
