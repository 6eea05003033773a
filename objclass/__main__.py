"""``python -m objclass``."""

from __future__ import annotations

from objclass.cli.main import main

main()
