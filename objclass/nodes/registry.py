"""Every node kind, in one table that is passed to the language and the engine."""

from __future__ import annotations

from typing import Final

from objclass.data.plugin_table import PluginTable
from objclass.engine.node import Node

KINDS: Final[PluginTable[type[Node]]] = PluginTable(
    {
        "input": "objclass.nodes.input.InputNode",
        "threshold": "objclass.nodes.threshold.ThresholdNode",
        "components": "objclass.nodes.components.ComponentsNode",
        "features": "objclass.nodes.features.FeaturesNode",
        "embedding": "objclass.nodes.embedding.EmbeddingNode",
        "classifier": "objclass.nodes.classifier.ClassifierNode",
        "predict": "objclass.nodes.predict.PredictNode",
        "blockwise": "objclass.nodes.blockwise.BlockwiseNode",
        "export": "objclass.nodes.export.ExportNode",
    }
)
"""By the word that ``kind`` calls it; each is imported when a workflow has one."""
