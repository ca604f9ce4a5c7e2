"""What the operations on subscriptions say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

TABLE: Table = {
    ("manageSubscription", "conflict"): Refusal(
        "another change of the subscription is in progress", status=400, observed=400
    ),
}
