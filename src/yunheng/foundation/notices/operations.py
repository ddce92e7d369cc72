"""Tell parties something; the mail goes into the outbox in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.apps import apps

from yunheng.foundation.notices.models import Mail, Notice


def tell(
    *,
    organisation_ids: Iterable[int],
    subject: str,
    text: str,
    at: datetime,
    case_id: int | None = None,
    cite: str = "",
) -> list[Notice]:
    """Deliver a notice to each organisation and put a mail for each of its people with an address in the outbox."""
    people = apps.get_model("parties", "Person").objects
    notices = []
    for organisation_id in dict.fromkeys(organisation_ids):
        notice = Notice.objects.create(
            organisation_id=organisation_id,
            case_id=case_id,
            subject=subject[:120],
            text=text,
            cite=cite,
            delivered_at=at,
        )
        addresses = people.filter(organisation_id=organisation_id, is_active=True).exclude(email="")
        Mail.objects.bulk_create(
            Mail(notice=notice, address=address, created_at=at, next_try_at=at)
            for address in sorted(set(addresses.values_list("email", flat=True)))
        )
        notices.append(notice)
    return notices
