"""CPU time of reading one workflow, imports aside: at most 30 ms."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from toy_kinds import JOB, KINDS

from objclass.errors import InputError
from objclass.schema.workflow import load

COMMENT = "  # one line of explanation, as the shipped workflows have them\n"
COMMENTED = "".join(line + "\n" + COMMENT for line in JOB.splitlines())


def cpu(text: str) -> float:
    """Return the least CPU seconds of five loads."""
    spent = []
    for _ in range(5):
        start = time.process_time()
        with suppress(InputError):
            load(text, KINDS, file=Path("w.yaml"))
        spent.append(time.process_time() - start)
    return min(spent)


@pytest.mark.benchmark
def test_a_workflow_is_read_in_30_ms() -> None:
    seconds = cpu(COMMENTED)
    print(f"load: {1000 * seconds:.1f} ms for {COMMENTED.count(chr(10))} lines")
    assert seconds <= 0.030


@pytest.mark.benchmark
def test_a_workflow_full_of_mistakes_is_explained_in_half_a_second() -> None:
    seconds = cpu(
        COMMENTED.replace("path: prob.h5", "path: {x}/prob.h5").replace("kind: thr", "kind:thr")
    )
    print(f"explain: {1000 * seconds:.1f} ms")
    assert seconds <= 0.5
