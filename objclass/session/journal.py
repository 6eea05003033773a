"""The journal of a session: what was done, so that it can be undone and done again."""

from __future__ import annotations

from dataclasses import field, replace

from objclass.annotations.edit import Restore
from objclass.data.dataclass import dataclass
from objclass.session.edits import Classes

WorkflowTexts = tuple[str, str]
"""The workflow before and after."""


@dataclass(frozen=True)
class JournalStep:
    """One thing that was done.

    Parameters
    ----------
    says
        What, in words.
    before, after
        The classes of the objects concerned.
    back
        Brings the text of the annotations back; None where they did not change.
    began
        True where the annotation file began with it.
    workflow
        The text of the workflow before and after, where that changed.
    objects
        True where the objects changed with it.
    """

    says: str
    before: Classes = field(default_factory=dict)
    after: Classes = field(default_factory=dict)
    back: Restore | None = None
    began: bool = False
    workflow: WorkflowTexts | None = None
    objects: bool = False

    def turned(self, back: Restore | None) -> JournalStep:
        """Return the step that takes this one back."""
        return replace(
            self,
            before=self.after,
            after=self.before,
            back=back,
            workflow=self.workflow and (self.workflow[1], self.workflow[0]),
        )


class Journal:
    """Steps that can be undone, and those that were."""

    def __init__(self) -> None:
        self.done: list[JournalStep] = []
        self.undone: list[JournalStep] = []

    def note(self, step: JournalStep) -> None:
        """Note a new step; what was undone before cannot be done again."""
        self.done.append(step)
        self.undone.clear()
