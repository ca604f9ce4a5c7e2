"""Registration: a new customer's account with everything it begins with, in one transaction.

Who registers by email proves the address by a code that is mailed to it; until then the account is
inactive. Who is vouched for by a sign-in provider is in at once, and comes back the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Conflict, Invalid, NotFound, Why
from gateway.domain.words import HookMethod
from gateway.models import Account, ServiceProvider, User
from gateway.models.database import write
from gateway.models.prepared import P, Prepared
from gateway.services import (
    accounts,
    aliases,
    applications,
    billing,
    codes,
    password_rules,
    passwords,
    people,
    ports,
)
from gateway.services.people import PROVIDER, USER_ID, VALIDATED
from gateway.services.ports.signin import KNOWN

LOCAL = "local"
REALM_LENGTH = 8
MAIL_SUBJECT, MAIL_TEXT = "Your code", "Prove your address with this code: {0}"
EMAIL_TAKEN = "account already exists for this email"

_PROVIDER = Prepared(lambda: ServiceProvider.select().where(ServiceProvider.uid == P("uid")))
_REALM = Prepared(lambda: Account.select(Account.uid).where(Account.realm == P("realm")))
_ROOT = Prepared(
    lambda: ServiceProvider.select(ServiceProvider.uid).where(
        ServiceProvider.root_domain == P("domain")
    )
)


class Starter(NamedTuple):
    """An application every new account has, to try things with."""

    name: str
    call_url: str
    status_url: str


class SignUp(NamedTuple):
    """What somebody asks for; the members beside `provider` are those of one kind of sign-up."""

    service_provider: Ref
    provider: str
    email: str | None = None
    password: str | None = None
    email_code: str | None = None
    oauth_code: str | None = None


class Registered(NamedTuple):
    """Who is registered; `pristine` tells the new from those who came back."""

    user: Any
    root_domain: str
    pristine: bool


def register(ctx: Context, asked: SignUp, starters: Sequence[Starter]) -> Registered:
    """Register a customer. Nobody needs to be signed in.

    Raises Invalid for what is missing, Conflict for an unknown provider or a taken email, Forbidden
    for a code that nobody vouches for.
    """
    if asked.provider == LOCAL:
        _check_local(ctx, asked)
    elif asked.provider not in KNOWN:
        raise _refused("provider", f"invalid provider: {asked.provider}")
    elif not asked.oauth_code:
        text = f"missing oauth2_code for provider {asked.provider}"
        raise Invalid.one("oauth_code", "said", text)
    operator = _operator(ctx, asked.service_provider)
    if asked.provider == LOCAL:
        assert asked.email
        assert asked.password
        if people.by_email(ctx, asked.email) or people.by_login(ctx, asked.email):
            raise _refused("email", EMAIL_TAKEN)
        hashed = passwords.hashed(asked.password)
        return _make(ctx, operator, asked, asked.email, asked.email, hashed, starters)
    return _vouched(ctx, operator, asked, starters)


def _refused(field: str, text: str) -> Conflict:
    return Conflict(text, fields={field: [Why("said", text)]})


def _check_local(ctx: Context, asked: SignUp) -> None:
    if not asked.email or not asked.password:
        raise Invalid.one("email", "said", "missing email or password")
    password_rules.demand(ctx, "password", asked.password)
    if not asked.email_code:
        raise Invalid.one("email_code", "said", "email activation code required")


def _operator(ctx: Context, given: Ref) -> Any:
    """The provider whose customer it will be; nobody is asking yet, so there are no aliases."""
    uid = aliases.uid_of(ctx, given, "service_provider")
    row = _PROVIDER.one(uid=uid) if uid is not None else None
    if row is None:
        raise _refused("service_provider", "invalid service_provider_sid")
    if row.root_domain is None:
        raise _refused("service_provider", "the service provider has no root_domain")
    return row


def _vouched(ctx: Context, operator: Any, asked: SignUp, starters: Sequence[Starter]) -> Registered:
    assert asked.oauth_code
    profile = ports.of(ctx).signin.profile(ctx, asked.provider, asked.oauth_code)
    email = profile.email.lower()
    held = people.by_email(ctx, email)
    if held is None:
        notes = {USER_ID: profile.user_id}
        return _make(ctx, operator, asked, profile.name, email, None, starters, notes)
    known = (people.noted(ctx, held, PROVIDER), people.noted(ctx, held, USER_ID))
    if known != (asked.provider, profile.user_id):
        raise _refused("email", EMAIL_TAKEN)
    if not held.is_active or held.owner is None or not held.owner.is_active:
        raise _refused("email", "the account is inactive")
    return Registered(held, operator.root_domain, pristine=False)


def _make(
    ctx: Context,
    operator: Any,
    asked: SignUp,
    name: str,
    email: str,
    password_hash: str | None,
    starters: Sequence[Starter],
    notes: dict[str, Any] | None = None,
) -> Registered:
    """The account and its first person; who comes by email is not in before the code is."""
    by_email = asked.provider == LOCAL
    marks = {PROVIDER: asked.provider, VALIDATED["email"]: not by_email, **(notes or {})}
    with write():
        account_uid = _account(ctx, operator, name, is_active=not by_email)
        user = people.add(
            ctx,
            name=name,
            login=email,
            email=email,
            account_uid=account_uid,
            service_provider_uid=operator.uid,
            scope=Scope.ACCOUNT,
            password_hash=password_hash,
            extras=people.noting(ctx, None, marks),
            is_active=not by_email,
        )
        acting = _acting(ctx, Scope.ACCOUNT, operator.uid, account_uid, user.uid)
        for starter in starters:
            applications.create(acting, _application(starter))
        billing.begin(ctx, account_uid, operator.uid)
        if by_email:
            send_code(ctx, user, "email", email, asked.email_code)
    return Registered(user, operator.root_domain, pristine=True)


def _acting(
    ctx: Context, scope: Scope, provider: UUID, account: UUID | None, user: UUID | None = None
) -> Context:
    """A context of what is being made, for the services that make the rest of it."""
    principal = Principal(
        scope=scope, user_uid=user, service_provider_uid=provider, account_uid=account
    )
    return replace(ctx, principal=principal)


def _account(ctx: Context, operator: Any, name: str, *, is_active: bool) -> UUID:
    label = codes.made_up(ctx, REALM_LENGTH).lower()
    values = {"name": name, "realm": f"{label}.{operator.root_domain}", "is_active": is_active}
    row = accounts.create(_acting(ctx, Scope.PROVIDER, operator.uid, None), values)
    uid: UUID = row.uid
    return uid


def _application(starter: Starter) -> dict[str, Any]:
    hooks = {"call_hook": starter.call_url, "status_hook": starter.status_url}
    made = {name: {"url": url, "method": HookMethod.POST} for name, url in hooks.items()}
    return {"name": starter.name, **made}


# proving an address


def send_code(ctx: Context, user: Any, channel: str, value: str, code: str | None = None) -> None:
    """Send a code to an address of a user, `email` or `phone`; the one before it is void.

    Inside a transaction. Clients may choose the code; it is made up where they do not.
    """
    code = code or codes.made_up(ctx)
    codes.put(ctx, user, channel, code=code, value=value)
    text = MAIL_TEXT.format(code)
    ports.of(ctx).mail.send(ctx, to=value, subject=MAIL_SUBJECT, text=text)


def ask_for_code(
    ctx: Context, given: Ref | None, channel: str, value: str | None, code: str | None
) -> None:
    """Send a code to an address the caller wants to prove; NotFound for another user."""
    person = _themselves(ctx, given)
    value = value or getattr(person, channel)
    if value is None:
        raise Invalid.one("value", "said", f"invalid {channel}")
    with write():
        send_code(ctx, person, channel, value, code)


def prove(ctx: Context, given: Ref | None, channel: str, code: str) -> None:
    """Take the code that was sent: the address is the caller's, and the account is active.

    NotFound for another user and a code that is wrong, used or too old; Conflict at `email`.
    """
    person = _themselves(ctx, given)
    with write():
        pending = codes.pending(ctx, person.uid, channel)
        if pending is None or not codes.opens(pending, code):
            raise NotFound("invalid user or activation code")
        if not codes.use(ctx, pending):  # another request was quicker
            raise NotFound("invalid user or activation code")
        first = channel == "email" and people.noted(ctx, person, VALIDATED["email"]) is False
        value = pending.body["value"]
        values = people.readdressed(person, value) if channel == "email" else {channel: value}
        values["extras"] = people.noting(ctx, person, {VALIDATED[channel]: True})
        people.store(ctx, person, values)
        if first:
            _activate(ctx, person)


def _activate(ctx: Context, person: Any) -> None:
    now = ctx.runtime.now()
    for model, uid in ((User, person.uid), (Account, person.account_uid)):
        active = {"is_active": True, "updated_at": now}
        model.update(active).where(model.uid == uid).execute()


def awaiting(ctx: Context, uid: UUID) -> Principal | None:
    """The principal of somebody who registered and has not proven the address yet.

    It is for the few operations by which they do that: access refuses them, as it does everybody
    who is inactive.
    """
    row = people.by_uid(ctx, uid)
    if row is None or row.owner is None or row.is_active or row.owner.is_active:
        return None
    if people.noted(ctx, row, VALIDATED["email"]) is not False:
        return None
    return Principal(
        scope=Scope.ACCOUNT,
        user_uid=row.uid,
        service_provider_uid=row.owner.service_provider_uid,
        account_uid=row.account_uid,
    )


def _themselves(ctx: Context, given: Ref | None) -> Any:
    person = people.me(ctx)
    if given is not None and aliases.uid_of(ctx, given, "user") != person.uid:
        raise NotFound("invalid user_sid")
    return person


# what is free, who is invited, what can be tried


def is_available(ctx: Context, what: str, value: str) -> bool:
    """Whether nobody has this `email`, `phone` or `subdomain` (a label, or a whole realm)."""
    if what == "email":
        return people.by_email(ctx, value) is None
    if what == "phone":
        return not people.has_phone(ctx, value)
    value = value.lower()
    realms = [value]
    if ctx.caller.service_provider_uid is not None:
        operator = _PROVIDER.one(uid=ctx.caller.service_provider_uid)
        if operator.root_domain is not None:
            realms.append(f"{value}.{operator.root_domain}")
    taken = any(_REALM.one(realm=realm) is not None for realm in realms)
    return not taken and _ROOT.one(domain=value) is None


def invite(ctx: Context, count: int) -> list[str]:
    """Make codes that invite; for administrators."""
    policy.require(ctx, "system.write")
    with write():
        issue = partial(codes.issue, ctx, codes.INVITE, owner=None, body={}, minutes=None)
        return [issue() for _ in range(count)]


def accept_invitation(ctx: Context, code: str, *, only_look: bool = False) -> None:
    """Claim a code that invites, once; NotFound."""
    row = codes.find(ctx, codes.INVITE, code)
    if row is None or row.updated_at is not None:
        raise NotFound()
    if not only_look and not codes.claim(ctx, row, {"claimed_at": ctx.runtime.now().isoformat()}):
        raise NotFound()


class Trial(NamedTuple):
    """What anybody may try at a provider: a number to call, an application that answers."""

    number: str | None
    application: Any | None


def trial(ctx: Context, given: Ref, *, number: str, application: str) -> Trial:
    """What the provider offers to try, under these names of its extras; NotFound.

    The application is shown to strangers: without the logins of its hooks.
    """
    uid = aliases.uid_of(ctx, given, "service_provider")
    row = _PROVIDER.one(uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    extras = row.extras.get(ctx.dialect, {})
    named = extras.get(application)
    found = None
    if named is not None:
        acting = _acting(ctx, Scope.PROVIDER, row.uid, None)
        try:
            found = applications.get(acting, UUID(named))
        except (NotFound, ValueError):
            found = None
    for name in applications.HOOKS if found is not None else ():
        hook = getattr(found, name)
        if hook is not None:
            hook.username = hook.password = None
    return Trial(extras.get(number), found)
