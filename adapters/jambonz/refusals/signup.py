"""What the operations of sign-up say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

TABLE: Table = {
    ("generateInviteCode", "forbidden"): Refusal("insufficient privileges", shape="status"),
    ("sendActivationCode", "not_found"): Refusal("invalid user_sid", shape="msg", observed=400),
    ("validateActivationCode", "not_found"): Refusal(
        "invalid user or activation code", shape="msg", observed=400
    ),
    ("validateInviteCode", "not_found"): Refusal(shape="text"),
    ("getTestData", "not_found"): Refusal(shape="text"),
}
