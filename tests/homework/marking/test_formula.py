"""Formulas in letters: right in any notation, wrong ones named by the catalogue, none taken for right by chance."""

from __future__ import annotations

from fractions import Fraction

import pytest
from homework.assignments import assessor, marked, one

from archcalc.homework.asking.formulas import FORMULAS, rule_of
from archcalc.homework.marking.formula import check_formula
from archcalc.homework.reading.characters import cleaned
from archcalc.homework.reading.expression import parse
from archcalc.homework.reading.tokens import Fault

RIGHT = [
    ("conv.params", "(K*K*Cin + 1)*Cout"),
    ("conv.params", "K²·Cᵢₙ·Cout + Cout"),
    ("conv.params", "(k^2 C_in + 1)Cout"),
    ("conv.params", "KxKxCinxCout + Co"),
    ("conv.params", "K x K x Cin x Cout + Cout"),
    ("conv.params", "(F*F*D1 + 1)*K"),  # the notes of CS231n: F the kernel's side, K the number of filters
    ("conv.params", "(K*K*Cin + 1)*filters"),
    ("conv.params", "Cout*(1 + Ci*K**2)"),
    ("conv.params", "params = (K*K*Cin + 1)*Cout"),
    ("conv.params", "“(K·K·Cᵢₙ + 1)·Cₒᵤₜ”."),
    ("conv.out", "W_out = floor((W_in - K + 2*P)/S) + 1;"),
    ("conv.out", "output size = (W - K + 2P)//S + 1"),
    ("conv.weights", "k k Ci Co"),
    ("conv.macs", "K*K*Cin*Cout*W_out*H_out"),
    ("conv.macs", "K^2*Cin*Cout*(floor((W - K + 2P)/S) + 1)^2"),
    ("conv.out", "⌊(W − K + 2P)/s⌋ + 1"),
    ("conv.out", "floor((W_in - F + 2*p)/s + 1)"),
    ("conv.out", "(W - K + 2P)//S + 1"),
    ("conv.out", "⌈(W - K + 2P - S + 1)/S⌉ + 1"),  # ⌊a/s⌋ = ⌈(a − s + 1)/s⌉
    ("dilated_conv.out", "⌊(W + 2P - D*(K - 1) - 1)/S⌋ + 1"),
    ("grouped_conv.params", "K*K*(Cin/g)*Cout + Cout"),
    ("depthwise_conv.params", "K*K*C + C"),
    ("conv_transpose.out", "S*(W - 1) + K - 2P"),
    ("pool.out", "floor((W - K)/S) + 1"),
    ("pool.out", "floor((W - K + 2P)/S) + 1"),  # no padding: P is 0
    ("linear.params", "(n_in + 1)*n_out"),
    ("linear.params", "i*o + o"),
    ("batch_norm.params", "C + C"),
    ("conv1d.params", "C_in*C_out*K + C_out"),  # the letters of slides on convolutions along one axis
    ("conv1d.params", "(f*n_c + 1)*n_f"),
    ("conv1d.params", "D_out*(D_in*K + 1)"),
    ("conv1d.weights", "K*C_in*C_out"),
    ("conv1d.macs", "f*n_c*n_f*D_out"),  # n_f are the filters, and so D_out is a length
    ("conv1d.macs", "K*D_in*D_out*O"),  # O is the length, and so D_out are the filters
    ("conv1d.out", "⌊(D_in - K + 2P)/S⌋ + 1"),
    ("conv1d.out", "⌊(n + 2p - f)/s⌋ + 1"),
    ("pool1d.out", "⌊(n_in - f)/s⌋ + 1"),
    ("conv.out", "(n_in + 2p - f)//s + 1"),
    ("conv.out", "(D_in + 2p - f)//s + 1"),
    ("conv.params", "(f*f*n_c + 1)*n_f"),
    ("conv.params", "(K*K*D_in + 1)*D_out"),
    ("conv.macs", "K*K*D_in*D_out*O*O"),
    ("depthwise_conv.params", "(f*f + 1)*n_c"),
    ("linear.params", "(n + 1)*m"),
    ("conv.out", r"$\left\lfloor \frac{n_{in} - f + 2p}{s} \right\rfloor + 1$"),
    ("conv.out", r"\lfloor\dfrac{W - K + 2 P}{S}\rfloor + 1"),
    ("conv.params", r"K^{2} \cdot C_{\text{in}} \times C_{out} + C_{out}"),
    ("conv.params", "K \times K \times Cin \times Cout + Cout"),  # what YAML makes of \times between double quotes
    ("conv.out", "\\lfloor \frac{W - K + 2P}{S} \\rfloor + 1"),
]

WRONG = [
    ("conv.params", "K*K*Cin*Cout", "par.no_bias"),
    ("conv.params", "(K*K + 1)*Cout", "par.no_in_channels"),
    ("conv.params", "K*K*Cout", "par.no_in_channels+no_bias"),
    ("conv.params", "K*K*Cin*Cout + 1", "par.bias_once"),
    ("conv.params", "K*K*Cin + Cout", "par.missing_brackets"),
    ("conv.params", "(K*Cin + 1)*Cout", "par.k_not_squared"),
    ("conv.params", "K*K*Cin*Cout + Cin", "par.bias_per_input"),
    ("conv.params", "K*K*Cin + 1", "par.one_filter"),
    ("conv.params", "(K*K*S + 1)*Cout", "par.stride_for_channels"),
    ("conv.params", "K*K*Cin*Cout*O*O", "par.times_positions"),
    ("conv.macs", "K*K*Cin*Cout", "mac.params_given"),
    ("conv.macs", "K*K*Cin*Cout*W*W", "mac.input_size"),
    ("conv.macs", "K*K*Cin*Cout*O", "mac.one_dim"),
    ("conv.macs", "2*K*K*Cin*Cout*O*O", "mac.flops"),
    ("conv.out", "(W - K + 2P)/S + 1", "out.fractional"),
    ("conv.out", "⌊(W - K + 2P)/S⌋", "out.no_plus1"),
    ("conv.out", "⌈(W - K + 2P)/S⌉ + 1", "out.ceil"),
    ("conv.out", "⌊(W - K + P)/S⌋ + 1", "out.pad_once"),
    ("conv.out", "⌊(W - K)/S⌋ + 1", "out.pad_ignored"),
    ("conv.out", "⌊(W - K + 2P + 1)/S⌋", "out.plus1_inside"),
    ("conv.out", "W - K + 2P + 1", "out.stride_ignored"),
    ("dilated_conv.out", "⌊(W - K + 2P)/S⌋ + 1", "out.dil_ignored"),
    ("dilated_conv.out", "⌊(W - D*K + 2P)/S⌋ + 1", "out.dil_times_k"),
    ("grouped_conv.params", "(K*K*Cin + 1)*Cout", "par.groups_ignored"),
    ("depthwise_conv.params", "K*K*C", "par.no_bias"),
    ("conv_transpose.out", "⌊(W - K + 2P)/S⌋ + 1", "out.tconv_as_conv"),
    ("conv_transpose.out", "(W - 1)S - P + K", "out.tconv_pad_once"),
    ("conv_transpose.out", "W*S", "out.tconv_times_s"),
    ("pool.out", "⌊W/2⌋", "out.pool_2x2_assumed"),
    ("linear.params", "Nin*Nout", "par.no_bias"),
    ("linear.params", "Nin*Nout + 1", "par.bias_once"),
    ("batch_norm.params", "4*C", "par.bn_running_stats"),
    ("batch_norm.params", "C", "par.bn_one"),
    ("conv1d.params", "(K*K*Cin + 1)*Cout", "par.k_squared"),
    ("conv1d.params", "K*Cin*Cout", "par.no_bias"),
    ("conv1d.params", "(K + 1)*Cout", "par.no_in_channels"),
    ("conv1d.out", "W - K + 2P + 1", "out.stride_ignored"),
    ("conv1d.out", r"\frac{D_{in} - K + 2P}{S} + 1", "out.fractional"),
    ("pool1d.out", "⌊W/2⌋", "out.pool_2x2_assumed"),
]


@pytest.mark.parametrize(("name", "formula"), RIGHT)
def test_right_in_any_notation(name, formula):
    assert check_formula(name, formula).right


@pytest.mark.parametrize("name", FORMULAS)
def test_the_rules_told_are_right(name):
    assert check_formula(name, FORMULAS[name].rule).right
    assert check_formula(name, rule_of(name, True), pools_round_up=True).right


@pytest.mark.parametrize(("name", "formula", "id"), WRONG)
def test_wrong_ones_are_named(name, formula, id):
    found = check_formula(name, formula)
    assert (found.right, [candidate.id for candidate in found.found][:1]) == (False, [id])


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("conv.params", "351804"),  # a number is no formula, whatever layer it is right for
        ("conv.params", "(K*K*Cin + 1)*Cout + 0.001"),
        ("conv.params", "(K*K*Cin + 1)*(W + 4)"),
        ("conv.out", "⌊(W - K + 2P)/S⌋ + min(1, S - 1, 3 - P)"),
        ("linear.params", "(Nin + 1)*Nout + max(0, Nin - 50)"),
    ],
)
def test_none_is_right_by_chance(name, formula):
    found = check_formula(name, formula)
    assert (found.right, found.found) == (False, ())


def test_feedback_speaks_in_letters():
    found = one("{id: q, formula: conv.out, points: 2, partial: {out.pad_ignored: 1/2}}", "{formula: (W-K)//S + 1}")
    assert (found.verdict, found.misconceptions, found.points) == (
        "misconception",
        ("out.pad_ignored",),
        Fraction(1, 2),
    )
    assert found.message == "This layer pads by P; your answer has no padding."
    assert (found.remarks[0].place.line, found.remarks[0].place.column, found.remarks[0].place.length) == (1, 24, 12)


def test_what_is_wrong_and_not_known_has_a_counterexample():
    """61 − 3 + 6 = 64 on the first layer where it is not right; K is not in the formula, and not in the message."""
    found = one("{id: q, formula: conv.out, points: 2}", "{formula: W - S + P}")
    assert (found.verdict, found.misconceptions, found.points) == ("wrong", (), 0)
    assert found.message == "With W = 61, S = 3, P = 6 it comes to 64, which is not right."


@pytest.mark.parametrize("name", ["conv.out", "conv1d.out"])
def test_a_formula_for_layers_without_stride_and_padding(name):
    """The slides' own: D_in − K + 1."""
    found = one(f"{{id: q, formula: {name}, points: 2}}", "{formula: D_in - K + 1}")
    assert found.message == (
        "With W = 61, K = 7 it comes to 55, which is not right. It is right only where S = 1 and P = 0."
    )


def test_a_sum_written_in_latex():
    """6·25 + 6, and the column of what cannot be read is that of the sheet."""
    assert one("{id: q, spec: lenet5, get: conv1.params, points: 2}", r"'$6 \cdot 5^{2} + 6$'").verdict == "exact"
    assert one("{id: q, spec: lenet5, get: params, points: 2}", "'$61{,}706$'").verdict == "exact"
    assert one("{id: q, spec: lenet5, get: conv1.params, points: 2}", r"'\frac{312}{2}'").verdict == "exact"
    found = one("{id: q, spec: lenet5, get: conv1.params, points: 2}", r"'6 \cdot \foo'")
    assert (found.verdict, found.message) == ("unreadable", "`\\` means nothing in an answer.")


def test_fractions_are_looked_through():
    """Padding once, and no floor: both are said."""
    found = one("{id: q, formula: conv.out, points: 2}", "{formula: (W-K+P)/S + 1}")
    assert (found.verdict, found.misconceptions) == ("misconception", ("out.pad_once", "out.fractional"))
    assert found.message == (
        "Padding is added on both sides: use 2P. A size must be a whole number: take the floor of the division."
    )


@pytest.mark.parametrize(
    ("formula", "message", "column"),
    [
        ("(K*K*Q + 1)*Cout",
         "`Q` is no letter of this formula: the letters are `K`, `Cin`, `Cout`, `W`, `S`, `P`, `D`, "
         "`g` and `O`.", 30),
        ("(K*K*Cin + 1", "The `(` is never closed: add `)`.", 25),
        ("K*K*Cin*", "The expression ends too soon: a number is missing.", 32),
        ("K/(S - S)", "A division by zero.", 26),
        ("K^C_in", "The exponent is out of reach: exponents are whole numbers from 0 to 64.", 27),
        ("sqrt(K)", "`sqrt` is no letter of this formula: the letters are `K`, `Cin`, `Cout`, `W`, `S`, `P`, `D`, "
         "`g` and `O`.", 25),
    ],
)  # fmt: skip
def test_unreadable(formula, message, column):
    found = one("{id: q, formula: conv.params, points: 2}", f'{{formula: "{formula}"}}')
    assert (found.verdict, found.message, found.remarks[0].place.column) == ("unreadable", message, column)


def test_forms_that_a_question_does_not_ask_for():
    assert one("{id: q, formula: conv.params, points: 2}", "(K*K*Cin + 1)*Cout").verdict == "exact"
    found = one("{id: q, formula: conv.params, points: 2}", "{spec: net.yaml}")
    assert (found.verdict, found.message) == ("unreadable", "This question asks for a formula, not for a spec.")
    found = one("{id: q, spec: lenet5, get: params, points: 2}", '{formula: "61706"}')
    assert (found.verdict, found.message) == (
        "unreadable",
        "This question asks for a number or a shape, not for a formula.",
    )
    assert (
        one("{id: q, spec: lenet5, get: params, points: 2}", "K*K").verdict == "unreadable"
    )  # letters only in formulas


def test_full_feedback_tells_the_rule():
    found = one("{id: q, formula: pool.out, points: 1}", "{formula: W/2}", "feedback: full\n")
    assert found.message.endswith("The answer is floor((W - K)/S) + 1.")
    ceil = "feedback: full\nconventions: {pool_rounding: ceil}\n"
    found = one("{id: q, formula: pool.out, points: 1}", "{formula: W/2}", ceil)
    assert found.message.endswith("The answer is ceil((W - K)/S) + 1.")


def test_pooling_that_rounds_up():
    head = "conventions: {pool_rounding: ceil}\n"
    assert one("{id: q, formula: pool.out, points: 1}", '{formula: "⌈(W-K)/S⌉ + 1"}', head).verdict == "exact"
    found = one("{id: q, formula: pool.out, points: 1}", '{formula: "⌊(W-K)/S⌋ + 1"}', head)
    assert (found.verdict, found.misconceptions[0]) == ("convention", "out.ceil_mode")


def test_a_formula_that_does_not_exist():
    with pytest.raises(Exception, match=r"hw.yaml:3:22: there is no formula `conv.param`") as caught:
        assessor("{id: q, formula: conv.param, points: 2}")
    assert caught.value.errors[0].help == "did you mean `conv.params` or `conv1d.params` or `grouped_conv.params`?"


@pytest.mark.parametrize(
    ("text", "value"),
    [("2K", 6), ("2K + 1", 7), ("1/2P", Fraction(1, 10)), ("K^2P", 45), ("2(K + P)", 16), ("(K)(P)", 15), ("KxP", 15),
     ("2⌊P/K⌋", 2), ("-2K", -6), ("K P^2", 75), ("max(K, P)P", 25)],
)  # fmt: skip
def test_products_without_a_sign(text, value):
    """K = 3, P = 5; a product without a sign binds tighter than a division, and a power tighter still."""
    assert parse(cleaned(text), letters={"K": Fraction(3), "P": Fraction(5)}).value == value


@pytest.mark.parametrize("text", ["2K", "(K)"])
def test_letters_elsewhere_are_none(text):
    """`2K` is two thousand in a sum of numbers, and a letter alone means nothing there."""
    if text == "2K":
        assert parse(cleaned(text)).value == 2000
    else:
        with pytest.raises(Fault, match="`K` is no number"):
            parse(cleaned(text))


def test_ten_thousand_formulas_are_one(monkeypatch):
    """The same formula is tried once, however many students write it."""
    from archcalc.homework.marking import formula

    check_formula("conv.params", "(K*K*Cin + 1)*Cout")
    monkeypatch.setattr(formula, "parse", lambda *_, **__: pytest.fail("tried again"))
    assert check_formula("conv.params", "(K*K*Cin + 1)*Cout").right


def test_a_skipped_formula():
    made = assessor("{id: q, formula: conv.params, points: 2}")
    assert marked(made, "{q: skip}")["q"].verdict == "unanswered"
    assert marked(made, "{}")["q"].verdict == "unanswered"
