"""Results of the shipped workflows never change by accident.

A changed digest needs a raised `version` of the node or family and a line under "changes
results" in the changelog; then ``OBJCLASS_UPDATE_DIGESTS=1 pytest tests/golden`` writes it.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from objclass.run import prepare

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KNOWN = HERE / "digests.json"
UPDATE = "OBJCLASS_UPDATE_DIGESTS"
SKIPPED = ("project", "save")
"""Files are not artifacts: their bytes may depend on the library that writes them."""


def versions_are_locked() -> bool:
    """True where the libraries that decide results are those of constraints.txt."""
    from importlib.metadata import version

    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = dict(line.split("==") for line in lines if "==" in line)
    return all(version(name) == locked[name] for name in ("numpy", "numba", "scikit-learn"))


def digests_of(folder: Path, name: str) -> dict[str, str]:
    """Run a shipped workflow and return part → digest of every artifact."""
    job = prepare(folder / name)
    found = {}
    for outcome in job.run():
        assert outcome.known is not None, outcome
        if outcome.step.node not in SKIPPED:
            found[f"{outcome.step.node}.{outcome.step.part.name}"] = outcome.known.artifact.digest
    return found


@pytest.mark.parametrize("name", ["prediction_map.yaml", "segmentation.yaml"])
def test_a_shipped_workflow_gives_the_artifacts_it_always_gave(tmp_path: Path, name: str) -> None:
    if not versions_are_locked():
        pytest.skip("digests are asserted on the locked versions only")
    ignore = shutil.ignore_patterns(".objclass", "results", "*.objclass.h5")
    shutil.copytree(ROOT / "workflows", tmp_path / "w", ignore=ignore)
    found = digests_of(tmp_path / "w", name)
    known = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    if os.environ.get(UPDATE):
        known[name] = found
        KNOWN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert found == known[name]
