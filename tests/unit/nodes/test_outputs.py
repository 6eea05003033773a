"""An output is one file and one line of a table: nothing else asks what it is called."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from commands import objclass

from objclass.data.axes import Grid
from objclass.data.labels import LabelHeader, LabelImage
from objclass.data.wire import Wire
from objclass.engine.node import Made, Read, View
from objclass.nodes.export.image import ImageLayout
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.origin import Origin
from objclass.nodes.export.output import ExportOutput, ExportRequest, Sort
from objclass.nodes.export.outputs import OUTPUTS
from objclass.nodes.export.target import Target
from workflows import flat

PACKAGE = Path(__file__).parents[3] / "objclass"


class Greeting(Target):
    """A text with a greeting."""

    times: int = 1


@dataclass(frozen=True)
class GreetingLayout(ExportLayout):
    """How often the sentence is said."""

    times: int = 1


class Census(ExportOutput):
    """How many objects there are, as a sentence."""

    name = "census"
    sort = Sort("text", (".txt",), ".txt")
    options = Greeting

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read the ids."""
        return (asked.origin.index,)

    def layout(self, asked: ExportRequest) -> ExportLayout:
        """Return how often it is said."""
        return GreetingLayout(asked.origin, times=asked.options(Greeting).times)

    def write(self, path: Path, view: View) -> Made:
        """Write the sentence."""
        times = view.part.held(GreetingLayout).times
        labels: LabelImage = view.all("objects")[0].load()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{len(labels.index)} objects\n" * times)
        return Made()


OUTPUT = Census()


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a trained workflow ``cells.yaml``, and an output that nobody has seen."""
    monkeypatch.setitem(OUTPUTS.lines, Census.name, f"{__name__}.OUTPUT")
    flat(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asking(target: str) -> tuple[str, str]:
    """The option that writes the new output alone."""
    return "--set", f"out.write={{census: {target}}}"


def state_of(node: str, options: tuple[str, str]) -> str:
    """What ``plan`` says of a node."""
    lines = objclass("plan", "cells.yaml", *options).lines
    return next(" ".join(words) for name, *words in map(str.split, lines) if name == node)


def test_a_run_writes_it_and_a_second_run_does_not(one_more: Path) -> None:
    target = asking("{path: out/n.txt, times: 2}")
    assert objclass("validate", "cells.yaml", *target).code == 0
    assert state_of("out", target) == "waits after nuclei"
    assert objclass("run", "cells.yaml", *target).code == 0
    said = (one_more / "out/n.txt").read_text().splitlines()
    assert said == ["12 objects", "12 objects"]
    assert state_of("out", target) == "cached"
    assert objclass("run", "cells.yaml", *asking("{path: out/n.txt, times: 3}")).code == 0
    assert len((one_more / "out/n.txt").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("{path: n.txt, time: 2}", "write.census has no field 'time'; did you mean times?"),
        ("{path: n.txt, times: two}", "write.census.times is not a whole number; got 'two'"),
        (
            "{path: n.txt, rescale: 1}",
            "'rescale' belongs to predictions, probabilities, uncertainty, identities, smoothed, "
            "cores, cores_filtered, unfiltered; this is write.census; it has path, times",
        ),
        ("n.csv", "census cannot be written in this format; got n.csv; expected .txt"),
        ("{times: 2}", "write.census.path is missing; add 'path: …'"),
    ],
)
def test_a_wrong_option_is_answered_as_for_every_other(
    target: str, said: str, one_more: Path
) -> None:
    answer = objclass("validate", "cells.yaml", *asking(target))
    assert answer.code == 2
    assert said in answer.err


def test_options_belong_to_the_outputs_that_declare_them(one_more: Path) -> None:
    option = "{path: o.tif, times: 2}"
    answer = objclass("validate", "cells.yaml", "--set", f"out.write={{identities: {option}}}")
    assert "'times' belongs to census; this is write.identities; it has path, " in answer.err


def test_a_slip_in_its_name_is_corrected(one_more: Path) -> None:
    answer = objclass("validate", "cells.yaml", "--set", "out.write={censos: n.txt}")
    assert "'censos' cannot be written; expected table, " in answer.err
    assert "did you mean census?" in answer.err


def test_the_schema_has_its_options(one_more: Path) -> None:
    known = json.loads(objclass("schema").out)["definitions"]
    written = known["export"]["properties"]["write"]["anyOf"][0]["properties"]
    assert list(written) == list(OUTPUTS)
    assert written["census"]["anyOf"] == [{"type": "string"}, {"$ref": "#/definitions/Greeting"}]
    assert known["Greeting"]["properties"]["times"]["default"] == 1
    assert known["Greeting"]["description"] == "A text with a greeting."


def test_a_batch_writes_it_beside_the_table(one_more: Path) -> None:
    assert objclass("run", "cells.yaml").code == 0
    new = ("--raw", "raw.tif", "--prediction-map", "prob.h5", "--out", "new")
    answer = objclass("batch", "cells.objclass.h5", *new, "--export", "table,census")
    assert answer.code == 0, answer.err
    assert {"raw_census.txt", "raw_objects.csv"} <= {p.name for p in (one_more / "new").iterdir()}
    assert (one_more / "new/raw_census.txt").read_text() == "12 objects\n"


def test_nobody_compares_the_name_of_an_output() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if "objclass.nodes.export" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Compare) and words(node) & OUTPUTS.keys()
    ]
    assert found == []


def test_a_line_of_the_table_has_the_name_of_its_output() -> None:
    assert {name: output.name for name, output in OUTPUTS.items()} == {n: n for n in OUTPUTS}


def words(compared: ast.Compare) -> set[str]:
    """The texts that are written in a comparison."""
    return {str(n.value) for n in ast.walk(compared) if isinstance(n, ast.Constant)}


def test_a_recipe_holds_of_a_layout_only_what_the_file_has() -> None:
    grid = Grid((2, 3))
    origin = Origin(Wire("nuclei"), LabelHeader(grid))
    plain = ImageLayout(origin, {"a": {"day": "1"}})
    assert plain.parameters == {"images": [["a", {"day": "1"}]]}
    cut = replace(plain, region={"y": (0, 1), "z": 4}, rescale=((0, 1), (0, 255)))
    assert cut.parameters["region"] == {"y": [0, 1], "z": 4}
    assert cut.parameters["rescale"] == [[0, 1], [0, 255]]
