"""What the calls operations say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

TABLE: Table = {
    # The server looks whose account it is before anything else, and answers 400.
    ("createCall", "not_found"): Refusal(shape="msg", observed=400),
}
