"""Senders are enrolled and revoked; a delivery is taken in when it is durable, and then its sender was heard (8, 10.2)."""

from __future__ import annotations

import errno
import secrets
import shutil
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils.timezone import get_default_timezone, localdate

from yunheng.domain.metering import disk
from yunheng.domain.metering.journal import Journal
from yunheng.domain.metering.models import Sender, Stranger
from yunheng.domain.metering.samples import Batch, Window, ms_of, usable
from yunheng.domain.metering.store import Store, Terms
from yunheng.domain.services import ledger
from yunheng.domain.services.release.facts import instances_of
from yunheng.domain.services.release.heartbeats import hear_measured
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.parameters import Parameters

CITE = art(8)
STRANGERS_MOST = 20  # remembered of one token


class HostDiffers(Refusal):
    """The token belongs to another host."""

    status = 403


# ---- senders -----------------------------------------------------------------------------------------------------


def may_enrol(actor: Actor) -> bool:
    """Whether somebody enrols and revokes plug-ins: the provider's delivery."""
    return actor.kind == "provider" and actor.has("delivery")


@transaction.atomic
def enrol(*, service: str, instance: str, actor: Actor, at: datetime) -> tuple[Sender, str]:
    """Enrol the plug-in of an instance; returns it with its token, which is shown this once.

    Only the delivery of the service's provider does so, while the service runs. Raises NotFound, NotYours, BadInput.
    """
    if not may_enrol(actor):
        raise NotYours("监控插件由云服务商交付登记", cite=CITE, todo="交云服务商交付办理")
    found = ledger.services(actor=actor).filter(number=service).select_related("jurisdiction").first()
    if found is None:
        raise NotFound("没有这条服务，或你无权查看", cite=CITE)
    problems, named = [], instances_of(found)
    if not found.runs_on(localdate(at)):
        problems.append(Problem("服务编号", f"{found.number}没有在运行"))
    if not instance or len(instance) > 80 or " " in instance or not usable(instance):
        problems.append(Problem("实例", "须为 1 至 80 个字符，不含空格"))
    elif named and instance not in named:
        problems.append(Problem("实例", f"不在台账登记的实例之中：{'、'.join(named[:5])}"))
    elif Sender.objects.filter(service=found, instance=instance, revoked_at=None).exists():
        problems.append(Problem("实例", "已登记插件；更换令牌的，先停用原登记"))
    if problems:
        raise BadInput(problems, cite=CITE, todo="改正后重新登记")
    token = "yhs_" + secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            sender = Sender.objects.create(
                service=found, instance=instance, digest=sm3(token.encode()), enrolled_at=at,
                enrolled_by_id=actor.person_id,
            )  # fmt: skip
    except IntegrityError as error:  # somebody was first
        raise BadInput([Problem("实例", "已登记插件；更换令牌的，先停用原登记")], cite=CITE) from error
    audit.write(kind="metering.enrolled", subject=sender.resource, at=at, body={"by": actor.person_id})
    return sender, token


@transaction.atomic
def revoke(*, sender: int, actor: Actor, at: datetime) -> Sender:
    """The token no longer counts. Raises NotFound, NotYours."""
    row = senders(actor=actor).filter(pk=sender).first()
    if row is None:
        raise NotFound("没有这项登记，或你无权查看", cite=CITE)
    if not may_enrol(actor):
        raise NotYours("监控插件由云服务商交付登记和停用", cite=CITE, todo="交云服务商交付办理")
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        audit.write(kind="metering.revoked", subject=row.resource, at=at, body={"by": actor.person_id})
    return row


def senders(*, actor: Actor) -> QuerySet[Sender]:
    """The senders of the services that the actor may see."""
    visible = ledger.services(actor=actor).values("pk")
    return Sender.objects.filter(service__in=visible).select_related("service__jurisdiction")


def sender_of(*, token: str, at: datetime) -> Sender | None:
    """The sender whose token it is; None where it is unknown, revoked, or its service has ended."""
    found = Sender.objects.select_related("service__jurisdiction").filter(digest=sm3(token.encode()), revoked_at=None)
    row = found.first()
    return row if row and row.service.runs_on(localdate(at)) else None


# ---- deliveries --------------------------------------------------------------------------------------------------


def window(*, at: datetime) -> Window:
    """When a sample may have been taken to be accepted now."""
    p = Parameters(localdate(at))
    oldest = localdate(at) - timedelta(days=p["metering_raw"].n - 1)
    first = datetime.combine(oldest, time.min, get_default_timezone())
    return Window(ms_of(first), ms_of(at + timedelta(minutes=p["metering_ahead"])))


def bind(sender: Sender, *, host: str, at: datetime, key: str = "") -> None:
    """The first host with the token keeps it, and so does its first key. Raises HostDiffers for another of either,
    which is remembered. A key may come later than the host, and a delivery may come without one."""
    if not host or (sender.host == host and key in ("", sender.key)):
        return
    free = Q(host="") | Q(host=host)
    if key:
        free &= Q(key="") | Q(key=key)
    if not Sender.objects.filter(free, pk=sender.pk).update(host=host, **({"key": key} if key else {})):
        sender.refresh_from_db(fields=["host", "key"])
        _remember(sender, host, key, at)
        what = "主机 " + sender.host if sender.host != host else "另一签名公钥"
        raise HostDiffers(
            f"令牌已由{what}使用" if sender.host != host else f"令牌已绑定{what}", cite=CITE,
            todo="每个实例用自己的令牌；换机、重装的，重新登记插件",
        )  # fmt: skip
    sender.refresh_from_db(fields=["host", "key"])


def _remember(sender: Sender, host: str, key: str, at: datetime) -> None:
    """Who else used the token; so many at most, since whoever has it may name any host."""
    Sender.objects.filter(pk=sender.pk).update(strange_host=host, strange_at=at)
    known = Stranger.objects.filter(sender=sender, host=host, key=key)
    if not known.update(last_at=at, times=F("times") + 1) and sender.strangers.count() < STRANGERS_MOST:
        Stranger.objects.get_or_create(sender=sender, host=host, key=key, defaults={"first_at": at, "last_at": at})


def receive(sender: Sender, *, batch: Batch, version: str, at: datetime) -> int:
    """Keep a delivery; returns the number of samples once they are durable. The same again changes nothing.

    Raises OSError where the disk does not take it, or soon would not: the sender has to come again.
    """
    if batch.lines:
        _room(settings.METERING)
        journal(settings.METERING).append(batch.payload())
    _heard(sender, batch, version, at)
    return len(batch.lines)


def _room(root: Path) -> None:
    """Nothing is taken into the last of the disk: compacting needs some, and whatever else lies there."""
    disk.folder(root)
    if shutil.disk_usage(root).free < settings.METERING_RESERVE:
        raise OSError(errno.ENOSPC, "the reserve of the disk is reached", f"{root}")


def _heard(sender: Sender, batch: Batch, version: str, at: datetime) -> None:
    """Note once in an interval that the plug-in was heard, by the clock of the platform."""
    p = parameters_on(localdate(at), sender.service.jurisdiction_id)
    interval = timedelta(minutes=p["heartbeat_interval"])
    due = sender.heard_at is None or at - sender.heard_at >= interval
    if batch.latest and due:
        _note(sender, batch, version, at)
    if batch.earliest < ms_of(at - timedelta(minutes=p["silent_after"])):
        first, last = (datetime.fromtimestamp(ms / 1000, at.tzinfo) for ms in (batch.earliest, batch.latest))
        filled = sender.silences.filter(since__gte=first - p["late_after"] * interval, since__lt=last)
        filled.filter(backfilled=False).update(backfilled=True)


@transaction.atomic
def _note(sender: Sender, batch: Batch, version: str, at: datetime) -> None:
    known = Sender.objects.select_for_update().get(pk=sender.pk)
    booted = datetime.fromtimestamp(batch.booted, at.tzinfo) if 0 < batch.booted < at.timestamp() else known.booted_at
    started = datetime.fromtimestamp(batch.started / 1000, at.tzinfo) if batch.started > 1000 else known.started_at
    p = parameters_on(localdate(at), sender.service.jurisdiction_id)
    if known.heard_at and at - known.heard_at >= timedelta(minutes=p["silent_after"]):
        known.silences.get_or_create(
            since=known.heard_at,
            defaults={
                "until": at, "booted_before": known.booted_at, "booted_after": booted,
                "started_before": known.started_at, "started_after": started,
            },
        )  # fmt: skip
    sender.heard_at, sender.version, sender.booted_at, sender.started_at = at, version[:40], booted, started
    sender.save(update_fields=["heard_at", "version", "booted_at", "started_at"])
    hear_measured(
        service=sender.service, instance=sender.instance, version=sender.version, at=at,
        heard_at=datetime.fromtimestamp(batch.latest / 1000, at.tzinfo),
    )  # fmt: skip


# ---- the store ---------------------------------------------------------------------------------------------------


@cache
def journal(root: Path) -> Journal:
    """The journal of this process."""
    return Journal(store(root).journal)


def store(root: Path | None = None) -> Store:
    """The store of the installation."""
    return Store(root or settings.METERING, ZoneInfo(settings.TIME_ZONE))


def terms_on(on: date) -> Terms:
    """What is kept for how long, on a day."""
    p = Parameters(on)
    raw, hourly, daily = (p[f"metering_{kind}"].n for kind in ("raw", "hourly", "daily"))
    return Terms(raw, hourly, daily, gap=int(timedelta(minutes=p["metering_gap"]).total_seconds() * 1000))


def compact_all(*, at: datetime) -> int:
    """Bring the journal into the store; returns how many samples were in it."""
    return store().compact(on=localdate(at), terms=terms_on(localdate(at)))
