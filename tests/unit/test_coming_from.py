"""What the pages for people who come from other programs say can be written so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from objclass.nodes.registry import KINDS
from objclass.report.features import catalogue

PAGE = Path(__file__).parents[2] / "docs/how-to/coming-from-other-programs.md"
TEXT = PAGE.read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```$", "", TEXT))
NODES = [code for code in CODE if re.fullmatch(r"\w+: +\{kind: .*\}", code)]
FEATURES = {entry.name for entry in catalogue()}
FAMILIES = {entry.family for entry in catalogue()}


@pytest.mark.parametrize("line", NODES)
def test_a_line_of_the_tables_is_a_node_of_the_language(line: str) -> None:
    [written] = YAML(typ="safe", pure=True).load(line).values()
    KINDS[written["kind"]].model_validate(written)


def test_the_tables_show_lines_of_most_kinds() -> None:
    shown = {re.search(r"kind: (\w+)", line)[1] for line in NODES}  # type: ignore[index]
    assert shown == {"input", "threshold", "components", "features", "classifier"}


def test_what_the_tables_measure_can_be_measured() -> None:
    lists = re.findall(r"measure: \[([^\]]+)\]", TEXT)
    named = {entry.strip() for entries in lists for entry in entries.split(",")}
    families = "axes|hull|intensity|morphology|regionprops|size|texture"
    named |= {code for code in CODE if re.fullmatch(rf"(?:{families})_[a-z_]+", code)}
    assert len(named) > 8
    assert sorted(named - FEATURES - FAMILIES) == []
