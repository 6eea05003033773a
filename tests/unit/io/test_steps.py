"""Numbers of stacked files go in a step; what the step promises and is not there is missing."""

from __future__ import annotations

import pytest

from objclass.io.steps import NumberSteps, steps_of, usual_step


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([7], NumberSteps(1)),
        ([0, 1, 2], NumberSteps(1)),
        ([5, 6], NumberSteps(1)),
        ([0, 10, 20], NumberSteps(10)),
        ([3, 5, 7, 9], NumberSteps(2)),
        ([0, 24], NumberSteps(24)),
        ([0, 2], NumberSteps(1, (1,))),
        ([1, 4], NumberSteps(1, (2, 3))),
        ([0, 1, 2, 4, 5, 9], NumberSteps(1, (3, 6, 7, 8))),
        ([0, 10, 30], NumberSteps(10, (20,))),
        ([0, 20, 30, 40], NumberSteps(10, (10,))),
        ([0, 10, 20, 25, 30, 40], NumberSteps(5, (5, 15, 35))),
        ([0, 10, 20, 33, 43], NumberSteps(10, (30, 40), (33, 43))),
    ],
)
def test_the_step_is_the_smallest_that_fits_all_else_the_commonest(
    numbers: list[int], found: NumberSteps
) -> None:
    assert steps_of(numbers) == found


def test_two_files_take_the_step_of_longer_series() -> None:
    usual = usual_step([[0, 1, 2], [0, 2], [4]])
    assert usual == 1
    assert steps_of([0, 2], usual) == NumberSteps(1, (1,))
    tens = usual_step([[0, 10, 20], [0, 20]])
    assert steps_of([0, 20], tens) == NumberSteps(10, (10,))


def test_pairs_that_all_have_one_difference_go_in_that_step() -> None:
    assert usual_step([[0, 2], [1, 3]]) == 2
    assert steps_of([1, 3], 2) == NumberSteps(2)


def test_nobody_knows_the_step_of_one_pair_or_of_single_files() -> None:
    assert usual_step([[0, 2]]) is None
    assert usual_step([[1], [2]]) is None
    assert usual_step([]) is None
