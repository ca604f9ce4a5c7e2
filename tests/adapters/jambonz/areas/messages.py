"""The area messages: sending by the account's carriers, and what carriers hand in over HTTP."""

from __future__ import annotations

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Area, Walker
from tests.adapters.jambonz.message_cases import CASES, sms
from tests.adapters.jambonz.message_rows import LINKLESS, MAIN, ROWS
from tests.support.matrix import Sample

WHOLE = sms(text="whole", provider=MAIN)

OPERATIONS = {
    "createMessage": Sample(
        {"AccountSid": world.ALPHA}, sms(), foreign=404, another=sms(text="something else")
    ),
}


def walk(walker: Walker) -> None:
    """Every member and word of a message, and every status it is answered with."""
    path = f"/v1/Accounts/{world.ALPHA}/Messages"
    client = walker.as_("alpha")
    client.post(path, json=WHOLE)
    client.post(path, json={**sms(), "text": "x", "media": "https://media.example/a.png"})
    client.post(path, json=sms(text=None))
    client.post(path, json=sms(provider=LINKLESS))


AREA = Area(
    rows=ROWS,
    operations=OPERATIONS,
    marks=("messages main",),
    cases=CASES,
    walk=walk,
    state_refused={"createMessage": (400, 422)},
)
