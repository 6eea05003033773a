"""Images chosen by their names: ``{plate: P4}`` or ``{plate: [P4, P5], well: A01}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from objclass.data.dataclass import dataclass
from objclass.schema.names import read_name
from objclass.schema.rule import ValueRule, mistake

_EXPECTED: Final = "{plate: P4}, or several values: {plate: [P4, P5]}"


@dataclass(frozen=True)
class ImageChoice:
    """Images chosen by the values of their names; an image must fit every name.

    Parameters
    ----------
    values
        Names of images, each with the values that are meant.
    """

    values: tuple[tuple[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        """Return it as a person says it: ``plate P4 or P5, well A01``."""
        return ", ".join(f"{name} {' or '.join(wanted)}" for name, wanted in self.values)

    def holds(self, names: Mapping[str, str]) -> bool:
        """Return True for an image with these names."""
        return all(names.get(name) in wanted for name, wanted in self.values)


def read_image_choice(value: Any) -> ImageChoice:
    """Read names of images with one value or several."""
    if isinstance(value, ImageChoice):
        return value
    if not isinstance(value, Mapping) or not value:
        raise mistake("does not say which images", got=value, expected=_EXPECTED)
    pairs = [(read_name(name), _read_values(wanted)) for name, wanted in value.items()]
    return ImageChoice(tuple(pairs))


def _read_values(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, tuple | list) else (value,)
    if not values:
        raise mistake("names no value", got=value, expected=_EXPECTED)
    return tuple(dict.fromkeys(read_name(each) for each in values))


def _write(choice: ImageChoice) -> object:
    return {n: wanted[0] if len(wanted) == 1 else [*wanted] for n, wanted in choice.values}


_WORD: Final = {"type": ["string", "number"]}

ImageChoiceField = Annotated[
    ImageChoice,
    ValueRule(
        read_image_choice,
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [_WORD, {"type": "array", "items": _WORD}]},
        },
        _write,
    ),
]
"""Names of images with the values that are meant: ``{plate: P4}``."""
