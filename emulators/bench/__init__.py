"""The benchmark: our server and its peers side by side in one run, as ratios.

Absolute rates say more about the machine than about the server, so every figure is printed beside a
peer that was measured minutes apart on the same machine under the same load.
"""
