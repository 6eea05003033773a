"""What commands say of their progress depends on the machine, so tests do not see it."""

from __future__ import annotations

import re

PROGRESS = re.compile(r"^(\d+ steps done, now |compiling kernels, once: )")


def without_progress(text: str) -> str:
    """Return what a command printed without its lines of progress."""
    return "".join(line for line in text.splitlines(True) if not PROGRESS.match(line))
