"""The area messages: sending by the account's carriers, and what carriers hand in over HTTP."""

from __future__ import annotations

from gateway.models import MessagePart
from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Area, Walker
from tests.adapters.jambonz.message_cases import CASES, sms, taken
from tests.adapters.jambonz.message_rows import LINKLESS, MAIN, ROWS
from tests.support.matrix import Sample

WHOLE = sms(text="whole", provider=MAIN)

OPERATIONS = {
    "createMessage": Sample(
        {"AccountSid": world.ALPHA}, sms(), foreign=404, another=sms(text="something else")
    ),
    "receiveSms": Sample({"provider": LINKLESS}, taken()),
}


def walk(walker: Walker) -> None:
    """Every member of a message, and every status it is answered with."""
    path = f"/v1/Accounts/{world.ALPHA}/Messages"
    client = walker.as_({**world.bearer("alpha"), "Idempotency-Key": "walk"})
    client.post(path, json=WHOLE)
    MessagePart.update(state="sent", remote_id="0042").execute()
    client.post(path, json=WHOLE)
    refused = {"state": "rejected", "remote_id": None, "command_status": 0x0B, "error": "no"}
    MessagePart.update(refused).execute()
    client.post(path, json=WHOLE)
    client = walker.as_("alpha")
    client.post(path, json={**WHOLE, "media": "https://media.example/a.png"})
    client.post(path, json=sms(text=None))


AREA = Area(
    rows=ROWS,
    operations=OPERATIONS,
    marks=("messages main",),
    cases=CASES,
    walk=walk,
    state_refused={"createMessage": (400, 422), "receiveSms": (404,)},
)
