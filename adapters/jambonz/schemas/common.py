"""What the areas share: base classes, ids, addresses, the answers to a create, the error body."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, ClassVar

from gateway.domain import ids
from gateway.wire import Ref, Text, Wire

MAX_URL = 1024
URL_FORM = (
    r"^([Hh][Tt]{2}[Pp]|[Ww][Ss])[Ss]?://([A-Za-z0-9._~!$&'()*+,;=%:-]*@)?"
    r"([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?)"
    r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
    r"([/?#][^\u0000-\u0020]*)?$"
)
_URL = re.compile(URL_FORM)
_IPV6_URL = re.compile(r"(https?|wss?)://\[([0-9a-f:.]+)\](:[0-9]{1,5})?([/?#]\S*)?", re.IGNORECASE)
BEYOND_CLIENTS = "clients"
BEYOND_SERVER = "running server"


class Jambonz(Wire):
    """Base of what is answered."""

    dialect = "jambonz"


class Sent(Jambonz):
    """Base of what customers send: a member it does not know is refused by name, so that a
    misspelled one is not lost in silence. A token may stand in the body."""

    strict = True
    passes: ClassVar[tuple[str, ...]] = ("access_token",)


class Sid(Ref):
    """A sid: in as an unresolved reference, out as a UUID."""

    schema_type = {"type": "string", "format": "uuid"}

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__("uuid", data_key, **options)

    def parse(self, value: Any) -> ids.Ref:
        if not isinstance(value, str):
            raise self.bad("must be an id", "type")
        return super().parse(value)


class Url(Text):
    """An absolute http, https, ws or wss address of at most 1024 characters."""

    schema_type = {"type": "string", "format": "url", "maxLength": MAX_URL, "pattern": URL_FORM}

    def parse(self, value: Any) -> str:
        text = super().parse(value).strip()
        if len(text) > MAX_URL:
            raise self.bad(f"must have at most {MAX_URL} characters", "length")
        if _URL.match(text) is None and not _is_ipv6_url(text):
            raise self.bad("must be an absolute url", "url")
        return text


def _is_ipv6_url(text: str) -> bool:
    found = _IPV6_URL.fullmatch(text)
    if found is None:
        return False
    try:
        ipaddress.IPv6Address(found[2])
    except ValueError:
        return False
    return found[3] is None or 0 < int(found[3][1:]) < 65_536


class SuccessfulAdd(Jambonz):
    """The sid of what was made."""

    sid = Sid(attribute="uid", required=True)


class GeneralError(Jambonz):
    """Every refusal; the members beside `msg` are those some handlers of the server use instead."""

    msg = Text(required=True)
    status = Text(omit_none=True)
    message = Text(omit_none=True)
    error = Text(omit_none=True)
