"""An SMPP 3.4 message centre for tests: binds, answers, scripts, receipts and inbound texts."""

from emulators.smsc.outbox import Parcel
from emulators.smsc.scripts import MAGIC, Rule, Script, script_from
from emulators.smsc.smsc import Account, Smsc
from emulators.smsc.store import Message, Text

__all__ = ["MAGIC", "Account", "Message", "Parcel", "Rule", "Script", "Smsc", "Text", "script_from"]
