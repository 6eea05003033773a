"""Which of ilastik's features a selection means, in how many dimensions and channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from objclass.errors import InputError, Problem, list_some, nearest
from objclass.measure.ilastik_names import HULL, PLUGINS, SKELETON, SPHERICAL, STANDARD, Feature


def plugins_for(dimensions: int) -> tuple[str, ...]:
    """Return the plugins that ilastik offers in 2D or 3D, sorted."""
    flat = (HULL[2], SKELETON, SPHERICAL, STANDARD)
    return flat if dimensions == 2 else (HULL[3], SPHERICAL, STANDARD)


def find_offered(dimensions: int) -> dict[str, str]:
    """Return the plugin of every feature that ilastik offers in 2D or 3D."""
    return {
        name: plugin
        for plugin in plugins_for(dimensions)
        for name, feature in PLUGINS[plugin].items()
        if dimensions in feature.dimensions
    }


def by_plugin(names: Iterable[str], dimensions: int) -> dict[str, list[str]]:
    """Return feature names under the plugin each belongs to.

    Raises
    ------
    InputError
        For a name that no plugin offers in so many dimensions.
    """
    known = find_offered(dimensions)
    if unknown := [name for name in names if name not in known]:
        raise InputError(*(_unknown(name, known, dimensions) for name in unknown))
    result: dict[str, list[str]] = {}
    for name in names:
        result.setdefault(known[name], []).append(name)
    return result


def _unknown(name: str, known: Iterable[str], dimensions: int) -> Problem:
    meant = nearest(name, known)
    fix = f"did you mean {meant!r}?" if meant else f"it has {list_some(sorted(known))}"
    return Problem(f"ilastik has no feature {name!r} in {dimensions}D", fix=fix)


def in_order(
    selection: Mapping[str, Iterable[str]], channels: int
) -> tuple[tuple[str, Feature], ...]:
    """Return (plugin, feature) as ilastik's classifier sees them: both sorted by name.

    Raises
    ------
    InputError
        For an unknown plugin or feature, or one that needs another number of channels.
    """
    problems, found = [], []
    for plugin in sorted(selection):
        known = PLUGINS.get(plugin, {})
        for name in sorted(set(selection[plugin])):
            if name not in known:
                problems.append(Problem(f"ilastik has no feature {name!r} in {plugin!r}"))
            elif not _fits(known[name], channels):
                wanted = known[name].channels
                problems.append(
                    Problem(
                        f"ilastik measures {name!r} in images of {wanted} channel"
                        + ("s" if wanted == "several" else ""),
                        got=str(channels),
                    )
                )
            else:
                found.append((plugin, known[name]))
    if problems:
        raise InputError(*problems)
    return tuple(found)


def _fits(feature: Feature, channels: int) -> bool:
    return {"any": channels >= 0, "one": channels == 1, "several": channels > 1}[feature.channels]
