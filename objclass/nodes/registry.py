"""Every node kind, in one table that is passed to the language and the engine."""

from __future__ import annotations

from objclass.engine.node import Node
from objclass.nodes.blockwise import BlockwiseNode
from objclass.nodes.classifier import ClassifierNode
from objclass.nodes.components import ComponentsNode
from objclass.nodes.embedding import EmbeddingNode
from objclass.nodes.export import ExportNode
from objclass.nodes.features import FeaturesNode
from objclass.nodes.input import InputNode
from objclass.nodes.predict import PredictNode
from objclass.nodes.threshold import ThresholdNode

KINDS: dict[str, type[Node]] = {
    "input": InputNode,
    "threshold": ThresholdNode,
    "components": ComponentsNode,
    "features": FeaturesNode,
    "embedding": EmbeddingNode,
    "classifier": ClassifierNode,
    "predict": PredictNode,
    "blockwise": BlockwiseNode,
    "export": ExportNode,
}
