"""The graph of a workflow, and its Mermaid text."""

from __future__ import annotations

from pathlib import Path

from objclass.nodes.registry import KINDS
from objclass.report.graph import identifiers, mermaid, network
from objclass.schema.workflow import load

TEXT = """\
version: 1
title: Say "cells"
nodes:
  raw: {kind: input, path: raw.tif}
  prob: {kind: input, path: prob.h5}
  end: {kind: threshold, image: prob}
  feats-1: {kind: features, image: end.smoothed, objects: end}
  save: {kind: export, from: feats-1, image: raw}
"""


def test_nodes_come_in_file_order_and_wires_with_their_parts() -> None:
    graph = network(load(TEXT, KINDS, file=Path("cells.yaml")))
    assert list(graph.nodes(data="kind"))[:3] == [
        ("raw", "input"),
        ("prob", "input"),
        ("end", "threshold"),
    ]
    wires = {(a, b, d["field"]): d["part"] for a, b, d in graph.edges(data=True)}
    assert wires == {
        ("prob", "end", "image"): "image",
        ("end", "feats-1", "image"): "smoothed",
        ("end", "feats-1", "objects"): "objects",
        ("feats-1", "save", "from"): "",
        ("raw", "save", "image"): "image",
    }


def test_the_text_is_what_mermaid_reads() -> None:
    text = mermaid(network(load(TEXT, KINDS, file=Path("cells.yaml"))), "TB")
    assert text == (
        "---\n"
        'title: "Say \\"cells\\""\n'
        "---\n"
        "flowchart TB\n"
        '    raw[/"raw<br>input"/]\n'
        '    prob[/"prob<br>input"/]\n'
        '    end_["end<br>threshold"]\n'
        '    feats_1["feats-1<br>features"]\n'
        '    save[\\"save<br>export"\\]\n'
        "    raw -->|image| save\n"
        "    prob -->|image| end_\n"
        "    end_ -->|smoothed| feats_1\n"
        "    end_ -->|objects| feats_1\n"
        "    feats_1 --> save\n"
    )


def test_identifiers_stay_apart() -> None:
    assert identifiers(["a-b", "a_b", "Class", "x"]) == {
        "a-b": "a_b",
        "a_b": "a_b_",
        "Class": "Class_",
        "x": "x",
    }


def test_a_workflow_without_title_starts_with_the_graph() -> None:
    text = TEXT.replace('title: Say "cells"\n', "")
    graph = network(load(text, KINDS, file=Path("cells.yaml")))
    assert mermaid(graph).startswith("flowchart LR\n")
