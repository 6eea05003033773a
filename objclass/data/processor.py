"""What the processor of this machine can do, as far as it decides the last bits of sums."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path
from typing import Final

FEATURES: Final = (
    "avx",
    "avx2",
    "fma",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "amx_tile",
    "asimd",
)


@cache
def processor() -> str:
    """Return the kind of processor and its features that libraries choose code by."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # no Linux
        return platform.machine()
    said = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    there = set(said.partition(":")[2].split())
    return " ".join([platform.machine(), *(name for name in FEATURES if name in there)])
