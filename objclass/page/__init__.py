"""The labelling page: serves a session to a browser on this machine.

Knows HTTP and bytes, and nothing of objects: what may be done is the session's business. The
page itself lies in ``static/``, plain ES modules that are read as they stand.
"""

from __future__ import annotations

from importlib.util import find_spec

from objclass.errors import InputError, Problem, list_some


def require_server() -> None:
    """Refuse where what serves the page is not installed.

    Raises
    ------
    InputError
        Saying how to install it.
    """
    found = {
        "starlette": find_spec("starlette"),
        "uvicorn": find_spec("uvicorn"),
        "websockets": find_spec("websockets"),
    }
    missing = [name for name, spec in found.items() if spec is None]
    if missing:
        what = f"the labelling page needs {list_some(missing)}, which is not installed"
        raise InputError(Problem(what, fix="pip install 'objclass[ui]'"))
