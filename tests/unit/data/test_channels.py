"""Channels in messages."""

from __future__ import annotations

from objclass.data.channels import channel_list, name_channel


def test_a_channel_without_a_name_is_called_by_its_number() -> None:
    assert name_channel("0") == "channel 0"
    assert name_channel("dna") == "dna"


def test_a_list_of_channels_says_of_each_number_that_it_is_a_channel() -> None:
    assert channel_list(("dna", "1")) == "dna, channel 1"
