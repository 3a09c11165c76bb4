"""`archcalc check`: a line a claim, and exit codes that CI can trust."""

from __future__ import annotations

import json

import pytest

from archcalc.spec import check

NET = """\
input: 1x5x7
layers: {c: conv 2 3}
expect:
  params: 20
  c.out: 2x3x5
  macs: {is: 270, source: "18 weights at 15 positions"}
"""


def test_claims_that_hold(archcalc, spec):
    done = archcalc("check", spec(NET))
    assert done.out.splitlines() == [
        "ok    net  params  20",
        "ok    net  c.out  2x3x5",
        "ok    net  macs  270  [18 weights at 15 positions]",
        "3 claims of 1 spec: 3 hold, 0 false",
    ]
    assert done.code == 0


def test_a_false_claim_is_named_with_its_place(archcalc, spec):
    done = archcalc("check", spec(NET.replace("params: 20", "params: 18")), "--quiet")
    assert done.out.splitlines() == [
        "FALSE net  params  claimed 18, computed 20  (net.yaml:4:11)",
        "3 claims of 1 spec: 2 hold, 1 false",
    ]
    assert done.code == 1


def test_claims_do_not_speak_of_a_changed_net(archcalc, spec):
    done = archcalc("check", spec(NET), "--input", "1x9x9")
    assert done.out.splitlines()[0] == "skip  net  params  20  skipped: --input changes the net"
    assert done.code == 5, "nothing was checked"


def test_nothing_to_check(archcalc, spec):
    done = archcalc("check", spec("input: 1x5x7\nlayers: [conv 2 3]\n"))
    assert (done.out, done.code) == ("-     net  no claims\n0 claims of 1 spec: 0 hold, 0 false\n", 5)


def test_a_claim_about_nothing_names_the_nearest(archcalc, spec):
    done = archcalc("check", spec(NET.replace("c.out", "d.out")))
    assert done.code == 3
    assert "error: net has no layer `d`" in done.err
    assert "net.yaml:5:" in done.err


def test_a_folder_is_all_its_specs_and_variants(archcalc, spec):
    spec(NET)
    spec("input: 1x4\nparams: {n: 3}\nlayers: [linear n]\nvariants: {big: {n: 30, expect: {params: 150}}}\n", "b.yaml")
    spec("input: 1x4\nlayers: [lin 3]\n", "wrong.yaml")
    done = archcalc("check", ".")
    assert done.code == 3, "one file is wrong; the others are checked all the same"
    assert "unknown kind `lin`" in done.err
    assert "FALSE b@big  params  claimed 150, computed 150" not in done.out
    assert done.out.count("ok    net") == 3


def test_each_file_of_a_folder_is_parsed_once(archcalc, spec, monkeypatch):
    text = "input: 3x5x7\nparams: {c: 4}\nlayers: {a: conv c 3}\nexpect: {params: 112}\nvariants:\n"
    text += "".join(f"  v{c}: {{c: {c}, expect: {{params: {28 * c}}}}}\n" for c in (5, 7))  # 3 * 3 * 3 + 1 a filter
    path = spec(text)
    read = []
    monkeypatch.setattr(check, "read", lambda source, own=check.read: read.append(source.file) or own(source))
    done = archcalc("check", ".")
    assert (done.code, read) == (0, [path])
    assert done.out.count("@v5") == done.out.count("@v7") == 1


def test_all_bundled_claims_hold(archcalc):
    from archcalc.spec.catalog import folder

    done = archcalc("check", folder(), "--quiet")
    assert (done.code, done.out.count("\n")) == (0, 1)
    assert ", 0 false" in done.out


def test_json_for_machines(archcalc, spec):
    done = archcalc("check", spec(NET.replace("params: 20", "params: 18")), "--format", "json")
    payload = json.loads(done.out)
    assert payload["schema"] == "archcalc/check/1"
    assert payload["passed"] is False
    claim = payload["specs"][0]["claims"][0]
    assert (claim["subject"], claim["claimed"], claim["actual"], claim["holds"]) == ("params", "18", 20, False)
    assert (claim["line"], claim["column"]) == (4, 11)


def test_an_answer_on_the_command_line_is_marked(archcalc):
    done = archcalc("check", "lenet5", "--answer", "conv2.params=2,400", "--answer", "conv1/out=6x28x28")
    assert done.out.splitlines() == [
        "conv2.params  par.no_bias in conv2",
        "   You counted the weights but not the biases.",
        "conv1.out  right",
        "2 answers: 1 right, 1 wrong (1 explained)",
    ]
    assert done.code == 1
    assert archcalc("check", "lenet5", "--answer", "params=61,706").code == 0


def test_an_answer_is_about_the_spec_as_it_is_set(archcalc):
    # (256 - 11)/4 + 1 is 62 and a quarter
    done = archcalc("check", "alexnet", "--input", "3x256x256", "--answer", "conv1.out=96x62x62")
    assert (done.out, done.code) == ("conv1.out  right\n1 answer: 1 right, 0 wrong\n", 0)


def test_a_wrong_working_on_the_command_line_is_pointed_at(archcalc):
    done = archcalc("check", "lenet5", "--answer", "conv2.params = (5*5+1)*16", "--format", "json")
    (found,) = json.loads(done.out)["results"]
    assert (found["misconceptions"][0], found["column"], json.loads(done.out)["file"]) == (
        "par.no_in_channels", 16, "lenet5",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lenet5", "--answer", "params"),
         "error: --answer params is not QUESTION=ANSWER\n= help: write --answer conv1.params=34,944\n"),
        (("lenet5", "--answer", "params=1", "--answer", "params=2"),
         "error: --answer: params stands twice\n= help: delete one of them\n"),
        (("lenet5", "--answer", "conv9.params=1"),
         "error: --answer: lenet5 has no layer `conv9`\n= help: did you mean `conv2` or `conv1`?\n"),
        (("lenet5", "alexnet", "--answer", "params=1"),
         "error: --answer is about one spec\n= help: name one spec\n"),
        (("lenet5", "--answer", "params=1", "--max-params", "5M"),
         "error: --max-params is about the claims of a spec, and here answers are marked\n"
         "= help: check them one by one\n"),
    ],
)  # fmt: skip
def test_answers_that_cannot_be_marked(archcalc, arguments, message):
    done = archcalc("check", *arguments)
    assert (done.err, done.code) == (message, 2)


def test_the_shape_of_a_filter_can_be_demanded(archcalc):
    # Krizhevsky et al. 2012: conv3 of AlexNet reads 256 maps with 3x3 kernels
    assert archcalc("check", "alexnet", "-q", "--require", "conv3.filter = 256x3x3").code == 0
    assert archcalc("check", "alexnet", "-q", "--require", "conv3.filter = 384x3x3").code == 1
