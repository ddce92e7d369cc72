"""Tell parties something; the mail goes into the outbox in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet

from yunheng.foundation.audit import operations as audit
from yunheng.foundation.notices.models import Mail, Notice
from yunheng.foundation.workflow.actor import Actor


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


def opened(*, actor: Actor, at: datetime, case_id: int | None = None, notice_id: int | None = None) -> int:
    """Record that somebody authorised opened the notices of a case, or one of them; the first opening alone (R-014).

    The caller has made sure that the actor may see them. Returns how many were opened now.
    """
    found = Notice.objects.filter(organisation_id=actor.organisation_id, person=None, opened_at=None)
    return _open(found.filter(pk=notice_id) if notice_id else found.filter(case=case_id), actor, at)


def opened_all(*, actor: Actor, at: datetime, among: QuerySet[Notice]) -> int:
    """Record the same of every unread notice ``among`` those that the actor may see. Returns how many."""
    return _open(among.filter(opened_at=None).order_by(), actor, at)


def _open(found: QuerySet[Notice], actor: Actor, at: datetime) -> int:
    unread = list(found.values_list("pk", flat=True)) if actor.roles else []
    if not unread:
        return 0
    with transaction.atomic():
        number = Notice.objects.filter(pk__in=unread, opened_at=None).update(opened_at=at, opened_by=actor.person_id)
        if number:
            audit.write(
                kind="notices.opened",
                subject=f"{actor.organisation_id}",
                at=at,
                body={"by": actor.person_id, "notices": unread},
            )
    return number


@transaction.atomic
def was_told(*, case_id: int, text: str) -> bool:
    """Whether just this was said of a case before."""
    return Notice.objects.filter(case_id=case_id, text=text).exists()


def was_told_of(*, organisation_id: int, subject: str) -> bool:
    """Whether an organisation had a notice of that subject before."""
    return Notice.objects.filter(organisation_id=organisation_id, person=None, subject=subject).exists()


def tell_person(
    *, person_id: int, organisation_id: int, address: str, week: date, subject: str, text: str, at: datetime
) -> bool:
    """Keep the digest of a week for a person, once, and mail it; without an address it is only kept.

    Returns whether a mail was put in the outbox now.
    """
    told = {"organisation_id": organisation_id, "subject": subject[:120], "text": text, "delivered_at": at}
    notice, new = Notice.objects.get_or_create(person_id=person_id, week=week, defaults=told)
    if not new or not address:
        return False
    Mail.objects.create(notice=notice, address=address, created_at=at, next_try_at=at)
    return True
