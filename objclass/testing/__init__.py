"""The contracts of feature families and node kinds, as functions to call from any test."""

from objclass.testing.family import Scene, check_family, index_of, scene, settings
from objclass.testing.node import check_node

__all__ = ["Scene", "check_family", "check_node", "index_of", "scene", "settings"]
