"""Devices of the test world: three that stand in it, and a body for each of the 22 types."""

from __future__ import annotations

from typing import Any

from tests.adapters.callable import world
from tests.support.matrix import Sample

GATEWAY, START, SPOKEN, FOREIGN = (world.uid(7, n) for n in range(1, 5))
EXITS = dict.fromkeys(("onComplete", "onFail", "onNoAnswer", "onBusy"), "HANGUP")
LEG = {
    "ringTime": 30, "maxCallTime": 600, "record": True, "present": "pass-through",
    "countryCode": "GB", "onComplete": "HANGUP", "onFail": SPOKEN, "onNoAnswer": SPOKEN,
    "onBusy": "HANGUP",
}  # fmt: skip
OPTIONS = {
    "options": [{"option": "44", "connectTo": SPOKEN}, {"option": "44163", "connectTo": GATEWAY}],
    "connectTo": "HANGUP",
}

BODIES: dict[str, dict[str, Any]] = {
    "ROUTE_START": {
        "startRoute": {"ddis": [world.hex24(world.SPARE_DDI)], "connectTo": GATEWAY},
    },
    "SIP_GATEWAY": {"sipGateway": {**LEG, "trunks": [world.SPARE_TRUNK, world.TRUNK]}},
    "SIP": {"sipExtension": {**LEG, "gateway": GATEWAY}},
    "CLIENT": {"client": {**LEG, "username": "owners-phone", "dnisRouter": SPOKEN}},
    "REMOTE": {"remote": {**LEG, "destination": "+441632960100"}},
    "TEAMS": {"teams": {**LEG, "to": "owner@teams.example"}},
    "HUNT_GROUP": {"huntGroup": {**LEG, "devices": [GATEWAY, SPOKEN]}},
    "OUTBOUND_OVERRIDE": {"outboundOverride": {**LEG, "strip": 1, "prepend": 44}},
    "MATCH_START": {"regexRoute": {"regExp": "^44163296[0-9]{4}$", "connectTo": SPOKEN}},
    "ANI_ROUTER": {"aniRouter": OPTIONS},
    "DNIS_ROUTER": {"dnisRouter": OPTIONS},
    "ZONE_ROUTER": {"zoneRouter": OPTIONS},
    "NUMBER_PLAN": {
        "numberPlan": {
            **OPTIONS, "text": "Press one", "timeout": 5, "finishOnKey": "*", "maxDigits": 4,
        }
    },
    "TIME_ROUTER": {
        "timeBasedRoute": {
            "timeOfDayRoutes": [
                {
                    "id": "office", "dateFrom": "2026-01-01", "dateTo": "2026-12-31",
                    "timeFrom": "09:00", "timeTo": "17:30", "days": [1, 2, 3, 4, 5],
                    "connectTo": GATEWAY,
                }
            ],
            "connectTo": SPOKEN,
        }
    },
    "TIME_RANGE_ROUTER": {
        "timeRangeRoute": {
            "start": "22:00", "end": "06:00", "onMatch": SPOKEN, "connectTo": GATEWAY,
        }
    },
    "DAY_OF_WEEK_ROUTER": {
        "dayOfWeekRoute": {"days": [6, 7], "onMatch": SPOKEN, "connectTo": GATEWAY},
    },
    "DATE_RANGE_ROUTER": {
        "dateRangeRoute": {
            "start": "2026-12-24T18:00:00", "end": "2026-12-27T08:00:00Z", "onMatch": SPOKEN,
            "connectTo": GATEWAY,
        }
    },
    "SAY": {"say": {"text": "Hello", "connectTo": "HANGUP"}},
    "PLAY": {"play": {"url": "https://media.example/hold.mp3", "connectTo": SPOKEN}},
    "VOICEMAIL": {
        "voicemail": {
            "text": "After the tone", "finishOnKey": "#", "timeout": 10,
            "emailRecipients": ["owner@pizzas.example"], "maxLength": 60, "transcribe": True,
            "playBeep": False,
            "connectTo": "HANGUP",
        }
    },
    "PLUGIN": {
        "plugin": {
            "plugin": world.HOOK, "data": {"menu": ["a", 1]}, "onTransfer": GATEWAY,
            "onError": SPOKEN, **EXITS,
        }
    },
    "SCRIPT": {"script": {"code": "return 1", "connectTo": SPOKEN}},
}  # fmt: skip
"""A body of every type, with every member it can have."""

BEYOND = frozenset(f"Device.{name}" for body in BODIES.values() for name in body) - {
    "Device.sipGateway",
    "Device.startRoute",
}
"""The bodies that the guide shows no sample of."""


def device(type_: str, **more: Any) -> dict[str, Any]:
    """A device of a type, as one is sent."""
    return {"type": type_, "name": f"owners {type_.lower()}", **BODIES[type_], **more}


def _mine(body: Any = None, **ids: str) -> Sample:
    return Sample({"accountId": world.hex24(world.ALPHA), **ids}, body, foreign=404)


OPERATIONS = {
    "listDevices": _mine(),
    "createDevice": _mine(device("HUNT_GROUP", extension="650")),
    "getDevice": _mine(deviceId=GATEWAY),
    "updateDevice": _mine(device("VOICEMAIL", extension="651"), deviceId=SPOKEN),
    "deleteDevice": _mine(deviceId=START),
}

REFERRING = ("createDevice", "updateDevice")
"""What names other things, of which a document cannot say which there are."""


def bundle() -> dict[str, Any]:
    """The test world with its devices."""
    return {**world.bundle(), "flow_nodes": nodes()}


def nodes() -> list[dict[str, Any]]:
    """Rows of a bundle: a number's calls go to a gateway, and from there to words."""
    return [
        {
            "uid": START, "account": "alpha", "type": "ROUTE_START", "name": "owners start",
            "extension": "600", "config": {"ddis": [world.DDI], "connectTo": GATEWAY},
        },
        {
            "uid": GATEWAY, "account": "alpha", "type": "SIP_GATEWAY", "name": "owners gateway",
            "extension": "601",
            "config": {
                "ringTime": 180, "maxCallTime": 14400, "record": False, "present": "pass-through",
                "countryCode": "GB", "trunks": [world.TRUNK], **EXITS, "onFail": SPOKEN,
            },
        },
        {
            "uid": SPOKEN, "account": "alpha", "type": "SAY", "name": "owners words",
            "extension": "602", "config": {"text": "Sorry", "connectTo": "HANGUP"},
        },
        {
            "uid": FOREIGN, "account": "elsewhere", "type": "SAY", "name": "theirs",
            "extension": "600", "config": {"text": "Theirs", "connectTo": "HANGUP"},
        },
    ]  # fmt: skip
