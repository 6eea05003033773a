"""What one thread may take says nothing of another, whichever ends first."""

from __future__ import annotations

from contextlib import ExitStack

from objclass.data.memory_share import MemoryShare, memory_share, memory_shared


def test_shares_that_end_in_another_order_than_they_began_leave_nothing() -> None:
    one, other = ExitStack(), ExitStack()
    one.enter_context(memory_shared(MemoryShare(10**9)))
    other.enter_context(memory_shared(MemoryShare(2 * 10**9)))
    one.close()
    assert memory_share() == MemoryShare(2 * 10**9)
    other.close()
    assert memory_share() is None


def test_an_inner_share_gives_way_to_the_outer_one() -> None:
    outer, inner = MemoryShare(10**9), MemoryShare(2 * 10**9)
    with memory_shared(outer), memory_shared(inner):
        with memory_shared(outer):
            assert memory_share() == outer
        assert memory_share() == inner
    assert memory_share() is None
