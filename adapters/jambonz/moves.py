"""What a jambonz platform can be told when an account moves there."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.kinds import hidden_gateway
from adapters.jambonz.schemas.carriers import MOST_NAME
from gateway.domain.moves import Move, Row, Step, Values, ref, uid_only, within

TRUNK = (
    "name", "description", "is_active", "leading_plus", "tech_prefix", "register_required",
    "register_username", "register_realm", "register_from_user", "register_from_domain",
    "register_public_contact",
)  # fmt: skip
GATEWAY = ("address", "port", "prefix_length", "enabled", "dials", "admits")
POINTED = "have the carrier send the number's calls to the platform's SIP addresses"


def _trunk(values: Values) -> Values:
    return {**{name: values.get(name) for name in TRUNK}, "account_uid": ref(values, "account")}


def _gateway(values: Values) -> Values:
    told = {name: values.get(name) for name in GATEWAY}
    return {**told, "home_trunk_uid": ref(values, "trunk_uid")}


def _number(values: Values) -> Values:
    return {
        "e164": values["e164"],
        "trunk_uid": ref(values, "trunk_uid"),
        "account_uid": ref(values, "account"),
    }


def _uid(answer: Values) -> Any:
    return answer["uid"]


def hidden_number(row: Row) -> str:
    return "" if row.trunk_uid is not None else "a number is on a carrier; this one is on no trunk"


def _elsewhere(row: Row) -> bool:
    return True


MOVES = (
    Move(
        "trunk", TRUNK, fits=lambda row: {"name": within(row.name, MOST_NAME)},
        create=Step("createVoipCarrier", sends=_trunk, name=_uid),
        change=Step("updateVoipCarrier", uid_only, _trunk),
        delete=Step("deleteVoipCarrier", uid_only),
    ),
    Move("access_list", skips=_elsewhere),
    Move("trunk_access_list", skips=_elsewhere),
    Move(
        "endpoint", ("trunk_uid", *GATEWAY), hides=hidden_gateway,
        fits=lambda row: {"transport": None},
        create=Step("createSipGateway", sends=_gateway, name=_uid),
        change=Step("updateSipGateway", uid_only, _gateway),
        delete=Step("deleteSipGateway", uid_only),
    ),
    Move(
        "number", ("e164", "trunk_uid"), hides=hidden_number, by_hand=POINTED,
        create=Step("provisionPhoneNumber", sends=_number, name=_uid),
        delete=Step("deletePhoneNumber", uid_only),
    ),
)  # fmt: skip
