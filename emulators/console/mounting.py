"""Where the console and what it looks through are found."""

from __future__ import annotations

from flask import Flask

from emulators.console import events, looking, pages


def install(app: Flask, root: str, api: str) -> None:
    """Add the page below `root` and its control calls below `api`."""
    app.register_blueprint(pages.blueprint, url_prefix=root)
    for part in (events, looking):
        app.register_blueprint(part.blueprint, url_prefix=api)
