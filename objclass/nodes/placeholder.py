"""Names in braces in the paths of files that belong to an image: ``truth_{well}.csv``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from objclass.engine.look import ImageKey, Look
from objclass.errors import list_some, nearest

_IN_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
"""A name; or ``{{`` or ``}}``, a brace of the path itself."""


def placeholders(path: str) -> list[str]:
    """Return the names in braces, in order."""
    return [found[1] for found in _IN_BRACES.finditer(path) if found[1] is not None]


def image_names(image: ImageKey) -> dict[str, str]:
    """Return what may stand in braces and what it means for one image."""
    reserved = {"dataset_dir": image.folder, "nickname": image.nickname}
    return {**image.names, "image": image.name, **reserved}


def fill(look: Look, field: str, path: str, known: Mapping[str, str]) -> str:
    """Return a path with every name in braces replaced; report a name that nobody knows."""
    unknown = [name for name in placeholders(path) if name not in known]
    if unknown:
        close = nearest(unknown[0], known)
        fix = f"did you mean {{{close}}}?" if close else None
        expected = list_some(f"{{{name}}}" for name in known)
        what = f"no image has a name {{{unknown[0]}}}"
        raise look.problem(field, what, got=path, expected=expected, fix=fix)
    return _IN_BRACES.sub(lambda found: found[0][0] if found[1] is None else known[found[1]], path)
