"""AnnData files: a matrix of features, what is known of every object, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.errors import Problem
from objclass.io.aside import written_aside

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

EXTRA = "anndata"


@dataclass(frozen=True)
class AnnotatedMatrix:
    """What an AnnData file holds.

    Parameters
    ----------
    X
        float32 or float64 (objects, features); NaN is missing.
    features
        Titles of the columns of X.
    about_features
        Title to the text of every feature, such as its unit.
    obs
        Title to the value of every object: texts as lists, numbers as arrays.
    names
        A name of every object, each once.
    categories
        Of some texts the values there are, in order; else as they come.
    obsm
        Name to an array (objects, …).
    uns
        What is known of all.
    """

    X: NDArray[np.floating[Any]]
    features: Sequence[str]
    about_features: Mapping[str, Sequence[str]]
    obs: Mapping[str, Any]
    names: Sequence[str]
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)
    obsm: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    uns: Mapping[str, Any] = field(default_factory=dict)


def missing_library() -> Problem | None:
    """Return what to do where the library that writes AnnData is not installed."""
    if find_spec("anndata") is not None:
        return None
    fix = f"pip install 'objclass[{EXTRA}]'"
    return Problem("AnnData files need the package anndata, which is not installed", fix=fix)


def write_anndata(path: Path, table: AnnotatedMatrix) -> None:
    """Write an ``.h5ad`` file.

    Raises
    ------
    RunError
        Where the disk refuses.
    """
    import pandas as pd
    from anndata import AnnData

    obs = pd.DataFrame(index=pd.Index(list(table.names), dtype=object))
    for name, values in table.obs.items():
        is_text = isinstance(values, list)
        known = table.categories.get(name, list(dict.fromkeys(values)) if is_text else ())
        obs[name] = _categorical(values, known) if is_text else values
    index = pd.Index(list(table.features), dtype=object)
    about = {name: pd.Series(list(v), index, object) for name, v in table.about_features.items()}
    var = pd.DataFrame(about, index=index)
    found = AnnData(table.X, obs=obs, var=var, obsm=dict(table.obsm), uns=dict(table.uns))
    with written_aside(path, table.X.nbytes) as aside:
        found.write_h5ad(aside)


def _categorical(values: Sequence[str], categories: Sequence[str]) -> pd.Categorical[str]:
    """Return texts as categories; an empty one is missing.

    They are Python's texts: those of newer pandas are not written by every anndata.
    """
    import pandas as pd

    places = {name: k for k, name in enumerate(categories)}
    codes = [places.get(value, -1) for value in values]
    return pd.Categorical.from_codes(codes, pd.Index(list(categories), dtype=object))
