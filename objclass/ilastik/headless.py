"""ilastik's own command line, as scripts write it, read word for word.

``--option=value`` and ``--option value`` are one, ``--raw_data`` and ``--raw-data`` too.
Options that change a result and are not rebuilt are refused by name, and so is every option
that ilastik does not have (it would pass over it in silence).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Final, Literal

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some, nearest, raise_all
from objclass.ilastik.outputs import FORMATS, SOURCES, UNSUPPORTED_FORMATS, UNSUPPORTED_SOURCES

Role = Literal["raw", "prediction_map", "segmentation", "label_image"]
Range = tuple[float, float]
Region = tuple[tuple[int | None, ...], tuple[int | None, ...]]

ROLES: Final[Mapping[str, Role]] = {
    "raw_data": "raw",
    "prediction_maps": "prediction_map",
    "segmentation_image": "segmentation",
    "label_image": "label_image",
}
DTYPES: Final = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64")
FLAGS: Final = (
    "headless",
    "ignore_training_axistags",
    "table_only",
    "preconvert_stacks",
    "exit_on_failure",
)
"""Options without a value; the first and the last two change nothing here."""
INTERNAL_AXES: Final = "txyzc"
_ONE: Final = "Object Predictions"
UNSUPPORTED: Final[Mapping[str, str]] = {
    "atlas": "leave it out; it only adds a table column",
    "fillmissing": "fill the slices before, and make the project without it",
    "distributed": "leave it out: an image is worked off by block, in bounded memory",
    "distributed_block_roi": "leave it out: blocks are chosen to fit the memory",
    "export_object_prediction_img": 'write --export_source="Object Predictions"',
    "export_object_probability_img": 'write --export_source="Object Probabilities"',
    "export_pixel_probability_img": "pixel classification is not run here",
    "new_project": "make the project in ilastik",
    "workflow": "make the project in ilastik",
    "nobatch": "leave it out",
    "logfile": "send the output to a file: … > log.txt",
    "redirect_output": "send the output to a file: … > log.txt",
    "process_name": "leave it out",
    "configfile": "leave it out",
    "clean_paths": "leave it out",
    "debug": "leave it out",
    "version": "objclass --version",
    "fullscreen": "leave it out",
    "tiktorch_executable": "leave it out",
    "nn_device": "leave it out",
    "hbp": "leave it out",
}
"""Options of ilastik that are refused, and the way on."""


@dataclass(frozen=True)
class HeadlessArguments:
    """What a command line of ilastik asks for.

    Parameters
    ----------
    project
        The ``.ilp`` file.
    inputs
        Role to files, one an image; a file may be a glob, which makes a stack.
    readonly
        Whether the project must not be changed; here it never is.
    input_axes
        Axis letters per role, in the order of the project's roles; None for those not said.
    ignore_training_axistags
        Take the axes of the files instead of those of the training images.
    stack_along
        Axis along which globs are stacked.
    table_filename
        Path of the table instead of the project's.
    table_only
        Write no image.
    export_source
        Which result, in ilastik's spelling.
    output_format, output_filename_format, output_internal_path, export_dtype, output_axis_order
        As given, None where the project's setting holds.
    cutout_subregion
        First and one past the last voxel along t, x, y, z and c; None inside stands for all.
    pipeline_result_drange, export_drange
        Values are moved linearly from the first range to the second.
    """

    project: str
    inputs: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    readonly: bool = True
    input_axes: tuple[str | None, ...] = ()
    ignore_training_axistags: bool = False
    stack_along: Literal["t", "z", "c"] = "z"
    table_filename: str | None = None
    table_only: bool = False
    export_source: str = _ONE
    output_format: str | None = None
    output_filename_format: str | None = None
    output_internal_path: str | None = None
    export_dtype: str | None = None
    output_axis_order: str | None = None
    cutout_subregion: Region | None = None
    pipeline_result_drange: Range | None = None
    export_drange: Range | None = None

    def axes_of(self, role: int) -> str | None:
        """Return the axes given for a role, counted in the project's order; None for none."""
        if len(self.input_axes) == 1:
            return self.input_axes[0]
        return self.input_axes[role] if role < len(self.input_axes) else None


def parse_headless(words: Sequence[str]) -> HeadlessArguments:
    """Read the words behind ``objclass headless``.

    Raises
    ------
    InputError
        With every option that is unknown, not supported, or has no sensible value.
    """
    given, paths, problems = _sorted(words)
    values: dict[str, Any] = {}
    for name, texts in given.items():
        try:
            values |= _read(name, texts)
        except InputError as error:
            problems += error.problems
    inputs = {role: tuple(given[name]) for name, role in ROLES.items() if name in given}
    if paths and inputs:
        problems.append(_stray(paths))
    elif paths:
        inputs = {"raw": tuple(paths)}
    if "project" not in values:
        problems.append(Problem("--project is missing", fix="add --project=FILE.ilp"))
    raise_all([*problems, *_unequal(inputs), *_half_given(values)])
    return HeadlessArguments(**values, inputs=inputs)


def _sorted(words: Sequence[str]) -> tuple[dict[str, list[str]], list[str], list[Problem]]:
    """Return the values of every option, the paths without an option, and what is wrong."""
    given: dict[str, list[str]] = {}
    paths: list[str] = []
    problems: list[Problem] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("-"):
            paths.append(word)
            continue
        name, sign, value = word.lstrip("-").partition("=")
        name = name.replace("-", "_")
        found = [value] if sign else []
        if not sign and name not in FLAGS:
            found = list(_values(name, words[at:]))
            at += len(found)
        problems += _known(name, word.partition("=")[0])
        if name in given and name not in (*ROLES, *FLAGS):
            got = list_some([*given[name], *found])
            problems.append(Problem(f"--{name} is given twice", got=got, fix="give one value"))
        given[name] = [*given.get(name, ()), *found] if name in ROLES else found
    return given, paths, problems


def _values(name: str, words: Iterable[str]) -> Iterator[str]:
    """Yield the words up to the next option: all for inputs, one for other options."""
    for number, word in enumerate(words):
        if word.startswith("-") or (number and name not in ROLES):
            return
        if name == "readonly" and word.lower() not in _TRUTH:
            return
        yield word


def _known(name: str, written: str) -> list[Problem]:
    """Return what is wrong with an option's name."""
    if name in UNSUPPORTED:
        return [Problem(f"{written} is not supported", fix=UNSUPPORTED[name])]
    if name in READERS or name in ROLES or name in FLAGS:
        return []
    close = nearest(name, [*READERS, *ROLES, *FLAGS])
    fix = f"did you mean --{close}?" if close else None
    return [Problem(f"{written}: ilastik's object classification has no such option", fix=fix)]


def _stray(paths: Sequence[str]) -> Problem:
    what = "paths without an option beside inputs with one"
    return Problem(what, got=list_some(paths, 3), fix="write --raw_data before raw images")


def _unequal(inputs: Mapping[Role, tuple[str, ...]]) -> list[Problem]:
    counts = {role: len(files) for role, files in inputs.items()}
    if len(set(counts.values())) < 2:
        return []
    got = ", ".join(f"{count} as {role}" for role, count in counts.items())
    return [Problem("the inputs have different numbers of files", got=got)]


def _half_given(values: Mapping[str, Any]) -> list[Problem]:
    """Return the problem of one of two ranges."""
    pair = ("pipeline_result_drange", "export_drange")
    given = [name for name in pair if name in values]
    if len(given) != 1:
        return []
    (other,) = (name for name in pair if name not in given)
    what = f"--{given[0]} has no effect without --{other}"
    return [Problem(what, fix=f'add --{other}="(low,high)"')]


def _read(name: str, texts: Sequence[str]) -> dict[str, Any]:
    """Return the field an option sets, and its value."""
    if name in FLAGS:
        return {name: True} if name in ("ignore_training_axistags", "table_only") else {}
    if name in ROLES:
        if not texts or not all(texts):
            raise InputError(Problem(f"--{name} names no file"))
        return {}
    if name not in READERS:
        return {}
    if name == "readonly" and not texts:
        return {"readonly": True}
    if len(texts) != 1 or not texts[0].strip():
        raise InputError(Problem(f"--{name} has no value"))
    return {name: READERS[name](name, texts[0])}


def _text(name: str, text: str) -> str:
    return text


_TRUTH: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def _truth(name: str, text: str) -> bool:
    if text.lower() not in _TRUTH:
        raise InputError(Problem(f"--{name}", got=text, expected="1 or 0, true or false"))
    return _TRUTH[text.lower()]


def _one_of(known: Sequence[str]) -> Callable[[str, str], str]:
    """Return a reader of one of some words, in any case."""

    def read(name: str, text: str) -> str:
        found = [word for word in known if word.lower() == text.strip().lower()]
        if found:
            return found[0]
        close = nearest(text, known)
        fix = f"did you mean '{close}'?" if close else None
        raise InputError(
            Problem(f"--{name}", got=f"'{text}'", expected=list_some(known, 30), fix=fix)
        )

    return read


def _source(name: str, text: str) -> str:
    for refused, fix in UNSUPPORTED_SOURCES.items():
        if text.strip().lower() == refused.lower():
            raise InputError(Problem(f"--{name}: '{refused}' is not supported", fix=fix))
    return _one_of(list(SOURCES))(name, text)


def _format(name: str, text: str) -> str:
    if text.strip().lower() in UNSUPPORTED_FORMATS:
        fix = UNSUPPORTED_FORMATS[text.strip().lower()]
        raise InputError(Problem(f"--{name}: '{text}' is not supported", fix=fix))
    return _one_of(list(FORMATS))(name, text)


def _axes(name: str, text: str) -> tuple[str | None, ...]:
    """Read ``zyx,zyxc`` (one per role, or one for all) or ``None,yxc``."""
    parts = [part.strip() for part in text.split(",")]
    return tuple(None if part in ("", "None") else _letters(name, part) for part in parts)


def _letters(name: str, text: str) -> str:
    letters = text.strip().lower()
    if not letters or len(set(letters)) < len(letters) or set(letters) - set(INTERNAL_AXES):
        expected = "different letters of tczyx"
        raise InputError(Problem(f"--{name}", got=f"'{text}'", expected=expected))
    return letters


def read_list(name: str, text: str) -> Any:
    """Read ``[(0, None), (1, 5)]``: JSON in which brackets may be round and null is None."""
    plain = text.replace("(", "[").replace(")", "]").replace("None", "null")
    try:
        if len(plain) > 1000:
            raise ValueError
        return json.loads(plain)
    except (ValueError, RecursionError):
        expected = "a list such as [(0,0,0,0,0), (1,100,100,1,1)]"
        raise InputError(Problem(f"--{name}", got=f"'{text[:80]}'", expected=expected)) from None


def _region(name: str, text: str) -> Region:
    found = read_list(name, text)
    expected = "[(t,x,y,z,c) of the start, (t,x,y,z,c) of the stop], None for all"
    wrong = InputError(Problem(f"--{name}", got=f"'{text}'", expected=expected))
    if not isinstance(found, list) or len(found) != 2:
        raise wrong
    ends = []
    for end in found:
        if not isinstance(end, list) or len(end) != len(INTERNAL_AXES):
            raise wrong
        whole = [n for n in end if n is None or (type(n) is int and n >= 0)]
        if len(whole) != len(end):
            raise wrong
        ends.append(tuple(end))
    pairs = zip(*ends, strict=True)
    if any(a is not None and b is not None and a >= b for a, b in pairs):
        raise InputError(Problem(f"--{name}: a region has no voxels", got=f"'{text}'"))
    return ends[0], ends[1]


def _range(name: str, text: str) -> Range:
    found = read_list(name, text)
    numbers = [n for n in found if type(n) in (int, float)] if isinstance(found, list) else []
    if len(numbers) != 2 or len(numbers) != len(found) or not numbers[0] < numbers[1]:
        raise InputError(Problem(f"--{name}", got=f"'{text}'", expected="(low,high), low first"))
    return float(numbers[0]), float(numbers[1])


READERS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "project": _text,
    "readonly": _truth,
    "input_axes": _axes,
    "stack_along": _one_of(["t", "z", "c"]),
    "table_filename": _text,
    "export_source": _source,
    "output_format": _format,
    "output_filename_format": _text,
    "output_internal_path": _text,
    "export_dtype": _one_of(DTYPES),
    "output_axis_order": _letters,
    "cutout_subregion": _region,
    "pipeline_result_drange": _range,
    "export_drange": _range,
}
"""Option → how its one value is read."""
