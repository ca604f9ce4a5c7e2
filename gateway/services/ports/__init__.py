"""What others do for money or outside of this machine, each behind a small port.

A port is a protocol and an emulation of it that answers the same every time and refuses what the
real one would refuse. A deployment hands its universe a `Ports` with real ones; services ask
`of(ctx)` and never choose.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.domain.context import Context
from gateway.services.ports.billing import Billing, EmulatedBilling
from gateway.services.ports.mail import EmulatedMail, Mail
from gateway.services.ports.signin import EmulatedSignIn, SignIn
from gateway.services.ports.speech import EmulatedSpeech, SpeechVendors


@dataclass(frozen=True)
class Ports:
    """The outside as one installation has it; what is not named is emulated."""

    mail: Mail = field(default_factory=EmulatedMail)
    signin: SignIn = field(default_factory=EmulatedSignIn)
    billing: Billing = field(default_factory=EmulatedBilling)
    speech: SpeechVendors = field(default_factory=EmulatedSpeech)


EMULATED = Ports()


def of(ctx: Context) -> Ports:
    """The ports of the context's universe."""
    found: Ports = ctx.ports or EMULATED
    return found
