"""What the outside world does to calls when a test says so: a call comes in, a device registers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from emulators.arguments import Arguments, e164, within
from gateway.domain.call_scripts import LONGEST_WAIT, TRYING, CallScript
from gateway.domain.problems import Invalid
from gateway.models.database import connection
from gateway.services import call_arrivals, registrations

if TYPE_CHECKING:
    from emulators.worlds import World

MOST_ANSWERS = 100
LONGEST_EXPIRY = 86_400


def call(world: World, given: Arguments) -> dict[str, Any]:
    """{from, to, caller_name?, origin_address?, zone?, digits?, speech?, talks?}: a call to one of
    our numbers. `digits` and `speech` are what the caller enters at each question in turn, and it
    hangs up `talks` seconds after the answer."""
    change = {"from_number": e164(given, "from"), "to_number": e164(given, "to")}
    for name in ("caller_name", "origin_address", "zone"):
        change[name] = given.take(name, str, None)
    talks = given.take("talks", float, None)
    script = CallScript(
        name="inbound",
        summary="a call that came in",
        steps=(TRYING,),
        digits=_texts(given, "digits"),
        speech=_texts(given, "speech"),
        talks=None if talks is None else within("talks", talks, 0, LONGEST_WAIT),
    )
    given.done()
    with world.universe.entered(), connection():
        uid = call_arrivals.arrive(world.universe.context(), change, script)
    played = {"from": change["from_number"], "to": change["to_number"], "id": str(uid)}
    world.journal.add("traffic", {"what": "call", **played})
    return {"id": str(uid)}


def registration(world: World, given: Arguments) -> dict[str, Any]:
    """{realm, username, password?, expires?}: a device asks to register; what its hook said.

    The digest in the request is right for `password`, as a device that knows it would send it.
    """
    realm, username = given.take("realm", str), given.take("username", str)
    password = given.take("password", str, "")
    expires = int(within("expires", given.take("expires", int, 3600), 0, LONGEST_EXPIRY))
    given.done()
    universe = world.universe
    ctx = universe.context()
    facts = _register(ctx.runtime.rng, realm, username, password, expires)
    with universe.entered(), connection():
        account, webhook = registrations.prepare(ctx, facts, world.dialects, universe.profiles)
        outcome = world.courier.deliver(webhook.request, webhook.target.url)
        said = registrations.answered(ctx, account, webhook, outcome)
    played = {"realm": realm, "username": username, "said": said}
    entry = world.journal.add("traffic", {"what": "registration", **played})
    return {"id": f"registration-{entry.seq}", **said}


def _register(rng: Any, realm: str, username: str, password: str, expires: int) -> dict[str, Any]:
    """The digest credentials of a REGISTER request (RFC 2617, qop auth)."""
    nonce, cnonce = f"{rng.getrandbits(128):032x}", f"{rng.getrandbits(32):08x}"
    uri, count = f"sip:{realm}", "00000001"
    secret, request = _md5(f"{username}:{realm}:{password}"), _md5(f"REGISTER:{uri}")
    return {
        "method": "REGISTER",
        "realm": realm,
        "username": username,
        "expires": expires,
        "scheme": "digest",
        "nonce": nonce,
        "uri": uri,
        "algorithm": "MD5",
        "qop": "auth",
        "cnonce": cnonce,
        "nc": count,
        "response": _md5(f"{secret}:{nonce}:{count}:{cnonce}:auth:{request}"),
    }


def _md5(text: str) -> str:
    """SIP's digest is made of MD5; nothing is kept safe by it here."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _texts(given: Arguments, name: str) -> tuple[str, ...]:
    value = given.any(name, ())
    texts = (value,) if isinstance(value, str) else value
    whole = isinstance(texts, list | tuple) and all(isinstance(one, str) for one in texts)
    if not whole or len(texts) > MOST_ANSWERS:
        text = f"{name} must be a text or a list of at most {MOST_ANSWERS} texts."
        raise Invalid.one(name, "type", text)
    return tuple(texts)
