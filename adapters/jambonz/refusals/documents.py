"""What the documents operations say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

GATE = Refusal("insufficient privileges", shape="status")
GATED = (
    "addSpeechCredentialForSeerviceProvider",
    "listSpeechCredentialsBySP",
    "getSpeechCredentialBySP",
    "updateSpeechCredentialBySP",
    "deleteSpeechCredentialBySP",
    "testSpeechCredentialBySP",
    "listAlertsBySP",
)

TABLE: Table = {(name, "forbidden"): GATE for name in GATED}
