"""Conformance: one suite of requests per dialect, sent to any server, its answers judged by the
dialect's contract. The suites are data in `fixtures/conform`."""
