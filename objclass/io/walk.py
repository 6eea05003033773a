"""Finds the files on disk whose paths fit a pattern, component by component."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from objclass.errors import Problem, list_some
from objclass.io.pattern import Pattern, Token, natural
from objclass.io.reading import no_folder


def walked(pattern: Pattern) -> Iterator[str]:
    """Yield the paths on disk whose every component fits, as far as each alone can tell."""
    parts = components(pattern.tokens)
    plain = 0
    while plain < len(parts) - 1 and all(token.text for token in parts[plain]):
        plain += 1
    start = "/".join("".join(t.text for t in part) for part in parts[:plain])
    yield from _walk(f"{start}/" if plain else "", parts[plain:])


def components(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut a pattern's tokens at every ``/``."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        first, *more = token.text.split("/") if token.text else [None]
        parts[-1] += [token] if first is None else [Token(first)] if first else []
        parts += [[Token(piece)] if piece else [] for piece in more if piece is not None]
    return parts


def _walk(start: str, parts: list[list[Token]]) -> Iterator[str]:
    """Yield the paths below `start` that fit the components left."""
    here, later = parts[0], parts[1:]
    if all(token.text for token in here):
        text = "".join(token.text for token in here)
        if later:
            yield from _walk(f"{start}{text}/", later)
        elif os.path.lexists(f"{start}{text}"):
            yield f"{start}{text}"
        return
    fits = re.compile(
        "".join(re.escape(t.text) or ".+" if t.name else re.escape(t.text) or ".*" for t in here)
    ).fullmatch
    hidden = bool(here[0].text.startswith("."))
    try:
        entries = os.scandir(start or ".")
    except OSError:
        return
    with entries:
        for entry in entries:
            name = entry.name
            if not fits(name) or (name.startswith(".") and not hidden):
                continue
            if not later:
                yield start + name
            elif entry.is_dir():
                yield from _walk(f"{start}{name}/", later)


def nothing_fits(pattern: Pattern) -> Problem:
    """The problem of a pattern without files, with what is there instead."""
    fixed = []
    for part in components(pattern.tokens)[:-1]:
        if not all(token.text for token in part):
            break
        fixed.append("".join(token.text for token in part))
    folder = Path("/".join(fixed) or ("/" if fixed else "."))
    if not folder.is_dir():
        return Problem(f"no file fits '{pattern.text}'", fix=no_folder(folder))
    names = sorted((entry.name for entry in os.scandir(folder)), key=natural)
    got = f"{folder} holds {list_some(names, 4)}" if names else f"{folder} is empty"
    return Problem(f"no file fits '{pattern.text}'", got=got)
