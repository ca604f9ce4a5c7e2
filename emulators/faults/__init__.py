"""Faults of the emulated providers, played when a test says so: what, when, and how often.

A fault is data, and belongs to one world. `rules` says when it strikes, `reading` makes it of a
control call, `http` plays those of the REST dialects.
"""

from emulators.faults.rules import HTTP, Action, Fault, Faults

__all__ = ["HTTP", "Action", "Fault", "Faults"]
