"""The JSON Schema that editors read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from toy_kinds import JOB, KINDS, Input, Region, Threshold

from objclass.schema.fields import Fields
from objclass.schema.json_schema import field_docs, json_schema
from objclass.schema.source import YamlMapping

SCHEMA = json_schema(KINDS)
WORKFLOWS = Path(__file__).parents[3] / "workflows"


def nodes() -> dict[str, Any]:
    return SCHEMA["properties"]["nodes"]["additionalProperties"]


def unknown_keys(data: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """Yield the keys of a workflow that its schema does not have."""
    yield from set(data) - set(schema["properties"])
    for name, node in data["nodes"].items():
        known = schema["definitions"][node["kind"]]["properties"]
        yield from (f"{name}.{key}" for key in node if key not in known)


def test_the_schema_is_json() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_the_top_level_has_every_key_and_no_other() -> None:
    assert list(SCHEMA["properties"]) == [
        "version",
        "title",
        "project",
        "images",
        "plate_map",
        "compatibility",
        "plugins",
        "nodes",
    ]
    assert SCHEMA["required"] == ["version", "nodes"]
    assert SCHEMA["additionalProperties"] is False
    assert SCHEMA["properties"]["version"]["const"] == 1


def test_a_node_is_one_of_the_kinds_told_apart_by_kind() -> None:
    assert nodes()["properties"]["kind"] == {"enum": list(KINDS)}
    assert nodes()["required"] == ["kind"]
    assert nodes()["discriminator"]["propertyName"] == "kind"
    references = {name: f"#/definitions/{name}" for name in KINDS}
    assert nodes()["discriminator"]["mapping"] == references
    assert nodes()["oneOf"] == [{"$ref": reference} for reference in references.values()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_constant_kind_and_refuses_other_keys(kind: str) -> None:
    definition = SCHEMA["definitions"][kind]
    assert definition["properties"]["kind"]["const"] == kind
    assert definition["required"][0] == "kind"
    assert definition["additionalProperties"] is False
    assert definition["description"].endswith(".")


def test_required_fields_are_required() -> None:
    assert SCHEMA["definitions"]["predict"]["required"] == ["kind", "features", "classifier"]


def test_keys_are_the_names_written_in_yaml() -> None:
    assert "from" in SCHEMA["definitions"]["export"]["properties"]
    assert "from_" not in SCHEMA["definitions"]["export"]["properties"]


def test_words_defaults_and_limits_are_offered() -> None:
    fields = SCHEMA["definitions"]["threshold"]["properties"]
    assert fields["method"]["enum"] == ["simple", "hysteresis"]
    assert fields["method"]["default"] == "simple"
    assert fields["min_size"]["default"] == 10
    assert SCHEMA["definitions"]["classifier"]["properties"]["seed"]["minimum"] == 0


def test_types_of_the_language_say_what_may_be_written() -> None:
    fields = SCHEMA["definitions"]["threshold"]["properties"]
    assert fields["image"]["pattern"].startswith("^[A-Za-z_]")
    number, axes = fields["sigma"]["anyOf"]
    assert number == {"type": "number", "minimum": 0}
    assert list(axes["properties"]) == ["z", "y", "x"]
    default = SCHEMA["definitions"]["features"]["properties"]["measure"]["default"]
    assert default == ["size", "axes", "intensity"]


def test_fields_are_described_by_what_stands_behind_them() -> None:
    assert field_docs(Input)["path"] == "The file, relative to the workflow."
    described = SCHEMA["definitions"]["input"]["properties"]["path"]
    assert described["description"] == "The file, relative to the workflow."


def test_fields_are_described_by_the_docstring_of_the_class() -> None:
    assert field_docs(Threshold) == {
        "image": "The prediction map.",
        "sigma": "Smoothing in voxels, one number or per axis.",
    }


def test_models_inside_models_are_there() -> None:
    assert SCHEMA["definitions"]["Region"]["description"] == Region.__doc__


def test_no_reference_leads_nowhere() -> None:
    text = json.dumps(SCHEMA)
    names = {part.partition('"')[0] for part in text.split('"#/definitions/')[1:]}
    assert names <= set(SCHEMA["definitions"])


def test_a_kind_without_source_code_has_a_schema() -> None:
    made = type("Made", (Fields,), {"__doc__": "Made in a session.", "__module__": __name__})
    assert json_schema({"made": made})["definitions"]["made"]["description"] == "Made in a session."


def test_a_workflow_has_no_key_that_the_schema_lacks() -> None:
    assert not list(unknown_keys(YamlMapping.parse(JOB, "job.yaml").data, SCHEMA))


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("*.yaml")), ids=lambda path: path.name)
def test_a_shipped_workflow_has_no_key_that_the_schema_lacks(path: Path) -> None:
    registry = pytest.importorskip("objclass.nodes.registry")
    assert not list(unknown_keys(YamlMapping.read(path).data, json_schema(registry.KINDS)))
    assert path.read_text().startswith("# yaml-language-server: $schema=")
