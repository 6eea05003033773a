"""On which machine numbers of a network are made, and how far another one's are off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from objclass.data.network_probe import NetworkProbe
from objclass.engine.artifact import Content, FactsHeader, Record
from objclass.engine.look import Look
from objclass.engine.node import Made, Part, View
from objclass.engine.reason import CONTENT
from objclass.engine.role import PartRole

PROBE: Final = "probe"
"""The part that hands out what the network says of drawn windows, for the project."""
PROBES: Final = "probes"
"""The run option that holds those of a project."""
MACHINE: Final = frozenset({"runtime", "processor"})
"""Parameters that say nothing but on which machine last bits are made."""


def probe_part(known: Mapping[str, Any], channels: int, by_map: bool) -> Part:
    """Return the part of a network that was described."""
    found = probe_of(known)
    parameters = {
        "model": {CONTENT: known["digest"]},
        "runtime": found.runtime,
        "processor": found.processor,
        "size": known["size"],
        "channels": channels,
        "by_map": by_map,
    }
    return Part(
        PROBE,
        FactsHeader(PROBE),
        parameters,
        joins=frozenset({"image", "t"}),
        asked=False,
        role=PartRole.PROBE,
        payload=found,
        elsewhere=MACHINE,
    )


def probe_of(known: Mapping[str, Any]) -> NetworkProbe:
    """Return what a description says of drawn windows."""
    import numpy as np

    return NetworkProbe(known["runtime"], known["processor"], np.array(known[PROBE], np.float32))


def probe(view: View) -> Made:
    """Hand it out."""
    held = view.part.held(NetworkProbe)
    facts = {"runtime": held.runtime, "processor": held.processor}
    return Made(Content(record=Record({PROBE: held.values}, facts)))


def probe_in(record: Record) -> NetworkProbe:
    """Return what a record holds."""
    arrays: Any = record.arrays
    return NetworkProbe(record.facts["runtime"], record.facts["processor"], arrays[PROBE])


def tell_deviation(look: Look, known: Mapping[str, Any], channels: int, by_map: bool) -> None:
    """Note how far this machine is off the one that a project, or this cache, has numbers of."""
    here = probe_of(known)
    trained: NetworkProbe | None = look.settings.options.get(PROBES, {}).get(look.name)
    if trained is not None and trained.machine != here.machine:
        look.note(f"numbers of training were {trained.compared(here)}")
    key = [PROBES, known["digest"], known["size"], channels, by_map]
    names = (*MACHINE, PROBE)
    first = look.settings.memo(key, (), lambda: {name: known[name] for name in names})
    earlier = probe_of(first)
    if earlier.machine != here.machine:
        look.note(f"the first numbers of this cache were {earlier.compared(here)}")
