"""Puts annotations into words: what was started, how they stand, what became of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from objclass.annotations.matches import STATUSES
from objclass.annotations.outcome import Reattachment, sentences, summary
from objclass.annotations.rows import rows_of
from objclass.annotations.summary import lines, lines_and_classes
from objclass.cli.screen import typed_ways, ways_lines
from objclass.curation.annotation_status import AnnotationStatus
from objclass.curation.following import MOST_TILES, ReattachmentReport, RewrittenFile, unfit
from objclass.curation.listing import ListedAnnotation
from objclass.curation.starting import NewAnnotationFile
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.nodes.gating import LABEL, NEW, foreign_notes, of_another_image

GAP = "  "


def short(path: Path) -> str:
    """Return a path as seen from here, where that is not further away."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def on(workflow: str, node: str | None = None) -> str:
    """Return the words that name a workflow, and its classifier where that was asked for."""
    return workflow + (f" --node {node}" if node else "")


def started_lines(found: NewAnnotationFile, workflow: str) -> Iterator[str]:
    """Yield what was written and how to go on."""
    yield from (f"note: {note}" for note in found.notes)
    chosen = "1 object" if found.chosen == 1 else f"{found.chosen} objects"
    yield f"wrote   {short(found.table)}{GAP}{chosen} of {found.total}, {found.how}"
    yield f"wrote   {short(found.picture)}{GAP}each with its line in the table"
    yield f"next    fill in the column class of {short(found.table)}"
    if not found.named:
        yield "        add its rows to the annotations that the workflow names"
    yield f"        objclass run {workflow}"


def status_lines(found: AnnotationStatus, workflow: str, node: str | None = None) -> Iterator[str]:
    """Yield how annotations stand."""
    if not found.exists:
        yield f"no annotations yet: there is no {found.file}"
        yield from ways_lines(typed_ways((NEW, LABEL), workflow, node))
        return
    if found.counts:
        yield f"{found.file}: {found.headline}"
    for cause in found.because:
        yield f"{GAP}because {cause}"
    yield from _table(found)
    yield from found.notes
    if found.unclassed or not found.counts:
        yield f"{found.file}: {rows_of(found.unclassed)} without a class yet"
    if found.ways:
        yield from ways_lines(typed_ways(found.ways, workflow, node))
    elif "invalid" in found.counts:
        yield f"next    objclass annotations reattach {on(workflow, node)}"


def status_named(text: str) -> str:
    """Return a status by its name; name the nearest for one that does not exist."""
    if text in STATUSES:
        return text
    close = nearest(text, STATUSES)
    fix = f"did you mean {close}?" if close else None
    what = f"--status {text}: there is no such status"
    raise InputError(Problem(what, expected=list_some(STATUSES, 12), fix=fix))


def listed_lines(found: Sequence[ListedAnnotation]) -> Iterator[str]:
    """Yield a table of annotations; columns that are empty for all are left out."""
    if not found:
        yield "no annotations"
        return
    columns: dict[str, list[str]] = {
        "line": [f"{each.file}:{each.line}" for each in found],
        "image": [each.image for each in found],
        "class": [each.class_ for each in found],
        "status": [each.status for each in found],
        **{a: [_number(getattr(each, a)) for each in found] for a in "tzyx"},
        "object": [_number(each.object or None) for each in found],
    }
    shown = {title: cells for title, cells in columns.items() if any(cells)}
    yield from align([list(shown), *zip(*shown.values(), strict=True)], left=4)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _table(found: AnnotationStatus) -> Iterator[str]:
    """Yield one line per class with a column per status that occurs."""
    statuses = [status for status in STATUSES if status in found.counts]
    titles = ["class", *statuses]
    rows = [[name, *(str(n.get(s, 0)) for s in statuses)] for name, n in found.classes.items()]
    yield from align([titles, *rows]) if rows else ()


def align(rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Yield rows with the first `left` columns to the left, the others to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if k < left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield (GAP + GAP.join(cells)).rstrip()


def followed_lines(
    found: ReattachmentReport,
    picture: Path | None,
    workflow: str,
    node: str | None = None,
    *,
    write: bool,
) -> Iterator[str]:
    """Yield what became of every invalid annotation."""
    file = found.annotated.file.name
    foreign = found.annotated.file.foreign
    yield from (f"{file}: {note}; not re-attached" for note in foreign_notes(foreign))
    if foreign:
        ways = of_another_image(found.annotated.file).ways
        yield from ways_lines(typed_ways(ways, workflow, node))
    if found.taken:
        yield f"{file}: {rows_of(len(found.taken))} taken as made on the image of now"
    if not found.outcomes:
        yield from () if foreign else (f"{file}: {_nothing_to_do(found)}",)
        yield from _saves(found, workflow, node, write=write)
        return
    for cause in found.annotated.because:
        yield f"{file}: objects changed, because {cause}"
    yield from align(list(_rows(found)), left=3)
    yield from sentences(found.outcomes)
    if found.contradicting:
        said = lines_and_classes(found.contradicting)
        yield f"once re-attached, one object has several classes: {said}"
    if picture:
        most = (
            f"{GAP}the {MOST_TILES} that changed most" if len(found.outcomes) > MOST_TILES else ""
        )
        yield f"wrote   {short(picture)}{most}"
    yield from _saves(found, workflow, node, write=write)


def _nothing_to_do(found: ReattachmentReport) -> str:
    """Say that no annotation has to be re-attached."""
    rest = "all are valid on it" if found.taken else "there is nothing to re-attach"
    return f"no annotation is invalid; {rest}"


def _saves(
    found: ReattachmentReport, workflow: str, node: str | None, *, write: bool
) -> Iterator[str]:
    """Yield the command that saves what was found, and what it saves."""
    if not found.fits:
        yield from () if write else (str(unfit(found)),)
        return
    if not (found.attached or found.taken):
        left = f"{found.annotated.file.name} stays as it is: no row re-attaches one to one"
        yield from (left,) if write and found.outcomes else ()
        return
    if write:
        return
    same = " --same-image" if found.taken else ""
    same += f" --nearest {found.nearest:g}" if found.nearest is not None else ""
    yield f"next    objclass annotations reattach {on(workflow, node)}{same} --write"
    saved = [f"the {len(found.attached)} one to one"] if found.attached else []
    saved += [f"the image of {rows_of(len(found.taken))}"] if found.taken else []
    yield f"            saves {' and '.join(saved)}, keeps {found.annotated.file.name}.bak"


def _rows(found: ReattachmentReport) -> Iterator[list[str]]:
    yield ["line", "class", "became", "overlap", "voxels", ""]
    for each in found.outcomes:
        overlap = f"{each.overlap:.2f}" if each.overlap is not None else "-"
        sizes = f"{each.old_size if each.old_size is not None else '?'} -> {each.size or '-'}"
        yield [str(each.line), each.row.class_, each.kind, overlap, sizes, _more(each)]


def _more(each: Reattachment) -> str:
    """Return what else there is to say of a row."""
    if each.partners:
        return f"with {lines_and_classes(each.partners)}"
    if each.kind == "merged":
        return f"with {each.neighbours} that nobody annotated"
    if each.pieces:
        return f"into {len(each.pieces)}"
    return ""


def rewritten_lines(
    found: ReattachmentReport, written: RewrittenFile, workflow: str
) -> Iterator[str]:
    """Yield what was saved and what is left to do."""
    for each in written.each:
        yield f"wrote   {short(each.table)}{GAP}{rows_of(each.rows)} re-attached"
        yield f"kept    {short(each.backup)}{GAP}the file as it was"
    file = short(written.table) if not written.more else found.annotated.file.name
    if found.left:
        rows = lines([each.row for each in found.left])
        yield f"left    {rows_of(len(found.left))} invalid: mend or delete {rows} of {file}"
        yield f"        or train without them: objclass run {workflow} --use-valid"
    else:
        yield f"next    objclass run {workflow}"


def followed_json(
    found: ReattachmentReport, picture: Path | None, written: RewrittenFile | None
) -> dict[str, Any]:
    """Return what became of every invalid annotation as a JSON value."""
    return {
        "file": found.annotated.file.name,
        "because": list(found.annotated.because),
        **summary(found.outcomes),
        "contradicting": [row.line for row in found.contradicting],
        "picture": str(picture) if picture else None,
        "written": str(written.table) if written else None,
        "backup": str(written.backup) if written else None,
        "files": [str(each.table) for each in written.each] if written else [],
    }
