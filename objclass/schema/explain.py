"""What pydantic found, in words about the line that a person wrote.

Every error type of pydantic that a field can raise stands in one table, :data:`SENTENCES`;
types of the language raise :func:`objclass.schema.rule.mistake`, whose sentence is taken as
it is. Where several readings were possible (a number *or* a mapping), the one that got
furthest is told, or all of them in one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from objclass.data.dataclass import dataclass
from objclass.errors import Place, Problem, nearest
from objclass.schema.base import Frozen
from objclass.schema.rule import MISTAKE, number_fix, show
from objclass.schema.scalars import Integer, Real
from objclass.schema.source import Keys, YamlMapping
from objclass.schema.unknown import models_at, owners_at, unknown_key


@dataclass(frozen=True)
class Sentence:
    """What is wrong, without its subject; the clauses are those of a :class:`Problem`."""

    what: str
    got: str | None = None
    expected: str | None = None
    fix: str | None = None


@dataclass(frozen=True)
class Finding:
    """One error of pydantic: where in the data, which reading, and what to say."""

    keys: Keys
    reading: tuple[Keys, str] | None
    error: Mapping[str, Any]


def explain(
    error: ValidationError, model: type[Frozen], source: YamlMapping, base: Keys
) -> list[Problem]:
    """Return one problem, with its place, for each thing that is wrong.

    Parameters
    ----------
    error
        What validating the data at `base` raised.
    model
        The model it was validated with.
    source
        Where the data were read from.
    base
        The way to the data in `source`.
    """
    findings = [_finding(each, source, base) for each in error.errors(include_url=False)]
    return [_problem(finding, model, source, base) for finding in _one_reading(findings)]


def spoken(keys: Keys) -> str:
    """Return what a value is called: ``write.table``, ``entry 2 of classes``."""
    if not keys:
        return "the value"
    if isinstance(keys[-1], int):
        return f"entry {keys[-1] + 1} of {spoken(keys[:-1])}" if keys[:-1] else "the entry"
    numbers = [n for n, key in enumerate(keys) if isinstance(key, int)]
    if not numbers:
        return ".".join(str(key) for key in keys)
    last = numbers[-1] + 1
    return f"{'.'.join(str(key) for key in keys[last:])} in {spoken(keys[:last])}"


# --- where --------------------------------------------------------------------------------


def _finding(error: Any, source: YamlMapping, base: Keys) -> Finding:
    """Find the error's place among what is written; the rest of its way names a reading."""
    keys: Keys = ()
    reading = None
    for step in error["loc"]:
        if source.find((*base, *keys, step)) is not None:
            keys = (*keys, step)
        elif reading is None and step != "[key]":
            reading = (keys, str(step))
    if error["type"] == "missing":
        named = error["loc"][-1]
        reading = None if reading and reading[1] == named else reading
        keys = (*keys, named)
    return Finding(keys, reading, error)


def _one_reading(findings: Iterable[Finding]) -> list[Finding]:
    """Keep, of several readings of one value, the one that got furthest, or join them."""
    chosen: list[Finding] = []
    groups: dict[Keys, list[Finding]] = {}
    for finding in findings:
        if finding.reading is None:
            chosen.append(finding)
        else:
            groups.setdefault(finding.reading[0], []).append(finding)
    for start, group in groups.items():
        chosen += _furthest(start, group)
    return chosen


def _furthest(start: Keys, group: list[Finding]) -> list[Finding]:
    readings = {finding.reading for finding in group}
    deep = [f for f in group if len(f.keys) > len(start) or f.error["type"] not in _WRONG_TYPE]
    if len(readings) == 1 or deep:
        kept = deep or group
        return [finding for finding in kept if finding.reading == kept[0].reading]
    wanted = dict.fromkeys(_find_wanted(finding.error) for finding in group)
    words = [w for f in group if f.error["type"] == "literal_error" for w in _words(f.error["ctx"])]
    context = {"wanted": " or ".join(wanted), "words": words}
    return [Finding(start, None, {**group[0].error, "type": "no reading", "ctx": context})]


def _find_wanted(error: Mapping[str, Any]) -> str:
    """Return what a reading wants."""
    if error["type"] == "literal_error":
        return _either(_words(error["ctx"]))
    expected = error.get("ctx", {}).get("expected")
    return str(expected or _WRONG_TYPE[error["type"]])


# --- what ---------------------------------------------------------------------------------


def _problem(finding: Finding, model: type[Frozen], source: YamlMapping, base: Keys) -> Problem:
    error, keys = finding.error, finding.keys
    at_key = error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)
    place = (source.key_place if at_key else source.place)((*base, *keys))
    if error["type"] == "missing":
        return Problem(f"{spoken(keys)} is missing", fix=f"add '{keys[-1]}: …'", place=place)
    if error["type"] == "extra_forbidden":
        models = models_at(model, keys[:-1])
        inside = spoken(keys[:-1]) if keys[:-1] else "this"
        owners = owners_at(model, keys[:-1], str(keys[-1]))
        return unknown_key(str(keys[-1]), models, inside, owners).at(place)
    sentence = _sentence(error)
    if error["input"] is None and sentence.fix is None and _is_commented(source, place):
        sentence = replace(sentence, fix="a # starts a comment: quote it if it is meant")
    between = ": " if error["type"] in _OWN_WORDS else " "
    what = f"{spoken(keys)}{between}{sentence.what}" if keys else sentence.what
    return Problem(what, sentence.got, sentence.expected, sentence.fix, place)


def _is_commented(source: YamlMapping, place: Place) -> bool:
    lines = source.text.split("\n")
    return 0 < place.line <= len(lines) and "#" in lines[place.line - 1][place.column :]


def _sentence(error: Mapping[str, Any]) -> Sentence:
    context = error.get("ctx", {})
    if error["type"] == MISTAKE:
        return Sentence(*(context.get(name) for name in ("what", "got", "expected", "fix")))
    if error["input"] is None and error["type"] in _WRONG_TYPE:
        kind = _WRONG_TYPE[error["type"]]
        return Sentence("has no value", expected=kind)
    make = SENTENCES.get(error["type"], _other)
    return make(error["input"], context, error["msg"])


def _other(value: object, context: Mapping[str, Any], message: str) -> Sentence:
    reason = context.get("error")
    said = str(reason) if reason is not None else message
    return Sentence(said) if reason is not None else Sentence(said.lower(), show(value))


def _number(kind: str) -> Callable[[object, Mapping[str, Any], str], Sentence]:
    def sentence(value: object, context: Mapping[str, Any], message: str) -> Sentence:
        return Sentence(f"is not {kind}", show(value), fix=number_fix(value))

    return sentence


def _boolean(value: object, context: Mapping[str, Any], message: str) -> Sentence:
    words = {"true": ("true", "yes", "on", "y", "1"), "false": ("false", "no", "off", "n", "0")}
    said = str(value).lower()
    meant = next((word for word, others in words.items() if said in others), None)
    fix = f"write {meant}" if meant else None
    return Sentence("is neither true nor false", show(value), fix=fix)


def _text(value: object, context: Mapping[str, Any], message: str) -> Sentence:
    if isinstance(value, bool | Integer | Real):
        return Sentence("is not text", show(value), fix=f'quote it: "{show(value)}"')
    return Sentence("is not text", show(value))


def _tag(value: object, context: Mapping[str, Any], message: str) -> Sentence:
    """Say which words may stand in the field that tells several models apart."""
    return _literal(context["tag"], {"expected": context["expected_tags"]}, message)


def _literal(value: object, context: Mapping[str, Any], message: str) -> Sentence:
    words = _words(context)
    close = nearest(str(value), words)
    fix = f"did you mean {close}?" if close else None
    return Sentence("is none of its words", show(value), _either(words), fix)


def _words(context: Mapping[str, Any]) -> list[str]:
    """Return the words of pydantic's ``'a', 'b' or 'c'``."""
    return [word.strip("'") for word in re.split(r", | or ", str(context["expected"]))]


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if words[1:] else "".join(words)


def _list(value: object, context: Mapping[str, Any], message: str) -> Sentence:
    bare = value if isinstance(value, str) else show(value)
    return Sentence("is not a list", show(value), fix=f"write [{bare}]")


def _mapping(value: object, context: Mapping[str, Any], message: str) -> Sentence:
    missing_space = isinstance(value, str) and re.fullmatch(r"[\w-]+:\S.*", value)
    fix = "a space is missing after the colon" if missing_space else None
    return Sentence("is not a mapping", show(value), "{name: value}", fix)


def _bound_sentence(words: str, name: str) -> Callable[[object, Mapping[str, Any], str], Sentence]:
    def sentence(value: object, context: Mapping[str, Any], message: str) -> Sentence:
        return Sentence(f"must be {words} {context[name]:g}", show(value))

    return sentence


def _length(words: str, name: str) -> Callable[[object, Mapping[str, Any], str], Sentence]:
    def sentence(value: object, context: Mapping[str, Any], message: str) -> Sentence:
        count = context[name]
        things = "entry" if count == 1 else "entries"
        things = "characters" if isinstance(value, str) else things
        return Sentence(f"must have {words} {count} {things}", show(value))

    return sentence


def _fix_sentence(what: str) -> Callable[[object, Mapping[str, Any], str], Sentence]:
    return lambda value, context, message: Sentence(what, show(value))


def _no_reading(value: object, context: Mapping[str, Any], message: str) -> Sentence:
    close = nearest(value, context["words"]) if isinstance(value, str) else None
    fix = f"did you mean {close}?" if close else number_fix(value)
    return Sentence("cannot be read", show(value), context["wanted"], fix)


_OWN_WORDS: Final = ("value_error", "assertion_error")
"""Errors raised by validators of a model, in whole sentences."""

_WRONG_TYPE: Final[Mapping[str, str]] = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "literal_error": "one of its words",
    "model_type": "a mapping",
    "string_type": "text",
    "tuple_type": "a list",
    MISTAKE: "another form",
}
"""Errors that say no more than that a value is of another type, and the type."""

SENTENCES: Final[Mapping[str, Callable[[object, Mapping[str, Any], str], Sentence]]] = {
    "bool_type": _boolean,
    "dict_type": _mapping,
    "finite_number": _fix_sentence("is not a finite number"),
    "float_type": _number("a number"),
    "greater_than": _bound_sentence("above", "gt"),
    "greater_than_equal": _bound_sentence("at least", "ge"),
    "int_type": _number("a whole number"),
    "less_than": _bound_sentence("below", "lt"),
    "less_than_equal": _bound_sentence("at most", "le"),
    "list_type": _list,
    "literal_error": _literal,
    "model_type": _mapping,
    "multiple_of": _bound_sentence("a multiple of", "multiple_of"),
    "no reading": _no_reading,
    "string_pattern_mismatch": _fix_sentence("is not written as it should be"),
    "string_too_long": _length("at most", "max_length"),
    "string_too_short": _length("at least", "min_length"),
    "string_type": _text,
    "too_long": _length("at most", "max_length"),
    "too_short": _length("at least", "min_length"),
    "tuple_type": _list,
    "union_tag_invalid": _tag,
}
"""Error type of pydantic → what to say; takes the value, pydantic's context and message."""
