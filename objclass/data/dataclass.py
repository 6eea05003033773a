"""``dataclass``, as Python has it, where classes that nobody uses cost next to nothing.

Python writes and compiles six functions for every frozen dataclass when its module is imported,
half a millisecond each time, and a command imports hundreds of which it makes a few. Here methods
that are alike in all classes are not compiled at all, and ``__init__`` when it is first needed.
Instances are the same in every respect: fields, order, equality, hash, text, errors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar

Class = TypeVar("Class", bound=type[Any])


def quick(cls: Class) -> Class:
    """Return a class as ``dataclasses.dataclass(frozen=True)`` returns it."""
    derived = any(map(dataclasses.is_dataclass, cls.__bases__))
    explicit = set(vars(cls))
    dataclasses.dataclass(init=False, repr=False, eq=False, frozen=derived)(cls)
    known = fields(cls)
    if any(each.kw_only or not each.init for each in known):
        raise TypeError(f"{cls.__name__}: a field that is not an argument by its place")
    methods = _equality(known) | {"__repr__": _repr(known)}
    methods |= {} if derived else _frozen(cls, {each.name for each in known})
    if "__hash__" in explicit and not (cls.__hash__ is None and "__eq__" in explicit):
        del methods["__hash__"]
    for name, method in methods.items():
        if name not in explicit or name == "__hash__":
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
    if "__init__" not in explicit:
        cls.__init__ = LaterInit(cls)
    cls.__dataclass_params__.frozen = True
    return cls


class LaterInit:
    """``__init__`` of a dataclass until it is first looked up, by a call or to read its signature.

    It is replaced in one step, so that threads may look it up at once.
    """

    def __init__(self, owner: type[Any]) -> None:
        self.owner = owner

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        """Return the ``__init__`` that stands here from now on."""
        made = _init(self.owner)
        self.owner.__init__ = made
        return made.__get__(instance, owner)


def _init(cls: type[Any]) -> Callable[..., None]:
    """Return ``__init__``: arguments in the order of the fields, then ``__post_init__``."""
    known = fields(cls)
    names: dict[str, Any] = {"_set": object.__setattr__, "_absent": _ABSENT}
    parameters, lines = ["self"], []
    for each in known:
        given = each.name
        if each.default_factory is not MISSING:
            names[f"_make_{each.name}"] = each.default_factory
            given = f"_make_{each.name}() if {each.name} is _absent else {each.name}"
        parameters.append(_parameter(each, names))
        lines.append(f"_set(self, {each.name!r}, {given})")
    lines += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"]), names)
    made: Callable[..., None] = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {each.name: each.type for each in known} | {"return": None}
    return made


class _Absent:
    def __repr__(self) -> str:
        return "<factory>"


_ABSENT = _Absent()
"""Stands in signatures for an argument that is made anew for every instance."""


def _parameter(each: Field[Any], names: dict[str, Any]) -> str:
    if each.default_factory is not MISSING:
        return f"{each.name}=_absent"
    if each.default is MISSING:
        return each.name
    names[f"_usual_{each.name}"] = each.default
    return f"{each.name}=_usual_{each.name}"


def _equality(known: tuple[Field[Any], ...]) -> dict[str, Callable[..., Any]]:
    """Return ``__eq__`` and ``__hash__``: of the values of the fields that are compared."""
    compared = _values([each.name for each in known if each.compare])
    hashed = _values([e.name for e in known if (e.compare if e.hash is None else e.hash)])

    def equal(self: object, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other)

    def hashing(self: object) -> int:
        return hash(hashed(self))

    return {"__eq__": equal, "__hash__": hashing}


def _values(names: list[str]) -> Callable[[object], Any]:
    """Return what gives the values of attributes as a tuple.

    One value is in a tuple too: tuples take what is the same object for equal, be it NaN or an
    array.
    """
    if len(names) == 1:
        only = attrgetter(*names)
        return lambda it: (only(it),)
    return attrgetter(*names) if names else lambda _: ()


def _repr(known: tuple[Field[Any], ...]) -> Callable[[object], str]:
    """Return ``__repr__``: the call that makes the same."""
    names = [each.name for each in known if each.repr]

    def text(self: object) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({values})"

    return recursive_repr()(text)


def _frozen(cls: type[Any], names: set[str]) -> dict[str, Callable[..., None]]:
    """Return ``__setattr__`` and ``__delattr__``, which refuse the fields."""

    def assign(self: object, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete(self: object, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": assign, "__delattr__": delete}


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, **options):
        """Return a class as ``dataclasses.dataclass`` does, or what decorates one."""
        if options != {"frozen": True}:
            return dataclasses.dataclass(cls, **options)
        return quick
