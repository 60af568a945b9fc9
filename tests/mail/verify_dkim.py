"""Verifies DKIM signatures with dkimpy, which knows nothing of doorbell (scripts/dkim-verifier installs it).

Reads {"records": {NAME: VALUE}, "messages": [BASE64]} from stdin, where the records are all that the DNS holds; writes a list
of one true or false per message to stdout, and what was wrong to stderr.
"""
import base64
import json
import logging
import sys

import dkim

logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
asked = json.load(sys.stdin)
records = {f"{name}.".encode(): value.encode() for name, value in asked["records"].items()}


def look_up(name, timeout=5):
    return records.get(name)


def is_good(message):
    return dkim.verify(base64.b64decode(message), logger=logging.getLogger("dkim"), dnsfunc=look_up, minkey=2048)


json.dump([is_good(message) for message in asked["messages"]], sys.stdout)
