"""``classifier``: learn classes from annotated objects, or take them from a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.annotations.class_names import class_notes, meaning, reserved_problem, row_problems
from objclass.classification.estimators import default_settings, estimator_named, name_of
from objclass.classification.estimators.contract import EstimatorSettings, Seed
from objclass.data.labels import LabelHeader
from objclass.data.model import NORMALIZED_BY, ModelHeader, SelectedClasses
from objclass.data.objects import Column, TableHeader
from objclass.data.versions import installed
from objclass.data.wire import Wire
from objclass.engine.artifact import FactsHeader
from objclass.engine.kind import Learning, NodeKind
from objclass.engine.look import Look
from objclass.engine.node import JoinedInput, Made, Node, Part, Read, View
from objclass.engine.reason import Reason
from objclass.engine.role import PartRole
from objclass.errors import FieldSetting, InputError, advise, list_some
from objclass.nodes.annotated import (
    AnnotationFile,
    TrainingAnnotations,
    annotation_file,
)
from objclass.nodes.classifier import normalized
from objclass.nodes.classifier.column_choice import UseField, chooses
from objclass.nodes.classifier.embedded import compared_sets, embedded_columns, kept_axes_of
from objclass.nodes.classifier.estimator import EstimatorField
from objclass.nodes.classifier.evaluated import ASSESSMENT, CALIBRATION, evaluated_parts
from objclass.nodes.classifier.matching import matches_part, with_pixel_size
from objclass.nodes.classifier.scored_apart import (
    HELD_OUT,
    check_scored_apart,
    is_held_out,
    scored_apart,
)
from objclass.nodes.classifier.selecting import (
    OUTSIDE,
    SELECT,
    SelectFields,
    check_trained_for,
    outside,
    outside_parts,
    selected_classes,
    with_predictions,
    with_selected,
)
from objclass.nodes.classifier.summary import (
    ExampleSummary,
    ModelSummary,
)
from objclass.nodes.meaning import DEFINITIONS, check_learned, plain_definitions
from objclass.nodes.tables import table_reads
from objclass.painting.colors import default_colors
from objclass.schema.base import Placer
from objclass.schema.fields import Classes, Fields, FilePath, ImageChoiceField, Name, WireField
from objclass.schema.names import AnnotationPath, ClassName
from objclass.schema.selection import select, useful

LEARNING = (PartRole.MODEL, PartRole.EVALUATION, PartRole.ASSESSMENT, PartRole.CALIBRATION)
"""Parts that wait for valid annotations."""


class ClassifierNode(Node):
    """Learn classes from annotated objects; the same rows and seed give the same model."""

    version: ClassVar[int] = 2
    main: ClassVar[str | None] = "model"
    synonyms: ClassVar[dict[str, str]] = {
        "labels": "annotations",
        "training": "annotations",
        "model": "project",
        "random_state": "seed",
        "columns": "use",
        "class_names": "classes",
    }

    kind: Literal["classifier"]
    features: Annotated[WireField, Field(description="The feature table to learn from.")]
    annotations: Annotated[
        AnnotationPath | None,
        Field(description="CSV of annotated objects; {name} for one per image."),
    ] = None
    project: Annotated[
        FilePath | None, Field(description="A trained project to use instead of annotations.")
    ] = None
    use: Annotated[
        UseField,
        Field(description="Columns, or auto: a few; by default no places, directions, histograms."),
    ] = ()
    classes: Annotated[
        Classes | None,
        Field(description="Names in order, or name to colour or {color, count}; default: sorted."),
    ] = None
    estimator: Annotated[
        EstimatorField,
        Field(description="How to learn: a word, or a mapping with options; see below."),
    ] = default_settings()
    seed: Annotated[Seed, Field(description="Start of the random numbers.")] = 0
    normalize: Annotated[
        normalized.Normalization | None,
        Field(description="Learn from z-scores among the objects of one plate: {by: plate}."),
    ] = None
    missing: Annotated[
        Literal["zero", "impute", "refuse"], Field(description="What a missing value becomes.")
    ] = "zero"
    if_objects_changed: Annotated[
        Literal["stop", "reattach"],
        Field(description="When annotated objects changed: stop and say so, or follow them."),
    ] = "stop"
    group: Annotated[
        Name | None,
        Field(description="Scores hold out whole groups of this image name; default: the image."),
    ] = None
    hold_out: Annotated[
        ImageChoiceField | None,
        Field(description="Images to score with and never to learn from: {plate: P4}."),
    ] = None

    select: Annotated[
        SelectFields | None,
        Field(description="Only objects of a class: {from: predicted, class: mitotic}."),
    ] = None

    def completed(self, name: str, nodes: Mapping[str, Fields], place: Placer) -> Fields:
        """Return it with the node that predicts the class it selects."""
        if self.select is None:
            return self
        kinds = {n: each for n, each in nodes.items() if isinstance(each, NodeKind)}
        chosen = with_predictions(self.select, name, kinds, place(SELECT))
        return self.model_copy(update={SELECT: chosen})

    @property
    def learns(self) -> Learning | None:
        """What it learns from."""
        follows = self.if_objects_changed == "reattach"
        held = self.hold_out
        return Learning(self.features, self.annotations, self.project, follows, self.classes, held)

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return ``matches``, ``examples``, ``ranges``, ``model`` and ``evaluation``.

        Where images are held out, ``held_out`` are their examples.
        """
        table: TableHeader = look.header("features", TableHeader)
        if look.name in look.settings.trained:
            return self._trained(look, table, look.settings.trained[look.name])
        if self.project is not None:
            return self._from_project(look, table)
        columns = look.once(("columns", id(table)), lambda: self._columns(look, table))
        check_learned(look, table, columns)
        if self.annotations is None:
            fix = advise(FieldSetting("annotations", "nuclei.csv", quoted=True))
            raise look.problem(None, "annotations or project is missing", fix=fix)
        self._check_classes(look)
        look.once("scored apart", lambda: check_scored_apart(look, self.group, self.hold_out))
        return self._learning(look, table, columns)

    def _columns(self, look: Look, table: TableHeader) -> tuple[Column, ...]:
        try:
            chosen = () if chooses(self.use) else self.use
            columns = tuple(select(table.columns, chosen, useful(table.columns)))
        except InputError as error:
            raise look.passed_on(error, "use") from None
        if columns:
            return columns
        fix = "remove less" if self.use else "name what to learn from, such as 'use: [all]'"
        raise look.problem("use", "no column is left to learn from", fix=fix)

    def _check_classes(self, look: Look) -> None:
        names = [each.name for each in self.classes or ()]
        for problem in filter(None, map(reserved_problem, names)):
            look.passed_on(InputError(problem), "classes")
        if len(names) == 1:
            fix = "add the other class, or leave classes out"
            look.problem("classes", "a classifier needs two classes", got=names[0], fix=fix)

    def _from_project(self, look: Look, table: TableHeader) -> tuple[Part, ...]:
        from objclass.nodes.classifier.trained import model_in

        if self.annotations is not None:
            fix = "remove one of them"
            raise look.problem("project", "give either annotations or project, not both", fix=fix)
        model = model_in(look, self.project or "")
        return self._trained(look, table, model)

    def _trained(self, look: Look, table: TableHeader, model: Any) -> tuple[Part, ...]:
        from objclass.nodes.classifier.calibrated import kept_calibration
        from objclass.nodes.classifier.trained import trained_part

        kept = kept_calibration(model.evaluation, model.model.classes)
        scaled = normalized.trained_parts(look, table, model.model, model.scale)
        selected = selected_classes(look, self.select, table)
        check_trained_for(look, selected, model.model.facts)
        return (*scaled, with_selected(trained_part(look, table, model), selected), *kept)

    def _learning(
        self, look: Look, table: TableHeader, columns: tuple[Column, ...]
    ) -> tuple[Part, ...]:
        labels = look.part(table.objects)
        assert isinstance(labels.header, LabelHeader)
        sized = with_pixel_size(look, labels.header)
        files = annotation_file(look, self.annotations or "", sized)
        classes = look.once(("classes", id(files)), lambda: self._classes(look, files))
        look.once(("estimator", classes), lambda: self._check_estimator(look, classes))
        selected = selected_classes(look, self.select, table)
        models = look.once(
            ("models", id(files)),
            lambda: self._models(look, table, columns, classes, files, selected),
        )
        mine = files.rows.get(look.image.name, ())
        held = is_held_out(look, self.hold_out)
        scaled = normalized.own_parts(look, self.normalize, table, columns)
        scale = normalized.own_reads(look, scaled)
        tables = (*scale, *table_reads(table, columns)) if mine else ()
        learned = () if held else tables
        rows = self._examples(look, learned, columns, classes, out=held)
        kept = self._examples(look, tables if held else (), columns, classes, out=not held)
        return (
            matches_part(look, table, labels, sized, mine),
            *scaled,
            rows,
            *((replace(kept, name=HELD_OUT, role=None),) if self.hold_out else ()),
            self._ranges(learned, columns),
            *outside_parts(look, selected, mine, follow=self.if_objects_changed == "reattach"),
            *models,
        )

    def _check_estimator(self, look: Look, classes: tuple[str, ...]) -> None:
        """Report settings that do not fit to the classes."""
        for problem in self.estimator.problems(classes):
            look.passed_on(InputError(problem), "estimator")

    def _classes(self, look: Look, files: AnnotationFile) -> tuple[str, ...]:
        said = [row for rows in files.rows.values() for row in rows]
        known = [each.name for each in self.classes or ()]
        wrong = row_problems(said, known)
        look.findings.problems += [p for p in wrong if p not in look.findings.problems]
        for note in class_notes(said, known):
            look.note(note)
        found = sorted({row.class_ for row in said} - {"ignore"})
        if self.classes is None:
            if len(found) > 1:
                look.note(f"classes in alphabetical order: {list_some(found)}")
            return tuple(found)
        names = tuple(each.name for each in self.classes)
        unknown = [name for name in found if name not in names and not meaning(name)]
        if unknown:
            rows = [r for rs in files.rows.values() for r in rs if r.class_ == unknown[0]]
            look.problem(
                "classes",
                f"annotated class '{unknown[0]}' is not in classes ({rows[0].place})",
                expected=list_some(names),
                fix="add it, or mend the annotation",
            )
        return names

    def _examples(
        self,
        look: Look,
        tables: Sequence[Read],
        columns: Sequence[Column],
        classes: Sequence[str],
        *,
        out: bool,
    ) -> Part:
        """Return the part of one image; without annotations, or `out`, it reads no features."""
        return Part(
            "examples",
            FactsHeader("examples"),
            parameters={
                "use": [column.name for column in columns],
                "classes": list(classes),
                "if_objects_changed": self.if_objects_changed,
            },
            reads=() if out else (Read("matches", Wire(look.name, "matches")), *tables),
            joins=frozenset({"t"}),
            asked=False,
            role=PartRole.EXAMPLES,
            tells=ExampleSummary,
        )

    def _ranges(self, tables: Sequence[Read], columns: Sequence[Column]) -> Part:
        """Return the part of one image that tells where its objects lie; for the project."""
        return Part(
            "ranges",
            FactsHeader("ranges"),
            parameters={"use": [column.name for column in columns]},
            reads=tuple(tables),
            joins=frozenset({"t"}),
            asked=False,
            role=PartRole.RANGES,
        )

    def _models(
        self,
        look: Look,
        table: TableHeader,
        columns: Sequence[Column],
        classes: tuple[str, ...],
        files: AnnotationFile,
        selected: SelectedClasses | None,
    ) -> tuple[Part, ...]:
        colors = class_colors(self.classes, classes)
        library = estimator_named(name_of(self.estimator.kind)).library
        parameters = {
            **learned_by(self.estimator),
            "library": f"{library} {installed(library)}" if library else "",
            "seed": self.seed,
            "missing": self.missing,
            "use": [column.name for column in columns],
            "units": [column.unit for column in columns],
            DEFINITIONS: plain_definitions(table, columns),
            "classes": list(classes),
            **({"choose": True} if chooses(self.use) else {}),
            **({NORMALIZED_BY: self.normalize.by} if self.normalize else {}),
            **({SELECT: list(selected.classes)} if selected else {}),
        }
        examples = Read("examples", Wire(look.name, "examples"), as_set=True)
        matches = Read("matches", Wire(look.name, "matches"), ())
        joins: Any = frozenset({"image", "t"})
        uncounted = tuple(each.name for each in self.classes or () if not each.count)
        header = ModelHeader(classes, colors, tuple(c.name for c in columns), uncounted, selected)
        training = TrainingAnnotations(files, bool(look.settings.options.get("use_valid")))
        model = Part(
            "model", header, parameters, (examples, matches), joins=joins,
            version=self.version, role=PartRole.MODEL, tells=ModelSummary, payload=training,
        )  # fmt: skip
        return model, *self._scores(look, table, columns, model, (examples, matches))

    def _scores(
        self,
        look: Look,
        table: TableHeader,
        columns: Sequence[Column],
        model: Part,
        reads: tuple[Read, ...],
    ) -> tuple[Part, ...]:
        """Return the parts that say how good a model is; `reads` is what it learns from."""
        training = model.held(TrainingAnnotations)
        rows = ("use", "units", "missing", "library", "choose")
        common = {n: model.parameters[n] for n in rows if n in model.parameters}
        common |= scored_apart(look, self.group, self.hold_out, training.files)
        kept = Read(HELD_OUT, Wire(look.name, HELD_OUT), as_set=True)
        embedded = embedded_columns(look, table, columns)
        anew, more = kept_axes_of(look, table, embedded, normalized.groups(look, self.normalize))
        reads = (*reads, *((kept,) if self.hold_out else ()), *more)
        compared = compared_sets(embedded, columns)
        return evaluated_parts(
            look, common | anew, reads, training, self.version, columns, compared
        )

    def gate(self, part: Part, given: Mapping[str, tuple[JoinedInput, ...]]) -> Reason | None:
        """Hold training back while annotations are missing, contradictory or invalid."""
        if part.role not in LEARNING or "matches" not in given:
            return None
        from objclass.nodes.gating import hold_back

        follow = self.if_objects_changed == "reattach"
        return hold_back(part.held(TrainingAnnotations), given["matches"], follow=follow)

    def compute(self, part: Part, view: View) -> Made:
        """Make one part."""
        from objclass.nodes.classifier import assessing, learning

        makers = {
            **normalized.MAKERS,
            "matches": learning.matches,
            "examples": learning.examples,
            HELD_OUT: learning.examples,
            "ranges": learning.ranges,
            "model": learning.model,
            "evaluation": learning.evaluation,
            ASSESSMENT: assessing.assessment,
            CALIBRATION: assessing.calibration,
            OUTSIDE: outside,
        }
        return makers[part.name](view)


def class_colors(chosen: Sequence[ClassName] | None, classes: Sequence[str]) -> tuple[str, ...]:
    """Return ``#rrggbb`` per class: chosen, else told apart also by who is colour-blind."""
    known = {each.name: each.color for each in chosen or ()}
    standard = default_colors(len(classes))
    return tuple(known.get(n) or c for n, c in zip(classes, standard, strict=True))


def learned_by(estimator: EstimatorSettings) -> dict[str, Any]:
    """Return an estimator as a recipe holds it, with its version where it learns anew."""
    anew = {"estimator_version": estimator.version} if estimator.version > 1 else {}
    return {"estimator": estimator.model_dump(), **anew}
