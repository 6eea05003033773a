"""Classify other images with a trained project: the same graph, the model fixed.

Images are worked off one by one and nothing is kept between them, so memory does not grow
with their number; one bad image does not stop the rest.
"""

from objclass.batch.image_done import ImageDone
from objclass.batch.preparing import missing_files, prepare, prepare_batch, resume
from objclass.batch.reports import write_reports
from objclass.batch.request import BatchRequest
from objclass.batch.work import Batch

__all__ = [
    "Batch",
    "BatchRequest",
    "ImageDone",
    "missing_files",
    "prepare",
    "prepare_batch",
    "resume",
    "write_reports",
]
