"""Our dataclasses are Python's, but cost next to nothing where nobody makes an instance."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, field, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pytest

from objclass.data.dataclass import LaterInit, dataclass

Decorate = Callable[[type[Any]], type[Any]]
OURS: Decorate = dataclass(frozen=True)
PYTHONS: Decorate = dataclasses.dataclass(frozen=True)


def point(decorate: Decorate) -> type[Any]:
    """A class with every kind of field that there is in the house."""

    class Point:
        """A place."""

        kind: ClassVar[str] = "point"
        x: int
        y: float = 0.5
        tags: tuple[str, ...] = field(default_factory=lambda: ("a",))
        seen: list[int] = field(default_factory=list, compare=False)
        note: str = field(default="", hash=False, repr=False)

        @property
        def double(self) -> int:
            return 2 * self.x

        @cached_property
        def triple(self) -> int:
            return 3 * self.x

    return decorate(Point)


def checked(decorate: Decorate) -> type[Any]:
    """A class that looks at its fields, and has an equality and a text of its own."""

    class Checked:
        n: int

        def __post_init__(self) -> None:
            if self.n < 0:
                raise ValueError("negative")

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "mine"

    return decorate(Checked)


def empty(decorate: Decorate) -> type[Any]:
    """A class without fields."""

    class Empty:
        pass

    return decorate(Empty)


def derived(decorate: Decorate) -> type[Any]:
    """A class that adds a field to those of its base, and changes a default."""

    class Derived(point(decorate)):  # type: ignore[misc]
        y: float = 2.0
        z: int = 7

    return decorate(Derived)


CLASSES = [point, checked, empty, derived]
CALLS: list[tuple[tuple[object, ...], dict[str, object]]] = [
    ((), {}),
    ((1,), {}),
    ((-1,), {}),
    ((1, 2.5), {}),
    ((1,), {"tags": ("b",)}),
    ((1, 2.5, (), [3], "n"), {}),
    ((), {"x": 1, "note": "n"}),
    ((1,), {"w": 1}),
    ((1, 2, 3, 4, 5, 6, 7), {}),
    ((1,), {"x": 1}),
]


def told(action: Callable[[], Any]) -> object:
    """What an action returns, or how it refuses."""
    try:
        return action()
    except Exception as error:
        return type(error), re.sub(r"\b\w+\.<locals>\.", "", str(error))


def seen(cls: type[Any], args: tuple[object, ...], named: dict[str, object]) -> list[object]:
    """All that can be seen of an instance."""
    it = cls(*args, **named)
    values = asdict(it)
    return [
        values,
        repr(it),
        it == cls(*args, **named),
        it == replace(it),
        it != object(),
        told(lambda: hash(it) == hash(copy.copy(it))),
        copy.deepcopy(it) == it,
        [told(lambda n=name: setattr(it, n, 1)) for name in (*values, "other")],
        [told(lambda n=name: delattr(it, n)) for name in (*values, "other")],
        asdict(it) == values,
    ]


@pytest.mark.parametrize("make", CLASSES)
@pytest.mark.parametrize(("args", "named"), CALLS)
def test_an_instance_is_what_it_would_be_of_pythons_class(
    make: Callable[[Decorate], type[Any]], args: tuple[object, ...], named: dict[str, object]
) -> None:
    ours, pythons = (told(lambda d=d: seen(make(d), args, named)) for d in (OURS, PYTHONS))
    assert ours == pythons


@pytest.mark.parametrize("make", CLASSES)
def test_a_class_tells_of_itself_what_pythons_class_tells(
    make: Callable[[Decorate], type[Any]],
) -> None:
    ours, pythons = make(OURS), make(PYTHONS)
    assert str(inspect.signature(ours)) == str(inspect.signature(pythons))
    assert [f.name for f in dataclasses.fields(ours)] == [
        f.name for f in dataclasses.fields(pythons)
    ]
    assert ours.__match_args__ == pythons.__match_args__
    assert (ours.__hash__ is None) == (pythons.__hash__ is None)


def test_two_classes_with_the_same_values_differ() -> None:
    assert point(OURS)(1) != point(OURS)(1)
    assert len({derived(OURS)(1), point(OURS)(1)}) == 2


def single(decorate: Decorate) -> type[Any]:
    """A class of one field."""

    class Single:
        value: object

    return decorate(Single)


@pytest.mark.parametrize("value", [float("nan"), np.array([1.0, 2.0])], ids=["nan", "array"])
def test_one_field_is_compared_as_python_compares_it(value: object) -> None:
    ours, pythons = (
        [told(lambda c=c, v=v: c(value) == c(v)) for v in (value, copy.deepcopy([value])[0], 3)]
        for c in (single(OURS), single(PYTHONS))
    )
    assert ours == pythons
    assert ours[0] is True


def test_what_is_left_out_of_the_comparison_makes_no_difference() -> None:
    cls = point(OURS)
    assert cls(1, seen=[1]) == cls(1, seen=[2])
    assert cls(1, note="a") != cls(1, note="b")
    assert hash(cls(1, note="a")) == hash(cls(1, note="b"))


def test_properties_are_cached_though_fields_are_frozen() -> None:
    it = point(OURS)(2)
    assert (it.double, it.triple, it.triple) == (4, 6, 6)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        it.x = 3


def test_a_frozen_class_of_python_may_be_derived_from_ours_and_the_other_way_round() -> None:
    class More(point(OURS)):  # type: ignore[misc]
        z: int = 1

    class Most(PYTHONS(More)):  # type: ignore[misc]
        w: int = 2

    it = OURS(Most)(5)
    assert (it.x, it.z, it.w) == (5, 1, 2)
    with pytest.raises(FrozenInstanceError):
        it.w = 0


@dataclass(frozen=True)
class Sent:
    """What goes to another process."""

    n: int
    words: tuple[str, ...] = ()


def test_an_instance_goes_to_another_process() -> None:
    it = Sent(1, ("a",))
    there = pickle.loads(pickle.dumps(it))
    assert (there, hash(there), repr(there)) == (it, hash(it), repr(it))


def test_a_field_that_is_no_argument_by_its_place_is_refused() -> None:
    class Odd:
        n: int = field(default=1, init=False)

    with pytest.raises(TypeError, match="Odd: a field that is not an argument by its place"):
        OURS(Odd)


def test_other_options_are_pythons() -> None:
    @dataclass
    class Open:
        n: int

    @dataclass(frozen=True, order=True)
    class Ordered:
        n: int

    it = Open(1)
    it.n = 2
    assert (it.n, Ordered(1) < Ordered(2)) == (2, True)


def test_nothing_is_compiled_before_it_is_needed() -> None:
    cls = point(OURS)
    assert isinstance(vars(cls)["__init__"], LaterInit)
    cls(1)
    assert inspect.isfunction(vars(cls)["__init__"])
