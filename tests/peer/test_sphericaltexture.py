"""ilastik's Spherical Texture against the library sphericaltexture 0.0.4, where installed."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from sphericaltexture_cases import CASES, library_for, ours, theirs


@cache
def library(dimensions: int) -> Any:
    """The library tabulates its rays on first use, which takes a minute or two."""
    module = pytest.importorskip("sphericaltexture", reason="sphericaltexture is not installed")
    return library_for(dimensions, module.SphericalTextureGenerator)


@pytest.mark.parametrize("name", CASES)
def test_spectrum_and_direction_are_those_of_the_library(name: str) -> None:
    case = CASES[name]
    wanted = theirs(case, library(case[1].ndim))
    np.testing.assert_allclose(ours(case), wanted, rtol=1e-5, atol=1e-9)
