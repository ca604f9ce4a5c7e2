"""What the calls operations say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

TABLE: Table = {
    # The server looks whose account it is before anything else, and answers 400.
    ("createCall", "not_found"): Refusal(shape="msg", observed=400),
    # Also what the server answers when nothing carries its calls.
    ("createCall", "unavailable"): Refusal(
        text="no available feature servers at this time", shape="msg", status=480, observed=480
    ),
}
