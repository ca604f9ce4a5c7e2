"""What the messages operations say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

# A gateway lets only own numbers send, which the real server does not ask; to clients a from that
# cannot be used is a bad request like any other.
TABLE: Table = {
    ("createMessage", "forbidden"): Refusal(
        "from is not a phone number of this account", shape="msg", status=400, observed=400
    ),
    ("createMessage", "not_found"): Refusal(shape="msg", observed=400),
}
