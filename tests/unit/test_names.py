"""House rules that a reader would miss: names, sizes, and what is never done."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "objclass"
TESTS = PACKAGE.parent / "tests"

DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "core", "tools", "lib"}
VAGUE = re.compile(r"(Manager|Handler|Factory|Context)(?=[A-Z]|s?$)")
MACHINE = re.compile(r"(?<![\w.}])(?:/(?:work|tmp)\b|/(?:root|mnt|home|Users)/\w|[A-Z]:\\\\?Users)")
STRANGERS = re.compile("|".join(("farm-" + "bench", "farm-" + "studio", r"\bduplicates/")))
VARIANTS = "nodes/variants.py"
"""The one place that picks ilastik's variants."""

MOST_LINES = 400
MOST_OF_A_FUNCTION = 40

RUNS_PLUGINS = "objclass/plugins.py"
"""The one module that runs a file: because the workflow that the user names lists it."""
MAKES_METHODS = "objclass/data/dataclass.py"
"""Compiles what it has put together from the names of fields; nothing of a file is in it."""
EXECUTING = {"eval", "exec", "compile", "__import__"}
UNPICKLING = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*, tests: bool = False) -> list[Path]:
    """Every module of the package, and of the tests."""
    return sorted(PACKAGE.rglob("*.py")) + (sorted(TESTS.rglob("*.py")) if tests else [])


def named(path: Path) -> str:
    """A path as seen from the checkout."""
    return path.relative_to(PACKAGE.parent).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """A parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def test_no_module_is_a_drawer() -> None:
    parts = {
        named(p): p.relative_to(PACKAGE.parent).with_suffix("").parts for p in files(tests=True)
    }
    assert [p for p, names in parts.items() if not DRAWERS.isdisjoint(map(str.lower, names))] == []


def test_a_class_is_called_by_what_it_is() -> None:
    classes = [
        f"{named(path)}: {node.name}"
        for path in files(tests=True)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name)
    ]
    assert classes == []


def test_a_public_class_name_means_one_class_and_stands_in_the_glossary() -> None:
    homes: dict[str, list[str]] = {}
    for path in files():
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(named(path))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}
    glossary = (PACKAGE.parent / "docs/explanation/words.md").read_text(encoding="utf-8")
    assert [name for name in homes if f"| `{name}` |" not in glossary] == []


def test_a_file_can_be_read_in_one_go() -> None:
    lines = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    assert {path: n for path, n in lines.items() if n > MOST_LINES} == {}


def test_a_function_fits_on_a_screen() -> None:
    found = [
        f"{named(path)}: {function.name} has {n} lines"
        for path in files(tests=True)
        for function, n in lengths(tree_of(path))
        if n > MOST_OF_A_FUNCTION
    ]
    assert found == []


def lengths(tree: ast.Module) -> Iterator[tuple[Function, int]]:
    """Yield functions with the number of lines they have besides their docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            assert node.end_lineno is not None
            yield node, node.end_lineno - node.lineno + 1 - docstring_lines(node)


def docstring_lines(node: Function) -> int:
    """Lines of a function's docstring."""
    first = node.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if not is_text or not isinstance(first.value.value, str):
        return 0
    assert first.end_lineno is not None
    return first.end_lineno - first.lineno + 1


OTHER_FIELDS = re.compile(r"\bnames?\b|\bfamily\b|\bfeature\b")
"""What else may be ilastik: how an export is called, and a feature family."""


def test_nobody_asks_for_compatibility_outside_the_one_place() -> None:
    found = [
        f"{named(path)}: {question}"
        for path in files()
        if path.relative_to(PACKAGE).as_posix() != VARIANTS
        for question in asked(tree_of(path))
    ]
    assert found == []


def asked(tree: ast.Module) -> Iterator[str]:
    """Yield where a module asks whose rules hold, under whatever name it keeps the answer."""
    aliases = {"compatibility", *renamed(tree, is_compatibility)}
    words = {*renamed(tree, is_ilastik)}
    for node in ast.walk(tree):
        for operand in operands(node):
            names = {n.id for n in ast.walk(operand) if isinstance(n, ast.Name)}
            if any(map(is_compatibility, ast.walk(operand))) or names & aliases:
                yield ast.unparse(node)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Is):
            sides = [node.left, *node.comparators]
            said = [
                s for s in sides if is_ilastik(s) or (isinstance(s, ast.Name) and s.id in words)
            ]
            rest = " ".join(ast.unparse(s) for s in sides if s not in said)
            if said and not OTHER_FIELDS.search(rest):
                yield ast.unparse(node)


def is_compatibility(node: ast.AST) -> bool:
    """Whether an expression is the field ``compatibility`` of anything."""
    return isinstance(node, ast.Attribute) and "compat" in node.attr


def is_ilastik(node: ast.AST) -> bool:
    """Whether an expression is the word itself."""
    return isinstance(node, ast.Constant) and node.value == "ilastik"


def renamed(tree: ast.Module, test: Callable[[ast.AST], bool]) -> Iterator[str]:
    """Yield the names that are given what `test` finds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(map(test, ast.walk(node.value))):
            yield from (ast.unparse(target) for target in node.targets)
        if isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value and test(node.value):
            yield ast.unparse(node.target)


def operands(node: ast.AST) -> list[ast.expr]:
    """What a node decides by."""
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return [node.test]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.Match):
        return [node.subject]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [node.operand]
    return node.args if isinstance(node, ast.Call) and ast.unparse(node.func) == "bool" else []


@pytest.mark.parametrize(
    "line",
    [
        "if look.settings.compatibility: pass",
        "return_ = settings.compatibility is not None",
        "quirks = settings.compatibility\nif quirks: pass",
        "like = bool(workflow.compatibility)",
        "x = compatibility or 'own'",
        "x = not compatibility",
        "x = variant == 'ilastik'",
        "LIKE = 'ilastik'\nx = variant == LIKE",
        "match settings.compatibility:\n    case 'ilastik': pass",
    ],
)
def test_a_question_is_found_whatever_it_is_called(line: str) -> None:
    assert list(asked(ast.parse(line)))


@pytest.mark.parametrize(
    "line", ["f(compatibility=w.compatibility)", "x = export.names == 'ilastik'"]
)
def test_handing_it_on_is_no_question(line: str) -> None:
    assert list(asked(ast.parse(line))) == []


def test_every_exemption_is_of_a_file_that_exists() -> None:
    assert (PACKAGE / VARIANTS).is_file()
    assert (PACKAGE.parent / RUNS_PLUGINS).is_file()


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [
        f"{named(path)}: {line.strip()}"
        for path in files(tests=True)
        if path != Path(__file__)
        for line in path.read_text(encoding="utf-8").splitlines()
        if MACHINE.search(line) or STRANGERS.search(line)
    ]
    assert found == []


def test_nothing_read_from_a_file_is_executed_or_unpickled() -> None:
    found = [f"{named(path)}: {what}" for path in files() for what in dangerous(tree_of(path))]
    plugins = [f"{RUNS_PLUGINS}: {what}" for what in ("exec", "compile")]
    assert found == [f"{MAKES_METHODS}: exec", *plugins]


def dangerous(tree: ast.Module) -> Iterator[str]:
    """Yield calls and imports that could run what a file holds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (n for n in imported(node) if n.split(".")[0] in UNPICKLING)
        elif isinstance(node, ast.Call):
            yield from called(node)


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The names of an import."""
    names = [alias.name for alias in node.names]
    return names if isinstance(node, ast.Import) else [node.module or "", *names]


def called(node: ast.Call) -> Iterator[str]:
    """Yield a call that executes, unpickles, or loads YAML with any tag."""
    text = ast.unparse(node.func)
    if isinstance(node.func, ast.Name) and node.func.id in EXECUTING:
        yield text
    if text in ("yaml.load", "yaml.unsafe_load", "yaml.full_load", "joblib.load", "read_pickle"):
        yield text
    if text.endswith((".read_pickle", ".to_pickle")):
        yield text
    for keyword in node.keywords:
        is_true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        if keyword.arg == "allow_pickle" and is_true:
            yield f"{text}(allow_pickle=True)"
        if keyword.arg == "typ" and ast.unparse(keyword.value) in ("'unsafe'", '"unsafe"'):
            yield f"{text}(typ='unsafe')"
        if keyword.arg == "shell" and is_true:
            yield f"{text}(shell=True)"


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import load",
        "def f():\n    import marshal",
        "eval('1')",
        "exec(text)",
        "yaml.load(text)",
        "np.load(path, allow_pickle=True)",
        "YAML(typ='unsafe')",
        "pd.read_pickle(path)",
        "subprocess.run(text, shell=True)",
    ],
)
def test_a_dangerous_call_is_found(line: str) -> None:
    assert len(list(dangerous(ast.parse(line)))) >= 1


@pytest.mark.parametrize("line", ["re.compile('x')", "model.eval()", "np.load(p)", "json.load(f)"])
def test_a_harmless_call_is_not(line: str) -> None:
    assert list(dangerous(ast.parse(line))) == []


def test_a_long_docstring_makes_no_function_long() -> None:
    text = 'def f():\n    """' + "one line\n" * 60 + '    """\n    return 1\n'
    ((_, length),) = lengths(ast.parse(text))
    assert length == 2


@pytest.mark.parametrize("name", ["CacheManager", "Handler", "ForestFactory", "RunContext"])
def test_vague_class_names_are_found(name: str) -> None:
    assert VAGUE.search(name)


@pytest.mark.parametrize("name", ["Contextual", "Factor", "Handled"])
def test_other_class_names_are_not(name: str) -> None:
    assert not VAGUE.search(name)


@pytest.mark.parametrize(
    "text", [f"/{'work'}/main", f"see /{'tmp'}/x", f"/{'home'}/me", f"'/{'tmp'}'", f"/{'root'}/a"]
)
def test_paths_of_a_machine_are_found(text: str) -> None:
    assert MACHINE.search(text)


@pytest.mark.parametrize("text", ["a/work", "https://example.org/home", "path/tmp/x", "C:\\a.h5"])
def test_other_paths_are_not(text: str) -> None:
    assert not MACHINE.search(text)
