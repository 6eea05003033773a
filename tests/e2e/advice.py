"""Reads what a screen advises and does it, as a person would who takes it by its word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

COMMAND = re.compile(r"objclass ((?:run|plan|validate|init|look|features|report|why|batch|headless|"
                     r"import|annotations|project|cache)\b[^`\"\n;]*)")  # fmt: skip
PROBLEM = re.compile(
    r"(?P<place>\w+\.yaml:(?P<line>\d+):(?P<column>\d+): )(?:node '(?P<node>[^']+)': )?(?P<what>.*)"
)
SETTING = r"[a-z_]+: (?:\[[^]]*\]|\{[^}]*\}|[^\s,;'{\[]+)"
FIELDS = re.compile(rf"\b(?:add|write|set|choose one)\b[^;]*?'?\b({SETTING})(?: and ({SETTING}))?")
OTHER = re.compile(rf" or '({SETTING})'")
OF_NODE = re.compile(r" to '([a-z_]+)'$")
SET = re.compile(r"--set ([a-z_]+\.[a-z_.]+=\S+)")
VALUE = re.compile(r"\bwrite ([\w.]+(?: um)?)(?: without quotes| with a point|, or another .*)?$")
IN_FLOW, IN_BLOCK = re.compile(r"[^,}]*"), re.compile(r".*")
LINE = re.compile(r"(?:quote it|a space is missing after [^;]*; write): (.+)$")
TOP = re.compile(r"start with version: 1$")
PLACEHOLDER = re.compile(r"…|<|NODE|[A-Z]{4,}|start, stop")


def commands(text: str) -> Iterator[str]:
    """Yield every whole command that a screen advises, without those that were typed."""
    for line in text.splitlines():
        for found in () if line.startswith("$ ") else COMMAND.finditer(line):
            words = found[1].split("  ")[0].rstrip(".,:)")
            if " " in words and not PLACEHOLDER.search(words) and ".yaml" in words:
                yield words


@dataclass(frozen=True)
class Change:
    """One way to follow an advice.

    Parameters
    ----------
    text
        The workflow as the advice has it.
    options
        What is added to the command line.
    """

    text: str
    options: str = ""


def what(problem: str) -> str:
    """Return what is wrong, without its place, what was found and how to mend it."""
    found = PROBLEM.match(problem)
    said = found["what"] if found else problem
    return re.split(r"; (?:got|expected)|; ", said)[0]


Edit = Callable[[str], Change]
"""Takes a workflow and follows an advice in it."""


def edits(problem: str) -> Iterator[Edit]:
    """Yield what a problem advises in full: each way of several alone."""
    said, _, _ = problem.partition("; did you mean")
    for option in SET.findall(said):
        if not PLACEHOLDER.search(option):
            yield partial(Change, options=f"--set {option}")
    found = PROBLEM.match(said)
    if found is None:
        return
    fix, at = said.rpartition("; ")[2], (int(found["line"]) - 1, int(found["column"]) - 1)
    if whole := LINE.search(said):
        yield partial(_with_line, at[0], whole[1])
    elif TOP.search(fix):
        yield lambda workflow: Change(f"version: 1\n{workflow}")
    elif value := VALUE.search(fix):
        yield partial(_with_value, at, value[1])
    elif settings := FIELDS.search(fix):
        other = OF_NODE.search(fix)
        ways = [[each for each in settings.groups() if each], *([o] for o in OTHER.findall(fix))]
        for way in ways:
            if not any(map(PLACEHOLDER.search, way)):
                yield partial(_with_fields, other[1] if other else found["node"], way)


def changes(problem: str, workflow: str) -> list[Change]:
    """Return a workflow, or what is added to the command, in every way that a problem advises."""
    return [edit(workflow) for edit in edits(problem)]


def _with_line(number: int, line: str, workflow: str) -> Change:
    """Write a line in the place of another, as deep."""
    lines = workflow.splitlines()
    depth = len(lines[number]) - len(lines[number].lstrip())
    lines[number] = " " * depth + line
    return Change("\n".join(lines) + "\n")


def _with_value(at: tuple[int, int], value: str, workflow: str) -> Change:
    """Write a value in the place of the one that begins at a line and a column."""
    lines = workflow.splitlines()
    old, start = lines[at[0]], at[1]
    was = (IN_FLOW if "{" in old[:start] else IN_BLOCK).match(old, start)
    assert was is not None, old
    lines[at[0]] = old[:start] + value + old[was.end() :]
    return Change("\n".join(lines) + "\n")


def _with_fields(node: str, settings: Sequence[str], workflow: str) -> Change:
    """Write fields into a node, in the place of what it says there already."""
    for setting in settings:
        workflow = _with_field(workflow, node, setting)
    return Change(workflow)


def _with_field(workflow: str, node: str, setting: str) -> str:
    field = setting.partition(":")[0]
    opening = re.search(rf"^  {re.escape(node)}: ?(\{{?)", workflow, re.MULTILINE)
    assert opening is not None, node
    before, rest = workflow[: opening.end()], workflow[opening.end() :]
    if opening[1]:
        body, _, after = rest.partition("\n")
        body = re.sub(rf"\b{field}: [^,}}]*(, )?", "", body)
        return f"{before}{setting}, {body}\n{after}"
    end = re.search(r"^ {0,2}\S", rest, re.MULTILINE)
    cut = end.start() if end else len(rest)
    body = re.sub(rf"^    {field}:.*\n", "", rest[:cut], flags=re.MULTILINE)
    return f"{before}\n    {setting}{body}{rest[cut:]}"
