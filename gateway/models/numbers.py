"""Telephone numbers: the provider's inventory for sale and the numbers accounts own."""

from __future__ import annotations

import peewee as pw

from gateway.domain.words import NumberHandling, NumberKind, NumberStatus
from gateway.models.apps import Application
from gateway.models.base import Base, index, reference
from gateway.models.fields import EnumField, InstantField, JsonField, UidField
from gateway.models.flows import FlowNode
from gateway.models.tenancy import Account, ServiceProvider
from gateway.models.voice import Endpoint, Trunk


class Number(Base):
    """A number of a service provider; without an account and `available` it can be bought.

    `handling` says which of the references decides where calls to the number go; the others stay so
    that each dialect reads back what it wrote. `connection_uid` names the connection whose provider
    has the number, null for the account's first one that is written through.
    """

    service_provider = reference(ServiceProvider, "service_provider", null=False, index=False)
    account = reference(Account, "account", index=False)
    e164 = pw.TextField()
    status = EnumField(NumberStatus)
    from_inventory = pw.BooleanField(default=False)
    handling = EnumField(NumberHandling, default=NumberHandling.NONE)
    trunk = reference(Trunk, "trunk")
    application = reference(Application, "application")
    primary_endpoint = reference(Endpoint, "primary_endpoint")
    failover_endpoint = reference(Endpoint, "failover_endpoint")
    flow_node = reference(FlowNode, "flow_node")
    alias = pw.TextField(null=True)  # type: ignore[assignment]  # use pw.ModelAlias(Number)
    kind = EnumField(NumberKind, default=NumberKind.STANDARD)
    country = pw.TextField(null=True)
    area_code = pw.TextField(null=True)
    exchange = pw.TextField(null=True)
    region = pw.TextField(null=True)
    rate_center = pw.TextField(null=True)
    cnam_lookup = pw.BooleanField(default=False)
    monthly_cost_nano = pw.BigIntegerField(null=True)
    setup_cost_nano = pw.BigIntegerField(null=True)
    currency = pw.TextField(null=True)
    assigned_at = InstantField(null=True)
    connection_uid = UidField(null=True)
    extras = JsonField(default=dict)


index(Number, "service_provider", "e164", unique=True)
index(Number, "account", "e164")
index(Number, "service_provider", "status", "area_code", "setup_cost_nano")
index(Number, "service_provider", "status", "exchange", "setup_cost_nano")
index(Number, "service_provider", "status", "region", "e164")
index(Number, "service_provider", "status", "rate_center", "e164")
