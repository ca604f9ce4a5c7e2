"""Every kind of message that is refused."""

from __future__ import annotations

import json
from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Bad
from tests.adapters.jambonz.message_rows import (
    BARE,
    BETAS,
    LINKLESS,
    MAIN,
    OFF,
    OWN,
    PEER,
    SILENT,
    STRICT,
)

PATH = f"/Accounts/{world.ALPHA}/Messages"
ABSENT: Any = object()


def sms(**changes: Any) -> dict[str, Any]:
    """A message that is accepted, but for the changes; `from_` stands for from."""
    body = {"from": OWN[1:], "to": PEER[1:], "text": "hello"}
    body |= {name.removesuffix("_"): value for name, value in changes.items()}
    return {name: value for name, value in body.items() if value is not ABSENT}


LONE = json.dumps(sms(text="\ud800")).encode()


def bad(name: str, says: str = "", status: int = 400, **changes: Any) -> Bad:
    return Bad(name, "POST", PATH, status, sms(**changes), says)


def elsewhere(name: str, sid: str, who: str, status: int = 404) -> Bad:
    said = f"unauthorized createMessage request for account {sid}"
    return Bad(name, "POST", f"/Accounts/{sid}/Messages", status, sms(), said, who)


def handed_in(
    name: str, says: str = "", status: int = 400, by: str = LINKLESS, **changes: Any
) -> Bad:
    """A message from a carrier that is not taken; `by` is the name in the path."""
    return Bad(name, "POST", f"/messaging/{by}", status, taken(**changes), says)


def taken(**changes: Any) -> dict[str, Any]:
    """A message that is taken from a carrier, but for the changes."""
    return sms(**{"from_": PEER, "to": OWN, **changes})


IN = [
    handed_in("from a carrier without from", "missing from property", from_=ABSENT),
    handed_in("from a carrier with an empty from", "from", from_=""),
    handed_in("from a carrier with a from that is a number", "from", from_=5),
    handed_in("from a carrier with a from without end", "from", from_="x" * 65),
    handed_in("from a carrier without to", "missing to property", to=ABSENT),
    handed_in("from a carrier to a name", "Not Found", 404, to="acme"),
    handed_in("from a carrier without text", "either text or media", text=ABSENT),
    handed_in("from a carrier with a NUL", "text", text="a\0b"),
    handed_in("from a carrier with media that are none", "media", media=["x"]),
    handed_in("from a carrier with too many media", "media", media=["https://m.example/"] * 11),
    handed_in("for a number without an application", "Not Found", 404, to=BARE),
    handed_in("for an application without a hook for it", "Not Found", 404, to=SILENT),
    handed_in("for a number of another account", "Not Found", 404, to=BETAS),
    handed_in("for a number of nobody", "Not Found", 404, to="+12065559876"),
    handed_in("from an unknown carrier", "Not Found", 404, by="nobody"),
    handed_in("from a carrier that is switched off", "Not Found", 404, by=OFF),
    handed_in("from a carrier that admits nobody", "Not Found", 404, by=MAIN),
    handed_in("from an address that is not admitted", "Not Found", 404, by=STRICT),
    Bad("from a carrier without a body", "POST", f"/messaging/{LINKLESS}", 400),
    Bad("from a carrier in a list", "POST", f"/messaging/{LINKLESS}", 400, []),
]

CASES = [
    *IN,
    bad("no from", "missing from property", from_=ABSENT),
    bad("no to", "missing to property", to=ABSENT),
    bad("neither text nor media", "either text or media required", text=ABSENT),
    bad("an empty text", "either text or media required", text=""),
    bad("a null text", "either text or media required", text=None),
    bad("a null from", "from", from_=None),
    bad("a null to", "to", to=None),
    bad("an empty from", "from", from_=""),
    bad("a from of letters", "from", from_="acme"),
    bad("a to of letters", "to", to="bob@example.com"),
    bad("a to that is too long", "to", to="1" * 17),
    bad("a to that is too short", "to", to="12"),
    bad("a from that is a list", "from", from_=[OWN]),
    bad("a to that is an object", "to", to={"number": PEER}),
    bad("a to that is true", "to", to=True),
    bad("a text that is a number", "text", text=5),
    bad("a text with a NUL", "text", text="a\0b"),
    bad("a text without end", "text", text="ж" * 20_000),
    bad("media that is no URL", "media", media="picture"),
    bad("media that is a list", "media", media=["https://media.example/a.png"]),
    bad("a media URL without end", "media", media="https://media.example/" + "x" * 1100),
    bad("an unknown member", "unknown property 'bogus'", bogus=1),
    bad("a from of nobody", "from is not a phone number", from_="12065559876"),
    bad("a from of another account", "from is not a phone number", from_=BETAS),
    bad("an unknown provider", "provider", provider="nobody"),
    bad("an unknown carrier", "provider", carrier="nobody"),
    bad("a provider of another account", "provider", provider="messages of beta"),
    bad("a provider that is switched off", "provider", provider=OFF),
    bad("an empty provider", "provider", provider=""),
    bad("a provider that is a number", "provider", provider=7),
    bad("a provider with a NUL", "provider", provider="a\0"),
    bad("a provider name without end", "provider", provider="x" * 65),
    bad("a provider without a link", "no configured SMS gateways", 422, provider=LINKLESS),
    Bad("an account without a link", "POST", f"/Accounts/{world.BETA}/Messages", 422,
        sms(from_=BETAS), "no configured SMS gateways", "beta"),
    Bad("a text with a lone surrogate", "POST", PATH, 400, data=LONE),
    Bad("no body", "POST", PATH, 400),
    Bad("a body that is a list", "POST", PATH, 400, []),
    Bad("a body that is no JSON", "POST", PATH, 400, data=b"{"),
    elsewhere("the account of a sibling", world.BETA, "alpha"),
    elsewhere("an account of another provider", world.GAMMA, "provider"),
    elsewhere("an account that does not exist", world.NOBODY, "admin"),
    elsewhere("a sid that is none", "zero", "admin"),
]  # fmt: skip
