"""The providers played: one process with SMSC, traffic, scripts and journal, and the benchmark."""
