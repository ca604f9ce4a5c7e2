"""What the operations on people and sessions say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

GATE = Refusal("insufficient privileges", shape="status")
PLAIN = Refusal("Forbidden", shape="text")

TABLE: Table = {
    **{
        (name, "forbidden"): PLAIN
        for name in ("loginUser", "login", "listUsers", "getMyDetails", "updateUser")
    },
    **{(name, "forbidden"): GATE for name in ("getPasswordSettings", "updatePasswordSettings")},
    ("login", "invalid"): Refusal(shape="text"),
    ("forgotPassword", "invalid"): Refusal(shape="error"),
}
