"""What the carriers operations say when they refuse (facts/jambonz, sections 1.1, 4.4 to 4.6)."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

GATE = Refusal(text="insufficient privileges", shape="status")
EMPTY = Refusal(shape="empty")

NO_TEMPLATE = Refusal(shape="text", observed=404)

TABLE: Table = {
    ("createVoipCarrierFromTemplate", "invalid"): NO_TEMPLATE,
    ("createVoipCarrierFromTemplateBySP", "invalid"): NO_TEMPLATE,
    ("getVoipCarrier", "not_found"): EMPTY,
    ("getPhoneNumber", "not_found"): EMPTY,
    ("getServiceProviderCarriers", "forbidden"): GATE,
    ("createCarrierForServiceProvider", "forbidden"): GATE,
    ("updateServiceProviderCarrier", "forbidden"): GATE,
    ("createVoipCarrierFromTemplateBySP", "forbidden"): GATE,
    ("getServiceProviderPhoneNumbers", "forbidden"): GATE,
    ("deleteVoipCarrier", "in_use"): Refusal(
        text="cannot delete voip carrier with active phone numbers"
    ),
    ("listSipGateways", "invalid"): Refusal(
        text="missing voip_carrier_sid query param", shape="message"
    ),
    ("updateSipGateway", "not_found"): Refusal(
        text="invalid sip_gateway_sid", shape="msg", observed=400
    ),
    ("deleteSipGateway", "not_found"): Refusal(
        text="invalid sip_gateway_sid", shape="msg", observed=400
    ),
    ("updateSmppGateway", "not_found"): Refusal(
        text="invalid smpp_gateway_sid", shape="msg", observed=400
    ),
    ("deleteSmppGateway", "not_found"): Refusal(
        text="invalid smpp_gateway_sid", shape="msg", observed=400
    ),
}
