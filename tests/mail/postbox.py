"""A real mail server for the tests: takes messages over TLS, with a login, and answers as it is told."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "rajaus", "correct horse"


@dataclass
class Postbox:
    """What came, and what the server says to the next messages (an SMTP answer each; then it takes them)."""

    port: int
    ca_file: Path
    password_file: Path
    answers: list[str] = field(default_factory=list)
    arrived: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.answers and (answer := self.answers.pop(0)):
            return answer
        made = message_from_bytes(envelope.content or b"", policy=policy.default)
        assert isinstance(made, EmailMessage)
        assert envelope.rcpt_tos == [made["To"]], "the envelope says the same as the letter"
        self.arrived.append(made)
        return "250 OK"

    def settings(self, **more: Any) -> dict[str, Any]:
        """Settings with which our messages come here."""
        return {
            "smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_ca_file": self.ca_file, "smtp_user": USER,
            "smtp_password_file": self.password_file, **more,
        }  # fmt: skip


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def text_of(made: EmailMessage) -> str:
    body = made.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@contextmanager
def running(directory: Path, *, tls: str = "starttls") -> Iterator[Postbox]:
    """A server on this machine; ``tls``: starttls, tls or none."""
    ca_file, key_file = _certificate(directory)
    password = directory / "smtp-password"
    password.write_text(f"{PASSWORD}\nnever read\n")
    box = Postbox(free_port(), ca_file, password)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ca_file, key_file)

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        box.logins.append(data.login.decode())
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": box.port, "authenticator": authenticate}
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "auth_require_tls": True}
    elif tls == "tls":
        options |= {"ssl_context": context, "auth_require_tls": False}
    else:
        options |= {"auth_require_tls": False}
    controller = Controller(box, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def _certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate of this machine's address, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca_file, key_file = directory / "smtp-ca.pem", directory / "smtp-key.pem"
    ca_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ca_file, key_file
