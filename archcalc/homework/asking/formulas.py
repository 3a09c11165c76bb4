"""The formulas that a student may be asked for, in the lecture's letters."""

from __future__ import annotations

from archcalc.core.record import record


@record
class Formula:
    """What a formula is asked for, and the layers that it is tried on."""

    rule: str
    """The formula in the lecture's letters."""
    call: str
    input: str
    subject: str
    letters: str
    """The letters that a student may use; those that no template names are worked out."""


_CONV = "conv $Cout $K stride=$S padding=$P"
_IMAGE = "$Cinx$Wx$W"
_ROW = "$Cinx$W"
FORMULAS: dict[str, Formula] = {
    "conv.params": Formula("(K*K*Cin + 1)*Cout", _CONV, _IMAGE, "params", "K Cin Cout W S P D g O"),
    "conv.weights": Formula("K*K*Cin*Cout", _CONV, _IMAGE, "weights", "K Cin Cout W S P D g O"),
    "conv.macs": Formula("K*K*Cin*Cout*O*O", _CONV, _IMAGE, "macs", "K Cin Cout O W S P D g"),
    "conv.out": Formula("floor((W - K + 2*P)/S) + 1", _CONV, _IMAGE, "out.w", "W K S P D g Cin Cout"),
    "dilated_conv.out": Formula(
        "floor((W - (D*(K - 1) + 1) + 2*P)/S) + 1", _CONV + " dilation=$D", _IMAGE, "out.w", "W K S P D g Cin Cout"
    ),
    "grouped_conv.params": Formula(
        "(K*K*Cin/g + 1)*Cout", _CONV + " groups=$g", _IMAGE, "params", "K Cin Cout g W S P D O"
    ),
    "depthwise_conv.params": Formula(
        "(K*K + 1)*C", "depthwise_conv $K stride=$S padding=$P", "$Cx$Wx$W", "params", "K C W S P D O"
    ),
    "conv_transpose.out": Formula(
        "(W - 1)*S - 2*P + K", "conv_transpose $Cout $K stride=$S padding=$P", _IMAGE, "out.w", "W K S P Cin Cout"
    ),
    "pool.out": Formula("floor((W - K)/S) + 1", "max_pool $K stride=$S", "$Cx$Wx$W", "out.w", "W K S P C D"),
    "conv1d.params": Formula("(K*Cin + 1)*Cout", _CONV, _ROW, "params", "K Cin Cout W S P D g O"),
    "conv1d.weights": Formula("K*Cin*Cout", _CONV, _ROW, "weights", "K Cin Cout W S P D g O"),
    "conv1d.macs": Formula("K*Cin*Cout*O", _CONV, _ROW, "macs", "K Cin Cout O W S P D g"),
    "conv1d.out": Formula("floor((W - K + 2*P)/S) + 1", _CONV, _ROW, "out.w", "W K S P D g Cin Cout"),
    "pool1d.out": Formula("floor((W - K)/S) + 1", "max_pool $K stride=$S", "$Cx$W", "out.w", "W K S P C D"),
    "linear.params": Formula("(Nin + 1)*Nout", "linear $Nout", "$Nin", "params", "Nin Nout"),
    "batch_norm.params": Formula("2*C", "batch_norm", "$Cx$Wx$W", "params", "C W"),
}
"""What a formula may be asked for. The dilation is 1, there is one group and pooling has no padding, unless a call says
otherwise."""


def rule_of(name: str, pools_round_up: bool = False) -> str:
    """The right formula in the lecture's letters, under the agreed rounding of pooling."""
    rule = FORMULAS[name].rule
    return rule.replace("floor", "ceil") if pools_round_up and name in ("pool.out", "pool1d.out") else rule
