"""Speaks to a server as its published reference says, and otherwise: every call with good, odd and broken values.

What comes back must be told of in the reference: no server error, no other status, type, header or shape. Twice: with ids that
name nothing, and with those of a small company that is there.

    run.py DOORBELL        the binary; needs schemathesis and websockets (scripts/conformance installs them)
"""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from websockets.sync.client import connect

PASSWORD = "correct-horse-battery-7"
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance", "allow_header_conformance"]
# The first three would end the log-in that all the others need; tests/http tries them, and tests/ws the sockets. A report about a
# letter is a mail, which nobody here can make up: tests/mail and tests/http have many.
LEFT_OUT = ["logOut", "endSession", "signOutDevice", "openVisitorSocket", "openOperatorSocket", "takeDeliveryReport"]
# Made-up values cannot bring these to an end that is good; tests/http does.
NEVER_DONE = {("POST", "/api/v1/password/reset"), ("POST", "/api/v1/conversations/{id}/transfer"),
              ("GET", "/unsubscribe/{token}"), ("POST", "/unsubscribe/{token}"), ("DELETE", "/api/v1/suppressions/{address}"),
              ("DELETE", "/api/v1/blocked-domains/{domain}")}
EXAMPLES = 12
SEED = 20260801

SETTINGS = """
[server]
bind = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[store]
url = "sqlite:doorbell.db"
[notifications]
offline_delay = "50ms"
startup_grace = "50ms"
[mail]
from = "doorbell <notify@mail.doorbell.test>"
smtp_url = "smtp://127.0.0.1:{nobody}"
[limits]
login_attempts_per_minute = 1000000
login_attempts_per_email_per_minute = 1000000
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`doorbell serve` in a folder of its own, with mail that goes nowhere, so that emails wait in the outbox."""

    def __init__(self, binary: str, folder: pathlib.Path):
        self.binary, self.folder, self.port = binary, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "doorbell.toml").write_text(SETTINGS.format(port=self.port, nobody=free_port()))
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORBELL_")}
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen([binary, "serve", "--config", "doorbell.toml"], cwd=folder, stdout=self.log,
                                        stderr=self.log, env=self.environment)
        self.wait_until_ready()

    def wait_until_ready(self):
        for _ in range(400):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=5)
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("the server does not start:\n" + (self.folder / "log").read_text())

    def command(self, *arguments: str, stdin: str = "") -> dict:
        done = subprocess.run([self.binary, *arguments, "--config", "doorbell.toml", "--json"], cwd=self.folder,
                              input=stdin, capture_output=True, text=True, env=self.environment)
        if done.returncode != 0:
            sys.exit(f"{arguments}: {done.stderr}")
        return json.loads(done.stdout)

    def call(self, method: str, path: str, body=None, token=None):
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def eventually(self, token: str, path: str):
        """The first item of a list, once there is one."""
        for _ in range(400):
            items = self.call("GET", path, token=token)["items"]
            if items:
                return items[0]
            time.sleep(0.05)
        sys.exit(f"{path} stays empty")


def company(server: Server) -> dict:
    """One of everything; the token of its admin, and what stands for the parts of paths."""
    made = server.command("account", "create", "--name", "Shop", "--plan", "pro", "--email", "anna@shop.example",
                          "--password-stdin", stdin=PASSWORD + "\n")
    log_in = {"email": "anna@shop.example", "password": PASSWORD}
    token = server.call("POST", "/api/v1/login", log_in)["token"]
    agent = server.call("POST", "/api/v1/operators", {"name": "Petr", "email": "petr@shop.example", "role": "agent",
                                                      "password": PASSWORD}, token)
    group = server.call("POST", "/api/v1/groups", {"name": "Sales", "operators": []}, token)
    with connect(f"ws://127.0.0.1:{server.port}/ws/visitor") as visitor:
        visitor.send(json.dumps({"type": "hello", "key": made["widget_key"]}))
        visitor.send(json.dumps({"type": "message", "id": "1", "text": "Is anybody there?", "client_id": "1"}))
        while json.loads(visitor.recv(timeout=20))["type"] != "ack":
            pass
    # One that has knocked: the others wait in the queue for the relay, and cannot be tried again.
    email = server.eventually(token, "/api/v1/emails?state=deferred")
    # Not of the reference's examples, whose address has soon had enough mail; and now, or the invitation would have knocked.
    invited = server.call("POST", "/api/v1/operators", {"name": "Hana", "email": "hana@shop.example", "role": "agent"}, token)
    return {"token": token, "paths": {
        "/api/v1/operators/{id}": {"id": agent["id"]},
        "/api/v1/operators/{id}/notifications": {"id": agent["id"]},
        "/api/v1/operators/{id}/invite": {"id": invited["id"]},
        "/api/v1/groups/{id}": {"id": group["id"]},
        **{f"/api/v1/conversations/{{id}}{act}": {"id": email["conversation"]}
           for act in ("", "/messages", "/notifications", "/open", "/join", "/leave", "/close", "/transfer")},
        "/api/v1/emails/{id}": {"id": email["id"]},
        "/api/v1/emails/{id}/retry": {"id": email["id"]},
        "/api/v1/widget/{key}/status": {"key": made["widget_key"]},
        "/widget/{key}": {"key": made["widget_key"]},
    }}


def configuration(paths: dict) -> str:
    """What schemathesis puts into paths: ids that are there."""
    lines = []
    for path, values in paths.items():
        pattern = json.dumps("^" + re.escape(path) + "$")
        filled = ", ".join(f'"path.{name}" = {json.dumps(value)}' for name, value in values.items())
        lines += ["[[operations]]", f"include-path-regex = {pattern}", f"parameters = {{ {filled} }}", ""]
    return "\n".join(lines)


def speak(server: Server, token: str, *more: str) -> int:
    tool = pathlib.Path(sys.executable).with_name("schemathesis")
    left_out = [part for name in LEFT_OUT for part in ("--exclude-operation-id", name)]
    arguments = [tool, "--config-file", "schemathesis.toml", "run", server.url + "/openapi.json", "--header",
                 f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing",
                 "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--generation-database", "none",
                 "--continue-on-failure", "--warnings", "off", "--no-color", *left_out, *more]
    return subprocess.run(arguments, cwd=server.folder).returncode


def never_done(server: Server) -> list:
    """Calls that were refused each time, by the server's own figures: then nothing was seen of their answers."""
    with urllib.request.urlopen(server.url + "/metrics", timeout=30) as answer:
        figures = answer.read().decode()
    counted = r'doorbell_http_requests_total\{route="([^"]*)",method="([^"]*)",status="2\d\d"\}'
    done = {(method, route) for route, method in re.findall(counted, figures)} | NEVER_DONE
    published = server.call("GET", "/openapi.json")["paths"]
    calls = {(method.upper(), path): call["operationId"] for path, all_of in published.items() for method, call in all_of.items()}
    return sorted(call for call, name in calls.items() if call not in done and name not in LEFT_OUT)


def main(binary: str) -> int:
    with tempfile.TemporaryDirectory(prefix="doorbell-conformance-") as folder:
        server = Server(str(pathlib.Path(binary).resolve()), pathlib.Path(folder))
        try:
            world = company(server)
            settings = server.folder / "schemathesis.toml"
            settings.write_text("")
            failed = speak(server, world["token"])
            settings.write_text(configuration(world["paths"]))
            inner = "^(" + "|".join(re.escape(path) for path in world["paths"]) + ")$"
            failed |= speak(server, world["token"], "--include-path-regex", inner)
            for method, path in never_done(server):
                print(f"{method} {path} was never answered with success", file=sys.stderr)
                failed = 1
        finally:
            server.process.terminate()
            server.process.wait(60)
        log = (server.folder / "log").read_text()
        if "panicked" in log:
            print("something panicked:\n" + log[-4000:], file=sys.stderr)
            failed = 1
        return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
