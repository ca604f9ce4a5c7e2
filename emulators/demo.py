"""`polytrunk demo`: the product's main job told on a terminal, every step over the real interface.

A message goes in over HTTP with Basic credentials, leaves over SMPP to the bundled SMSC, its
receipts come back, a webhook is called, and an inbound message takes the same way in the other
direction. What is printed is read back from the product and its journal, so a story that ends well
is a proof.
"""

from __future__ import annotations

import base64
import http.client
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

import orjson

from emulators.receiver import Callback, Receiver
from emulators.world import DEMO_ACCOUNT, DEMO_KEY, DEMO_NUMBER, DEMO_SECRET

PATIENCE_SECONDS = 15.0
CUSTOMER = "12125550123"
TEXT = (
    "Hello from polytrunk. This text is a little longer than one hundred and sixty characters, "
    "so that you can see how it is cut into two segments and put together again by the phone."
)
SEGMENTS = 2
ANSWER = "submit_sm_resp"
SECOND = "The same account, another dialect."
REPLY = "Thanks, it arrived in one piece."


class Broken(Exception):
    """A step of the story did not do what it should; the text says what was missing."""


@dataclass
class Teller:
    """Writes the story; colours only where a terminal shows them."""

    out: TextIO

    def title(self, text: str) -> None:
        self._write(f"\n{self._style('1', text)}")

    def line(self, name: str, value: object) -> None:
        self._write(f"  {self._style('2', f'{name:<10}')} {value}")

    def json(self, name: str, value: object) -> None:
        shown = (
            orjson.dumps(value, option=orjson.OPT_INDENT_2).decode().replace("\n", "\n" + " " * 13)
        )
        self.line(name, shown)

    def text(self, text: str) -> None:
        self._write(f"  {text}")

    def good(self, text: str) -> None:
        self._write(f"\n{self._style('32', 'It works.')} {text}")

    def bad(self, text: str) -> None:
        self._write(f"\n{self._style('31', 'It did not work:')} {text}")

    def _style(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.out.isatty() else text

    def _write(self, text: str) -> None:
        print(text, file=self.out, flush=True)


@dataclass
class Client:
    """Just enough HTTP for the story: JSON in and out, one connection per request."""

    host: str
    port: int

    def call(
        self, method: str, path: str, body: Any = None, *, bearer: str = ""
    ) -> tuple[int, Any]:
        """The status and the JSON body (None when there is none)."""
        pair = base64.b64encode(f"{DEMO_KEY}:{DEMO_SECRET}".encode()).decode()
        headers = {"Authorization": f"Bearer {bearer}" if bearer else f"Basic {pair}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, None if body is None else orjson.dumps(body), headers)
            answer = connection.getresponse()
            raw = answer.read()
            return answer.status, orjson.loads(raw) if raw else None
        except OSError as error:
            raise Broken(f"{method} {path} got no answer: {error}") from error
        finally:
            connection.close()

    def expect(
        self, status: int, method: str, path: str, body: Any = None, *, bearer: str = ""
    ) -> Any:
        got, answer = self.call(method, path, body, bearer=bearer)
        if got != status:
            raise Broken(f"{method} {path} answered {got} instead of {status}: {answer}")
        return answer


class Story:
    """The chapters: a message out, a message in, and one out in another dialect."""

    def __init__(self, client: Client, receiver: Receiver, teller: Teller) -> None:
        self._client = client
        self._receiver = receiver
        self._teller = teller

    def tell(self) -> None:
        """Raises Broken at the first step that fails."""
        self._outbound()
        self._inbound()
        self._another_dialect()

    def _outbound(self) -> None:
        tell, callback = self._teller, self._receiver.url("/receipts")
        tell.title("1. A message is posted in the Flowroute dialect")
        body = {"to": CUSTOMER, "from": DEMO_NUMBER, "body": TEXT, "dlr_callback": callback}
        tell.line("request", f"POST /v2.1/messages {orjson.dumps(body).decode()}")
        answer = self._client.expect(202, "POST", "/v2.1/messages", body)
        message_id = _data(answer).get("id")
        tell.line("answer", f"202 {orjson.dumps(answer).decode()}")

        tell.title("2. It leaves over SMPP")
        receipt = self._callback("/receipts", lambda b: _attributes(b).get("level") == 2)
        self._segments()

        tell.title("3. The receipts are on the record")
        record = self._client.expect(200, "GET", f"/v2.1/messages/{message_id}")
        receipts = _attributes(record).get("delivery_receipts") or []
        if {r.get("level") for r in receipts} < {1, 2}:
            raise Broken(f"the record lacks a receipt of level 1 or 2: {receipts}")
        for one in reversed(receipts):
            words = f"{one.get('status')}, {one.get('status_code_description')}"
            tell.line(f"level {one.get('level')}", f"{words} ({one.get('timestamp')})")
        tell.line("status", _attributes(record).get("status"))

        tell.title("4. The webhook was called")
        tell.line("callback", f"{receipt.method} {callback}")
        tell.json("body", receipt.body)

    def _segments(self) -> None:
        entries = self._journal()
        submits = [e for e in entries if e["pdu"] == "submit_sm" and _goes_to(e, CUSTOMER)]
        answers = {(e["session"], e["sequence"]): e for e in entries if e["pdu"] == ANSWER}
        if len(submits) < SEGMENTS:
            raise Broken(f"the SMSC got {len(submits)} segments instead of {SEGMENTS}")
        for number, entry in enumerate(submits, 1):
            answer = answers.get((entry["session"], entry["sequence"]))
            if answer is None or answer["status"] != 0:
                raise Broken(f"the SMSC did not accept segment {number}: {answer}")
            self._teller.line(f"segment {number}", f"submit_sm       {entry['text']!r}")
            message_id = answer["fields"].get("message_id")
            self._teller.line("", f"submit_sm_resp  status 0, message_id {message_id}")

    def _inbound(self) -> None:
        tell, callback = self._teller, self._receiver.url("/inbound")
        tell.title("5. A phone answers")
        path = "/v2.1/messages/sms_callback"
        self._client.expect(204, "PUT", path, {"callback_url": callback})
        tell.line("request", f"PUT {path} sets the callback of the account")
        played = {"from": CUSTOMER, "to": DEMO_NUMBER, "text": REPLY}
        self._client.expect(201, "POST", "/_emulator/api/traffic/sms", played)
        tell.line("SMSC", f"deliver_sm {orjson.dumps(played).decode()}")
        arrived = self._callback("/inbound", lambda b: REPLY in orjson.dumps(b).decode())
        tell.line("callback", f"{arrived.method} {callback}")
        tell.json("body", arrived.body)

    def _another_dialect(self) -> None:
        tell = self._teller
        tell.title("6. The same account sends in the jambonz dialect")
        path = f"/v1/Accounts/{DEMO_ACCOUNT}/Messages"
        body = {"from": DEMO_NUMBER, "to": CUSTOMER, "text": SECOND}
        tell.line("request", f"POST {path} {orjson.dumps(body).decode()}")
        answer = self._client.expect(201, "POST", path, body, bearer=DEMO_SECRET)
        tell.line("answer", f"201 {orjson.dumps(answer).decode()}")
        if not any(e["pdu"] == "submit_sm" and e["text"] == SECOND for e in self._journal()):
            raise Broken("the SMSC did not get the message of the jambonz dialect")
        tell.line("SMSC", f"submit_sm       {SECOND!r}")

    def _callback(self, path: str, fits: Callable[[Any], bool]) -> Callback:
        found = self._receiver.wait(lambda c: c.path == path and fits(c.body), PATIENCE_SECONDS)
        if found is None:
            raise Broken(f"no webhook came to {path} within {PATIENCE_SECONDS:g} s")
        return found

    def _journal(self) -> list[dict[str, Any]]:
        answer = self._client.expect(200, "GET", "/_emulator/api/journal?kind=smpp")
        return list(answer["entries"])


def _goes_to(entry: dict[str, Any], number: str) -> bool:
    return str(entry["fields"].get("destination_addr", "")).removeprefix("+") == number


def _data(body: Any) -> dict[str, Any]:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise Broken(f"the body has no data object: {body}")
    return data


def _attributes(body: Any) -> dict[str, Any]:
    attributes = _data(body).get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def curl(url: str) -> str:
    """The command that sends a message."""
    body = orjson.dumps({"to": CUSTOMER, "from": DEMO_NUMBER, "body": "Hello"}).decode()
    return (
        f"curl -u {DEMO_KEY}:{DEMO_SECRET} -H 'Content-Type: application/json' \\\n"
        f"       -d '{body}' {url}/v2.1/messages"
    )


def run(url: str, host: str, port: int, *, stays: bool, out: TextIO = sys.stdout) -> bool:
    """Tell the story against a running emulator; whether all of it worked.

    `stays`: the emulator serves on, so the end says how to send a message to it.
    """
    teller = Teller(out)
    receiver = Receiver()
    try:
        Story(Client(host, port), receiver, teller).tell()
    except Broken as broken:
        teller.bad(str(broken))
        return False
    finally:
        receiver.stop()
    if not stays:
        teller.good("`polytrunk demo` without --once stays up and takes your own messages.")
        return True
    teller.good("Paste this into another terminal to send one yourself:")
    teller.text(curl(url))
    teller.text(f"What happened: curl {url}/_emulator/api/journal")
    teller.text("Ctrl-C stops it.")
    return True
