"""The closed vocabularies of stored columns, one StrEnum each.

Values are lower_snake and stored as text, so a row can be read without this module; dialects map
their own spellings to these words and back. Message states are in `messages.py` because they come
with a transition table.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.domain.principal import Scope

__all__ = [
    "AlertType",
    "Alphabet",
    "ConnectionMode",
    "Direction",
    "EndpointKind",
    "HookAuth",
    "HookMethod",
    "HookPurpose",
    "IdForm",
    "ItemState",
    "LimitCategory",
    "MessageTransport",
    "NumberHandling",
    "NumberKind",
    "NumberStatus",
    "OnAmbiguous",
    "ReceiptRequest",
    "RunState",
    "Scope",
    "Transport",
]


class EndpointKind(StrEnum):
    """What the address of a peer is; REGISTRATION means "wherever the peer registered from"."""

    HOST = "host"
    REGISTRATION = "registration"
    URI = "uri"
    NUMBER = "number"


class Transport(StrEnum):
    """SIP transport of an endpoint."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class NumberStatus(StrEnum):
    """AVAILABLE belongs to the provider's inventory, OWNED to an account."""

    AVAILABLE = "available"
    OWNED = "owned"


class NumberHandling(StrEnum):
    """Which reference of a number is in force: the last write that chose a destination sets it."""

    NONE = "none"
    APPLICATION = "application"
    FLOW = "flow"
    ENDPOINT = "endpoint"
    TRUNK = "trunk"


class NumberKind(StrEnum):
    STANDARD = "standard"
    TOLL_FREE = "toll_free"
    INUM = "inum"


class HookPurpose(StrEnum):
    """What a hook is called for, however a dialect says it. NONE is for a hook that was made and is
    not yet put anywhere."""

    NONE = "none"
    CALL = "call"
    CALL_STATUS = "call_status"
    MESSAGE = "message"
    SMS = "sms"
    MMS = "mms"
    SMS_RECEIPT = "sms_receipt"
    MMS_RECEIPT = "mms_receipt"
    REGISTRATION = "registration"
    QUEUE = "queue"
    DEVICE = "device"
    EVENT = "event"
    FLOW = "flow"
    ALERT = "alert"


class HookMethod(StrEnum):
    GET = "get"
    POST = "post"


class HookAuth(StrEnum):
    """How a hook's receiver is shown who calls: not, by name and password, by a header, by two."""

    NONE = "none"
    BASIC = "basic"
    KEY = "key"
    KEY_SECRET = "key_secret"


class LimitCategory(StrEnum):
    """What can be limited: calls at once, API requests, registered devices."""

    CALLS = "calls"
    API = "api"
    DEVICES = "devices"


class AlertType(StrEnum):
    """What dialects know alerts by; each has its own words for them."""

    WEBHOOK_FAILED = "webhook_failed"
    WEBHOOK_UNREACHABLE = "webhook_unreachable"
    WEBHOOK_NOT_FOUND = "webhook_not_found"
    WEBHOOK_UNAUTHORIZED = "webhook_unauthorized"
    PAYLOAD_INVALID = "payload_invalid"
    TTS_MISSING = "tts_missing"
    STT_MISSING = "stt_missing"
    TTS_FAILED = "tts_failed"
    STT_FAILED = "stt_failed"
    CARRIER_MISSING = "carrier_missing"
    LINK_DOWN = "link_down"
    LIMIT_CALLS = "limit_calls"
    LIMIT_DEVICES = "limit_devices"
    LIMIT_API = "limit_api"
    ACCOUNT_SUSPENDED = "account_suspended"
    COUNTRY_BLOCKED = "country_blocked"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageTransport(StrEnum):
    """How a message left or came: SMPP, a provider's HTTP interface, or within this gateway."""

    SMPP = "smpp"
    HTTP = "http"
    LOCAL = "local"


class Alphabet(StrEnum):
    """What a peer's message centre takes data_coding 0 for."""

    GSM = "gsm"
    LATIN1 = "latin1"
    ASCII = "ascii"


class IdForm(StrEnum):
    """How the message id of a receipt differs from the one of the submit answer, per link.

    ANY looks all forms up, most exact first; the others convert the receipt's id and look up one.
    """

    ANY = "any"
    EXACT = "exact"
    HEX_TO_DECIMAL = "hex_to_decimal"
    DECIMAL_TO_HEX = "decimal_to_hex"


class OnAmbiguous(StrEnum):
    """What to do with a part that may or may not have reached the peer."""

    RESEND = "resend"
    HOLD = "hold"


class ReceiptRequest(StrEnum):
    """Which parts of a message ask for a receipt (registered_delivery)."""

    ALL = "all"
    LAST = "last"
    NONE = "none"


class ConnectionMode(StrEnum):
    """Whose record counts. LOCAL: ours, the provider is read when somebody asks. FORWARD: ours, and
    each change of it is made at the provider, too. SYNC: both, compared when somebody asks."""

    LOCAL = "local"
    FORWARD = "forward"
    SYNC = "sync"


class RunState(StrEnum):
    """Where the carrying out of a plan stands. A run that failed or was killed can go on."""

    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"


class ItemState(StrEnum):
    """`started` is written before the provider is asked: after a kill nobody knows yet whether it
    was done. `found` was there already, made by somebody else; `kept` cannot be undone."""

    WAITING = "waiting"
    STARTED = "started"
    DONE = "done"
    FOUND = "found"
    UNDONE = "undone"
    KEPT = "kept"
