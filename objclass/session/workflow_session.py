"""What a session writes into the workflow: classes, features and how objects are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pydantic_core import PydanticCustomError

from objclass.annotations.class_names import reserved_problem
from objclass.errors import InputError, ObjclassError, Problem, list_some
from objclass.painting.colors import default_colors
from objclass.schema.names import read_color, read_name
from objclass.session.answers import SessionChange
from objclass.session.class_list import check_class, colors_of
from objclass.session.frames import SessionFrames
from objclass.session.ground import ground_of
from objclass.session.journal import JournalStep
from objclass.session.learning_session import LearningSession
from objclass.session.workflow_text import WorkflowText

Edit = Callable[[WorkflowText], str]
CLASSES = "classes"
MOST_CLASSES = 254


class WorkflowSession(LearningSession):
    """Edits the workflow too; see :class:`objclass.session.session.Session`."""

    def undo(self) -> SessionChange:
        """Take the last edit back, of annotations or of the workflow.

        Raises
        ------
        InputError
            Where there is none, or somebody else edited the same object or the workflow since.
        """
        return self._turn(back=True)

    def redo(self) -> SessionChange:
        """Make the edit again that was undone last.

        Raises
        ------
        InputError
            As :meth:`undo`.
        """
        return self._turn(back=False)

    def add_class(self, name: str, color: str | None = None) -> SessionChange:
        """Add a class to the workflow.

        Parameters
        ----------
        name
            Free text that no class has yet.
        color
            ``#rrggbb``; by default one that is told apart from the others.

        Raises
        ------
        InputError
            For a name or colour that cannot be, and where classes come from the command line.
        """
        with self._lock:
            names = self._class_names
            self._check_name(name, names)
            if len(names) >= MOST_CLASSES:
                raise InputError(Problem(f"there are {len(names)} classes", expected="fewer"))
            chosen = _color(color) if color else colors_of(self.ground, (*names, name))[-1]
            return self._rewritten(f"class {name} added", self._with_class(name, chosen))

    def recolor_class(self, name: str, color: str) -> SessionChange:
        """Give a class another colour ``#rrggbb``, in the workflow.

        Raises
        ------
        InputError
            For a class that there is not, and what is no colour.
        """
        with self._lock:
            check_class(name, self._class_names)
            return self._rewritten(f"{name} is {color}", self._with_class(name, _color(color)))

    def rename_class(self, old: str, new: str) -> SessionChange:
        """Rename a class in the workflow and in every annotation; one step to undo.

        Raises
        ------
        InputError
            For a class that there is not, and a name that cannot be.
        """
        with self._lock:
            names = self._class_names
            check_class(old, names)
            self._check_name(new, names)
            self._annotating.take_over()
            says = f"{old} is called {new}"
            colors = dict(zip(names, colors_of(self.ground, names), strict=True))
            keys = self._keys(CLASSES)

            def edit(text: WorkflowText) -> str:
                if text.is_mapping(keys):
                    return text.with_key((*keys, old), new)
                if text.has(keys):
                    return text.with_item(keys, new, old)
                return text.with_value(keys, {new if n == old else n: c for n, c in colors.items()})

            change = self._rewritten(says, edit, lambda: self._annotating.rename(old, new, says))
            self._annotating.seen.discard(old)
            return change

    def order_classes(self, names: Sequence[str]) -> SessionChange:
        """Bring the classes into another order, in the workflow.

        Runs number the classes in this order. Annotations hold names and stay as they are, and
        every class keeps its colour.

        Parameters
        ----------
        names
            All classes.

        Raises
        ------
        InputError
            Where these are not the classes, or stand so already.
        """
        with self._lock:
            known, keys = self._class_names, self._keys(CLASSES)
            if sorted(names) != sorted(known) or tuple(names) == known:
                got, expected = list_some(names), f"another order of {list_some(known)}"
                raise InputError(Problem("the order of classes", got=got, expected=expected))
            colors = dict(zip(known, colors_of(self.ground, known), strict=True))
            said = {each.name: each.color for each in self.ground.learning.classes or ()}
            standard = dict(zip(names, default_colors(len(names)), strict=True))

            def edit(text: WorkflowText) -> str:
                if not text.is_mapping(keys):
                    return text.with_value(keys, {name: colors[name] for name in names})
                text = WorkflowText(text.with_order(keys, names))
                for name in names:
                    if not said[name] and standard[name].lower() != colors[name]:
                        text = WorkflowText(_with_color(text, (*keys, name), colors[name]))
                return text.text

            return self._rewritten(f"classes are {', '.join(names)}", edit)

    def use_features(self, names: Sequence[str] | None, *, write: bool = False) -> None:
        """Learn from some of the features only, in this session.

        Parameters
        ----------
        names
            Columns; None for those of the workflow.
        write
            Write them into the workflow as ``use``, so that runs do so too.

        Raises
        ------
        InputError
            For a column that does not exist, and where none is left.
        """
        known = {column.name for column in self.ground.table.columns}
        if names is not None and (unknown := [name for name in names if name not in known]):
            raise InputError(Problem(f"there is no feature '{unknown[0]}'"))
        if names is not None and not names:
            raise InputError(Problem("no feature is left to learn from", fix="choose at least one"))
        with self._lock:
            if not set(names or ()) <= set(self.ground.columns):
                self._frames.scale_all()
            self._use = None if names is None or write else tuple(names)
            if names is not None and write:
                keys = self._keys("use")
                says = f"learns from {len(names)} features"
                self._rewritten(says, lambda text: text.with_list(keys, names))
            else:
                self._bump()

    def _with_class(self, name: str, color: str) -> Edit:
        """Return an edit after which a class has a colour; all classes get theirs if need be."""
        names, keys = self._class_names, self._keys(CLASSES)
        colors = dict(zip(names, colors_of(self.ground, names), strict=True)) | {name: color}

        def edit(text: WorkflowText) -> str:
            if text.is_mapping(keys):
                return _with_color(text, (*keys, name), color)
            return text.with_value(keys, colors)

        return edit

    def _check_name(self, name: str, names: Sequence[str]) -> None:
        try:
            read_name(name)
        except PydanticCustomError as mistake:
            raise InputError(Problem(f"the name of a class {mistake.message()}")) from None
        if problem := reserved_problem(name):
            raise InputError(problem)
        if name in names:
            raise InputError(Problem(f"there is a class '{name}' already"))

    def _keys(self, field: str) -> tuple[str, str, str]:
        """Return the way to a field of the classifier; refuse one that an option sets."""
        self._check_option(self._node, field)
        return "nodes", self._node, field

    def _check_option(self, node: str, field: str) -> None:
        for text in self.ground.job.request.sets:
            way = text.partition("=")[0].strip()
            if way == f"{node}.{field}" or way.startswith(f"{node}.{field}."):
                what = f"{way} comes from --set, so that the workflow does not decide it"
                raise InputError(Problem(what, fix="open the page without that option"))

    def _rewritten(
        self,
        says: str,
        edit: Edit,
        rows: Callable[[], JournalStep] | None = None,
        *,
        objects: bool = False,
        after: Callable[[], JournalStep] | None = None,
    ) -> SessionChange:
        """Change the workflow, and annotations with it; all of it or nothing.

        Parameters
        ----------
        says
            What is done.
        edit
            Returns the new text.
        rows, after
            Change annotations before, or once the workflow has changed; return the step.
        objects
            True where objects change.
        """
        if self._workflow_news() and self._unusable:
            raise InputError(Problem(self._unusable[0]))
        with self._annotating.saved.alone():
            self._annotating.take_over()
            before, saved = self._workflow.text or "", self._annotating.saved.text
            new = edit(WorkflowText(before))
            step = JournalStep(says)
            try:
                step = rows() if rows else step
                self._workflow.save(new)
                self._reground(objects=objects)
                step = after() if after else step
            except BaseException:  # a workflow that is refused, a full disk: all is as before
                self._put_back(before, saved, objects=objects)
                raise
        self._annotating.journal.note(replace(step, workflow=(before, new), objects=objects))
        self._bump()
        return SessionChange(self._version, says, tuple(step.after))

    def _put_back(self, workflow: str, rows: str | None, *, objects: bool) -> None:
        self._annotating.saved.save(rows)
        self._workflow.save(workflow)
        self._reground(objects=objects)

    def external_change(self) -> tuple[str, ...]:
        """Look whether somebody else edited workflow or annotations; take it over and say so.

        A workflow that cannot be used is said, and what is shown stays as it was before.

        Raises
        ------
        InputError
            Where the annotations that they wrote cannot be read.
        """
        with self._lock:
            before, told = self._unusable, self._workflow_news()
            if told != before and told:
                self._bump()
            return (*told, *super().external_change())

    def _workflow_news(self) -> tuple[str, ...]:
        """Stand on the workflow as somebody else edited it; return that, or why it cannot be."""
        if not self._workflow.is_edited():
            return self._unusable
        self._unusable, name = (), self._path.name
        try:
            self._workflow.read_again()
            self._reground(objects=True)
        except ObjclassError as error:
            why = "; ".join(map(str, error.problems))
            what = f"{name} was edited elsewhere and cannot be used: {why}"
            self._unusable = (f"{what}; what is shown stays as it was before",)
            return self._unusable
        return (f"{name} was edited elsewhere and is read again",)

    def _reground(self, *, objects: bool) -> None:
        """Check the workflow again and stand on it."""
        ground = ground_of(self._path, self.ground.job.request, self._node)
        if not objects:
            self._frames.ground = self.ground = ground
            self._annotating.stand_on(self._frames)
            return
        frames = SessionFrames(ground)
        if not set(self._use or ()) <= set(ground.columns):
            frames.scale_all()
        self._annotating.stand_on(frames)
        self._frames, self._lessons, self._predictions = frames, type(self._lessons)(frames), None
        self.ground = ground

    def _turn(self, *, back: bool) -> SessionChange:
        """Undo or redo, with the workflow where that changed too."""
        with self._lock:
            annotating = self._annotating
            stack = annotating.journal.done if back else annotating.journal.undone
            step = stack[-1] if stack else None
            self._check_turn(step)
            turned, told = annotating.undo() if back else annotating.redo()
            if step is not None and step.workflow is not None:
                self._turn_workflow(step, annotating.redo if back else annotating.undo)
            how = "undone" if back else "done again"
            return self._changed((replace(turned, says=f"{how}: {turned.says}"), told))

    def _check_turn(self, step: JournalStep | None) -> None:
        """Refuse a step that changed the workflow where somebody else did since."""
        self._workflow_news()
        if step is not None and step.workflow and self._workflow.text != step.workflow[1]:
            what = f"{self._path.name} was edited since; '{step.says}' cannot be taken back"
            raise InputError(Problem(what, fix="edit it by hand"))

    def _turn_workflow(self, step: JournalStep, again: Callable[[], object]) -> None:
        """Let the workflow follow the annotations; where it cannot, these come back."""
        assert step.workflow is not None
        try:
            self._workflow.save(step.workflow[0])
            self._reground(objects=step.objects)
        except BaseException:
            self._workflow.save(step.workflow[1])
            self._reground(objects=step.objects)
            again()
            raise


def _with_color(text: WorkflowText, way: Sequence[str], color: str) -> str:
    """Return the text with the colour of a class, beside what else is written of it."""
    return text.with_value((*way, "color") if text.is_mapping(way) else way, color)


def _color(color: str) -> str:
    try:
        return read_color(color)
    except PydanticCustomError as mistake:
        raise InputError(Problem(f"the class {mistake.message()}")) from None


def settings_text(settings: Mapping[str, object]) -> str:
    """Return settings in words: ``threshold 0.45, min_size 20``."""
    return ", ".join(f"{name} {value}" for name, value in settings.items())
