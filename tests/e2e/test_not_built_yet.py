"""What the documentation says is missing or refused is still so.

Every such sentence is found by its words and has a check here. A sentence that is new, or that
was forgotten when its room was built, fails.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal import Screen, typed

import workflows
from objclass.ilastik.headless import UNSUPPORTED
from objclass.nodes.registry import KINDS
from objclass.schema.nodes import PLANNED

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WORDS = re.compile(
    r"\b(?:not|neither) (?:built|read|used|written|measured|supported|implemented)(?: yet\b|\*\*:)"
    r"|\bnot (?:yet )?(?:supported|implemented)\b|\bcomes? later\b|\brefused by name\b"
    r"|\b(?:later|future) versions? (?:will|can)\b",
    re.IGNORECASE,
)
Check = Callable[[Path], None]


def sentences(page: Path) -> list[str]:
    """The sentences of a page that say that something is missing or refused."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\.) )", page.read_text(encoding="utf-8"))
    split = (re.split(r"(?<=[.;:]) (?=[A-Z*`])", " ".join(block.split())) for block in blocks)
    return [sentence for found in split for sentence in found if WORDS.search(sentence)]


def validated(folder: Path, *change: tuple[str, str]) -> Screen:
    """Check a small workflow with something changed."""
    workflows.flat(folder).edit(*change)
    return typed("validate cells.yaml", folder)


def assert_refused(screen: Screen, *said: str) -> None:
    assert screen.code == 2
    shown = " ".join((screen.out + screen.err).split())
    assert [text for text in said if text not in shown] == []


# --- the checks --------------------------------------------------------------------------------


def objects_of_one_class_are_not_measured(folder: Path) -> None:
    old = "  out:\n"
    more = "  again: {kind: features, image: raw, objects: predicted}\n"
    assert_refused(
        validated(folder, (old, more + old)),
        "objects of one class are taken by classifiers only yet",
    )


def planned_fields_are_refused(folder: Path) -> None:
    for kind, model in KINDS.items():
        for field in model.planned:
            screen = validated(folder, (f"kind: {kind}", f"kind: {kind}\n    {field}: 1"))
            assert_refused(screen, f"{field} is not built yet", model.planned[field])


def planned_kinds_are_refused(folder: Path) -> None:
    for kind, fix in PLANNED.items():
        more = f"nodes:\n  more: {{kind: {kind}}}"
        assert_refused(
            validated(folder, ("nodes:", more)), f"the kind {kind} is not built yet", fix
        )


def options_of_ilastik_are_refused(folder: Path) -> None:
    for name in (*UNSUPPORTED, "no_such_option"):
        line = ["headless", "--project=p.ilp", f"--{name}=1", "--raw_data=raw.tif"]
        assert_refused(typed(shlex.join(line), folder), f"--{name}")


NOT_BUILT: dict[str, Check] = {
    "measuring or filtering the objects of one class alone": objects_of_one_class_are_not_measured,
}
"""Every item of the list of what is not built yet."""

SAID: dict[str, tuple[Check, ...]] = {
    "**Not built yet**:": tuple(NOT_BUILT.values()),
    "A field whose room is not built is refused by name": (
        planned_fields_are_refused,
        planned_kinds_are_refused,
    ),
    "What is not supported is refused by name": (options_of_ilastik_are_refused,),
    "Everything else is refused by name, with the way on": (options_of_ilastik_are_refused,),
}
"""How a sentence begins or what it holds, and what shows that it is still true."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_sentence_about_what_is_missing_has_a_check(page: Path) -> None:
    unknown = [said for said in sentences(page) if not any(known in said for known in SAID)]
    assert unknown == []


@pytest.mark.parametrize("said", SAID)
def test_what_is_checked_is_still_said(said: str) -> None:
    assert any(said in sentence for page in PAGES for sentence in sentences(page))


def test_every_item_of_the_list_of_what_is_not_built_has_a_check() -> None:
    page = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    listed = " ".join(page.split()).partition("**Not built yet**: ")[2].partition(".")[0]
    assert listed == ", ".join(NOT_BUILT)


CHECKS = {check.__name__: check for checks in SAID.values() for check in checks}


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_said_to_be_missing_or_refused_is_so(check: str, tmp_path: Path) -> None:
    CHECKS[check](tmp_path)
