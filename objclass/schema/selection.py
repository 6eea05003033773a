"""The one language to choose features: ``measure``, ``use`` and ``columns``.

An entry is a family (``intensity``), a feature (``intensity_mean``), a column
(``intensity_mean-gfp``), a group (``group:shape``), a pattern (``"intensity_mean-*"``) or
``all``; a leading ``-`` removes instead of adding. Removing wins wherever it stands, and a
selection that only removes starts from the default. The result always keeps the order of
the columns, so the order of entries changes nothing.

In ``measure`` an entry may be a mapping: ``{intensity: [mean, total], channels: [gfp]}`` or
``{ilastik: ["Count"], margin: {x: 30, y: 30, z: 1}}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import translate
from typing import Annotated, Any, Final, get_args

from objclass.data.channels import channel_list
from objclass.data.dataclass import dataclass
from objclass.data.objects import Column, Group
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.schema.names import read_name, read_names
from objclass.schema.quantity import Quantity, read_length
from objclass.schema.rule import ValueRule, mistake
from objclass.schema.space import AxisValues, read_number, read_whole_per_axis

_ENTRY: Final = "a family, a feature, group:shape, a quoted pattern, -name or all"
_OPTIONS: Final = ("channels", "margin", "within")


@dataclass(frozen=True)
class Choice:
    """One entry as written, such as ``size``, ``group:shape``, ``-intensity_total`` or ``all``."""

    text: str

    @property
    def removes(self) -> bool:
        """True for an entry that takes columns away."""
        return self.text.startswith("-")

    @property
    def name(self) -> str:
        """The entry without its leading ``-``."""
        return self.text.removeprefix("-")

    def test(self) -> Callable[[Column], bool]:
        """Return what says whether a column is meant."""
        name = self.name
        if name == "all":
            return lambda column: True
        if name.startswith("group:"):
            return lambda column: column.group == name.removeprefix("group:")
        if any(letter in name for letter in "*?["):
            matches = re.compile(translate(name)).match
            return lambda column: matches(column.name) is not None
        return lambda column: name in (column.family, column.feature, column.name)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Measurement:
    """An entry with options.

    Parameters
    ----------
    family
        The feature family.
    features
        Names of its features, with or without ``family_`` before them; empty means all.
    channels
        Channels to measure; None means all.
    margin
        Voxels around an object that the family may look at, one number or per axis.
    within
        Distance that a family about neighbours looks at: a length with its unit, or a bare
        number, which counts voxels and is for images without a pixel size.
    """

    family: str
    features: tuple[str, ...] = ()
    channels: tuple[str, ...] | None = None
    margin: float | AxisValues | None = None
    within: float | Quantity | None = None

    removes = False

    def test(self) -> Callable[[Column], bool]:
        """Return what says whether a column is meant."""
        features = {*self.features, *(f"{self.family}_{name}" for name in self.features)}

        def meant(column: Column) -> bool:
            named = not features or column.feature in features
            measured = self.channels is None or column.channel in self.channels
            return column.family == self.family and named and measured

        return meant

    def written(self) -> dict[str, object]:
        """Return the mapping as written."""
        entry: dict[str, object] = {self.family: list(self.features)}
        entry |= {} if self.channels is None else {"channels": list(self.channels)}
        margin = self.margin.written() if isinstance(self.margin, AxisValues) else self.margin
        entry |= {} if margin is None else {"margin": margin}
        within = str(self.within) if isinstance(self.within, Quantity) else self.within
        return entry | ({} if within is None else {"within": within})

    def __str__(self) -> str:
        return ", ".join([self.family, *self.features])


Entry = Choice | Measurement
"""What a selection is made of."""


def read_choice(value: Any) -> Choice:
    """Read an entry that is one word."""
    if isinstance(value, Choice):
        return value
    if isinstance(value, Mapping):
        raise _not_one_word(value)
    text = read_name(value)
    name = text.removeprefix("-")
    groups = get_args(Group)
    if name.startswith("group:") and name.removeprefix("group:") not in groups:
        close = nearest(name.removeprefix("group:"), groups)
        fix = f"did you mean group:{close}?" if close else None
        raise mistake("names no group", got=value, expected=f"group:{'|'.join(groups)}", fix=fix)
    if not name or name != name.strip():
        raise mistake("names nothing", got=value, expected=_ENTRY)
    return Choice(text)


def read_entry(value: Any) -> Entry:
    """Read an entry of ``measure``: one word, or a mapping with options."""
    if isinstance(value, Measurement):
        return value
    if not isinstance(value, Mapping) or set(value) == {"group"}:
        return read_choice(value)
    families = [key for key in value if key not in _OPTIONS]
    if len(families) != 1:
        raise _not_one_family(value, families)
    family = families[0]
    margin = value.get("margin")
    return Measurement(
        family=read_choice(family).text,
        features=_read_features(value[family]),
        channels=None if value.get("channels") is None else read_names(value["channels"]),
        margin=None if margin is None else read_whole_per_axis(margin),
        within=None if value.get("within") is None else _read_distance(value["within"]),
    )


def _read_distance(value: Any) -> float | Quantity:
    """Read ``12 um`` or ``12 px``; a bare number stays one, for images without a pixel size."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return read_number(value)
    return read_length(value)


def _read_features(value: Any) -> tuple[str, ...]:
    """Read ``[mean, total]``; nothing, ``all`` or an empty list means all of the family."""
    return () if value in (None, "all", (), []) else read_names(value)


def _not_one_word(value: Mapping[str, Any]) -> Exception:
    if set(value) == {"group"}:
        fix = f"write group:{value['group']} without a space"
        return mistake("has a space after the colon", got=value, fix=fix)
    return mistake("is a mapping; options belong in measure", got=value, expected=_ENTRY)


def _not_one_family(value: Mapping[str, Any], families: Sequence[str]) -> Exception:
    example = "{intensity: [mean, total], channels: [gfp]}"
    if not families:
        return mistake("names no family", got=value, expected=example)
    closest = [(name, nearest(name, _OPTIONS)) for name in families]
    misspelt = [(name, option) for name, option in closest if option]
    if misspelt:
        name, option = misspelt[0]
        return mistake(f"has no option '{name}'", fix=f"did you mean {option}?")
    what = f"names several families: {list_some(families)}"
    return mistake(what, expected=example, fix="write one entry for each")


def find_unmatched(
    columns: Iterable[Column], entries: Sequence[Entry]
) -> list[tuple[int, Problem]]:
    """Return the entries that choose nothing, or list a feature that does not exist.

    Parameters
    ----------
    columns
        All columns there are.
    entries
        The selection.

    Returns
    -------
    list
        The entry's position in `entries` and what is wrong with it; an entry that lists
        features is among them where one of those is not there.
    """
    known = list(columns)
    return [
        (position, _nothing(entry, known))
        for position, entry in enumerate(entries)
        if not all(any(map(word.test(), known)) for word in _words(entry))
    ]


def _words(entry: Entry) -> Sequence[Entry]:
    """Return an entry word by word: each feature that it lists has to be there."""
    if not isinstance(entry, Measurement) or not entry.features:
        return (entry,)
    return [replace(entry, features=(name,)) for name in entry.features]


def _ending_with(name: str, features: Iterable[str]) -> str | None:
    """Return the first feature called so behind its family: ``regionprops_solidity``."""
    return next((feature for feature in features if feature.endswith(f"_{name}")), None)


def _nothing(entry: Entry, columns: Sequence[Column]) -> Problem:
    families = list(dict.fromkeys(column.family for column in columns))
    name = entry.family if isinstance(entry, Measurement) else entry.name
    if isinstance(entry, Measurement) and name in families:
        return _nothing_of_family(entry, [c for c in columns if c.family == name])
    features = dict.fromkeys(column.feature for column in columns)
    close = nearest(name, [*families, *features, *(column.name for column in columns)])
    close = _ending_with(name, features) or close
    fix = f"did you mean {close}?" if close else f"families here: {list_some(families)}"
    return Problem(f"'{name}' chooses nothing of {len(columns)} columns", fix=fix)


def _nothing_of_family(entry: Measurement, columns: Sequence[Column]) -> Problem:
    names = dict.fromkeys(c.feature.removeprefix(f"{entry.family}_") for c in columns)
    channels = dict.fromkeys(c.channel for c in columns if c.channel)
    wrong = [n for n in entry.features if n.removeprefix(f"{entry.family}_") not in names]
    if wrong:
        close = nearest(wrong[0], names)
        fix = f"did you mean {close}?" if close else None
        return Problem(
            f"{entry.family} has no feature '{wrong[0]}'", expected=list_some(names), fix=fix
        )
    return Problem(
        f"{entry.family} is not measured in {channel_list(entry.channels or ())}",
        expected=channel_list(channels) or "no channels",
    )


def select(
    columns: Sequence[Column],
    entries: Sequence[Entry] | None,
    default: Sequence[Column],
) -> list[Column]:
    """Return the chosen columns, in the order of `columns`.

    Parameters
    ----------
    columns
        All columns there are.
    entries
        The selection; None or nothing means `default`.
    default
        What is chosen when no entry adds.

    Raises
    ------
    InputError
        If an entry chooses nothing, with the nearest name (see :func:`find_unmatched`).
    """
    problems = [problem for _, problem in find_unmatched(columns, entries or ())]
    if problems:
        raise InputError(*problems)
    adding = [entry.test() for entry in entries or () if not entry.removes]
    removing = [entry.test() for entry in entries or () if entry.removes]
    chosen = (lambda c: any(test(c) for test in adding)) if adding else set(default).__contains__
    return [c for c in columns if chosen(c) and not any(test(c) for test in removing)]


def useful(columns: Iterable[Column]) -> list[Column]:
    """Return the default of ``use``: no place, axis vector, image-wide value or histogram bin."""
    return [c for c in columns if c.group != "location" and not _leaves_out(c)]


def _leaves_out(column: Column) -> bool:
    return column.image_wide or column.axis_vector or column.histogram


def _written_entry(entry: Entry) -> object:
    return entry.written() if isinstance(entry, Measurement) else entry.text


_WORD: Final = {"type": "string", "description": _ENTRY}
_MAPPING: Final = {"type": "object", "minProperties": 1}

Selection = tuple[
    Annotated[Entry, ValueRule(read_entry, {"anyOf": [_WORD, _MAPPING]}, _written_entry)], ...
]
"""The entries of ``measure``: words, or mappings with options."""

Use = tuple[Annotated[Choice, ValueRule(read_choice, _WORD)], ...]
"""The entries of ``use`` and ``columns``: words only."""
