"""Every built-in family keeps the contract."""

from __future__ import annotations

import pytest

from objclass.measure.families import BUILT_IN, family
from objclass.testing import check_family


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_family_keeps_the_contract(name: str) -> None:
    check_family(family(name))
