"""What a test suite uses of the emulator: one process for a run, and a universe for each test.

Nothing here needs pytest; the plugin is the fixtures around it.
"""
