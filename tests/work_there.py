"""What tests have done in workers; here, so that a worker can import it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def ready() -> str:
    """What a worker is set up with."""
    return "set up"


def not_ready() -> None:
    """A setup that fails."""
    raise ValueError("nothing can be set up")


def die_at_once() -> None:
    """A setup that takes the process with it."""
    os._exit(7)


def square(made: str, tell: Callable[[Any], None], number: int) -> int:
    """Return the square of a number, and tell the number."""
    assert made == "set up"
    tell(number)
    return number * number


def who(made: str, tell: Callable[[Any], None]) -> tuple[int, dict[str, str]]:
    """Return the number of the process, and its environment."""
    return os.getpid(), dict(os.environ)


def fail(made: str, tell: Callable[[Any], None]) -> None:
    """Raise what nobody foresaw."""
    raise ValueError("no such thing")


def die(made: str, tell: Callable[[Any], None], left: Path, times: int) -> str:
    """Kill the own process, a number of times."""
    if len(list(left.iterdir())) < times:
        (left / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def die_unless(made: str, tell: Callable[[Any], None], size: int, log: Path) -> str:
    """Kill the own process while others work, unless asked for something of size 0."""
    if size:
        while not log.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)
    _note(log, "begins large")
    time.sleep(0.3)
    _note(log, "ends large")
    return "done"


def work_a_while(made: str, tell: Callable[[Any], None], log: Path) -> str:
    """Note when it begins and ends."""
    _note(log, "begins")
    time.sleep(0.1)
    _note(log, "ends")
    return "done"


def _note(log: Path, what: str) -> None:
    with log.open("a") as file:
        file.write(f"{what}\n")


def leave(made: str, tell: Callable[[Any], None], code: int) -> None:
    """End the process as a library might."""
    os._exit(code)


def sleep(made: str, tell: Callable[[Any], None], mark: Path) -> None:
    """Work until somebody ends it; then clean up."""
    mark.touch()
    try:
        while True:
            time.sleep(0.05)
    finally:
        mark.unlink()


def block(made: str, tell: Callable[[Any], None], mark: Path) -> None:
    """Work and hear nobody, as a long call into a library does."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    mark.touch()
    time.sleep(60)


def imported(made: str, tell: Callable[[Any], None]) -> bool:
    """Say whether the script of the tests was run a second time."""
    main: Any = sys.modules["__main__"]
    return getattr(main, "__file__", None) is not None


def parent_and_modules(made: str, tell: Callable[[Any], None]) -> tuple[int, list[str]]:
    """Return the process that this one comes from, and what is imported."""
    return os.getppid(), list(sys.modules)


def first_waits(made: str, tell: Callable[[Any], None], mark: Path) -> str:
    """Wait until the process is ended; return at once the second time."""
    if not mark.exists():
        mark.touch()
        time.sleep(60)
    return "again"
