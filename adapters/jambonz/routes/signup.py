"""Registering, proving an address, invitations, what can be tried without an account (seed 000)."""

from __future__ import annotations

from typing import Any, NamedTuple

from adapters.jambonz.auth import issue
from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import sids
from adapters.jambonz.schemas import signup as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import registration
from gateway.wire import Change

blp = Blueprint("sign-up", __name__)

CUSTOMER, NEW_CUSTOMER = wire.Customer(), wire.NewCustomer()
SEND, PROVE = wire.ActivationRequest(), wire.Activation()
FREE, FREE_QUERY = wire.Availability(), wire.AvailabilityQuery()
INVITE, INVITED, INVITATION = wire.InvitationRequest(), wire.Invitations(), wire.Invitation()
TO_TRY = wire.TestData()


class Row(NamedTuple):
    """Answers that no row is behind."""

    available: bool = False
    status: str = "ok"
    added: int = 0
    codes: list[str] | None = None
    phonenumbers: list[str] | None = None
    applications: list[Any] | None = None


@blp.operation(
    "POST", "/v1/register", "registerUser", takes=NEW_CUSTOMER, returns=CUSTOMER, public=True
)
def register_user(ctx: Context, change: Change) -> Any:
    """Register a customer: an account, its first person, applications to begin with."""
    found = registration.register(ctx, registration.SignUp(**change), wire.STARTERS)
    return wire.Welcome(found.user, issue(ctx, found.user), found.pristine, found.root_domain)


@blp.operation("POST", "/v1/ActivationCode", "sendActivationCode", takes=SEND, status=204)
def send_activation_code(ctx: Context, change: Change) -> None:
    """Send the caller a code by mail or text message."""
    value, code = change.get("value"), change.get("code")
    registration.ask_for_code(ctx, change["user"], change["channel"], value, code)


@blp.operation(
    "PUT", "/v1/ActivationCode/<Code>", "validateActivationCode", takes=PROVE, status=204
)
def validate_activation_code(ctx: Context, code: str, change: Change) -> None:
    """Prove an address by the code that was sent there; the first email activates the account."""
    registration.prove(ctx, change["user"], change["channel"], code)


@blp.operation("GET", "/v1/Availability", "checkAvailability", query=FREE_QUERY, returns=FREE)
def check_availability(ctx: Context, query: Change) -> Any:
    """Whether nobody has this email, phone or subdomain."""
    return Row(available=registration.is_available(ctx, query["what"], query["value"]))


@blp.operation("POST", "/v1/BetaInviteCodes", "generateInviteCode", takes=INVITE, returns=INVITED)
def generate_invite_code(ctx: Context, change: Change) -> Any:
    """Make codes that invite to register."""
    codes = registration.invite(ctx, change["count"])
    return Row(added=len(codes), codes=codes)


@blp.operation(
    "POST", "/v1/InviteCodes", "validateInviteCode", takes=INVITATION, status=204, public=True
)
def validate_invite_code(ctx: Context, change: Change) -> None:
    """Claim a code that invites, or look whether it is good."""
    registration.accept_invitation(ctx, change["code"], only_look=change.get("only_look", False))


@blp.operation(
    "GET", "/v1/AccountTest/<ServiceProviderSid>", "getTestData", returns=TO_TRY, public=True,
    path=sids("ServiceProviderSid"),
)  # fmt: skip
def get_test_data(ctx: Context, service_provider_sid: str) -> Any:
    """The number and the application that anybody may try at a service provider."""
    found = registration.trial(
        ctx,
        sid(service_provider_sid),
        number=wire.TEST_NUMBER,
        application=wire.TEST_APPLICATION,
    )
    return Row(
        phonenumbers=[found.number] if found.number else [],
        applications=[found.application] if found.application else [],
    )
