"""A dialect's client against the same dialect's server in process, with a judge between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.wire.upstream import Request, Response
from tests.support.contract import ContractClient


@dataclass
class Loop:
    """Carries requests to a WSGI app, keeps them, and has every one judged by the contract.

    Only the credentials that a request has go with it.
    """

    judge: ContractClient
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        headers = dict(request.headers)
        answer = self.judge.open(
            request.method,
            request.target,
            data=request.body or None,
            content_type=headers.pop("Content-Type", None),
            auth=None,
            headers=headers,
        )
        heard = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, heard, answer.data)
