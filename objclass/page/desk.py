"""The session of a page: opened when it can be; until then the page says why not."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from objclass.errors import ObjclassError, Problem
from objclass.page.sockets import PageSockets

if TYPE_CHECKING:
    from objclass.session import Session

Open = Callable[[Callable[[int], None]], "Session"]


class LabellingDesk:
    """Opens the session of a workflow, again and again until the workflow is right.

    Parameters
    ----------
    path
        The workflow.
    open
        Opens its session; takes what is called with the version after each change.
    """

    def __init__(self, path: Path, open: Open) -> None:
        self.path = path
        self.run = secrets.token_hex(4)  # tells this server from one before: pages begin anew
        self.sockets = PageSockets(self.news)
        self._open = open
        self._session: Session | None = None
        self._lock = Lock()

    @property
    def session(self) -> Session:
        """The session.

        Raises
        ------
        ObjclassError
            For what is wrong with the workflow.
        """
        with self._lock:
            if self._session is None:
                self._session = self._open(lambda version: self.sockets.tell())
            return self._session

    def problems(self) -> tuple[Problem, ...]:
        """Open the session; return why that is not possible, nothing where it is."""
        try:
            self.session  # noqa: B018
        except ObjclassError as error:
            return error.problems
        return ()

    def news(self) -> dict[str, object]:
        """Return what open pages are told: whose version is which."""
        session = self._session
        return {"run": self.run, "version": session.version if session else 0}

    def close(self) -> None:
        """Close the session; everything was saved before."""
        with self._lock:
            if self._session is not None:
                self._session.close()
