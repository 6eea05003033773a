"""Classify other images with a trained project: the same graph, the model fixed.

Images are worked off one by one and nothing is kept between them, so memory does not grow
with their number; one bad image does not stop the rest.
"""

from objclass.batch.preparing import missing_files, prepare_batch, prepared
from objclass.batch.reports import write_reports
from objclass.batch.request import BatchRequest
from objclass.batch.work import Batch, Done

__all__ = [
    "Batch",
    "BatchRequest",
    "Done",
    "missing_files",
    "prepare_batch",
    "prepared",
    "write_reports",
]
