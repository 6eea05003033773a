"""What stands in the way of a release; ``nox -s release`` asks, tests and builds it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
URLS = '[project.urls] with Repository = "https://…" and Documentation = "https://…"'


def refusals(root: Path = ROOT) -> Iterator[str]:
    """Yield every reason why the sources as they lie there are no release."""
    if not (root / ".git").exists():
        yield f"{root} is no clone: only what is committed and tagged is released"
        return
    version = version_of(root)
    if changed := git(root, "status", "--porcelain").splitlines():
        yield f"not committed: {', '.join(line[3:] for line in changed[:5])}"
    if f"v{version}" not in git(root, "tag", "--points-at", "HEAD").split():
        yield f"the commit is not tagged; expected: git tag v{version}"
    if not project_of(root).get("urls"):
        yield f"pyproject.toml says nowhere where the sources are published; expected: {URLS}"
    for name, found in written_versions(root).items():
        if found != version:
            yield f"{name} says {found or 'no version'}; pyproject.toml says {version}"
    heading = re.search(rf"(?m)^## {re.escape(version)} \((.*)\)$", text_of(root, "CHANGELOG.md"))
    if heading is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", heading[1]):
        yield f"CHANGELOG.md has no heading with a date, as in: ## {version} (2026-01-31)"


def version_of(root: Path) -> str:
    """Return the version that is declared."""
    version: str = project_of(root)["version"]
    return version


def project_of(root: Path) -> dict[str, Any]:
    """Return what ``pyproject.toml`` declares of the package."""
    declared: dict[str, Any] = tomllib.loads(text_of(root, "pyproject.toml"))["project"]
    return declared


def written_versions(root: Path) -> dict[str, str | None]:
    """Return the version by file that repeats it; None where it does not."""
    patterns = {
        "objclass/__init__.py": r'(?m)^__version__ = "(.*)"$',
        "CITATION.cff": r"(?m)^version: (.*)$",
    }
    found = {name: re.search(pattern, text_of(root, name)) for name, pattern in patterns.items()}
    return {name: match and match[1] for name, match in found.items()}


def text_of(root: Path, name: str) -> str:
    """Return a text; an empty one where there is no file."""
    path = root / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def git(root: Path, *words: str) -> str:
    """Return what git says of the sources."""
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    reasons = list(refusals())
    print("\n".join(f"no release: {reason}" for reason in reasons), file=sys.stderr)
    sys.exit(1 if reasons else 0)
