"""A reader who does what a page of the documentation says, in a folder of its own."""

from __future__ import annotations

import difflib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from doc_pages import Block, agree, blocks, masked, replaced
from progress import without_progress
from ruamel.yaml import YAML

from objclass.cli.main import exit_code
from objclass.nodes.registry import KINDS

ROOT = Path(__file__).parents[2]
UPDATE = "OBJCLASS_UPDATE_DOCS"
"""Set to 1, pages are rewritten with what really came out."""
SHELL = re.compile(r"[|<>;&]")
LARGEST = 450_000
"""Bytes that a picture of the documentation may have."""


class Reader:
    """Works through one page; :attr:`wrong` says what did not come out as shown."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.output = ""
        self.names: dict[str, Any] = {"__name__": "__docs__"}
        self.news: list[tuple[Block, str]] = []
        self.wrong: list[str] = []
        self.updates = os.environ.get(UPDATE) == "1"

    def read(self) -> None:
        """Do everything the page says, from top to bottom."""
        text = self.page.read_text(encoding="utf-8")
        doing: dict[str, Callable[[Block], None]] = {
            "bash": self.shell,
            "python": self.python,
            "yaml": self.workflow,
            "csv": self.file,
            "diff": self.change,
            "text": self.compare,
            "snakemake": self.pipeline,
            "groovy": self.pipeline,
            "comment": self.comment,
            "mermaid": lambda block: None,
            "": lambda block: None,
        }
        for block in blocks(text):
            if not block.is_shown_only:
                doing[block.language](block)
            if self.wrong and not self.updates:
                return
        if self.updates and self.news:
            self.page.write_text(replaced(text, self.news), encoding="utf-8")

    @contextmanager
    def listening(self) -> Iterator[io.StringIO]:
        """Collect what is printed while working in the folder."""
        heard = io.StringIO()
        with chdir(self.folder), redirect_stdout(heard), redirect_stderr(heard):
            yield heard

    def shell(self, block: Block) -> None:
        """Run every command of a block; objclass in this process."""
        said, code = [], 0
        for line in block.text.replace("\\\n", " ").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                heard, code = self.command(line)
                said.append(heard)
        self.output = "".join(said)
        if code != block.exit_code:
            self.blame(block, f"exit code {code}, not {block.exit_code}:\n{self.output}")

    def command(self, line: str) -> tuple[str, int]:
        """Run one command and return what it printed and its exit code."""
        words = shlex.split(line)
        if words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve()
            return "", 0
        if words[0] == "objclass" and not SHELL.search(line):
            with self.listening() as heard:
                code = exit_code(words[1:])
            return heard.getvalue(), code
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, capture_output=True, text=True,
            env={**os.environ, "PATH": path}, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr, done.returncode

    def python(self, block: Block) -> None:
        """Write a block that is a file; run any other, and names live on from block to block."""
        if block.file:
            self.file(block)
            return
        code = compile("\n" * block.start + block.text, str(self.page), "exec")
        with self.listening() as heard:
            exec(code, self.names)
        self.output = heard.getvalue()

    def file(self, block: Block) -> None:
        """Write a block as the file that the page calls it."""
        assert block.file, f"{self.where(block)}: which file is it?"
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text + "\n", encoding="utf-8")

    def workflow(self, block: Block) -> None:
        """Write and check a whole workflow; of a fragment, check every node by itself."""
        if block.file:
            self.file(block)
            with pytest.MonkeyPatch.context() as patch:  # a yes here is not yet one of the page
                patch.setenv("OBJCLASS_TRUSTED_PLUGINS", os.devnull)
                heard, code = self.command(f"objclass validate {block.file} --trust-plugins")
            if code:
                self.blame(block, heard)
            return
        nodes = YAML(typ="safe", pure=True).load(block.text)
        for name, fields in nodes.items():
            assert fields["kind"] in KINDS, f"{self.where(block)}: {name}"
            KINDS[fields["kind"]].model_validate(fields)

    def change(self, block: Block) -> None:
        """Change a file as the page shows: lines with - become the lines with +."""
        path = self.folder / block.file
        text = path.read_text(encoding="utf-8")
        for hunk in block.text.split("\n…\n"):
            lines = hunk.splitlines()
            old = "".join(line[1:] + "\n" for line in lines if line[0] in "- ")
            new = "".join(line[1:] + "\n" for line in lines if line[0] in "+ ")
            assert text.count(old) == 1, f"{self.where(block)}: {block.file} has no such lines"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def compare(self, block: Block) -> None:
        """Compare an output with the one that is shown."""
        shown, real = masked(block.text), masked(self.output)
        if agree(shown, real):
            return
        if self.updates:
            self.news.append((block, without_progress(self.output).strip("\n")))
            return
        self.blame(block, "\n".join(difflib.unified_diff(shown, real, "page", "real", lineterm="")))

    def pipeline(self, block: Block) -> None:
        """See that the options of every objclass command in a rule or process exist."""
        joined = re.sub(r'"\s*\n\s*"', "", block.text)
        for verb, rest in re.findall(r'objclass (\w+) ([^\n"]*)', joined):
            known, _ = self.command(f"objclass {verb} --help")
            missing = [option for option in re.findall(r"--[\w-]+", rest) if option not in known]
            if missing:
                self.blame(block, f"objclass {verb} has no {missing}")

    def comment(self, block: Block) -> None:
        """Take a picture where the page says that one comes from."""
        if not block.text.startswith("picture:"):
            return
        source, target = (part.strip() for part in block.text[8:].split("->"))
        made, kept = self.folder / source, ROOT / "docs" / target
        if not made.exists():
            self.blame(block, f"there is no {source}")
        elif self.updates:
            smaller(made, kept)

    def blame(self, block: Block, what: str) -> None:
        """Note what went wrong."""
        self.wrong.append(f"{self.where(block)}: {what}")

    def where(self, block: Block) -> str:
        """Return page and line of a block."""
        return f"{self.page.name}:{block.start}"


def smaller(source: Path, target: Path) -> None:
    """Save a picture as JPEG, which keeps photographs small."""
    from PIL import Image

    Image.open(source).convert("RGB").save(target, quality=82, subsampling=0, optimize=True)
