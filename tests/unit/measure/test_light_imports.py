"""Declaring columns must not import numpy or numba: a cached run declares them all."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from objclass.measure.families import BUILT_IN, TABLES, family, table_family
from objclass.measure.family import Setting
from objclass.measure.regions import Ring, in_region

for dimensions in (2, 3):
    setting = Setting(dimensions, ("a", "b"), ("uint8", "uint8"), ((0.0, 255.0), None))
    for name in BUILT_IN:
        family(name).columns(setting)
        in_region(family(name), Ring("ring", 2.0)).columns(setting)
        family(name).ring(setting)
    for name in TABLES:
        table_family(name).columns(setting)
heavy = {"numpy", "numba", "scipy", "skimage", "pandas"} & set(sys.modules)
sys.exit(", ".join(sorted(heavy)) or 0)
"""


def test_declaring_every_column_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
