"""objclass: classify whole objects in microscopy images from a YAML workflow.

From Python::

    import objclass

    job = objclass.prepare("cells.yaml", objclass.Request(sets=("nuclei.threshold=0.45",)))
    job.plan()                                  # what would run, and why
    report = objclass.summarize(job, job.run())
    report.exit_code, report.written
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.batch import Batch, BatchRequest, ImageDone, prepare_batch, resume, write_reports
    from objclass.batch.arrays import ImagePrediction, Project
    from objclass.errors import InputError, ObjclassError, Problem, RunError
    from objclass.report.graph import network
    from objclass.report.summary import RunReport, summarize
    from objclass.report.tables import table
    from objclass.run import Job, Request, prepare

__version__ = "0.1.0"

_HOMES = {
    "Batch": "batch",
    "BatchRequest": "batch",
    "ImageDone": "batch",
    "prepare_batch": "batch",
    "resume": "batch",
    "write_reports": "batch",
    "ImagePrediction": "batch.arrays",
    "Project": "batch.arrays",
    "InputError": "errors",
    "ObjclassError": "errors",
    "Problem": "errors",
    "RunError": "errors",
    "network": "report.graph",
    "RunReport": "report.summary",
    "summarize": "report.summary",
    "table": "report.tables",
    "Job": "run",
    "Request": "run",
    "prepare": "run",
}

__all__ = [
    "Batch",
    "BatchRequest",
    "ImageDone",
    "ImagePrediction",
    "InputError",
    "Job",
    "ObjclassError",
    "Problem",
    "Project",
    "Request",
    "RunError",
    "RunReport",
    "network",
    "prepare",
    "prepare_batch",
    "resume",
    "summarize",
    "table",
    "write_reports",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"objclass.{_HOMES[name]}"), name)
