"""A media message that arrives without a carrier reaches its number's owner, and nobody else."""

from __future__ import annotations

import pytest

from gateway.domain.messages import Status
from gateway.domain.problems import NotFound
from gateway.models import Job, Message
from gateway.models.database import connection
from gateway.services import hooks, inbound_mms, messages
from tests.services.tenants import MINE, Tenants

MEDIA = [{"url": "https://example.test/a.png", "mime_type": "image/png"}]


def test_owner_gets_the_message_and_its_hook_a_job(tenants: Tenants) -> None:
    with connection():
        hooks.put(tenants.mine, "mms", "https://hooks.example/mms", dialect="alpha")
        uid = inbound_mms.arrive(tenants.mine, "+12125550123", "+12065550100", "look", MEDIA)
        row = messages.get(tenants.mine, uid)
        assert (row.is_mms, row.text, row.media) == (True, "look", MEDIA)
        assert row.status == Status.RECEIVED
        assert row.extras["core"]["simulated"] is True
        assert row.account_uid == MINE
        jobs = list(Job.select().where(Job.topic == "hook"))
        assert [job.payload["url"] for job in jobs] == ["https://hooks.example/mms"]
        with pytest.raises(NotFound):
            messages.get(tenants.theirs, uid)


@pytest.mark.parametrize("number", ["+12065559999", "+12065551000"], ids=["unknown", "for-sale"])
def test_a_number_nobody_owns_stores_nothing(tenants: Tenants, number: str) -> None:
    with connection():
        with pytest.raises(NotFound, match="Nobody owns"):
            inbound_mms.arrive(tenants.mine, "+12125550123", number, "look", MEDIA)
        assert Message.select().count() == 0
