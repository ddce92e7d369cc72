"""The outbox against a real mail server: each mail once, later again when the server is away, given up in the end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.cast import Cast, moment
from yunheng.foundation.notices.models import Mail
from yunheng.foundation.notices.operations import tell
from yunheng.foundation.notices.outbox import CLAIM, PAUSES, send_due

pytestmark = pytest.mark.django_db
AT = moment("2026-04-29 10:00")


class Inbox:
    """What arrived, and whether the server takes anything."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str, str]] = []
        self.answer, self.unknown = "250 OK", ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            mail = message_from_bytes(envelope.content)
            body = mail.get_payload(decode=True)
            assert isinstance(body, bytes)
            self.mails.append((envelope.rcpt_tos, str(make_header(decode_header(mail["Subject"]))), body.decode()))
        return self.answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", _free_port()
    found = Inbox()
    server = Controller(found, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    server.start()
    yield found
    server.stop()


def _tell(cast: Cast) -> None:
    tell(organisation_ids=[cast.education.pk], subject="批准：教师研修平台", text="SQ-2026-0001 已批准。", at=AT)


def test_each_person_of_the_organisation_gets_the_mail_once(cast: Cast, inbox: Inbox) -> None:
    _tell(cast)
    assert [send_due(at=AT), send_due(at=AT), send_due(at=AT + CLAIM * 2)] == [2, 0, 0]
    assert sorted(to for recipients, *_ in inbox.mails for to in recipients) == [
        "chen@example.invalid", "luo@example.invalid",
    ]  # fmt: skip
    assert {(subject, body.strip()) for _, subject, body in inbox.mails} == {
        ("批准：教师研修平台", "SQ-2026-0001 已批准。")
    }


def test_a_server_that_is_away_is_asked_again_and_in_the_end_no_more(cast: Cast, inbox: Inbox) -> None:
    _tell(cast)
    inbox.answer, at = "451 later", AT
    for pause in PAUSES:
        assert send_due(at=at) == 0
        assert send_due(at=at + pause - timedelta(seconds=1)) == 0
        at += pause
    assert set(Mail.objects.values_list("tries", flat=True)) == {len(PAUSES)}
    send_due(at=at)
    assert not Mail.objects.filter(failed_at=None).exists()
    inbox.answer = "250 OK"
    assert send_due(at=at + timedelta(days=30)) == 0
    assert inbox.mails == []


def test_when_the_server_comes_back_nothing_is_lost(cast: Cast, inbox: Inbox) -> None:
    _tell(cast)
    inbox.answer = "451 later"
    send_due(at=AT)
    inbox.answer = "250 OK"
    assert send_due(at=AT + PAUSES[0]) == 2
    assert len(inbox.mails) == 2


def test_a_worker_that_died_while_sending_gives_the_mail_back(cast: Cast, inbox: Inbox) -> None:
    _tell(cast)
    Mail.objects.update(next_try_at=AT + CLAIM)  # claimed at AT, then nothing
    assert [send_due(at=AT + CLAIM - timedelta(seconds=1)), send_due(at=AT + CLAIM)] == [0, 2]


def test_an_address_that_the_server_refuses_does_not_hold_up_the_others(cast: Cast, inbox: Inbox) -> None:
    _tell(cast)
    first = Mail.objects.earliest("pk")
    inbox.unknown = first.address
    assert send_due(at=AT) == 1
    first.refresh_from_db()
    assert first.sent_at is None
    assert first.error


def test_a_mail_that_is_being_sent_is_not_sent_by_another_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _tell(cast)
    sent, others = [], []

    def send(mail: Any) -> int:
        sent.extend(mail.to)
        if len(sent) == 1:
            others.append(send_due(at=AT))  # a second worker comes by while the first one talks to the server
        return 1

    monkeypatch.setattr("yunheng.foundation.notices.outbox.EmailMessage.send", send)
    assert send_due(at=AT) + others[0] == 2
    assert sorted(sent) == ["chen@example.invalid", "luo@example.invalid"]
