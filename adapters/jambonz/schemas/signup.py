"""Registering, proving an address, invitations, what can be tried (seed 000)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from adapters.jambonz.schemas.applications import Application
from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from adapters.jambonz.schemas.sessions import EMAIL_FORM, MAX_EMAIL, Session, UserProfile
from gateway.domain.problems import Invalid
from gateway.services.registration import Starter
from gateway.wire import E164, Change, Flag, Int, Length, Listed, Part, Pattern, Range, Text, Word
from gateway.wire.reading import CREATE, Reader

WAYS = ("github", "google", "twitter", "local")
ID, LONG = Length(1, 255), Length(1, 1024)
CODE_FORM = "[A-Za-z0-9]{4,64}"
CODE = Pattern(CODE_FORM, "is no code")
CHANNELS = ("email", "phone")
MOST_INVITED = 1000
STARTERS = tuple(
    Starter(
        name,
        f"https://public-apps.jambonz.us/{path}",
        "https://public-apps.jambonz.us/call-status",
    )
    for name, path in (("hello world", "hello-world"), ("dial time", "dial-time"))
)
TEST_NUMBER, TEST_APPLICATION = "test_number", "test_application_sid"
"""Members of a service provider that name what anybody may try there."""


class Email(Text):
    """An email address, kept in lower case."""

    schema_type = {"type": "string", "maxLength": MAX_EMAIL, "pattern": f"^{EMAIL_FORM}$"}
    form = Pattern(EMAIL_FORM)

    def parse(self, value: Any) -> str:
        text = super().parse(value)
        if len(text) > MAX_EMAIL or self.form.form.fullmatch(text) is None:
            raise self.bad("invalid email", "said")
        return text.lower()


class Demanded(Text):
    """A required member whose absence the server has words of its own for."""

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        if reader.mode is CREATE:
            reader.fault(path, "said", f"missing {path}")


class DemandedSid(Sid):
    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        if reader.mode is CREATE:
            reader.fault(path, "said", f"missing {path}")


class Way(Demanded):
    """How somebody registers; an unknown one is refused by the service, as a conflict."""

    schema_type = {"type": "string", "enum": list(WAYS)}

    def describe(self, profile: Any) -> dict[str, Any]:
        return dict(self.schema_type)


class NewCustomer(Sent):
    """`local` takes email, password and a code that is then mailed to the address; the others take
    what the sign-in provider gave."""

    service_provider_sid = DemandedSid(attribute="service_provider", required=True)
    provider = Way(required=True)
    email = Email()
    password = Text(validate=LONG)
    email_activation_code = Text(attribute="email_code", validate=CODE)
    oauth2_code = Text(attribute="oauth_code", validate=ID)
    oauth2_state = Text(validate=LONG)
    oauth2_client_id = Text(validate=LONG)
    oauth2_redirect_uri = Text(validate=LONG)
    passes = (*Sent.passes, "name")

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        for name in ("oauth2_state", "oauth2_client_id", "oauth2_redirect_uri"):
            change.pop(name, None)
        return change


@dataclass(frozen=True)
class Welcome(Session):
    """Somebody who registered."""

    root_domain: str = ""


class Customer(UserProfile):
    """The profile of somebody who registered, with the domain their realm is in."""

    class Meta(UserProfile.Meta):
        pass

    root_domain = Text(required=True)


class ActivationRequest(Sent):
    """Where to send a code; `code` is made up if it is not given."""

    user_sid = Sid(attribute="user", required=True)
    type = Text(attribute="channel", required=True, doc={"enum": list(CHANNELS)})
    value = Text(validate=Length(1, MAX_EMAIL))
    code = Text(validate=CODE)

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        _check_channel(change)
        channel, value = change.get("channel"), change.get("value")
        if value is not None and channel is not None:
            change["value"] = _address(channel, value)
        return change


class Activation(Sent):
    """Whose code it is, and what it proves."""

    user_sid = Sid(attribute="user", required=True)
    type = Text(attribute="channel", required=True, doc={"enum": list(CHANNELS)})

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        _check_channel(change)
        return change


def _check_channel(change: Change) -> None:
    channel = change.get("channel", "email")
    if channel not in CHANNELS:
        raise Invalid.one("type", "said", f"invalid activation type: {channel}")


def _address(channel: str, value: str) -> str:
    field = Email() if channel == "email" else E164()
    try:
        found: str = field.parse(value)
    except ValidationError:
        raise Invalid.one("value", "said", f"invalid {channel}") from None
    return found


class Kind(Word):
    """What may be taken; refused in the server's words."""

    def parse(self, value: Any) -> Any:
        if not isinstance(value, str) or value not in self.words:
            raise self.bad(f"invalid type: {value}", "said")
        return value


class AvailabilityQuery(Jambonz):
    type = Kind(attribute="what", words=("email", "phone", "subdomain"), required=True)
    value = Text(required=True, validate=ID)

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        given = change.get("value")
        if change.get("what") == "phone" and given is not None:
            try:
                change["value"] = E164().parse(given)
            except ValidationError:
                raise Invalid.one("value", "said", "invalid phone") from None
        return change


class Availability(Jambonz):
    available = Flag(required=True, style="default")


class InvitationRequest(Sent):
    count = Int(null=False, load_default=1, validate=Range(1, MOST_INVITED))


class Invitations(Jambonz):
    status = Word(words=("ok", "failed"), required=True)
    added = Int(required=True)
    codes = Listed(Text())


class Invitation(Sent):
    """A code that invites; `test` only looks whether it is good."""

    code = Text(required=True, validate=ID)
    test = Flag(attribute="only_look", null=False)


class TestData(Jambonz):
    phonenumbers = Listed(E164())
    applications = Listed(Part(Application))
