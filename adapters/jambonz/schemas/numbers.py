"""Phone numbers (seed 000: PhoneNumber)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.schemas.common import Sent, Sid
from gateway.wire import E164, MERGE, Change, Profile
from gateway.wire.reading import Reader

FORM = r"^\+?[1-9][0-9]{6,14}$"


class Telephone(E164):
    """A number with or without its plus; said to be missing in the server's words."""

    def describe(self, profile: Profile) -> dict[str, Any]:
        return {**super().describe(profile), "pattern": FORM}

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        if reader.mode is not MERGE:
            reader.fault(path, "said", f"{path} is required")


class NewPhoneNumber(Sent):
    """A number to be kept; without an account it is in the provider's pool."""

    passes = (*Sent.passes, "phone_number_sid")

    number = Telephone(attribute="e164", required=True)
    voip_carrier_sid = Sid(attribute="trunk_uid", required=True)
    account_sid = Sid(attribute="account_uid")
    application_sid = Sid(attribute="application_uid")
    service_provider_sid = Sid(attribute="service_provider_uid")


class PhoneNumber(Sent):
    """A number as it is shown, and as it is changed: account and application only.

    Numbers that came by another way may have no carrier.
    """

    phone_number_sid = Sid(attribute="uid", dump_only=True, null=False, required=True)
    number = Telephone(attribute="e164", required=True)
    voip_carrier_sid = Sid(attribute="trunk_uid")
    account_sid = Sid(attribute="account_uid")
    application_sid = Sid(attribute="application_uid")
    service_provider_sid = Sid(attribute="service_provider_uid", dump_only=True)
