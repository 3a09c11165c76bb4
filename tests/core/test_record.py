"""A record is what a frozen, slotted dataclass is; the standard library is the oracle."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from archcalc.core.record import draft, field, fields, record, replace


@record
class Point:
    """A place."""

    x: int
    y: int = 7
    tags: dict[str, int] = field(factory=dict)

    @property
    def total(self) -> int:
        return self.x + self.y


@dataclasses.dataclass(frozen=True, slots=True)
class Twin:
    x: int
    y: int = 7
    tags: dict[str, int] = dataclasses.field(default_factory=dict)


@record
class Halved:
    x: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", self.x // 2)


def test_it_holds_its_values_as_a_dataclass_does():
    for arguments, named in (((3,), {}), ((3, 5), {}), ((), {"y": 1, "x": 2}), ((3,), {"tags": {"a": 1}})):
        mine, twin = Point(*arguments, **named), Twin(*arguments, **named)
        assert [getattr(mine, item.name) for item in fields(mine)] == list(dataclasses.astuple(twin))
        assert repr(mine) == repr(twin).replace("Twin", "Point")
    assert Point(3).total == 10
    assert Point.__doc__ == "A place."


def test_each_instance_makes_its_own_default():
    assert Point(1).tags is not Point(1).tags


@pytest.mark.parametrize("wrong", [(), (1, 2, {}, 4)], ids=["too few", "too many"])
def test_wrong_arguments_are_a_type_error_as_in_a_dataclass(wrong):
    for cls in (Point, Twin):
        with pytest.raises(TypeError):
            cls(*wrong)


def test_equality_is_by_class_and_value():
    assert Halved(10) == Halved(11)
    assert Point(1, 2) != Point(2, 1)
    assert Point(5) != Halved(10)
    assert Point(1) != 1
    assert len({Halved(10), Halved(11), Halved(12)}) == 2


def test_it_is_frozen_and_slotted():
    point = Point(1)
    with pytest.raises(AttributeError, match="Point is frozen: its x cannot change"):
        point.x = 2
    with pytest.raises(AttributeError, match="Point is frozen: its x cannot change"):
        del point.x
    assert not hasattr(point, "__dict__")


def test_replace_and_pickle_keep_the_rest():
    assert replace(Point(1, 2), y=5) == Point(1, 5)
    assert pickle.loads(pickle.dumps(Point(1, 2, {"a": 1}))) == Point(1, 2, {"a": 1})
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


@draft
class Growing:
    names: list[str] = field(factory=list)


def test_a_draft_may_change_and_equals_only_itself():
    one, other = Growing(), Growing()
    one.names = ["a"]
    assert one != other
    assert one == one  # noqa: PLR0124 (identity is the point)
    assert replace(one, names=["b"]).names == ["b"]
