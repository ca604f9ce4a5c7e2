"""Where messages and receipts are announced (beyond the document; facts, section 9)."""

from __future__ import annotations

from adapters.flowroute.schemas.common import Sent, Url


class Callback(Sent):
    """`{"callback_url": ..}`, or the same under data.attributes."""

    envelope = ("data", "attributes")

    callback_url = Url(attribute="url", required=True)
