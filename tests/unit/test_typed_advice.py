"""What a problem advises is chosen by values: nobody reads its sentences but a person."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import objclass
from objclass.errors import Aside, FieldSetting, Problem, advise

PACKAGE = Path(objclass.__file__).parent
SENTENCES = {"what", "fix", "got", "expected"}
"""The clauses of a problem."""
PATTERNS = {name for name in dir(re.compile("")) if not name.startswith("_")}
READS = (PATTERNS | {name for name in dir(str) if not name.startswith("_")}) - {"join", "format"}


def readings(text: str) -> Iterator[str]:
    """Yield the expressions that look into a clause of something."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            asked = [op for op in node.ops if isinstance(op, ast.In | ast.NotIn)]
            looked_at = node.comparators if asked else []
        elif isinstance(node, ast.Subscript):
            looked_at = [node.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            pattern = node.func.attr in PATTERNS
            told = [node.func.value] if node.func.attr in READS else []
            looked_at = [*told, *(node.args if pattern else [])]
        else:
            continue
        if any(clause(each) for each in looked_at):
            yield ast.unparse(node)


def clause(node: ast.expr) -> bool:
    """Return True where this is a clause of something, as it is or in other words."""
    if isinstance(node, ast.BoolOp):
        return any(map(clause, node.values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str":
        return any(map(clause, node.args))
    return isinstance(node, ast.Attribute) and node.attr in SENTENCES


@pytest.mark.parametrize(
    "text",
    [
        "'axes' in problem.what",
        "problem.fix.startswith('add')",
        "PATTERN.fullmatch(problem.fix or '')",
        "re.sub('a', 'b', str(p.fix))",
        "p.fix and p.fix.partition(' (')[0]",
        "str(problem.fix).replace('a', 'b')",
        "problem.what[:3]",
    ],
)
def test_a_sentence_that_is_read_is_found(text: str) -> None:
    assert list(readings(text)) != []


@pytest.mark.parametrize(
    "text",
    ["f'{p.what}: {p.fix}'", "replace(p, what=p.what)", "'; '.join([p.what])", "p.fix is None"],
)
def test_a_sentence_that_is_passed_on_is_fine(text: str) -> None:
    assert list(readings(text)) == []


def test_no_module_reads_the_sentences_of_a_problem() -> None:
    read = {
        str(path.relative_to(PACKAGE)): found
        for path in sorted(PACKAGE.rglob("*.py"))
        if (found := list(readings(path.read_text(encoding="utf-8"))))
    }
    assert read == {}


def _named(node: ast.AST) -> str | None:
    """Return the field of a setting that is made with its name in full."""
    made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    if made and node.func.id == "FieldSetting" and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value)
    return None


def test_every_field_that_is_advised_is_a_field_of_some_kind() -> None:
    from objclass.nodes.registry import KINDS

    fields = {name for kind in KINDS.values() for name in kind.model_fields} | {"series"}
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    advised = {name for text in texts for name in map(_named, ast.walk(ast.parse(text))) if name}
    assert len(advised) >= 10
    assert advised <= fields


WRITTEN = re.compile(r"(?:add|write)(?: for example)? '?([a-z_]+): (?!…)")
IN_NOTES = {
    "audit.py: write 'audit: ",
    "column_choice.py: write use: ",
    "masks.py: write foreground: ",
    "mask_voxels.py: write foreground: ",
    "mask_voxels.py: write role: ",
    "value_range.py: add 'value_range: ",
}
"""Notes and warnings, which no command words anew; and a range that nobody knows."""


def _strings(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module without its docstrings."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_no_advice_to_write_a_field_is_mere_words() -> None:
    """Who has options instead of a workflow could not follow it."""
    from objclass.nodes.registry import KINDS

    fields = {name for kind in KINDS.values() for name in kind.model_fields}
    words = {
        f"{path.name}: {found[0]}"
        for path in PACKAGE.rglob("*.py")
        for text in _strings(ast.parse(path.read_text(encoding="utf-8")))
        for found in WRITTEN.finditer(text)
        if found[1] in fields
    }
    assert words == IN_NOTES


# --- words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (FieldSetting("axes", "zyx", example=True), "add for example axes: zyx"),
        (FieldSetting("axes", "zyx", verb="write"), "write axes: zyx"),
        (FieldSetting("sizes", "{t: 3}", verb="and"), "and sizes: {t: 3}"),
        (FieldSetting("image", "raw", quoted=True), "add 'image: raw'"),
        (FieldSetting("crop", "{t: 0}", "raw", quoted=True), "add 'crop: {t: 0}' to raw"),
        (FieldSetting("crop", "{t: 0}", "raw"), "add crop: {t: 0} to 'raw'"),
    ],
)
def test_a_setting_says_the_line_to_write_and_where(setting: FieldSetting, said: str) -> None:
    assert str(setting) == said


def test_advice_reads_as_one_sentence_and_keeps_its_settings() -> None:
    setting = FieldSetting("foreground", "7", verb="write")
    problem = Problem("wrong", fix=advise(advise("leave it, or ", setting), " if so"))
    assert str(problem) == "wrong; leave it, or write foreground: 7 if so"
    assert problem.settings == (setting,)


def test_another_word_takes_the_place_of_a_setting_and_nothing_else() -> None:
    first, second = FieldSetting("axes", "yx"), FieldSetting("role", "raw", verb="and")
    problem = Problem("axes: yx", fix=advise(first, " ", second, "; axes: yx"))
    said = problem.worded(lambda each: "--axes yx" if each.field == "axes" else None)
    assert str(said) == "axes: yx; --axes yx and role: raw; axes: yx"
    assert said.settings == (second,)


def test_an_aside_is_left_out_for_whoever_has_no_workflow() -> None:
    problem = Problem("wrong", fix=advise("a smaller halo", Aside(", or mode: exact")))
    assert str(problem) == "wrong; a smaller halo, or mode: exact"
    assert str(problem.without_asides()) == "wrong; a smaller halo"


def test_a_fix_in_words_has_no_settings_and_stays() -> None:
    problem = Problem("wrong", fix="add axes: yx")
    assert problem.settings == ()
    assert problem.worded(lambda each: "never") == problem
    assert problem.without_asides() == problem
