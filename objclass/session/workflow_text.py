"""Edits of a workflow's text: one value changes, every other character stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from objclass.errors import InputError, Problem

Keys = Sequence[str]
_PLAIN = re.compile(r"[^\W\d]\w*(?:[ -]\w+)*")
"""Texts that need no quotes, unless YAML has a meaning for them."""
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def written(value: object) -> str:
    """Return a value as YAML on one line; texts are quoted where they must be.

    >>> written({"small cell": "#ff0000", "2": [1, 0.5, True, None]})
    '{small cell: "#ff0000", "2": [1, 0.5, true, null]}'
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = (f"{written(str(key))}: {written(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(written, value)) + "]"
    return _text(str(value))


def _text(text: str) -> str:
    import json

    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


class WorkflowText:
    """A workflow's text and where its values stand in it.

    Parameters
    ----------
    text
        As it is in the file.
    """

    def __init__(self, text: str) -> None:
        from ruamel.yaml import YAML

        self.text = text
        self._root = YAML().compose(text.removeprefix("\ufeff"))
        self._shift = len(text) - len(text.removeprefix("\ufeff"))

    def has(self, keys: Keys) -> bool:
        """True where something is written there."""
        return self._find(keys) is not None

    def is_mapping(self, keys: Keys) -> bool:
        """True where a mapping is written there."""
        found = self._find(keys)
        return found is not None and found[1].id == "mapping"

    def with_value(self, keys: Keys, value: object) -> str:
        """Return the text with another value; one that is not written yet follows the others.

        Raises
        ------
        InputError
            Where its mapping is not written.
        """
        found = self._find(keys)
        if found is not None:
            node = found[1]
            return self._spliced(node.start_mark.index, _end(node), written(value))
        return self._with_more(keys[:-1], f"{written(keys[-1])}: {written(value)}")

    def with_list(self, keys: Keys, values: Sequence[str]) -> str:
        """Return the text with other entries in a list; lines of entries that stay are kept.

        Raises
        ------
        InputError
            Where its mapping is not written.
        """
        found = self._find(keys)
        items = found[1].value if found and found[1].id == "sequence" else ()
        stay = [item.value for item in items if item.id == "scalar" and item.value in values]
        if not stay or found is None or found[1].flow_style:
            return self.with_value(keys, list(values))
        text = self
        for item in reversed(items):
            if item.id != "scalar" or item.value not in values:
                text = WorkflowText(text._without_lines(item))
        for value in (each for each in values if each not in stay):
            text = WorkflowText(text._with_more(keys, written(value)))
        return text.text

    def _without_lines(self, node: Any) -> str:
        start = self.text.rfind("\n", 0, node.start_mark.index + self._shift) + 1
        line_end = self.text.find("\n", _end(node) + self._shift)
        return self.text[:start] + ("" if line_end < 0 else self.text[line_end + 1 :])

    def with_key(self, keys: Keys, name: str) -> str:
        """Return the text with another name for a key."""
        found = self._find(keys)
        if found is None:
            raise InputError(Problem(f"{'.'.join(keys)} is not written in the workflow"))
        return self._spliced(found[0].start_mark.index, found[0].end_mark.index, written(name))

    def with_item(self, keys: Keys, value: object, old: str | None = None) -> str:
        """Return the text with one more item in a list, or with another in place of `old`."""
        found = self._find(keys)
        if found is None:
            raise InputError(Problem(f"{'.'.join(keys)} is not written in the workflow"))
        for item in found[1].value:
            if old is not None and item.value == old:
                return self._spliced(item.start_mark.index, item.end_mark.index, written(value))
        return self._with_more(keys, written(value))

    def _find(self, keys: Keys) -> tuple[Any, Any] | None:
        """Return the nodes of a key and its value."""
        key, node = None, self._root
        for name in keys:
            pairs = node.value if node is not None and node.id == "mapping" else ()
            found = next(((k, v) for k, v in pairs if k.value == name), None)
            if found is None:
                return None
            key, node = found
        return key, node

    def _with_more(self, keys: Keys, entry: str) -> str:
        """Return the text with an entry more at the end of a mapping or list."""
        found = self._find(keys)
        if found is None or found[1].id == "scalar":
            raise InputError(Problem(f"{'.'.join(keys)} is not written in the workflow"))
        node = found[1]
        if node.flow_style:
            last = _end(node) - 1
            return self._spliced(last, last, f", {entry}" if node.value else entry)
        column = node.start_mark.column
        last = _end(node) + self._shift
        line_end = self.text.find("\n", last)
        at = (len(self.text) if line_end < 0 else line_end) - self._shift
        if self.text[: at + self._shift].endswith("\r"):
            at -= 1
        ending = "\r\n" if "\r\n" in self.text else "\n"
        dash = "- " if node.id == "sequence" else ""
        return self._spliced(at, at, f"{ending}{' ' * column}{dash}{entry}")

    def _spliced(self, start: int, stop: int, new: str) -> str:
        return self.text[: start + self._shift] + new + self.text[stop + self._shift :]


def _end(node: Any) -> int:
    """Return where what is written of a node ends; comments behind it are not part of it."""
    if node.id == "scalar" or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1] if node.value else None
    if last is None:
        return int(node.end_mark.index)
    return _end(last[1] if isinstance(last, tuple) else last)
