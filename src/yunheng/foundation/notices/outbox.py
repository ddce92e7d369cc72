"""Send what waits in the outbox: each mail once, again after a while when the server is away, given up after a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from yunheng.foundation.notices.models import Mail

PAUSES = tuple(timedelta(minutes=n) for n in (1, 5, 30, 120, 720))
CLAIM = timedelta(minutes=10)  # a worker that dies while sending gives the mail back after this


def send_due(*, at: datetime, limit: int = 20) -> int:
    """Send the mails that are due; returns how many went out. Two workers never send the same."""
    due = Mail.objects.filter(sent_at=None, failed_at=None, next_try_at__lte=at).values_list("pk", flat=True)[:limit]
    return sum(_send(pk, at) for pk in list(due))


def _send(pk: int, at: datetime) -> bool:
    claimed = Mail.objects.filter(pk=pk, sent_at=None, next_try_at__lte=at).update(next_try_at=at + CLAIM)
    if not claimed:
        return False
    mail = Mail.objects.select_related("notice").get(pk=pk)
    try:
        EmailMessage(mail.notice.subject, mail.notice.text, settings.DEFAULT_FROM_EMAIL, [mail.address]).send()
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors, a bad header is a ValueError
        _again(mail, str(error), at)
        return False
    mail.sent_at = at
    mail.save(update_fields=["sent_at"])
    return True


@transaction.atomic
def _again(mail: Mail, error: str, at: datetime) -> None:
    mail.tries, mail.error = mail.tries + 1, error[:300]
    if mail.tries > len(PAUSES):
        mail.failed_at = at
    else:
        mail.next_try_at = at + PAUSES[mail.tries - 1]
    mail.save(update_fields=["tries", "error", "failed_at", "next_try_at"])
