"""Faults of the emulated providers, played when a test says so: what, when, and how often.

A fault is data, and belongs to one world. `rules` says when it strikes, `reading` makes it of a
control call, `http` and `spoiling` play those of the REST dialects, `webhooks` and `smpp` the
others.
"""

from emulators.faults.rules import WEBHOOK, Action, Fault, Faults

__all__ = ["WEBHOOK", "Action", "Fault", "Faults"]
