"""What is wrong with a text that is no YAML, in words that mend it.

YAML's own messages name tokens; people need the corrected line. So the usual corrections
are tried: quote a value, add the space after a colon. The first one after which the text
reads on beyond its line is what was meant, and it is shown. Reading goes on behind a
corrected line, so that one look shows all the traps of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from objclass.errors import Place, Problem
from objclass.schema.corrections import Correction, corrections, quote_alias, single_quotes
from objclass.schema.written import RefusedYaml, UnknownAlias, build, events

if TYPE_CHECKING:
    from ruamel.yaml.error import StreamMark as Mark

_TRIES: Final = 60
_MOST_TRAPS: Final = 20
_LONGEST: Final = 50_000
"""Characters of a text beyond which no corrections are tried: nobody typed it."""

_LINE_END: Final = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_AFTER_QUOTE: Final = re.compile(r"""(?:[:,\[{-]\s+|^)("[^"]*"|'[^']*')\s*[^\s,#:\]}]""")
_OPEN_QUOTE: Final = re.compile(r"""(?:[:\[{,-]\s+|[\[{])(["'])(?:(?!\1).)*$""")


def explain(error: Exception, text: str, file: str) -> list[Problem]:
    """Return what is wrong with a text, every trap that can be found.

    Parameters
    ----------
    error
        What reading raised: a YAML error or an unknown alias.
    text
        The text.
    file
        Its name in places.
    """
    problems: list[Problem] = []
    current: Exception | None = error
    while current is not None and len(problems) < _MOST_TRAPS:
        problem, corrected = _explain_one(current, text, file)
        problems.append(problem)
        if corrected is None:
            break
        text, current = corrected, _error(corrected, file)
    return problems


def _error(text: str, file: str) -> Exception | None:
    try:
        build(text, file)
    except (YAMLError, UnknownAlias) as error:
        return error
    except RefusedYaml:  # said once the traps are mended
        return None
    return None


def _explain_one(error: Exception, text: str, file: str) -> tuple[Problem, str | None]:
    """Return one problem and, where it could be mended, the text that goes on."""
    if isinstance(error, UnknownAlias):
        place = error.problem.place or Place(file, 1, 1)
        line = _lines(text)[place.line - 1]
        return _mend(quote_alias(line, place.column - 1), place, text)
    if isinstance(error, ReaderError):
        return _unreadable(error, text, file), None
    if not isinstance(error, MarkedYAMLError):
        return Problem(f"this is not YAML: {error}", place=Place(file)), None
    found = _correction(error, text)
    if found is None:
        return _shape(error, text, file), None
    number, correction = found
    column = _first_difference(_lines(text)[number], correction.line) + 1
    return _mend(correction, Place(file, number + 1, column), text)


def _mend(correction: Correction, place: Place, text: str) -> tuple[Problem, str]:
    problem = Problem(correction.what, fix=correction.advice, place=place)
    return problem, _with(text, place.line - 1, correction.line)


def _first_difference(before: str, after: str) -> int:
    same = (a == b for a, b in zip(before, after, strict=False))
    return next((column for column, equal in enumerate(same) if not equal), 0)


def _lines(text: str) -> list[str]:
    """Split as YAML does; ``str.splitlines`` knows other line ends."""
    return _LINE_END.split(text)


def _with(text: str, number: int, line: str) -> str:
    starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
    start = starts[number]
    return text[:start] + line + text[start + len(_lines(text)[number]) :]


def _correction(error: MarkedYAMLError, text: str) -> tuple[int, Correction] | None:
    """Return the first correction that helps and the number of its line."""
    lines, problem_line = _lines(text), _line(error.problem_mark)
    if len(text) > _LONGEST:
        return None
    if "escape" in (error.problem or ""):
        single = single_quotes(lines[problem_line])
        return None if single is None else (problem_line, single)
    tries = (
        (n, correction) for n in _suspects(error, lines) for correction in corrections(lines[n])
    )
    for number, correction in islice(tries, _TRIES):
        if _reads_beyond(_with(text, number, correction.line), max(number, problem_line)):
            return number, correction
    return None


def _suspects(error: MarkedYAMLError, lines: list[str]) -> Iterator[int]:
    """Yield the lines that may be at fault, the likeliest first."""
    found = min(_line(error.problem_mark), len(lines) - 1)
    above = _above(lines, found)
    opened = _line(error.context_mark)
    yield from dict.fromkeys(n for n in (found, above, opened) if 0 <= n < len(lines))


def _above(lines: list[str], number: int) -> int:
    """Return the next line above that says something, or -1."""
    return next((n for n in range(number - 1, -1, -1) if lines[n].strip()), -1)


def _line(mark: Mark | None) -> int:
    return -1 if mark is None else int(mark.line)


def _reads_beyond(text: str, number: int) -> bool:
    try:
        for _ in events(text):
            pass
    except MarkedYAMLError as error:
        return _line(error.problem_mark) > number and not _opened_before(error, number)
    except YAMLError:
        return False
    return True


def _opened_before(error: MarkedYAMLError, number: int) -> bool:
    """Return True for what was opened up to a line and never closed: no progress."""
    context = error.context or ""
    return ("quoted" in context or "flow" in context) and 0 <= _line(error.context_mark) <= number


def _shape(error: MarkedYAMLError, text: str, file: str) -> Problem:
    """Name a fault of shape, for which no correction is known."""
    place = _place(error.problem_mark, file)
    for name in (_tab, _comma, _after_quote, _find_unclosed, _indentation):
        named = name(error, _lines(text), place)
        if named:
            return named
    said = " ".join(part for part in (error.context, error.problem) if part)
    return Problem("this is not YAML", got=said, place=place)


def _place(mark: Mark | None, file: str) -> Place:
    return Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)


def _tab(error: MarkedYAMLError, lines: list[str], place: Place) -> Problem | None:
    if "'\\t'" not in (error.problem or ""):
        return None
    return Problem("a tab stands where YAML wants spaces", fix="use spaces", place=place)


def _comma(error: MarkedYAMLError, lines: list[str], place: Place) -> Problem | None:
    if "node content, but found ','" not in (error.problem or ""):
        return None
    return Problem("nothing stands before this comma", fix="take it away", place=place)


def _after_quote(error: MarkedYAMLError, lines: list[str], place: Place) -> Problem | None:
    found = _AFTER_QUOTE.search(lines[place.line - 1])
    if not found or found.end() != place.column:
        return None
    what = f"text goes on behind the closing quote of {found[1]}"
    return Problem(what, fix="put all of it into the quotes", place=place)


def _find_unclosed(error: MarkedYAMLError, lines: list[str], place: Place) -> Problem | None:
    context = error.context or ""
    opened = _place(error.context_mark, place.file)
    if "quoted scalar" in context:
        return Problem("the quote that opens here is never closed", place=opened)
    quote = _open_quote(lines[: place.line], place.file)
    if quote:
        return Problem("the quote that opens here is not closed on its line", place=quote)
    if "flow sequence" in context or "flow mapping" in context:
        bracket, end = ("[", "]") if "sequence" in context else ("{", "}")
        what = f"the {bracket} that opens here is not closed as YAML wants it"
        where = f"before line {place.line}, column {place.column}"
        return Problem(what, fix=f"look for a missing {end}, comma or quote {where}", place=opened)
    return None


def _open_quote(lines: list[str], file: str) -> Place | None:
    for number, line in enumerate(lines):
        found = _OPEN_QUOTE.search(line)
        if found and not line.lstrip().startswith("#"):
            return Place(file, number + 1, found.start(1) + 1)
    return None


def _indentation(error: MarkedYAMLError, lines: list[str], place: Place) -> Problem | None:
    problem = error.problem or ""
    if "mapping values" in problem:
        return _deeper(lines, place)
    if "expected <block end>" in problem:
        opened = _line(error.context_mark) + 1
        fix = f"indent it as the lines it belongs to; their block began on line {opened}"
        return Problem("this does not line up with what stands above", fix=fix, place=place)
    return None


def _deeper(lines: list[str], place: Place) -> Problem:
    above = _above(lines, place.line - 1)
    if above >= 0 and ":" not in lines[above]:
        what = f"'{lines[above].strip()}' has no colon"
        return Problem(what, fix="write key: value", place=_start_of(lines, above, place.file))
    what = "this line is indented deeper than the one above, which already has a value"
    start = _start_of(lines, place.line - 1, place.file)
    return Problem(what, fix="indent both alike", place=start)


def _start_of(lines: list[str], number: int, file: str) -> Place:
    line = lines[number]
    return Place(file, number + 1, len(line) - len(line.lstrip()) + 1)


def _unreadable(error: ReaderError, text: str, file: str) -> Problem:
    before = text[: error.position]
    place = Place(file, before.count("\n") + 1, error.position - before.rfind("\n"))
    what = f"there is a control character (U+{ord(text[error.position]):04X}) in the text"
    return Problem(what, fix="is this a workflow?", place=place)
