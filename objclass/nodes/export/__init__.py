"""``export``: write results as files, one part per file.

What can be written stands in :data:`~objclass.nodes.export.outputs.OUTPUTS`, one line an output;
each is a file of this package that says what it reads, which options it has, and how it is written.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from objclass.data.image import ImageHeader
from objclass.data.objects import FilesHeader
from objclass.data.wire import Wire
from objclass.engine.look import Look, Unknown
from objclass.engine.node import Made, Node, Part, View
from objclass.errors import InputError, list_some, nearest
from objclass.io.address import check_written
from objclass.io.label_group import is_inside, place_inside
from objclass.io.output_formats import output_suffix
from objclass.nodes.export.control_field import NamedControls
from objclass.nodes.export.layout import OF_IMAGES, Dialect
from objclass.nodes.export.origin import Origin, origin_of
from objclass.nodes.export.output import ExportOutput, ExportRequest, OptionalField
from objclass.nodes.export.outputs import OUTPUTS
from objclass.nodes.export.target import ImageTarget, Target
from objclass.nodes.placeholder import fill, image_names, placeholders
from objclass.schema.by_name import ByName
from objclass.schema.fields import FilePath, Names, Use, WireField


def _options(name: str) -> type[Target]:
    return OUTPUTS[name].options


Written = Annotated[dict[str, Target], ByName(OUTPUTS, _options, ImageTarget, "path")]
"""What to write and where, each with the options that its output declares."""
ASSESSMENT = "evaluation"
"""The output that says how good what is exported is."""
OF_TABLES = {"table", "dictionary"}
"""What every ``names`` is about."""
OPTIONAL: tuple[OptionalField, ...] = ("columns", "counts_by", "audit", "controls", "names")


class ExportNode(Node):
    """Write tables, images and pictures; the suffix is the format."""

    version: ClassVar[int] = 1
    synonyms: ClassVar[dict[str, str]] = {"source": "from", "input": "from", "files": "write"}

    kind: Literal["export"]
    from_: Annotated[WireField, Field(alias="from", description="What to write results of.")]
    image: Annotated[WireField | None, Field(description="The raw image, for overlays.")] = None
    write: Annotated[
        Written | None,
        Field(description="What to write (table, predictions, overlay, …) and where."),
    ] = None
    columns: Annotated[Use, Field(description="Feature columns of the table; all by default.")] = ()
    counts_by: Annotated[
        Names | None, Field(description="Image names (or t) that counts are summed by.")
    ] = None
    audit: Annotated[
        FilePath | None,
        Field(description="Random objects that a person classed, which correct the counts."),
    ] = None
    controls: Annotated[
        NamedControls | None,
        Field(description="Control wells, in the tables of wells and controls."),
    ] = None
    names: Annotated[
        Dialect | None,
        Field(description="ilastik: its columns, and axes of images; cytomining: its columns."),
    ] = None

    @property
    def asks(self) -> tuple[tuple[str, str], ...]:
        """The audit."""
        return ((self.audit, "the audit"),) if self.audit else ()

    @property
    def writes(self) -> tuple[str, ...]:
        """The paths it writes, with ``{result_type}`` filled."""
        targets = {what: target.path for what, target in (self.write or {}).items()}
        written = (targets or default_paths()).items()
        named = {
            what: OUTPUTS[what].result_type if what in OUTPUTS else what for what, _ in written
        }
        return tuple(path.replace("{result_type}", named[what]) for what, path in written)

    @property
    def assesses(self) -> Wire | None:
        """What it exports, where it writes how good that is."""
        return self.from_ if ASSESSMENT in (self.write or {}) else None

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return one part per file."""
        origin = origin_of(look)
        targets = self._targets(look)
        self._check_idle(look, targets)
        self._check_image(look, origin)
        parts = []
        for what, target in targets.items():
            output, asked = OUTPUTS[what], self._asked(look, target, origin)
            path = _path(output, asked)
            if path is not None:
                output.check_inputs(asked)
                parts.append(self._part(output, asked, path))
        return tuple(parts)

    def _asked(self, look: Look, target: Target, origin: Origin) -> ExportRequest:
        return ExportRequest(
            look,
            target,
            origin,
            from_=self.from_,
            image=self.image,
            columns=self.columns,
            counts_by=self.counts_by,
            audit=self.audit,
            controls=self.controls,
            names=self.names,
            written={what: each.path for what, each in (self.write or {}).items()},
        )

    def _check_idle(self, look: Look, written: dict[str, Target]) -> None:
        """Report fields about files that are not written."""
        for field in OPTIONAL:
            if getattr(self, field) and not any(field in OUTPUTS[w].takes for w in written):
                able = next(name for name, output in OUTPUTS.items() if field in output.takes)
                what = f"{field} has no effect: nothing that it is about is written"
                look.problem(field, what, fix=f"remove it, or add write.{able}")
        if self.names and self.names not in OF_IMAGES and not written.keys() & OF_TABLES:
            what = f"names: {self.names} has no effect: no table is written"
            look.problem("names", what, fix="remove it, or add write.table")

    def _check_image(self, look: Look, origin: Origin) -> None:
        """Report a raw image that the objects do not lie in."""
        if self.image is None or look.is_told_to_differ("image"):
            return
        image: ImageHeader = look.header("image", ImageHeader)
        mine, other = image.grid, origin.labels.grid
        if (mine.shape, mine.origin) != (other.shape, other.origin):
            look.same_grid("image", mine, "from_", other)

    def _targets(self, look: Look) -> dict[str, Target]:
        if self.write is None:
            paths = default_paths(with_image=self.image is not None)
            return {what: OUTPUTS[what].options(path=path) for what, path in paths.items()}
        if not self.write:
            look.problem("write", "there is nothing to write", fix="without write: the defaults")
        for what in self.write:
            if what not in OUTPUTS:
                _report_unknown(look, what)
        return {what: target for what, target in self.write.items() if what in OUTPUTS}

    def _part(self, output: ExportOutput, asked: ExportRequest, path: Path) -> Part:
        alone = bool(set(placeholders(asked.target.path)) - {"result_type"})
        if alone or not output.joins_images:
            return self._made(output, asked, path, joined=False)
        one: Part = asked.look.once(
            ("part", output.name), lambda: self._made(output, asked, path, joined=True)
        )
        return one

    def _made(
        self, output: ExportOutput, asked: ExportRequest, path: Path, *, joined: bool
    ) -> Part:
        look = asked.look
        images = look.settings.images if joined else (look.image,)
        names = {image.name: dict(image.names) for image in images}
        layout = replace(output.layout(asked), images=names)
        return Part(
            output.name,
            FilesHeader(output.name, str(path)),
            {"what": output.name, "format": output_suffix(path), **layout.parameters},
            output.reads(asked),
            joins=frozenset({"image", "t"} if joined else {"t"}),
            version=self.version,
            output=path,
            tells=output.tells,
            payload=layout,
        )

    def compute(self, part: Part, view: View) -> Made:
        """Write one file."""
        assert part.output is not None
        return OUTPUTS[part.name].write(part.output, view)


def _report_unknown(look: Look, what: str) -> None:
    close = nearest(what, OUTPUTS)
    fix = f"did you mean {close}?" if close else None
    says = f"'{what}' cannot be written"
    look.problem(f"write.{what}", says, expected=list_some(OUTPUTS, 30), fix=fix)


def _path(output: ExportOutput, asked: ExportRequest) -> Path | None:
    """Return the file of an output; None after its mistakes are reported."""
    look, text, field = asked.look, asked.target.path, f"write.{output.name}"
    suffix, suffixes = output_suffix(Path(text)), output.sort.suffixes
    if suffix not in suffixes:
        says = f"{output.name} cannot be written in this format"
        look.problem(field, says, got=text, expected=list_some(suffixes))
        return None
    output.check_file(asked, suffix)
    known = {**image_names(look.image), "result_type": output.result_type}
    try:
        filled = fill(look, field, text, known)
        check_written(filled)
        path = look.settings.folder / filled
        return place_inside(path, output.group) if is_inside(path) else path
    except InputError as error:
        look.passed_on(error, field)
    except Unknown:
        pass
    return None


def default_paths(*, with_image: bool = True) -> dict[str, str]:
    """Return what is written when nobody says, and where; pictures only with a raw image."""
    return {
        name: output.default_path
        for name, output in OUTPUTS.items()
        if output.default_path and (with_image or not output.needs_image)
    }
