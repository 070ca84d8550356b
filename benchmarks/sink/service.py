"""A stand-in for any mail service, in a process of its own: counts the readers of calls, answers as the service would.

`python -m benchmarks.sink.service --delay-ms 300` prints “ready PORT”, and on each line of input its counts as JSON. It
reads no more of a call than who is in it, so that it is not what is measured. Each service has its folder: /mailgun/…
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = Callable[[list[str]], tuple[int, Any]]
_ADDRESS = rb"([^\"\r\n]+)\""
PATTERNS = {
    "mailgun": rb'name="to"\r\n\r\n([^\r\n]+)',
    "mailjet": rb'"To":\[\{"Email":"' + _ADDRESS,
    "postmark": rb'"To":"' + _ADDRESS,
    "resend": rb'"to":\["' + _ADDRESS,
    "postal": rb'"to":\["' + _ADDRESS,
    "ses": rb'"ToAddresses":\["' + _ADDRESS,
    "sparkpost": rb'"address":\{"email":"' + _ADDRESS,
    "unisender-go": rb'\{"email":"' + _ADDRESS,
}
OTHERS = rb'"to":\[\{"email":"' + _ADDRESS
ANSWERS: dict[str, Answer] = {
    "brevo": lambda to: (201, {"messageIds": to} if len(to) > 1 else {"messageId": "1"}),
    "mailersend": lambda _to: (202, None),
    "mailgun": lambda _to: (200, {"id": "<1>", "message": "Queued. Thank you."}),
    "mailjet": lambda to: (
        200,
        {"Messages": [{"Status": "success", "To": [{"Email": it}]} for it in to]},
    ),
    "mailtrap": lambda to: (
        200,
        {"success": True, "responses": [{"success": True, "message_ids": ["1"]} for _it in to]}
        if len(to) > 1
        else {"success": True, "message_ids": ["1"]},
    ),
    "mandrill": lambda to: (200, [{"email": it, "status": "queued", "_id": "1"} for it in to]),
    "postal": lambda to: (
        200,
        {"status": "success", "data": {"messages": {it: {"id": 1} for it in to}}},
    ),
    "postmark": lambda to: (
        200,
        [{"ErrorCode": 0, "Message": "OK", "To": it, "MessageID": "1"} for it in to],
    ),
    "resend": lambda to: (200, {"data": [{"id": "1"} for _it in to]}),
    "scaleway": lambda to: (200, {"emails": [{"mail_rcpt": it, "status": "new"} for it in to]}),
    "sendgrid": lambda _to: (202, None),
    "ses": lambda to: (
        200,
        {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": "1"} for _it in to]},
    ),
    "sparkpost": lambda to: (
        200,
        {
            "results": {
                "total_rejected_recipients": 0,
                "total_accepted_recipients": len(to),
                "id": "1",
            }
        },
    ),
    "unisender-go": lambda to: (200, {"status": "success", "job_id": "1", "emails": to}),
}


class StandIn:
    def __init__(self, delay_seconds: float) -> None:
        self.delay_seconds = delay_seconds
        self.calls = self.bytes = self.readers = 0
        self.addresses: set[str] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(self.answer(head, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def answer(self, head: bytes, body: bytes) -> bytes:
        service = head.split(b" ", 2)[1].split(b"/")[1].decode()
        if service not in ANSWERS:  # a URL that ends elsewhere: Mailgun's own
            service = "mailgun"
        found = re.findall(PATTERNS.get(service, OTHERS), body)
        to = [address.decode() for address in found]
        self.calls += 1
        self.bytes += len(body)
        self.readers += len(to)
        self.addresses.update(to)
        status, data = ANSWERS[service](to)
        said = b"" if data is None else json.dumps(data).encode()
        kind = "application/json" if said else "text/html"
        return (
            f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nX-Message-Id: 1\r\n"
            f"Content-Length: {len(said)}\r\n\r\n"
        ).encode() + said

    def counts(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "bytes": self.bytes,
            "readers": self.readers,
            "different_readers": len(self.addresses),
            "cpu_us": int(time.process_time() * 1e6),
        }


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0)
    options = parser.parse_args()
    stand_in = StandIn(options.delay_ms / 1000)
    server = await asyncio.start_server(
        stand_in.serve, "127.0.0.1", options.port, limit=1 << 24, backlog=256
    )
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(stand_in.counts()), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
