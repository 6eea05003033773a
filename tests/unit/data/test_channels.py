"""Channels in messages."""

from __future__ import annotations

from objclass.data.channels import called, channel_list


def test_a_channel_without_a_name_is_called_by_its_number() -> None:
    assert called("0") == "channel 0"
    assert called("dna") == "dna"


def test_a_list_of_channels_says_of_each_number_that_it_is_a_channel() -> None:
    assert channel_list(("dna", "1")) == "dna, channel 1"
