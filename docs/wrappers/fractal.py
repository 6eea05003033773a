"""A package of one Fractal task: its list of tasks, and its manifest, made of the task's code."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, get_args

from objclass.io.feature_table import Backend
from wrappers.tool import LICENCE, MADE, NAME, ROOT, SUMMARY, VERSION

PACKAGE = "objclass_fractal"
TASK = "classify_objects"
TASK_FILE = f"fractal/{PACKAGE}/{TASK}.py"
META = {"cpus_per_task": 1, "mem": 4000}
TAGS = ["Classification", "2D", "3D"]


def manifest() -> str:
    """Return ``__FRACTAL_MANIFEST__.json``, as fractal-task-tools makes it of the task."""
    task = {
        "name": "Classify objects",
        "category": "Measurement",
        "tags": TAGS,
        "docs_info": f"## {TASK}\n{_about()[0]}\n",
        "type": "parallel",
        "executable_parallel": f"{TASK}.py",
        "meta_parallel": META,
        "args_schema_parallel": _schema(),
    }
    said = {
        "manifest_version": "2",
        "task_list": [task],
        "has_args_schemas": True,
        "args_schema_version": "fractal_schema_v1",
        "authors": f"the {NAME} developers",
    }
    return json.dumps(said, indent=2) + "\n"


def task() -> str:
    """Return the task as it lies there, with the formats of tables that there are.

    Raises
    ------
    ValueError
        Where it no longer says them.
    """
    text = (ROOT / "wrappers" / TASK_FILE).read_text(encoding="utf-8")
    names = get_args(Backend)
    filled = {
        r"Literal\[.*?\]": f"Literal[{', '.join(json.dumps(name) for name in names)}]",
        r"(?<=Format of the table's file: ).*(?=\.)": " or ".join(names),
    }
    for pattern, says in filled.items():
        text, times = re.subn(pattern, says, text)
        if times == 0:
            raise ValueError(f"wrappers/{TASK_FILE} has nothing like {pattern}")
    return text


def _task() -> ast.FunctionDef:
    """Return the function of the task."""
    tree = ast.parse(task())
    return next(
        each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == TASK
    )


def _about() -> tuple[str, dict[str, str]]:
    """Return what the task says of itself, and of each argument."""
    text, _, arguments = (ast.get_docstring(_task()) or "").partition("\n\nArgs:\n")
    lines = (line.strip().partition(": ") for line in arguments.splitlines())
    return text, {name: says for name, _, says in lines}


def _schema() -> dict[str, Any]:
    said, given = _about()[1], _task().args
    properties, required = {}, []
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        name = argument.arg
        shown = {} if default is None else {"default": ast.literal_eval(default)}
        required += [name] if default is None else []
        about = {"title": name.replace("_", " ").title(), "type": "string"}
        properties[name] = {**shown, **_choices(argument), **about, "description": said[name]}
    return {
        "additionalProperties": False,
        "properties": properties,
        "required": required,
        "type": "object",
        "title": "ClassifyObjects",
    }


def _choices(argument: ast.arg) -> dict[str, Any]:
    """Return the values that an argument may have, where it names them."""
    match argument.annotation:
        case ast.Subscript(value=ast.Name(id="Literal"), slice=names):
            return {"enum": list(ast.literal_eval(names))}
    return {}


def task_list() -> str:
    """Return the list of tasks from which fractal-task-tools makes a manifest."""
    return f'''\
"""The tasks of this package.

{MADE}
"""

from fractal_task_tools.task_models import ParallelTask

AUTHORS = "the {NAME} developers"
TASK_LIST = [
    ParallelTask(
        name="Classify objects",
        category="Measurement",
        tags={json.dumps(TAGS)},
        executable="{TASK}.py",
        meta={json.dumps(META)},
    ),
]
'''


def project() -> str:
    """Return the package's metadata."""
    return f"""\
# {MADE}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{PACKAGE.replace("_", "-")}"
version = "{VERSION}"
description = "{SUMMARY}: a task for Fractal"
license = "{LICENCE}"
authors = [{{ name = "the {NAME} developers" }}]
requires-python = ">=3.11"
dependencies = ["{NAME}=={VERSION}"]
"""


def package() -> str:
    """Return the package's first module."""
    return f'"""A Fractal task that classifies objects."""\n\n# {MADE}\n'


FILES = {
    TASK_FILE: task,
    "fractal/pyproject.toml": project,
    f"fractal/{PACKAGE}/__init__.py": package,
    f"fractal/{PACKAGE}/dev/__init__.py": package,
    f"fractal/{PACKAGE}/dev/task_list.py": task_list,
    f"fractal/{PACKAGE}/__FRACTAL_MANIFEST__.json": manifest,
}
