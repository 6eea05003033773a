"""Options: each is given once unless it takes several values, and those that commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from objclass.cli import json_document

F = TypeVar("F", bound=Callable[..., Any])


class SingleOption(click.Option):
    """An option that is refused where it is given twice, unless it takes several values."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Let the parser keep every value that is given, not only the last."""
        if self.is_flag or self.multiple or self.count:
            super().add_to_parser(parser, ctx)
            return
        parser.add_option(
            obj=self, opts=self.opts, dest=self.name, action="append", nargs=self.nargs
        )

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> Any:
        """Return the one value that was given."""
        given = opts.get(self.name or "")
        if not isinstance(given, list) or self.multiple:
            return super().consume_value(ctx, opts)
        if len(given) > 1:
            values = ", ".join(str(value) for value in given)
            what = f"{max(self.opts, key=len)} is given {len(given)} times ({values})"
            raise click.UsageError(f"{what}; it takes one value", ctx)
        return super().consume_value(ctx, {**opts, self.name or "": given[0]})


class Command(click.Command):
    """A command that says what words too many on its line may mean."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse a line; words that belong to nothing are refused with the way on."""
        json_document.called(ctx.command_path)
        words, several = list(args), ctx.allow_extra_args
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if ctx.args and not several:
            raise click.UsageError(_too_many(self, words, ctx.args), ctx)
        return rest


class CommandGroup(click.Group):
    """Verbs of one noun, such as ``cache info`` and ``cache clean``."""

    command_class = Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse a line; the document is that of the group until its verb is known."""
        json_document.called(ctx.command_path)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the commands there are for one that does not exist."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            from objclass.errors import list_some, nearest

            close = nearest(args[0], self.commands)
            listed = f" Commands: {list_some(self.commands)}."
            hint = f" Did you mean '{close}'?" if close else listed
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


option = partial(click.option, cls=SingleOption)
"""Declares an option; every command uses it."""


def _too_many(command: click.Command, words: Sequence[str], rest: Sequence[str]) -> str:
    """Return why words are left over: most often a shell spelled out a pattern."""
    said = " ".join(rest[:3]) + (" …" if rest[3:] else "")
    listed = _spelled_out(command, words)
    if listed is None:
        return f"Got more than it takes: {said}"
    flag, files = listed
    what = f"{flag} is followed by {len(files)} paths: the shell spelled out a pattern"
    return f"{what}. Put the pattern in quotes: {flag} '{pattern_of(files)}'"


def _spelled_out(command: click.Command, words: Sequence[str]) -> tuple[str, Sequence[str]] | None:
    """Return the option that several paths stand behind, and the paths; None where none does."""
    flags = {
        flag
        for each in command.params
        if isinstance(each, click.Option) and not each.is_flag
        for flag in each.opts
    }
    for at, word in enumerate(words):
        flag, sign, value = word.partition("=")
        if flag not in flags:
            continue
        files = [value] if sign else []
        for each in words[at + 1 :]:
            if each.startswith("-"):
                break
            files.append(each)
        alike = [each for each in files if Path(each).suffix == Path(files[0]).suffix]
        if len(alike) > 1:
            return flag, alike
    return None


def pattern_of(files: Sequence[str]) -> str:
    """Return the pattern that a list of files may come from, with a name for what varies."""
    paths = [Path(file) for file in files]
    suffix = paths[0].suffix
    if len({path.parent for path in paths}) == 1:
        stems = [path.stem for path in paths]
        end = _shared_end(stems)
        return str(paths[0].parent / f"{{name}}{end}{suffix}")
    if len({(path.name, path.parent.parent) for path in paths}) == 1:
        return str(paths[0].parent.parent / "{name}" / paths[0].name)
    return f"{{folder}}/{{name}}{suffix}"


def _shared_end(stems: Sequence[str]) -> str:
    """Return what all names end in, from its first mark that is no letter or digit: ``_raw``."""
    shortest = min(stems, key=len)
    for at in range(1, len(shortest)):
        end = shortest[at:]
        if not end[0].isalnum() and all(stem.endswith(end) for stem in stems):
            return end
    return ""


workflow_argument = click.argument(
    "workflow", type=click.Path(dir_okay=False, path_type=Path), metavar="WORKFLOW.yaml"
)
set_option = option(
    "--set",
    "sets",
    multiple=True,
    metavar="NODE.FIELD=VALUE",
    help="Override a field, such as nuclei.threshold=0.45.",
)
cache_option = option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the cache; by default .objclass beside the workflow.",
)
until_option = option("--until", metavar="NODE", help="Stop after this node.")
force_option = option(
    "--force", multiple=True, metavar="NODE", help="Run this node again though it is cached."
)
workers_option = option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that work side by side; by default as many as there are processors for it.",
)
memory_option = option(
    "--memory",
    metavar="4GiB",
    help="What all processes may take; by default what the job or the computer has.",
)
scheduler_option = option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Let the workers of this dask.distributed scheduler make the steps.",
)


def _as_json(ctx: click.Context, param: click.Parameter, given: bool) -> bool:
    """Return whether JSON is printed: a word for a group holds for its verbs."""
    return given or json_document.asked()


_json = partial(option, "--json", is_flag=True, help="Print JSON for programs.")
json_option = _json("as_json", callback=_as_json)
"""For commands that print other things for programs; they are told."""
json_switch = _json(expose_value=False)
"""For commands that print the same and add to the document."""


trust_option = option(
    "--trust-plugins",
    "trust",
    is_flag=True,
    help="Let the plugin files of this workflow run from now on, as they are.",
)
NEAR = 10
"""Voxels around a row on background in which an object is looked for at all."""


def nearest_option(rows: str) -> Callable[[F], F]:
    """Return the option that lets `rows` on background take the nearest object."""
    return option(
        "--nearest",
        type=click.FloatRange(0, NEAR),
        metavar="VOXELS",
        help=f"{rows} on background take the nearest object, where it is no further than this.",
    )


def refuse_idle(used: Sequence[str], because: str) -> None:
    """Refuse options of the line that nothing would look at; `used` are names of parameters.

    Raises
    ------
    InputError
        With one problem for each.
    """
    from click.core import ParameterSource

    from objclass.errors import InputError, Problem

    context = click.get_current_context()
    idle = [
        each
        for each in context.command.params
        if isinstance(each, click.Option)
        and each.name not in used
        and context.get_parameter_source(each.name or "") is ParameterSource.COMMANDLINE
    ]
    if idle:
        names = (max(each.opts, key=len) for each in idle)
        raise InputError(
            *(Problem(f"{n} has no effect {because}", fix="leave it out") for n in names)
        )


def workflow_options(command: F) -> F:
    """Add the workflow argument and the options of every command that loads one."""
    for each in (trust_option, cache_option, set_option, workflow_argument):
        command = each(command)
    return command
