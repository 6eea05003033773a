"""Controls: numbers that are counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from objclass.wells.assay_quality import robust_ssmd, robust_z_prime

HIGH, LOW = np.array([78.0, 80, 82, 80]), np.array([10.0, 11, 9, 10])


def test_z_prime_and_ssmd_are_those_of_medians_and_deviations() -> None:
    """Medians 80 and 10; deviations (2, 0, 2, 0) and (0, 1, 1, 0): medians 1 and 0.5."""
    one, half = 1.4826, 1.4826 / 2
    assert robust_z_prime(HIGH, LOW) == pytest.approx(1 - 3 * (one + half) / 70)
    assert robust_ssmd(HIGH, LOW) == pytest.approx(70 / np.hypot(one, half))
    assert robust_ssmd(LOW, HIGH) == -robust_ssmd(HIGH, LOW)
    assert robust_z_prime(LOW, HIGH) == robust_z_prime(HIGH, LOW)


def test_one_well_that_went_wrong_changes_little() -> None:
    wrong = np.append(HIGH, 0.0)
    assert robust_z_prime(wrong, LOW) == pytest.approx(1 - 3 * (2 + 0.5) * 1.4826 / 70)


def test_what_cannot_be_told_is_not_a_number() -> None:
    same = np.array([5.0, 5, 5])
    assert np.isnan(robust_z_prime(HIGH[:1], LOW))
    assert np.isnan(robust_ssmd(HIGH, LOW[:1]))
    assert np.isnan(robust_z_prime(same, same))
    assert np.isnan(robust_ssmd(same, same + 1))
