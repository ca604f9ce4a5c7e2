"""Signing in and out, passwords and what they must be (seed 000: UserProfile)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple
from uuid import UUID

from adapters.jambonz import words
from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from gateway.domain.passwords import PasswordRules
from gateway.wire import Extra, Flag, Int, Length, Listed, Pattern, Range, Text, Word

MAX_EMAIL = 255
SHORT, LONG = Length(1, 255), Length(1, 1024)
EMAIL_FORM = (
    r"[A-Za-z0-9._%+'-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,3}[A-Za-z]{2,24}"
)
EMAIL = Pattern(EMAIL_FORM, "is no email address")
WAYS = ("local", "github", "google", "twitter")
LEAST, MOST = 8, 20
RIGHTS = ("read-only", "read-write")
"""What a profile may say; who is not said to be a reader may write."""


class SignIn(Sent):
    """An email with its password, or a link that was sent there."""

    email = Text(validate=SHORT)
    password = Text(validate=LONG)
    link = Text(validate=SHORT)


class LogIn(Sent):
    username = Text(validate=SHORT)
    password = Text(validate=LONG)


class ForgotPassword(Sent):
    email = Text(validate=SHORT)


class ChangePassword(Sent):
    old_password = Text(validate=LONG)
    new_password = Text(validate=LONG)


@dataclass(frozen=True)
class Session:
    """A person with the token they got; `pristine` right after they registered."""

    user: Any
    jwt: str
    pristine: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.user, name)

    @property
    def account_validated(self) -> bool:
        """Whether the account is in use; true for people without one."""
        return self.user.owner is None or bool(self.user.owner.is_active)


class UserProfile(Jambonz):
    user_sid = Sid(attribute="uid", required=True)
    account_sid = Sid(attribute="account_uid")
    is_active = Flag(required=True, style="default")
    name = Text(required=True)
    email = Text(required=True)
    phone = Text()
    provider = Extra(of=Text(), default="local", required=True)
    provider_userid = Extra(of=Text())
    scope = Extra(of=Word(words=RIGHTS), default=RIGHTS[-1], required=True)
    pristine = Flag(required=True, style="default")
    email_validated = Extra(of=Flag(style="default"), default=True)
    phone_validated = Extra(of=Flag(style="default"), default=False)
    tutorial_completion = Extra(of=Int(), default=0)
    account_validated = Flag(required=True, style="default")
    force_change = Extra(of=Flag(style="default"), default=False)
    jwt = Text(required=True)


@dataclass(frozen=True)
class Entered:
    """What a person gets who signed in by name."""

    user: Any
    token: str
    permissions: Sequence[str] = ()

    @property
    def uid(self) -> UUID:
        uid: UUID = self.user.uid
        return uid

    def __getattr__(self, name: str) -> Any:
        return getattr(self.user, name)


class LoggedIn(Jambonz):
    token = Text(required=True)
    user_sid = Sid(attribute="uid", required=True)
    scope = Word(words=words.SCOPES, required=True)
    force_change = Extra(of=Flag(style="default"), default=False)
    permissions = Listed(Text())
    account_sid = Sid(attribute="account_uid", omit_none=True)
    service_provider_sid = Sid(attribute="service_provider_uid", omit_none=True)


class Settings(NamedTuple):
    """Rules for passwords as the server tells them: before any were set, one is known."""

    min_length: int = LEAST
    needs_digit: bool | None = None
    needs_special: bool | None = None

    @classmethod
    def of(cls, rules: PasswordRules | None) -> Settings:
        return cls() if rules is None else cls(*astuple(rules))


class PasswordSettings(Jambonz):
    """What passwords must be; what nobody set is left out."""

    min_password_length = Int(attribute="min_length", omit_none=True)
    require_digit = Flag(attribute="needs_digit", omit_none=True)
    require_special_character = Flag(attribute="needs_special", omit_none=True)


class NewPasswordSettings(Sent):
    min_password_length = Int(attribute="min_length", null=False, validate=Range(LEAST, MOST))
    require_digit = Flag(attribute="needs_digit", null=False)
    require_special_character = Flag(attribute="needs_special", null=False)


class Nothing(Jambonz):
    """An empty object."""
