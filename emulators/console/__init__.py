"""The page of a universe at `/_emulator/`, and the control calls it looks through.

The page is plain HTML, CSS and ES modules from `static`; it asks nobody but the server it came
from. Whatever it shows it has from the control API, so nothing is known to it alone.
"""
