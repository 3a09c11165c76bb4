"""Specs as files: valid ones whose claims hold, wrong ones with the whole message. See cases/README.md."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from edits import edited

import archcalc
from archcalc.errors import ArchcalcError
from archcalc.network import loads

CASES = Path(__file__).parent / "cases"
VALID = sorted((CASES / "valid").glob("*.yaml"))
INVALID = sorted((CASES / "invalid").glob("*.yaml"))
SPEC_IS_WRONG = 3


def addresses() -> list[str]:
    """Every valid file, and every variant of one."""
    found = []
    for path in VALID:
        variants = archcalc.load(path).document.variants
        found += [path.name, *(f"{path.name}@{name}" for name in variants)]
    return found


@pytest.mark.parametrize("address", addresses())
def test_every_claim_holds(address):
    results = archcalc.load(f"{CASES / 'valid'}/{address}").check()
    assert results
    assert [result for result in results if not result.holds] == []


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_the_whole_message(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    message = runpy.run_path(str(CASES / "write_messages.py"))["message"]
    assert message(path.name) == (SPEC_IS_WRONG, "", path.with_suffix(".txt").read_text(encoding="utf-8"))


def test_no_message_is_left_over():
    assert {path.stem for path in (CASES / "invalid").glob("*.txt")} == {path.stem for path in INVALID}


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_every_error_has_a_place(path):
    with pytest.raises(ArchcalcError) as caught:
        archcalc.load(path)
    lines = path.read_text(encoding="utf-8").splitlines() or [""]
    for error in caught.value.errors:
        assert error.place.file == str(path)
        assert 1 <= error.place.line <= len(lines)
        assert 1 <= error.place.column <= len(lines[error.place.line - 1]) + 1
        assert error.place.text == lines[error.place.line - 1]


REPAIRS = [
    ("unknown_kind", "Conv2d", "conv"),
    ("unknown_option", "strid=2", "stride=2"),
    ("unknown_option_of_others", "pad=1", "padding=1"),
    ("unknown_option_beside_op", "3x3, stride: 2", "3x3 stride=2"),
    ("option_for_layer", "{conv: conv 64 3x3, from: in}", "{op: conv 64 3x3, from: in}"),
    ("two_calls", "conv 64 3x3 relu", "conv 64 3x3 act=relu"),
    ("two_calls_plus", "3x3 + relu", "3x3\n  - relu"),
    ("commas_between_arguments", "stride=2, padding=1", "stride=2 padding=1"),
    ("spaces_around_equals", "stride = 2", "stride=2"),
    ("colon_without_space", "conv2:conv 64 3x3", "conv2: conv 64 3x3"),
    ("colon_without_space_alone", "conv1:conv 64 3x3", "conv1: conv 64 3x3"),
    ("colon_without_space_in_list", "conv:64 3x3", "conv 64 3x3"),
    ("colon_for_equals", "stride:2", "stride=2"),
    ("colon_for_equals_and_space", "stride: 2", "stride=2"),
    ("tuple_for_size", "(3,3)", "3x3"),
    ("swapped_arguments", "conv 3x3 64", "conv 64 3x3"),
    ("fraction_for_size", "64*width", "floor(64*width)"),
    ("wrong_word", "smae", "same"),
    ("foreign_yes", "False", "no"),
    ("foreign_flag", "True", "yes"),
    ("unknown_act", "ReLU", "relu"),
    ("norm_without_argument", "group_norm", "group_norm(32)"),
    ("unknown_reference", "stm", "stem"),
    ("reference_list", "concat from=a,in", "{op: concat, from: [a, in]}"),
    ("reference_to_parts", "conv 5 1x1", "conv 5 1x1 from=half.0"),
    ("reference_to_several_inputs", "conv 5 1x1", "conv 5 1x1 from=left"),
    ("merge_of_one", "add a", "add prev in"),
    ("merge_as_group", "concat: {a: relu, b: identity}", "both: {concat: {a: relu, b: identity}}"),
    ("branch_alone", "[conv 5 1x1]", "[conv 5 1x1, identity]"),
    ("merge_with_from", " from=a", ""),
    ("first_without_repeat", "first.stride=2", "repeat=2 first.stride=2"),
    ("as_without_number", "as=layer", "as=layer1"),
    ("when_number", "when: in.c", "when: in.c > 0"),
    ("window_too_large", "15x15", "13x13"),
    ("window_too_large", "15x15", "15x15 padding=1"),
    ("window_too_tall", "13x13", "11x13"),
    ("window_too_tall", "13x13", "13x13 padding=1x0"),
    ("window_too_large_on_both", "17x17", "13x15"),
    ("window_too_large_on_both", "padding=1", "padding=3x2"),
    ("window_dilated", "dilation=6", "dilation=5"),
    ("window_dilated", "3x3", "2x2"),
    ("linear_without_flatten", "fc6:", "flat: flatten\n  fc6:"),
    ("linear_without_flatten", "fc6:", "gap: global_avg_pool\n  fc6:"),
    ("concat_misfit", "3x3: conv 7 3x3", "3x3: conv 7 3x3 padding=1"),
    ("add_misfit", "conv 7 3x3 padding=1", "[conv 7 3x3 padding=1, conv 5 1x1]"),
    ("groups_do_not_divide", "groups=5", "groups=4"),
    ("norm_groups_do_not_divide", "group_norm(4)", "group_norm(5)"),
    ("chunk_does_not_divide", "chunk 2", "chunk 5\noutput: half.0"),
    ("output_of_parts", "chunk 2", "chunk 2\noutput: half.0"),
    ("in_block", "unit 7 5", "unit 7 3"),
    ("in_standard_block", "reduction=16", "reduction=3"),
    ("block_word", "rellu", "relu"),
    ("block_call_as_argument", "leaky_relu(0.2)", "leaky_relu"),
    ("unknown_section", "layer:", "layers:"),
    ("layers_missing", "13", "13\nlayers: [conv 64 3x3]"),
    ("layers_empty", "layers:", "layers:\n  - conv 64 3x3"),
    ("layer_as_section", "conv2:", "  conv2:"),
    ("input_list", "[3, 224, 224]", "3x224x224"),
    ("input_commas", "3, 224, 224", "3x224x224"),
    ("comma_trap", "61,706", '"61,706"'),
    ("comma_trap_in_call", "conv round_to(60,8) 3x3", '"conv round_to(60,8) 3x3"'),
    ("missing_argument", "conv 64", "conv 64 3x3"),
    ("block_args_order", "[stride=1, c]", "[c, stride=1]"),
    ("limit_repeat", "10001", "10000"),
    ("foreign_call", "nn.Conv2d(3, 64, kernel_size=3, padding=1, bias=False)", "conv 64 3x3 padding=1 bias=no"),
    ("foreign_call_in_list", "Conv2d(3, 64, 3)", "conv 64 3x3"),
    ("block_as_call", "res(64)", "res 64"),
    ("sum_of_layers", "a + b", "add a b"),
    ("concat_with_commas", "concatenate a, b", "concat a b"),
]


@pytest.mark.parametrize(("case", "wrong", "right"), REPAIRS)
def test_the_repair_that_the_message_offers_works(case, wrong, right):
    text = (CASES / "invalid" / f"{case}.yaml").read_text(encoding="utf-8")
    assert text.count(wrong) == 1
    loads(text.replace(wrong, right))


def errors_of(text: str) -> tuple[ArchcalcError, ...]:
    try:
        loads(text).check()
    except ArchcalcError as error:
        return error.errors
    return ()


EDITS = {
    "absolute_address": 1,
    "as_without_number": 1, "block_call_as_argument": 1, "block_too_many_arguments": 1, "block_unknown_argument": 1,
    "block_as_call": 1, "concat_with_commas": 1, "foreign_call": 1, "foreign_call_in_list": 1, "foreign_options": 2,
    "sum_of_layers": 1,
    "block_unknown_key": 1, "claim_bound": 1, "claim_shape": 1, "claim_unknown_key": 1, "claim_unknown_quantity": 5,
    "claim_unquoted": 1, "colon_for_equals": 1, "colon_for_equals_and_space": 1, "colon_without_space": 1,
    "colon_without_space_alone": 1, "comma_trap": 1, "comma_trap_in_call": 1, "commas_between_arguments": 1,
    "control_character": 1, "defaults_unknown_kind": 1, "defaults_unknown_option": 1, "foreign_flag": 1,
    "foreign_yes": 1, "indented_too_deep": 1, "input_commas": 1, "input_list": 1, "many_errors": 3,
    "new_kinds_that_do_not_fit": 1, "no_arguments_taken": 1, "output_unknown": 1, "space_after_equals": 1,
    "spaces_around_equals": 1, "tuple_for_size": 1, "two_calls": 1, "two_calls_early": 1, "unknown_act": 1,
    "unknown_kind": 1, "unknown_name": 1, "unknown_option": 1, "unknown_option_beside_op_near": 1,
    "unknown_option_of_others": 1, "unknown_reference": 1, "unknown_section": 1, "variant_of_inputs": 1,
    "variant_unknown_param": 1, "weights_of_shared": 1, "weights_unknown_layer": 1, "when_unknown_name": 1,
    "wrong_word": 1,
}  # fmt: skip
"""Case -> how many of its errors have a repair that is one exact edit; all others have none."""


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_edit_takes_its_error_away(path):
    text = path.read_text(encoding="utf-8")
    edits = [(error, error.edit) for error in errors_of(text) if error.edit is not None]
    assert len(edits) == EDITS.get(path.stem, 0)
    for error, edit in edits:
        after = {(left.what, left.place.line) for left in errors_of(edited(text, edit))}
        assert (error.what, error.place.line) not in after


def test_a_false_claim_stands_beside_the_true_figure():
    network = loads("input: 3x11x13\nlayers: [conv 5 1x1]\nexpect:\n  conv.params: 15\n")
    (result,) = network.check()  # 5·3 + 5 = 20
    assert (result.subject, result.claimed, result.actual, result.holds) == ("conv.params", "15", 20, False)
    assert (result.place.line, result.place.column) == (4, 16)
