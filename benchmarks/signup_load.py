"""Sends sign-ups over connections that stay open, each client one after the other; prints what it saw as JSON."""

import argparse
import json
import selectors
import socket
import sys
import time
import uuid
from urllib.parse import urlencode

GOOD = (b"HTTP/1.1 302", b"HTTP/1.1 303")
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en-GB,en;q=0.9\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
    "Referer: https://paper.example.org/story\r\nContent-Length: {length}\r\n\r\n"
)


class Client:
    def __init__(self, port: int, number: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = number
        self.sent = 0
        self.begun = 0.0
        self.got = b""


def main() -> int:
    given = _options()
    run = uuid.uuid4().hex[:8]
    clients = [Client(given.port, number) for number in range(given.clients)]
    waiting = selectors.DefaultSelector()
    for client in clients:
        waiting.register(client.socket, selectors.EVENT_READ, client)
        _send(client, given, run)
    begun = time.perf_counter()
    answered = failed = 0
    failure = ""
    times: list[float] = []
    open_clients = len(clients)
    while open_clients:
        for key, _events in waiting.select(5):
            client = key.data
            client.got += client.socket.recv(65536)
            if b"\r\n\r\n" not in client.got:
                continue
            now = time.perf_counter()
            answered += 1
            times.append(now - client.begun)
            if not client.got.startswith(GOOD):
                failed += 1
                failure = client.got[:60].decode("latin-1").splitlines()[0]
            if now - begun > given.seconds:
                waiting.unregister(client.socket)
                open_clients -= 1
            else:
                _send(client, given, run)
    times.sort()
    told = {
        "requests": answered,
        "seconds": time.perf_counter() - begun,
        "failed": failed,
        "failure": failure,
        "p99_ms": times[int(len(times) * 0.99)] * 1000,
    }
    print(json.dumps(told))
    return 0


def _send(client: Client, given: argparse.Namespace, run: str) -> None:
    client.sent += 1
    address = f"reader{client.number}.{client.sent}.{run}@example.org"
    body = urlencode({"address": address, "newsletters": given.newsletter, "shown": given.shown})
    client.got = b""
    client.begun = time.perf_counter()
    client.socket.sendall((HEAD.format(path=given.path, length=len(body)) + body).encode())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.signup_load")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--newsletter", required=True)
    parser.add_argument("--shown", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
