"""The command line: one verb per file, imported when it is called."""

from __future__ import annotations

import gc
import os
import shlex
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from objclass import __version__
from objclass.cli import json_document
from objclass.cli.pipe import unbroken

if TYPE_CHECKING:
    from objclass.errors import Problem

COMMANDS = {
    "demo": "Write a sample workflow with its image, and run it.",
    "run": "Run a workflow; what is cached is not computed again.",
    "plan": "Say what would run and why; computes and writes nothing.",
    "collect": "Run what is left after all shards of a run.",
    "validate": "Check a workflow and the headers of its files.",
    "init": "Write a workflow from the headers of your files.",
    "label": "Annotate objects in a browser, watch the classifier learn.",
    "look": "Draw the objects of a node over the image.",
    "napari": "Open a workflow in napari; points become annotations.",
    "features": "List what can be measured, and how it is defined.",
    "graph": "Draw the workflow as a Mermaid graph.",
    "schema": "Print the JSON Schema of workflows, for editors.",
    "audit": "Draw random objects to class, which correct counts.",
    "evaluate": "Say how good a classifier is, and what is mislabelled.",
    "report": "Write one page that tells everything, for a browser.",
    "why": "Say where an object and its class come from.",
    "batch": "Classify other images with a trained project.",
    "headless": "Run an ilastik project with ilastik's own options.",
    "import": "Turn an ilastik project into a workflow.",
    "blockwise": "Compare ilastik's blocks with the whole image.",
    "annotations": "Start, check and re-attach annotations.",
    "project": "Show what a project file holds.",
    "warm": "Compile all kernels beforehand, for images and clusters.",
    "cache": "Look at, clean or verify the cache.",
}

MODULES = {"import": "importing"}
"""Verbs whose module cannot have their name."""


class LazyCommands(click.Group):
    """Lists all commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return command names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return one command."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"objclass.cli.{MODULES.get(name, name)}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command for one that does not exist."""
        from objclass.errors import nearest

        json_document.called(f"objclass {args[0]}" if args else "")
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = nearest(args[0], COMMANDS)
            if args[0].endswith((".yaml", ".yml")):
                close = f"objclass run {shlex.quote(args[0])}"
            hint = f" Did you mean '{close}'?" if close else ""
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="objclass")
def app() -> None:
    """Classify whole objects in microscopy images from a YAML workflow."""


class Stopped(BaseException):
    """Somebody asked the process to end: a cluster, ``timeout``, a terminal that closed."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


def _stop(number: int, frame: object) -> None:
    raise Stopped(number)


def main(args: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 done, 1 found while running, 2 found before work, 3 unexpected, 130 interrupted, 143
    stopped by SIGTERM.
    """
    for name in STOPPING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, _stop)
    gc.set_threshold(100_000, 50, 50)  # plans hold many small objects and no cycles
    sys.stdout, sys.stderr = unbroken(sys.stdout), unbroken(sys.stderr)
    code = exit_code(args)
    refused = getattr(sys.stdout, "refused", None)
    if refused is not None:
        click.echo(f"what is printed: {refused.strerror.lower()}", err=True)
    sys.exit(code or (1 if refused else 0))


STOPPING = ("SIGTERM", "SIGHUP")
"""Signals after which locks are given back and temporary files removed."""
SYSTEM = (
    "ENOSPC",
    "EDQUOT",
    "EFBIG",
    "EROFS",
    "EACCES",
    "EPERM",
    "ENOTDIR",
    "EEXIST",
    "EIO",
    "ENAMETOOLONG",
)
"""What the system says of disks and permissions, which nobody programs wrong."""


def _refuse(error: OSError) -> int:
    """Say what the system refused; what it never refuses for its own reasons is a bug."""
    from errno import errorcode

    from objclass.cli.bug import report
    from objclass.errors import Problem
    from objclass.io.disk import REFUSALS, refusal

    if error.filename is None or errorcode.get(error.errno or 0) not in SYSTEM:
        return report()
    if error.errno in REFUSALS and Path(error.filename).is_absolute():
        problem = refusal(Path(error.filename), error)
    else:
        problem = Problem(f"{error.filename}: {(error.strerror or str(error)).lower()}")
    return _tell(problem, code=1)


def _tell(*problems: Problem, code: int) -> int:
    """Say what is wrong, to a person and to programs, and return the exit code."""
    for problem in problems:
        click.echo(str(problem), err=True)
    json_document.add_problems(problems)
    return code


def _tell_interrupted(said: str, code: int) -> int:
    """Say that somebody ended the command, and return the exit code."""
    text = f"{said}; what was finished is kept"
    click.echo(text, err=True)
    json_document.add_interruption(text)
    return code


def exit_code(args: list[str] | None = None) -> int:
    """Run the command line and return its exit code; a person's mistake is never a traceback.

    With ``--json``, one document is all that it prints on stdout, whatever happens.
    """
    if not json_document.wants_json(sys.argv[1:] if args is None else args):
        return _run(args)
    with json_document.one_document() as document:
        code = _run(args)
    json_document.show(document, code)
    return code


def _run(args: list[str] | None) -> int:
    # pydantic would search every installed package for plugins at each start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from objclass.errors import ObjclassError, Problem

    try:
        result: Any = app.main(args=args, prog_name="objclass", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        json_document.add_problems([Problem(error.format_message())])
        return 2
    except ObjclassError as error:
        return _tell(*error.problems, code=error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _tell_interrupted("interrupted", 130)
    except Stopped as stopped:
        return _tell_interrupted(f"stopped by {stopped}", 128 + stopped.number)
    except OSError as error:
        return _refuse(error)
    except Exception:
        from objclass.cli.bug import report

        return report()
    return result if isinstance(result, int) else 0
