"""One thread for what sums in parallel, so that a sum never depends on the number of cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def single_thread() -> Iterator[None]:
    """Let linear algebra and OpenMP run in one thread for a while, in this process."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
