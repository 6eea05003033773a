"""Provenance as a Workflow Run RO-Crate: which run made the page, from what, with what.

Workflow Run Crate 0.5 on RO-Crate 1.1 (https://w3id.org/ro/wfrun/workflow/0.5); pure: content in,
JSON out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from objclass.lineage.provenance import SourceFile
from objclass.report_page.content import ReportContent
from objclass.report_page.methods import methods_text

CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
]
PROFILES = (
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
)
MARK = "Written by objclass report"
"""Stands at the beginning of every crate, so that one of ours may be replaced by a newer one."""
LANGUAGE, ENGINE, RUN = "#objclass-workflow-language", "#objclass", "#run"
Entity = dict[str, Any]


def describe_run(content: ReportContent, path: Path, page: Path) -> dict[str, Any]:
    """Return the crate of a folder that holds the page.

    Parameters
    ----------
    content
        What the page tells.
    path
        The workflow, project or batch that it is about.
    page
        The page.
    """
    start = path.absolute().parent
    main = _identifier(str(path.absolute()), start, page)
    files = {_identifier(each.name, start, page): each for each in content.provenance.files}
    made = quote(page.name)
    parts = [{"@id": main}, {"@id": made}, *({"@id": name} for name in files)]
    graph: list[Entity] = [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "description": MARK,
         "about": {"@id": "./"},
         "conformsTo": [{"@id": "https://w3id.org/ro/crate/1.1"}, {"@id": PROFILES[2]}]},
        {"@id": "./", "@type": "Dataset", "name": content.title,
         "description": " ".join(methods_text(content)),
         "conformsTo": [{"@id": each} for each in PROFILES], "hasPart": parts,
         "mainEntity": {"@id": main}, "mentions": [{"@id": RUN}]},
        *({"@id": each, "@type": "CreativeWork", "name": each} for each in PROFILES),
        {"@id": main, "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
         "name": content.subject, "programmingLanguage": {"@id": LANGUAGE}},
        {"@id": LANGUAGE, "@type": "ComputerLanguage", "name": "objclass workflow (YAML)"},
        *_software(content),
        {"@id": RUN, "@type": "CreateAction", "name": f"Run of {content.subject}",
         "instrument": {"@id": main}, "object": [{"@id": name} for name in files],
         "result": [{"@id": made}], "agent": {"@id": ENGINE}},
        {"@id": made, "@type": "File", "name": f"Report of {content.subject}",
         "encodingFormat": "text/html"},
        *(_file(name, each) for name, each in files.items()),
    ]  # fmt: skip
    return {"@context": CONTEXT, "@graph": graph}


def _software(content: ReportContent) -> Iterator[Entity]:
    versions = content.provenance.versions
    libraries = versions.get("libraries", {})
    needs = [{"@id": f"#{name}"} for name in libraries]
    yield {"@id": ENGINE, "@type": "SoftwareApplication", "name": "objclass",
           "softwareVersion": str(versions.get("objclass", "")),
           "softwareRequirements": needs}  # fmt: skip
    for name, version in libraries.items():
        yield {"@id": f"#{name}", "@type": "SoftwareApplication", "name": name,
               "softwareVersion": str(version)}  # fmt: skip


def _identifier(name: str, start: Path, page: Path) -> str:
    """Return what a file is called in the crate: its path below the page, else its address.

    Parameters
    ----------
    name
        As a workflow in the folder `start` writes it.
    start, page
        Where relative names start, and the page, whose folder is the crate.
    """
    place, root = Path(os.path.normpath(start / name)), page.absolute().parent
    inside = place.is_relative_to(root) and place != root
    return quote(place.relative_to(root).as_posix()) if inside else place.as_uri()


def _file(name: str, each: SourceFile) -> Entity:
    said = {"identifier": f"blake3:{each.digest}"} if each.digest else {}
    return {"@id": name, "@type": "File", "name": Path(each.name).name,
            "description": each.role, **said}  # fmt: skip
