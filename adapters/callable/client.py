"""Callable seen from the customer's seat: the same wire objects, read and written the other way.

For connections to the real service. A path table says how each operation is called; what carries
the requests is handed in. Tokens are fetched, kept and renewed here: a little before they end, and
by name and password again where the refresh token has ended too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.callable.schemas import accounts, channels, devices, hooks, oauth, trunks
from adapters.callable.schemas.common import Created, Named
from gateway.wire import Change
from gateway.wire.upstream import UNAUTHORISED, Call, Caller, Garbled, Refused, Transport

BASE_URL = "https://api.callable.io"
ROOT = "/api/v1"
ACCOUNT = ROOT + "/account/{account}"
EARLY = timedelta(seconds=10)
TOKEN = ("access_token", "expires_in", "refresh_token", "refresh_expires_in")


def _crud(kind: str, name: str, schema: Any) -> dict[str, Call]:
    """The five operations of a list that is read whole and whose objects are replaced whole."""
    every, one = f"{ACCOUNT}/{kind}", f"{ACCOUNT}/{kind}/{{id}}"
    return {
        f"list{name}s": Call("GET", every, None, schema, many=True),
        f"create{name}": Call("POST", every, schema, Created),
        f"get{name}": Call("GET", one, None, schema),
        f"update{name}": Call("PUT", one, schema),
        f"delete{name}": Call("DELETE", one),
    }


VOICE = ACCOUNT + "/channels/voice"
CALLS: Mapping[str, Call] = {
    "authorize": Call(
        "POST", ROOT + "/oauth/authorize", oauth.Login, oauth.TokenResponse, form=True
    ),
    "refresh": Call(
        "POST", ROOT + "/oauth/refresh", oauth.TokenRefresh, oauth.TokenResponse, form=True
    ),
    "getOrganisation": Call("GET", ROOT + "/userAccounts/me", None, Named),
    "listAccounts": Call("GET", ROOT + "/account", None, Named, many=True),
    "createAccount": Call(
        "POST", ROOT + "/account", accounts.Account, accounts.CreatedAccount
    ),
    "getAccount": Call("GET", ACCOUNT, None, accounts.Account),
    "updateAccount": Call("PUT", ACCOUNT, accounts.Account),
    "deleteAccount": Call("DELETE", ACCOUNT),
    "getAccountAddress": Call("GET", ACCOUNT + "/address", None, accounts.Address),
    "updateAccountAddress": Call("PUT", ACCOUNT + "/address", accounts.Address),
    "listDdis": Call("GET", ACCOUNT + "/ddi", None, accounts.Ddi, many=True),
    "createDdis": Call("POST", ACCOUNT + "/ddi", accounts.NewDdis, accounts.Ddi, many=True),
    "getDdi": Call("GET", ACCOUNT + "/ddi/{id}", None, accounts.Ddi),
    **_crud("trunk", "Trunk", trunks.Trunk),
    **_crud("hook", "Hook", hooks.Hook),
    **_crud("device", "Device", devices.Device),
    "createVoiceCall": Call("POST", VOICE, channels.VoiceCall, channels.ChannelCreated),
    "listVoiceCalls": Call("GET", VOICE, None, channels.VoiceChannel, many=True),
    "getVoiceCall": Call("GET", VOICE + "/{id}", None, channels.VoiceChannel),
    "updateVoiceCall": Call("PUT", VOICE + "/{id}", channels.VerbsChange),
    "deleteVoiceCall": Call("DELETE", VOICE + "/{id}"),
}  # fmt: skip


class CallableClient(Caller):
    """One login, whose calls name the account they are for; `now` is the time tokens end by."""

    calls = CALLS

    def __init__(
        self, transport: Transport, username: str, password: str, *, now: Callable[[], datetime]
    ) -> None:
        super().__init__(transport, {})
        self.login = {"username": username, "password": password}
        self.now = now
        self.tokens: Change | None = None
        self.ends = self.refresh_ends = now()

    def call(self, name: str, **given: Any) -> Any:
        self._sign_in()
        return super().call(name, **given)

    def renew(self) -> bool:
        """A new pair of tokens; nothing helps a login that was refused itself."""
        if "Authorization" not in self.headers:
            return False
        self.ends = self.now()
        self._sign_in()
        return True

    def _sign_in(self) -> None:
        """Have a token that lasts for the next call."""
        if self.tokens is not None and self.now() < self.ends - EARLY:
            return
        self.headers.pop("Authorization", None)
        self.tokens = self._renewed() or super().call("authorize", values=self.login)
        if not all(self.tokens.get(name) for name in TOKEN):
            self.tokens = None
            raise Garbled("authorize", "it has no token")
        start = self.now()
        self.ends = start + timedelta(seconds=self.tokens["expires_in"])
        self.refresh_ends = start + timedelta(seconds=self.tokens["refresh_expires_in"])
        self.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"

    def _renewed(self) -> Change | None:
        """The next pair by the refresh token; None where that is of no use any more."""
        if self.tokens is None or self.now() >= self.refresh_ends - EARLY:
            return None
        try:
            found: Change = super().call(
                "authorize", values={"token": self.tokens["refresh_token"]}
            )
        except Refused as refusal:
            if refusal.status != UNAUTHORISED:
                raise
            return None
        return found
