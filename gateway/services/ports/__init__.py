"""What others do for money or outside of this machine, each behind a small port.

A port is a protocol and an emulation of it that answers the same every time and refuses what the
real one would refuse. A deployment may hand a service the real one instead.
"""
