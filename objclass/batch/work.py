"""A batch at work: image after image, each with its results or the reason why it has none."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from objclass.batch.advice import by_option
from objclass.batch.choice import chosen
from objclass.batch.counting import count
from objclass.batch.folder import BatchFolder
from objclass.batch.group_scales import Scales, keep, measure, scales_digest, with_scales
from objclass.batch.image_done import ImageDone
from objclass.batch.image_record import States, input_states
from objclass.batch.quality import judge
from objclass.batch.request import BatchRequest
from objclass.batch.side_by_side import worked_off
from objclass.data.dataclass import dataclass
from objclass.data.memory_share import MemoryShare, memory_shared
from objclass.engine.disk_store import DiskStore
from objclass.engine.foresight import StepMemory, foresee_memory
from objclass.engine.graph import Checked, blocks_above
from objclass.engine.look import ImageKey
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Node
from objclass.engine.outcome import StepOutcome
from objclass.engine.store import Store
from objclass.errors import ObjclassError, Problem, list_some
from objclass.io.cpus import workers_of
from objclass.io.memory_limit import memory_limit_of
from objclass.io.project import ProjectFile
from objclass.nodes.input_axes import with_fitting_axes
from objclass.report.shift import farthest, shift_warnings
from objclass.report.summary import RunReport, summarize
from objclass.results import Result
from objclass.run import Job, Request, assemble
from objclass.run.memory import MemoryForecast, forecast
from objclass.schema.workflow import Workflow


@dataclass(frozen=True)
class Batch:
    """A batch that is ready to run: its project, nodes, images and what it makes of each.

    `axes_options` are the inputs whose axes are those of training, and the option that says
    others. `advise` turns the advice to write a field into one that a person can follow. `folder`
    keeps what became of each image; without it nothing is kept. `share` is what a process may
    take for an image. `scales` are where the groups of images lie that objects are compared with;
    while `measuring`, images are worked on for these only. `checked` is what images of one kind
    share, and `first_look` the job of one of them that stands for all.
    """

    request: BatchRequest
    project: ProjectFile
    workflow: Workflow
    nodes: Mapping[str, Node]
    images: tuple[ImageKey, ...]
    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()
    families: Mapping[str, Any] = field(default_factory=dict)
    axes_options: Mapping[str, str] = field(default_factory=dict)
    advise: Callable[[Problem, Mapping[str, Node]], Problem] = by_option
    folder: BatchFolder | None = None
    share: MemoryShare | None = None
    scales: Scales = field(default_factory=dict)
    measuring: bool = False
    checked: Checked = field(default_factory=Checked, compare=False, repr=False)
    first_look: FirstLook = field(default_factory=lambda: FirstLook(), compare=False, repr=False)

    def job(self, image: ImageKey, store: Store, threads: int = 1) -> Job:
        """Check one image and return its job, in which threads may share the blocks of a step."""
        folder = self.request.out.absolute()
        return assemble(
            self.workflow,
            folder,
            with_fitting_axes(self.nodes, image, self.axes_options),
            [image],
            store,
            Request(workers=threads),
            self._knowing(image),
            self.families,
            self.checked,
        )

    def _knowing(self, image: ImageKey) -> ProjectFile:
        """Return the project with classifiers that know the group of an image."""
        known = self.scales.get(image.name, {})
        classifiers = {
            name: replace(each, scale=known.get(name))
            for name, each in self.project.classifiers.items()
        }
        return replace(self.project, classifiers=classifiers) if known else self.project

    def run(
        self,
        tell: Callable[[ImageDone], None] = lambda done: None,
        measured: Callable[[str], None] = lambda line: None,
    ) -> Iterator[ImageDone]:
        """Work off the images that are asked for; yield what became of each, in order.

        Several are worked off side by side. Those that are done already are yielded as they
        were recorded; those that failed are tried again. Where objects are compared within groups,
        `measured` is first called with a line for every image that had to be measured.
        """
        images = chosen(self)
        scaled = with_scales(self, images, measured)
        there = {i.name: done for i in images if (done := scaled.done(i))}
        left = [image for image in images if image.name not in there]
        working = scaled.working(left)
        with closing(working):
            for image in images:
                done = there.get(image.name) or next(working)
                tell(done)
                yield done

    def done(self, image: ImageKey) -> ImageDone | None:
        """Return what became of an image that need not be worked off again."""
        told = self.folder.done(image) if self.folder else None
        now = scales_digest(self.scales.get(image.name, {}))
        return told if told is not None and told.normalized == now else None

    def working(self, images: Sequence[ImageKey]) -> Generator[ImageDone]:
        """Work off these images, several at a time; yield what became of each, in order."""
        if self.request.scheduler is None or self.folder is None:
            told = self.forecast
            # threads of one process share the blocks of one image, and its memory
            number = told.workers if len(self.images) > 1 else workers_of(self.request.workers)
            return worked_off(replace(self, share=told.share), images, number)
        from objclass.batch.on_cluster import worked_off_there

        return worked_off_there(self, images, self.request.scheduler, self.folder.root)

    def foresee(self) -> Iterator[ImageDone]:
        """Check the headers of every image; yield each, with the reasons why it would fail.

        Nothing is computed and nothing written.
        """
        batch = replace(self, share=self.forecast.share)
        for image in self.images:
            yield batch._guarded(image, _checked)

    @cached_property
    def forecast(self) -> MemoryForecast:
        """How much memory the batch takes: that of the image whose files are largest."""
        found: list[StepMemory] = []
        with suppress(Exception):  # told when the image is worked off
            if job := self.largest():
                found = list(foresee_memory(job.graph, blocks_above(job.graph.nodes)))
        limit = memory_limit_of(self.request.memory)
        return forecast(found, limit, self.request.workers, len(self.images))

    def largest(self) -> Job | None:
        """Return the job of the image whose files are largest; None without images.

        Its headers stand for those of all, and are read once.
        """
        images = [image for image in self.images if not image.problems]
        if not images:
            return None
        return self.first_look.job(self, max(images, key=file_bytes))

    def work_off(self, image: ImageKey, threads: int = 1) -> ImageDone:
        """Work off one image, in so many threads; record what became of it, unless it is done."""
        if self.folder is None or self.measuring:
            return self._worked_off(image, threads)
        try:
            with self.folder.claim(image):
                return self.done(image) or self._recorded(image, threads)
        except ObjclassError as error:
            return ImageDone(image, problems=self._told(error.problems))

    def _recorded(self, image: ImageKey, threads: int) -> ImageDone:
        inputs = input_states(image)
        done = self._worked_off(image, threads)
        self.record(done, inputs)
        return done

    def record(self, done: ImageDone, inputs: States) -> None:
        """Record what became of an image whose files were in these states."""
        if self.folder and not self.measuring:
            self.folder.write(done, inputs, self.request.shard or "")

    def _worked_off(self, image: ImageKey, threads: int) -> ImageDone:
        cache = self.request.cache
        store = DiskStore(cache) if cache else MemoryStore()
        work = self._measured if self.measuring else self._finished
        return self._guarded(image, lambda job: work(image, job), store, threads)

    def _measured(self, image: ImageKey, job: Job) -> ImageDone:
        keep(self, image, measure(self, job))
        return ImageDone(image)

    def _guarded(
        self,
        image: ImageKey,
        work: Callable[[Job], ImageDone],
        store: Store | None = None,
        threads: int = 1,
    ) -> ImageDone:
        """Check one image and go on with `work`; whatever goes wrong is about this image only."""
        if image.problems:
            return ImageDone(image, problems=self._told(image.problems))
        try:
            with memory_shared(self.share):
                return work(self.job(image, store or MemoryStore(), threads))
        except ObjclassError as error:
            return ImageDone(image, problems=self._told(error.problems))
        except Exception as error:
            problem = Problem(f"unexpected: {type(error).__name__}: {error}")
            return ImageDone(image, problems=(problem,), bug=traceback.format_exc())

    def _told(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Return problems as they are told to a person who has the project and no workflow."""
        found = strip_places(problems, self.workflow)
        return tuple(self.advise(problem, self.nodes) for problem in found)

    def _finished(self, image: ImageKey, job: Job) -> ImageDone:
        # what lies where a result goes was seen before the batch began, so it is of this batch
        overwrite = self.request.overwrite or self.folder is not None
        outcomes = job.run(overwrite=overwrite, scheduler="serial")
        report = summarize(job, outcomes)
        if report.exit_code:
            bug = next((o.bug for o in outcomes if o.bug), "")
            problems = self._told(report.problems) or _find_unfinished(outcomes)
            return ImageDone(image, problems=problems, bug=bug, notes=job.notes)
        found = {result.name: count(result, job, outcomes) for result in self.results}
        notes = (*job.notes, *_warnings(report, outcomes))
        files = tuple(o.step.part.output for o in outcomes if o.step.part.output and o.known)
        shift = farthest(outcomes)
        scales = scales_digest(self.scales.get(image.name, {}))
        judged = judge(job) if self.folder is not None else ()
        return ImageDone(
            image,
            found,
            report.written,
            notes=notes,
            shift=shift,
            files=files,
            normalized=scales,
            quality=judged,
        )


class FirstLook:
    """Keeps the job of one image, from which it is foretold what a batch takes.

    Another process begins without one.
    """

    def __init__(self) -> None:
        self._known: tuple[Mapping[str, Node], ImageKey, Job] | None = None

    def __reduce__(self) -> tuple[type[FirstLook], tuple[()]]:
        return FirstLook, ()

    def job(self, batch: Batch, image: ImageKey) -> Job:
        """Return the job of an image; its headers are read where they were not before."""
        known = self._known
        if known is None or known[0] is not batch.nodes or known[1] != image:
            self._known = known = batch.nodes, image, batch.job(image, MemoryStore())
        return known[2]


def _checked(job: Job) -> ImageDone:
    """Return what is known of an image whose headers fit together, and into memory."""
    job.forecast()
    return ImageDone(job.graph.images[0], notes=job.notes)


def file_bytes(image: ImageKey) -> int:
    """Return how many bytes the files of an image have, as far as they are there."""
    files = {path for source, _ in image.files.values() for path in source.files}
    return sum(path.stat().st_size for path in files if path.is_file())


def _warnings(report: RunReport, outcomes: Sequence[StepOutcome]) -> Iterator[str]:
    """Yield what was warned of, but for the shift, which is told with every image."""
    for node in report.nodes:
        mine = [outcome for outcome in outcomes if outcome.step.node == node.name]
        told = shift_warnings(mine, several=False)
        yield from (f"{node.name}: {text}" for text in node.warnings if text not in told)


def _find_unfinished(outcomes: Sequence[StepOutcome]) -> tuple[Problem, ...]:
    reasons = [str(o.reason) for o in outcomes if o.reason and o.status != "ran"]
    return (Problem(f"not finished: {list_some(reasons, 3)}"),)


def strip_places(problems: Sequence[Problem], workflow: Workflow) -> tuple[Problem, ...]:
    """Return problems without places in the project's workflow, which is no file to open."""
    inside = workflow.source.file
    return tuple(
        replace(p, place=None) if p.place and p.place.file == inside else p for p in problems
    )
