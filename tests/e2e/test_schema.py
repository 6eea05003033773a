"""``objclass schema``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import objclass

from objclass.nodes.registry import KINDS


def test_the_schema_names_every_kind() -> None:
    answer = objclass("schema")
    schema = json.loads(answer.out)
    assert answer.code == 0
    assert set(KINDS) <= set(schema["definitions"])


def test_an_older_schema_is_replaced_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    older = {"title": "objclass workflow", "definitions": {}}
    Path("workflow.schema.json").write_text(json.dumps(older))
    for _ in range(2):
        answer = objclass("schema", "-o", "workflow.schema.json")
        assert (answer.code, answer.out) == (0, "wrote   workflow.schema.json\n")
    assert Path("workflow.schema.json").read_text(encoding="utf-8") == objclass("schema").out
    Path("mine.json").write_text('{"title": "mine"}')
    answer = objclass("schema", "-o", "mine.json")
    assert answer.code == 2
    assert answer.err.startswith("mine.json exists already; nothing was written")
    assert Path("mine.json").read_text() == '{"title": "mine"}'
