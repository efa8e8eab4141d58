"""A connection to the mail server of the settings, made when it is first needed and again when it was lost."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from types import TracebackType
from typing import Any

import tenacity

from core.errors import ConfigError, StoreError
from core.settings import Settings

_TIMEOUT = 30
_PERMANENT = 500
_LOST = "connection lost"


@dataclass(frozen=True)
class Answer:
    """What the server said to one message. ``detail`` is its code or the kind of failure, never its words."""

    outcome: str
    """sent, deferred (another try may help), refused"""
    detail: str


class Unusable(Exception):
    """The server cannot be reached or does not let us in; the kind of failure is the message."""


@dataclass
class Relay:
    """One run's way to the mail server. Raises ``ConfigError`` (mail_unset) when none is set."""

    settings: Settings
    sleep: Callable[[float], None]
    _open: smtplib.SMTP | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.settings.smtp_host is None:
            raise ConfigError("mail_unset")

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def send(self, made: Message) -> Answer:
        """Hand a message over, ``mail_tries`` times with growing pauses while another try may help.

        Raises :class:`Unusable`.
        """
        answer: Answer = self._retrying(tenacity.retry_if_result(lambda answer: answer.outcome == "deferred"))(
            self._once, made
        )
        return answer

    def _retrying(self, when: Any) -> tenacity.Retrying:
        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.settings.mail_tries),
            wait=tenacity.wait_exponential_jitter(initial=1, max=30),
            retry=when,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
            sleep=self.sleep,
        )

    def _once(self, made: Message) -> Answer:
        server = self._connected()
        try:
            server.send_message(made)
        except smtplib.SMTPRecipientsRefused as error:
            self._reset(server)
            return _answer(max(code for code, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            self._reset(server)
            return _answer(error.smtp_code)
        except smtplib.SMTPNotSupportedError:
            return Answer("refused", "not supported by the server")
        except OSError:  # SMTPServerDisconnected is one
            self._close()
            return Answer("deferred", _LOST)
        return Answer("sent", "SMTP 250")

    def _reset(self, server: smtplib.SMTP) -> None:
        try:
            server.rset()
        except OSError:
            self._close()

    def _connected(self) -> smtplib.SMTP:
        if self._open is None:
            retry = tenacity.retry_if_exception_type(OSError) & tenacity.retry_if_not_exception_type(
                (ssl.SSLError, smtplib.SMTPNotSupportedError)
            )
            try:
                self._open = self._retrying(retry)(self._connect)
            except OSError as error:
                code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
                raise Unusable(f"{type(error).__name__}{code}") from error
        return self._open

    def _connect(self) -> smtplib.SMTP:
        chosen = self.settings
        host, port = str(chosen.smtp_host), chosen.smtp_port
        context = ssl.create_default_context(cafile=chosen.smtp_ca_file)
        if chosen.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=_TIMEOUT)
        try:
            if chosen.smtp_security == "starttls":
                server.starttls(context=context)
            if chosen.smtp_user is not None:
                self._log_in(server, chosen.smtp_user)
        except BaseException:
            server.close()
            raise
        return server

    def _log_in(self, server: smtplib.SMTP, user: str) -> None:
        password = self._password()
        try:
            server.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise Unusable(f"login refused, SMTP {error.smtp_code}") from error
        except smtplib.SMTPServerDisconnected as error:  # some hang up on whom they do not know
            raise Unusable("login refused") from error

    def _password(self) -> str:
        path = self.settings.smtp_password_file
        if path is None:
            raise ConfigError("setting_invalid", setting="smtp_password_file", reason="needed with smtp_user")
        try:
            return path.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        except OSError as error:
            raise ConfigError("setting_invalid", setting="smtp_password_file", reason="not readable") from error

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def unreachable(settings: Settings, error: Unusable, *, waiting: int) -> StoreError:
    """What a verb ends with when the server cannot be used."""
    return StoreError("mail_unreachable", host=settings.smtp_host, reason=str(error), waiting=waiting)


def _answer(code: int) -> Answer:
    return Answer("refused" if code >= _PERMANENT else "deferred", f"SMTP {code}")
