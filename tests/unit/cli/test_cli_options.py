"""Nothing on a command line is left out silently: values given twice, lists of a shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from commands import objclass

from objclass.cli.main import COMMANDS, app
from objclass.cli.options import SingleOption, pattern_of


def verbs() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command, and every verb of a group, with its words."""
    for name in COMMANDS:
        command = app.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        yield (name,), command
        if isinstance(command, click.Group):
            for verb, inner in command.commands.items():
                yield (name, verb), inner


def options() -> Iterator[tuple[tuple[str, ...], click.Option]]:
    """Every option but --help, with the words of its command."""
    for words, command in verbs():
        for each in command.params:
            if isinstance(each, click.Option):
                yield words, each


SINGLE = [
    (words, option)
    for words, option in options()
    if not (option.is_flag or option.multiple or option.count)
]


def test_every_option_is_declared_with_ours() -> None:
    others = [(words, each.opts) for words, each in options() if not isinstance(each, SingleOption)]
    assert others == []
    assert len(SINGLE) > 20


@pytest.mark.parametrize(
    ("words", "option"), SINGLE, ids=[f"{' '.join(w)} {o.opts[-1]}" for w, o in SINGLE]
)
def test_a_value_given_twice_is_refused(words: tuple[str, ...], option: click.Option) -> None:
    flag = max(option.opts, key=len)
    answer = objclass(*words, flag, "one", f"{flag}=two")
    assert (answer.code, answer.out) == (2, "")
    said = f"Error: {flag} is given 2 times (one, two); it takes one value"
    assert answer.err.splitlines()[-1] == said


@pytest.mark.parametrize("flags", ["-o a.yaml -o b.yaml", "-o a.yaml --output b.yaml"])
def test_short_and_long_names_are_one_option(flags: str) -> None:
    answer = objclass("init", "--raw", "a.tif", *flags.split())
    assert answer.code == 2
    assert "--output is given 2 times (a.yaml, b.yaml)" in answer.err


def test_a_flag_given_twice_says_nothing_new() -> None:
    assert objclass("cache", "clean", "no", "--dry-run", "--dry-run").err.startswith("there is no")


@pytest.mark.parametrize("verb", ["run", "plan", "validate", "annotations status"])
def test_a_field_set_twice_is_refused(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("version: 1\nnodes:\n  raw: {kind: input, path: a.tif}\n")
    answer = objclass(*verb.split(), "a.yaml", "--set", "raw.axes=yx", "--set", "raw.axes=xy")
    assert answer.code == 2
    said = "--set raw.axes: is given 2 times; got yx, xy; give one value"
    assert answer.err.splitlines()[0] == said


def test_axes_of_one_file_given_twice_are_refused() -> None:
    answer = objclass(
        "init", "--raw", __file__, "--segmentation", __file__, "--axes", "yx", "--axes", "xy"
    )
    assert (answer.code, answer.err) == (2, "--axes are given twice; got yx and xy\n")


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("batch p.h5 --raw new/a.tif new/b.tif new/c.tif --out o", "--raw 'new/{name}.tif'"),
        ("batch --raw a_raw.tif b_raw.tif p.h5 --out o", "--raw '{name}_raw.tif'"),
        ("batch p.h5 --out o --raw=1/raw.tif 2/raw.tif", "--raw '{name}/raw.tif'"),
        ("init --raw x1/a.tif x2/b.tif -o w.yaml", "--raw '{folder}/{name}.tif'"),
    ],
)
def test_a_list_that_the_shell_made_is_answered_with_quotes(line: str, pattern: str) -> None:
    answer = objclass(*line.split())
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[-1].endswith(
        f"paths: the shell spelled out a pattern. Put the pattern in quotes: {pattern}"
    )


def test_words_too_many_are_named() -> None:
    answer = objclass("run", "a.yaml", "b.yaml")
    assert (answer.code, answer.err.splitlines()[-1]) == (
        2,
        "Error: Got more than it takes: b.yaml",
    )


@pytest.mark.parametrize(
    ("files", "pattern"),
    [
        (["a.tif", "b.tif"], "{name}.tif"),
        (["1.tif", "11.tif"], "{name}.tif"),
        (["d/_raw.tif", "d/a_raw.tif"], "d/{name}.tif"),
        (["d/s1_ch0.ome.tif", "d/s2_ch0.ome.tif"], "d/{name}_ch0.ome.tif"),
    ],
)
def test_the_pattern_fits_every_file_it_was_made_of(files: list[str], pattern: str) -> None:
    from objclass.io.pattern import Pattern

    assert pattern_of(files) == pattern
    assert all(Pattern.parse(pattern).read(file) for file in files)
