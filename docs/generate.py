"""Generates the reference pages, the editor schema and the wrappers from the code.

``python docs/generate.py`` writes them, ``python docs/generate.py --check`` only says which
are out of step (the tests do that).
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from rooms import draw

from objclass import __version__
from objclass.annotations.class_names import RESERVED
from objclass.classification.estimators import ESTIMATORS, estimator_named
from objclass.cli.json_document import SCHEMA
from objclass.cli.json_keys import ENVELOPE, KEYS, PROBLEM, Schema, key_rows
from objclass.cli.main import COMMANDS, app
from objclass.measure.ilastik_names import PLUGINS
from objclass.nodes.registry import KINDS
from objclass.report.features import CatalogueEntry, catalogue
from objclass.schema.json_schema import json_schema
from wrappers import FILES

ROOT = Path(__file__).parents[1]
WORDS = "docs/explanation/words.md"
HOUSE = "docs/explanation/architecture.md"
CLASSES = "stands here with its first sentence.\n"
"""The end of what a person writes on that page."""
WIDTH = 80
"""Columns of a help text, whatever the terminal."""


def language() -> str:
    """Return the page of node kinds and fields."""
    schema = json_schema(KINDS)
    lines = [
        "# The language",
        "",
        "Generated from the code. A workflow is one YAML file: `version: 1` and `nodes:`, a",
        "mapping of names to nodes. A node is one flat mapping with a `kind`; a wire is `node` or",
        "`node.part`.",
        "",
        "## Top level",
        "",
        *_fields(schema, schema["definitions"]),
    ]
    for kind in KINDS:
        model = schema["definitions"][kind]
        lines += ["", f"## `{kind}`", "", model["description"], ""]
        lines += _fields(model, schema["definitions"])
        lines += [*_estimators(schema), *_reserved()] if kind == "classifier" else []
    return "\n".join(lines) + "\n"


def _estimators(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the options of every estimator, under the words by which a workflow names it."""
    yield from ("", "### Estimators", "", "A word, or a mapping of `kind` and options.")
    for name in ESTIMATORS:
        settings = estimator_named(name).settings
        model = schema["definitions"][settings.__name__]
        words = ", ".join(f"`{word}`" for word in settings.kinds())
        yield from ("", f"#### {words}", "", model["description"].replace("\n", " "), "")
        yield from _fields(model, schema["definitions"])


def _reserved() -> list[str]:
    """Return the words that no class may have as its name."""
    lines = ["", "### Reserved words", "", "No class may be called so, in any case:", ""]
    lines += ["| word | meaning |", "|---|---|"]
    return lines + [f"| `{word}` | {means} |" for word, means in RESERVED.items()]


def _fields(model: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    yield "| field | type | default | meaning |"
    yield "|---|---|---|---|"
    for name, field in model["properties"].items():
        if name in ("kind", "nodes"):
            continue
        required = name in model.get("required", [])
        default = "required" if required else _shown(field.get("default"))
        meaning = field.get("description", "").replace("|", "\\|").replace("\n", " ")
        yield f"| `{name}` | {_type(field, definitions)} | {default} | {meaning} |"


def _shown(value: Any) -> str:
    if value is None or value in ([], ()):
        return ""
    return f"`{json.dumps(value)}`".replace('"', "")


def _type(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "anyOf" in field or "oneOf" in field:
        kinds = [_type(f, definitions) for f in field.get("anyOf", field.get("oneOf", []))]
        return ", ".join(dict.fromkeys(k for k in kinds if k != "null"))
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "$ref" in field:
        return "mapping"
    kind = field.get("type", "any")
    names = {"object": "mapping", "array": "list", "string": "text", "boolean": "true, false"}
    kinds = kind if isinstance(kind, list) else [kind]
    return ", ".join(names.get(k, k) for k in kinds)


def commands() -> str:
    """Return the page of commands: the help of every verb."""
    lines = ["# Commands", "", "Generated from the code: what `--help` prints.", ""]
    lines += ["Exit codes: 0 done, 1 found while running, 2 found before work, 3 unexpected,"]
    lines += ["130 interrupted, 143 stopped by SIGTERM."]
    settings = {"terminal_width": WIDTH, **app.context_settings}
    root = click.Context(app, info_name="objclass", **settings)
    for name in COMMANDS:
        command = app.get_command(root, name)
        assert command is not None
        lines += _help(command, root, f"objclass {name}", 2)
    return "\n".join(lines) + "\n"


def _help(command: click.Command, parent: click.Context, title: str, level: int) -> Iterator[str]:
    context = click.Context(command, info_name=title.split(maxsplit=1)[1], parent=parent)
    yield from ("", f"{'#' * level} `{title}`", "", "```text", command.get_help(context), "```")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _help(found, parent, f"{title} {name}", level + 1)


def features() -> str:
    """Return the catalogue of features."""
    lines = ["# Features", ""]
    lines += [
        "Generated from the code; `objclass features show NAME` prints one. Columns are called"
    ]
    lines += ["`[region_]family_feature[_k][-channel]`; units are those of an image in um."]
    lines += ["*Portable* values are the same bytes on every machine."]
    entries = catalogue()
    for family in dict.fromkeys(entry.family for entry in entries):
        head = "| feature | group | columns 2D / 3D | unit | definition | source | portable |"
        lines += ["", f"## `{family}`", "", head, "|---|---|---|---|---|---|---|"]
        lines += [_feature_row(entry) for entry in entries if entry.family == family]
    return "\n".join([*lines, *_ilastik()]) + "\n"


def _ilastik() -> list[str]:
    """Return ilastik's own features by its names."""
    lines = ["", "## `ilastik`", "", "ilastik's own features with its names and values:"]
    lines += ['`{ilastik: ["Count", "Mean in neighborhood"], margin: {x: 30, y: 30, z: 1}}`.']
    for plugin, features in PLUGINS.items():
        lines += [
            "",
            f"### {plugin}",
            "",
            "| name | shown as | group | meaning |",
            "|---|---|---|---|",
        ]
        for name, feature in features.items():
            meaning = feature.meaning.replace("|", "\\|")
            lines.append(f"| `{name}` | {feature.text} | {feature.group} | {meaning} |")
    return lines


def _feature_row(entry: CatalogueEntry) -> str:
    columns = f"{entry.plane} / {entry.volume}" + (" per channel" if entry.per_channel else "")
    text = entry.definition.replace("|", "\\|")
    portable = "yes" if entry.portable else "no"
    cells = [f"`{entry.name}`", entry.group, columns, entry.unit, text, entry.source, portable]
    return "| " + " | ".join(cells) + " |"


def schema() -> str:
    """Return the JSON Schema that editors read."""
    return json.dumps(json_schema(KINDS), indent=1) + "\n"


def documents() -> str:
    """Return the page of the keys of every document that ``--json`` prints."""
    lines = ["# JSON documents", "", *DOCUMENTS, ""]
    lines += ["## Every command", "", *_keys(ENVELOPE), "", "### `problems[]`", "", *_keys(PARTS)]
    for name, keys in KEYS.items():
        lines += ["", f"## `objclass {name}`", "", *_keys(keys)]
    return "\n".join(lines) + "\n"


PARTS = PROBLEM["properties"]
DOCUMENTS = (
    "Generated from the code. With `--json` a command prints one JSON document on stdout, also",
    "where it fails, is refused or is interrupted, and nothing else; progress, and what else a",
    "person reads, goes to stderr. The keys of the first table are always there. Those of a",
    "command are there as far as it came, all that it was asked for at exit code 0. A number",
    "that is not finite is `null`. States are in lower case. Keys may be added; where one goes",
    "or changes its meaning, `schema` counts on. `objclass schema --documents` prints all this",
    "as JSON Schema.",
)


def promised() -> str:
    """Return key to type of all documents of this version; later ones are held to them."""
    keys = {"": ENVELOPE, **KEYS}
    said = {name: {key: kind for key, kind, _ in key_rows(of)} for name, of in keys.items()}
    return json.dumps({"schema": SCHEMA, "commands": said}, indent=1, ensure_ascii=False) + "\n"


def _keys(keys: Mapping[str, Schema]) -> Iterator[str]:
    yield from ("| key | type | meaning |", "|---|---|---|")
    for name, kind, meaning in key_rows(keys):
        yield f"| `{name}` | {kind} | {meaning} |"


def words() -> str:
    """Return the glossary: the words of its first part as written, the classes from the code."""
    text = (ROOT / WORDS).read_text(encoding="utf-8")
    lines = [text[: text.index(CLASSES) + len(CLASSES)]]
    rooms: dict[str, list[str]] = {}
    for module, name, sentence in _classes():
        row = f"| `{name}` | {sentence} | `{module}` |".replace("``", "`")
        rooms.setdefault(module.split("/")[0].removesuffix(".py"), []).append(row)
    for room, rows in rooms.items():
        lines += [f"### {room}", "", "| class | what it is | where |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def house() -> str:
    """Return the page of the house with its picture of rooms drawn from the imports."""
    text = (ROOT / HOUSE).read_text(encoding="utf-8")
    before, rest = text.split("```mermaid\n")
    return before + draw(ROOT / "objclass", text) + rest[rest.index("```") + 3 :]


def _classes() -> Iterator[tuple[str, str, str]]:
    """Yield module, name and first sentence of every public class of the package."""
    package = ROOT / "objclass"
    for path in sorted(package.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                sentence = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")
                plain = re.sub(r":\w+:`[~.]?([^`]*)`", r"`\1`", sentence).replace("|", "\\|")
                yield path.relative_to(package).as_posix(), node.name, plain


PAGES = {
    HOUSE: house,
    WORDS: words,
    "docs/reference/language.md": language,
    "docs/reference/commands.md": commands,
    "docs/reference/features.md": features,
    "docs/reference/json.md": documents,
    f"tests/data/formats/{__version__}/documents.json": promised,
    "workflows/workflow.schema.json": schema,
    **FILES,
}


def main(check: bool = False) -> int:
    """Write every page, or say which are out of step."""
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    print("\n".join(f"{'out of step' if check else 'wrote'}: {name}" for name in stale))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
