"""Every step of the shipped workflows can be sent to another process, and so can its result."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from objclass.engine.execute import Execution
from objclass.engine.failure import Failure
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome
from objclass.engine.step import StepRequest, StepResult, run_step
from objclass.engine.store import Store
from objclass.run import Job, prepare

ROOT = Path(__file__).parents[2]
SHIPPED = ("prediction_map.yaml", "segmentation.yaml")
GOLDEN = json.loads((ROOT / "tests/golden/digests.json").read_text(encoding="utf-8"))


def sent(value: Any) -> Any:
    """A value as another process gets it."""
    return pickle.loads(pickle.dumps(value))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped workflows and their data, without what a run left."""
    left = shutil.ignore_patterns(".objclass", "results", "*.objclass.h5")
    shutil.copytree(ROOT / "workflows", tmp_path / "w", ignore=left)
    return tmp_path / "w"


def run(job: Job, make: Any) -> tuple[StepOutcome, ...]:
    """Run a workflow whose steps are made by `make`."""
    return Execution(job.graph, job.store, Options(job.name, file=job.file, make=make)).run()


def digests(outcomes: tuple[StepOutcome, ...]) -> dict[str, str]:
    """Part to digest of all that is no file."""
    return {
        f"{o.step.node}.{o.step.part.name}": o.known.artifact.digest
        for o in outcomes
        if o.known is not None and o.step.part.output is None
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_every_kind_of_step_and_its_result_can_be_sent(name: str, folder: Path) -> None:
    """Every request, the store and every result is pickled; files that were open are left out."""
    made: list[str] = []

    def make(request: StepRequest, store: Store) -> StepResult | Failure:
        made.append(request.node.kind)  # type: ignore[attr-defined]
        run_again = run_step(sent(request), sent(store))
        found = run_step(request, store)  # opens the files of inputs
        sent(request)
        assert isinstance(run_again, StepResult), run_again
        assert isinstance(found, StepResult), found
        assert request.step.part.output or found.artifact == run_again.artifact
        back: StepResult = sent(found)
        assert back == found
        return back

    job = prepare(folder / name)
    outcomes = run(job, make)
    assert [o.bug or str(o.problems) for o in outcomes if o.status != "ran"] == []
    referred = {o.step.node for o in outcomes if o.step.part.source is not None}
    kinds = {job.graph.nodes[o.step.node].kind for o in outcomes if o.step.node not in referred}  # type: ignore[attr-defined]
    assert set(made) == kinds
    known = {part: digest for part, digest in GOLDEN[name].items() if part in digests(outcomes)}
    assert digests(outcomes) == known


def test_a_step_made_by_another_process_has_the_same_digest(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    elsewhere: list[str] = []

    with ProcessPoolExecutor(1, mp_context=context) as pool:

        def make(request: StepRequest, store: Store) -> StepResult | Failure:
            if request.step.node != "nuclei" or request.step.part.name != "objects":
                return run_step(request, store)
            elsewhere.append(request.step.key)
            return pool.submit(run_step, request, store).result()

        outcomes = run(prepare(folder / SHIPPED[0]), make)
    assert len(elsewhere) == 1
    found = digests(outcomes)
    assert found == {part: GOLDEN[SHIPPED[0]][part] for part in found}


def test_what_fails_in_another_process_is_told_like_here(folder: Path) -> None:
    """A file that changed since its digests were known: found by the step, and sent back."""
    failures: list[Failure] = []

    def make(request: StepRequest, store: Store) -> StepResult | Failure:
        inputs = [each for found in request.inputs.values() for each in found if each.source]
        for each in inputs[:1]:
            assert each.source is not None
            each.source.pieces[0].files[0].touch()
        found: StepResult | Failure = sent(run_step(sent(request), sent(store)))
        failures.extend([found] if isinstance(found, Failure) else [])
        return found

    outcomes = run(prepare(folder / SHIPPED[0]), make)
    assert "failed" in {o.status for o in outcomes}
    assert "changed while it was read; run again" in str(failures[0].problems[0])
