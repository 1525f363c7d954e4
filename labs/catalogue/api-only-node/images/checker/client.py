"""A client of the node that can be anybody: it makes its own certificates, and asks over mutual TLS 1.3.

A secret of the lab, which no machine sees, gives the keys of the lab's first CA, of the vendor's CA and of the first
administrator: whatever the learner does with the files, these can be made again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

NODE = ("node", 50000)
PKI = Path("/pki")  # the learner's files, read-only
MINE = Path("/tmp")
PATIENCE = 3  # seconds that the node may take to boot
LONG_AGO, YESTERDAY, TOMORROW = -300, -1, 1  # in days from now
_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
_SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")


@dataclass(frozen=True)
class Identity:
    """A certificate, with what stands between it and the CA after it, and its key: files, which may be absent."""

    crt: Path
    key: Path


def openssl(*words: str | Path) -> bytes | None:
    """What openssl prints, or None when it refuses."""
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True)
    return done.stdout if done.returncode == 0 else None


def secret_key(name: str) -> Path:
    """A key that follows from the lab's secret."""
    seed = hashlib.sha256(f"{os.environ['PADDOCK_PKI']}/{name}".encode()).digest()
    path = MINE / f"{name}.key"
    text = base64.b64encode(_PKCS8_ED25519 + seed).decode()
    path.write_text(f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
    return path


def secret_ca(name: str) -> Identity:
    """A CA whose key follows from the lab's secret."""
    key = secret_key(f"{name}-ca")
    crt = MINE / f"{name}-ca.crt"
    openssl("req", "-x509", "-key", key, "-subj", f"/CN={name}-ca", "-days", "1", "-out", crt)
    return Identity(crt, key)


def issue(ca: Identity, subject: str, ends: int = TOMORROW) -> Identity:
    """A certificate for a new key."""
    name = hashlib.sha256(f"{ca.key}{subject}{ends}".encode()).hexdigest()[:16]
    made = Identity(MINE / f"{name}.crt", MINE / f"{name}.key")
    begin, end = (time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 86400 * days)) for days in (LONG_AGO, ends))
    openssl("genpkey", "-algorithm", "ed25519", "-out", made.key)
    openssl(
        "x509", "-new", "-force_pubkey", made.key, "-CA", ca.crt, "-CAkey", ca.key, "-subj", subject,
        "-not_before", begin, "-not_after", end, "-out", made.crt,
    )  # fmt: skip
    return made


def public_key(certificate: Path) -> bytes:
    """The public key of a certificate, DER; empty where there is none."""
    pem = openssl("x509", "-in", certificate, "-noout", "-pubkey") or b""
    return _der(pem)


def public_part(key: Path) -> bytes:
    """The public key that belongs to a private one, DER."""
    return _der(openssl("pkey", "-in", key, "-pubout") or b"")


def _der(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"-")))


def is_ed25519(key: bytes) -> bool:
    return key.startswith(_SPKI_ED25519)


def fingerprint(key: bytes) -> str:
    """As the node names the key of a CA."""
    return hashlib.sha256(key).hexdigest()[:16]


def ask(who: Identity | None, call: str, ca: Path | None = None) -> dict[str, Any]:
    """The node's answer: its code and text; the code is None when there is none, and `why` says the reason.

    `ca`: what the node's own certificate must verify with; else any will do.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = ca is not None
    context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    try:
        if ca:
            context.load_verify_locations(ca)
        if who:
            context.load_cert_chain(who.crt, who.key)
    except OSError as error:  # of which those of TLS are a kind
        return {"code": None, "why": f"no usable certificate: {_reason(error)}"}
    try:
        _awaited()
        with socket.create_connection(NODE, timeout=3) as plain:
            with context.wrap_socket(plain, server_hostname=NODE[0]) as link:
                return _answer(link, call)
    except ssl.SSLError as error:
        return {"code": None, "refused": True, "why": _reason(error)}
    except OSError as error:
        return {"code": None, "why": f"the node does not answer: {_reason(error)}"}


@cache
def _awaited() -> None:
    """A node that boots gets its time, once."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(NODE, timeout=3).close()
            return
        except OSError:
            time.sleep(0.2)


def _answer(link: ssl.SSLSocket, call: str) -> dict[str, Any]:
    try:
        link.sendall(f"{call} HTTP/1.0\r\n\r\n".encode())
    except ConnectionError:
        pass  # the node has ended it already; why, it has said before
    answer = b""
    while part := link.recv(65536):
        answer += part
    if not answer:
        raise ConnectionAbortedError("it hung up")
    head, _, text = answer.partition(b"\r\n\r\n")
    return {"code": int(head.split()[1]), "text": text.decode()}


def _reason(error: OSError) -> str:
    """TLSV13_ALERT_CERTIFICATE_REQUIRED: certificate required."""
    said = getattr(error, "reason", None) or error.strerror or str(error)
    return said.rpartition("ALERT_")[2].replace("_", " ").lower()


def data(answer: dict[str, Any]) -> Any:
    """What the node answered as JSON, or nothing."""
    return json.loads(answer["text"]) if answer["code"] == 200 else {}


def role(name: str) -> Identity:
    """Somebody with a role, by the CA that is in /pki now."""
    return issue(Identity(PKI / "ca.crt", PKI / "ca.key"), f"/O={name}/CN=checker")


def roles(who: Identity) -> Any:
    """The roles that the node sees in a certificate, or why its owner does not get in."""
    answer = ask(who, "GET /v1/status")
    return data(answer).get("you", {}).get("roles", answer.get("why"))


def strangers() -> dict[str, str]:
    """What becomes of those whom the node shall not let in, whoever its clients are."""
    expired = issue(Identity(PKI / "ca.crt", PKI / "ca.key"), "/O=os:admin/CN=expired", ends=YESTERDAY)
    return {
        "without a certificate": let_in(None),
        "an expired administrator": let_in(expired),
        "an administrator by the vendor's CA": let_in(issue(secret_ca("vendor"), "/O=os:admin/CN=stranger")),
    }


def let_in(who: Identity | None, ca: Path | None = None) -> str:
    """Whether the node and somebody come to talk at all; if not, why, in the words of who ended it."""
    answer = ask(who, "GET /v1/status", ca=ca)
    return "let in" if answer["code"] else answer["why"]
