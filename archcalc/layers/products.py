"""Products of given tensors, without weights: scaled dot product attention and any sum of products."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from archcalc.core import SPREAD, WHOLE, AxisWindow, Shape, Work
from archcalc.core.record import record
from archcalc.errors import GraphError, SpecError
from archcalc.layers.arguments import COUNT, FLAG, NUMBER, REQUIRED, Literally, option
from archcalc.layers.base import TWO, Layer, register
from archcalc.layers.traits import ANEW, TOKENS

Q_K_V = (3, 4)
EQUATION = Literally("letters such as ij,jk->ik")


@register("attention", inputs=Q_K_V, reads=TOKENS)
@record
class Attention(Layer):
    """Scaled dot product attention of given queries, keys and values, without weights of its own.

    Formula   softmax(Q K^T * scale + mask) V per head, scale = 1 / sqrt(E / num_heads)
    Shape     (*n, L, E), (*n, S, E), (*n, S, V) and perhaps a mask (*n, L, S) -> (*n, L, V); n count heads or groups
    Params    none
    Work      of two activations: prod(n) * L * S * (E + V) MACs; scaling: 1 product an element of Q;
              1 exponential, 1 addition, 1 division for each head and pair, with a mask 1 addition more
    Field     the whole of every axis but the first
    Differs   keys and values may have fewer heads that divide those of Q, each shared by several (grouped queries:
              PyTorch's enable_gqa); a causal mask saves no work here, as no tool counts that it may
    Source    Vaswani et al. 2017, section 3.2.1; PyTorch, scaled_dot_product_attention
    """

    num_heads: int = option(COUNT, 1, "heads; each sees E / num_heads features of Q")
    causal: bool = option(FLAG, False, "no query sees a key that stands after it")
    scale: float | None = option(NUMBER, None, "factor of the products; 1 / sqrt(E / num_heads) where it is not said")

    def windows(self, *x: Shape) -> tuple[AxisWindow, ...]:
        keeps = x[0][-1] == self.output(*x)[-1]
        return (*(SPREAD for _ in x[0][1:-1]), SPREAD if keeps else WHOLE)

    def output(self, *x: Shape) -> Shape:
        q, k, v, *mask = x
        if any(len(shape) < 2 or len(shape) != len(q) for shape in (k, v)) or len(q) < 2:
            raise _misfit(x, "Q, K and V are tokens x features, perhaps with axes of heads before them")
        if k[:-1] != v[:-1]:
            raise _misfit(x, "K and V have as many tokens, and the same axes before them")
        if any(queries % keys for queries, keys in zip(q[:-2], k[:-2], strict=True)):
            raise _misfit(x, "the axes before the tokens of K and V divide those of Q")
        width, shared = self.head_width(q), self.key_heads(q, k)
        if not shared or k[-1] % width or self.num_heads % shared or v[-1] % shared:
            raise _misfit(x, self._repair(q))
        if mask and not _stretches(mask[0], Shape((*q[:-1], k[-2]))):
            raise _misfit(x, f"the mask has an entry for each pair: {q[-2]}x{k[-2]}")
        return Shape((*q[:-1], v[-1] // shared * self.num_heads))

    def work(self, *x_then_y: Shape) -> Work:
        q, k, *rest, y = x_then_y
        pairs = prod(q[:-1]) * k[-2]
        scores = self.num_heads * pairs
        masked = scores if len(rest) > 1 else 0
        return Work(
            activation_macs=pairs * (q[-1] + y[-1]),
            products=q.elements,
            additions=scores + masked,
            divisions=scores,
            exponentials=scores,
        )

    def head_width(self, q: Shape) -> int:
        """Features of Q that a head sees. Raises GraphError."""
        if q[-1] % self.num_heads:
            raise GraphError(f"{self.num_heads} heads do not divide the {q[-1]} features of Q")
        return q[-1] // self.num_heads

    def key_heads(self, q: Shape, k: Shape) -> int:
        """Heads of K and V."""
        return k[-1] // self.head_width(q)

    def _repair(self, q: Shape) -> str:
        if self.num_heads == 1:
            return f"K has the features of Q, {q[-1]}; matmul and permute make others"
        width = self.head_width(q)
        heads = f"whose number divides {self.num_heads}"
        return f"K has {width} features for each of its heads, {heads}, and V as many heads"


@register("einsum", inputs=TWO, gives=ANEW)
@record
class Einsum(Layer):
    """Any sum of products of two tensors, as letters say it: one letter an axis.

    Formula   equation=bij,bjk->bik: y_bik = sum over j of a_bij * b_bjk; letters that y lacks are summed over
    Shape     the sizes of the letters after the arrow; a letter has one size wherever it stands
    Params    none
    Work      one MAC of two activations for each combination of all letters; a product where nothing is summed
    Field     the whole of every axis but the first
    Differs   the batch is no letter, as it is no axis of a spec; two inputs, where PyTorch takes any number: write one
              einsum after the other, and the order in which they are multiplied stands in the spec
    Source    Einstein 1916; PyTorch, einsum
    """

    equation: str = option(EQUATION, REQUIRED, "the axes of both inputs and of the output, a letter each")

    def __post_init__(self) -> None:
        terms = self.letters
        if len(terms) != 3 or not all(term.isalpha() and term.isascii() for term in terms if term) or not all(terms):
            raise SpecError(f"`{self.equation}` is no equation of two inputs", help="write it as equation=ij,jk->ik")
        a, b, y = terms
        if any(len(set(term)) < len(term) for term in terms):
            raise SpecError(f"`{self.equation}` has a letter twice in one input", help="each axis has its own letter")
        if missing := sorted(set(y) - set(a + b)):
            raise SpecError(f"`{missing[0]}` stands after the arrow of `{self.equation}` and not before it")

    def windows(self, a: Shape, b: Shape) -> tuple[AxisWindow, ...]:
        return (WHOLE,) * len(a.spatial)

    def output(self, a: Shape, b: Shape) -> Shape:
        sizes = self.sizes(a, b)
        return Shape(sizes[letter] for letter in self.letters[2])

    def work(self, a: Shape, b: Shape, y: Shape) -> Work:
        sizes = self.sizes(a, b)
        combinations = prod(sizes.values())
        summed = set(sizes) - set(self.letters[2])
        return Work(activation_macs=combinations) if summed else Work(products=combinations)

    @property
    def letters(self) -> tuple[str, ...]:
        """Those of the two inputs and of the output."""
        inputs, arrow, output = self.equation.partition("->")
        return (*inputs.split(","), output) if arrow else tuple(inputs.split(","))

    def sizes(self, a: Shape, b: Shape) -> Mapping[str, int]:
        """Letter -> size. Raises GraphError where two axes of one letter differ."""
        found: dict[str, int] = {}
        for letters, shape in zip(self.letters, (a, b), strict=False):
            if len(letters) != len(shape):
                raise GraphError(
                    f"`{letters}` has {len(letters)} letters, its input {shape} has {len(shape)} axes",
                    help="one letter an axis; the batch is none of them",
                )
            for letter, size in zip(letters, shape, strict=True):
                if found.setdefault(letter, size) != size:
                    raise GraphError(f"`{letter}` is {found[letter]} and {size}: the inputs are {a} and {b}")
        return found


def _stretches(mask: Shape, scores: Shape) -> bool:
    """Whether a mask has an entry for each score, axes of size 1 or left out at the front stretched."""
    pairs = zip(mask[::-1], scores[::-1], strict=False)
    return len(mask) <= len(scores) and all(size in (1, whole) for size, whole in pairs)


def _misfit(x: tuple[Shape, ...], help: str) -> GraphError:
    names = zip(("Q", "K", "V", "mask"), x, strict=False)
    return GraphError(f"the inputs do not fit: {', '.join(f'{name} {shape}' for name, shape in names)}", help=help)
