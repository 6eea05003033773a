"""Everything that can be written, in one table.

A new output is a file that ends in ``OUTPUT = …`` and a line here.
"""

from __future__ import annotations

from typing import Final

from objclass.data.plugin_table import PluginTable
from objclass.nodes.export.output import ExportOutput

OUTPUTS: Final[PluginTable[ExportOutput]] = PluginTable(
    {
        "table": "objclass.nodes.export.table.OUTPUT",
        "counts": "objclass.nodes.export.counts.OUTPUT",
        "wells": "objclass.nodes.export.wells.OUTPUT",
        "controls": "objclass.nodes.export.controls.OUTPUT",
        "dictionary": "objclass.nodes.export.dictionary.OUTPUT",
        "predictions": "objclass.nodes.export.predictions.OUTPUT",
        "probabilities": "objclass.nodes.export.probabilities.OUTPUT",
        "uncertainty": "objclass.nodes.export.uncertainty.OUTPUT",
        "identities": "objclass.nodes.export.identities.OUTPUT",
        "smoothed": "objclass.nodes.export.layer.SMOOTHED",
        "cores": "objclass.nodes.export.layer.CORES",
        "cores_filtered": "objclass.nodes.export.layer.CORES_FILTERED",
        "unfiltered": "objclass.nodes.export.layer.UNFILTERED",
        "overlay": "objclass.nodes.export.overlay.OUTPUT",
        "montage": "objclass.nodes.export.montage.OUTPUT",
        "evaluation": "objclass.nodes.export.evaluation.OUTPUT",
        "geojson": "objclass.nodes.export.geojson.OUTPUT",
        "roi": "objclass.nodes.export.roi.OUTPUT",
        "ngio": "objclass.nodes.export.ngio.OUTPUT",
        "anndata": "objclass.nodes.export.anndata.OUTPUT",
        "mobie": "objclass.nodes.export.mobie.OUTPUT",
        "omero": "objclass.nodes.export.omero.OUTPUT",
    }
)
"""By the name that ``write`` calls it; each is imported when a workflow writes it."""
