"""From which files and with which programs all this was made."""

from __future__ import annotations

from objclass.report_page.content import ReportContent
from objclass.report_page.markup import Markup, isolated, joined, tag
from objclass.report_page.tables import behind, table


def body(content: ReportContent) -> Markup | None:
    """Return models, files, versions and the workflow itself."""
    given = content.provenance
    shown = []
    if given.models:
        rows = [(name, estimator, digest) for name, (digest, estimator) in given.models.items()]
        shown.append(table(("classifier", "estimator", "digest of its model"), rows))
    if given.files:
        files = [(each.role, each.image, each.name, each.digest) for each in given.files]
        shown.append(table(("role", "image", "file", "digest of its content"), files))
    libraries = given.versions.get("libraries", {})
    rows_ = [("objclass", str(given.versions.get("objclass", "")))]
    rows_ += [("Python", str(given.versions.get("python", "")))]
    rows_ += [(name, str(version)) for name, version in libraries.items()]
    rows_ += [("system", str(given.versions.get("platform", "")))]
    shown.append(table(("program", "version"), rows_))
    if content.remarks:
        said = tag("ul", *(tag("li", isolated(each)) for each in content.remarks))
        shown.append(behind("what the run remarked on", said))
    if given.workflow:
        shown.append(behind("the workflow", tag("pre", isolated(given.workflow))))
    return joined(shown)
