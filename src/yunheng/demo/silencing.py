"""Plug-ins in the story (8, 24.1.4): enrolled on hosts of several systems; some fell silent, and it came to each state."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from yunheng.demo.calendar import LOCAL, Story
from yunheng.domain.catalog.models import Item
from yunheng.domain.metering import operations as do
from yunheng.domain.metering.goodbyes import Signed, say_goodbye, text_of
from yunheng.domain.metering.models import Sender, Uninstall
from yunheng.domain.metering.samples import Batch, Key, ms_of
from yunheng.domain.metering.silence import watch
from yunheng.domain.services.models import Service
from yunheng.domain.services.release.facts import instances_of
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow.operations import advance

# How many working days before the end a plug-in was heard last, and the steps after it with the days of each.
SILENT: tuple[tuple[int, tuple[tuple[str, int], ...]], ...] = (
    (18, (("explain", 17), ("accept", 15))),
    (16, (("explain", 15), ("confirm", 12), ("report_rectified", 3))),
    (14, (("explain", 12), ("confirm", 10))),
    (7, (("explain", 5),)),
    (3, ()),
    (2, ()),  # a broken line: its data come later
)
# How it took its leave, by those days: signed, not signed, or signed otherwise than it says. One token was tried elsewhere.
GOODBYES, STRANGER = {18: "verified", 14: "mismatch", 7: "unsigned"}, 16
STEADY = 4  # heard to the end
BACK = (1, 5)  # of the silent ones, those that are heard again at the end; the second with all that was missing
WORDS = {
    "explain": "主机迁移机房时停用插件，未事先报备", "accept": "经核对迁移工单，停用期间主机未承载业务，予以采信",
    "confirm": "主机持续运行，插件被停用且未报备", "report_rectified": "已重新安装插件，并限制运维账号的卸载权限",
}  # fmt: skip
REASON = "主机迁移，停用插件"
VERSION, DAY, MINUTE = "yunheng-agent/0.1.0", timedelta(days=1), timedelta(minutes=1)


def tell(story: Story) -> int:
    """Enrolled, heard, fallen silent; returns how many cases there are. A small city has fewer."""
    hosts = _hosts(story)
    fell = min(len(SILENT), max(len(hosts) - STEADY, (len(hosts) + 1) // 2))
    silent = list(zip(SILENT[:fell], hosts, strict=False))
    senders = [_enrolled(story, host, back) for (back, _), host in silent]
    for ((back, steps), _), sender in zip(silent, senders, strict=True):
        keyed = GOODBYES.get(back) != "unsigned"
        last = _heard(sender, story.moment(story.earlier(story.working(story.until), back)), keyed=keyed)
        _goodbye(sender, GOODBYES.get(back, ""), last + timedelta(seconds=20))
        if back == STRANGER:
            _strange(sender, last + timedelta(hours=3))
        watch(at=last + DAY + MINUTE)
        case = Uninstall.objects.get(sender=sender)
        for step, days in steps:
            _take(story, case, step, days)
    steady = [_enrolled(story, host, 20) for host in hosts[fell : fell + STEADY]]
    end = datetime.combine(story.until, time(0, 10), LOCAL)  # of today, but never still to come
    for sender in [*steady, *(senders[n] for n in BACK if n < len(senders))]:
        filled = len(senders) > BACK[1] and sender == senders[BACK[1]]
        since = Sender.objects.get(pk=sender.pk).heard_at
        _heard(sender, end, first=since + MINUTE if filled and since else None)
    watch(at=end + MINUTE)
    return Uninstall.objects.count()


def _hosts(story: Story) -> list[tuple[Service, str]]:
    """A host each of systems that are not being released: their plug-ins have a story of their own."""
    last = story.working(story.until)
    compute = Item.objects.filter(category="compute").values("code")
    found = Service.objects.filter(closed_on=None, opened_on__lt=story.earlier(last, 25), sku__in=compute).exclude(
        instances=""
    )
    free = (
        found.exclude(system__cases__kind="release").select_related("system__unit", "contract__provider").order_by("pk")
    )
    by_system = {service.system_id: service for service in reversed(free)}
    return [(service, instances_of(service)[0]) for service in sorted(by_system.values(), key=lambda s: s.pk)]


def _enrolled(story: Story, host: tuple[Service, str], back: int) -> Sender:
    service, instance = host
    at = story.moment(story.earlier(story.working(story.until), back + 1))
    actor = story.actor(service.contract.provider, "delivery", at)
    return do.enrol(service=service.number, instance=instance, actor=actor, at=at)[0]


def _heard(sender: Sender, at: datetime, *, first: datetime | None = None, keyed: bool = True) -> datetime:
    """The plug-in sends what it has from ``first`` on; returns the moment."""
    sender = Sender.objects.get(pk=sender.pk)
    batch = Batch(sender.resource, booted=1_767_225_600.0, started=1_767_225_660_000)
    for moment in sorted({first or at, at}):
        batch.add(Key("up"), ms_of(moment), 1.0)
    do.bind(sender, host=f"{sender.instance}.example.invalid", key=_key(sender) if keyed else "", at=at)
    do.receive(sender, batch=batch, version=VERSION, at=at)
    return at


def _pair(sender: Sender) -> Ed25519PrivateKey:
    """The key of a machine hangs on its name, so that each run signs alike."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(sm3(sender.resource.encode())))


def _key(sender: Sender) -> str:
    return _pair(sender).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _goodbye(sender: Sender, how: str, at: datetime) -> None:
    """The plug-in says that it stops."""
    if not how:
        return
    sender = Sender.objects.get(pk=sender.pk)
    pair, by = _pair(sender), None
    if how != "unsigned":
        by = Signed(sender.host, at.isoformat(), _key(sender), "")
        signed = text_of(sender, REASON if how == "verified" else "系统升级", by)
        by = replace(by, signature=b64encode(pair.sign(signed.encode())).decode())
    say_goodbye(sender, reason=REASON, at=at, by=by)


def _strange(sender: Sender, at: datetime) -> None:
    """Another host comes with the token, and is refused."""
    sender = Sender.objects.get(pk=sender.pk)
    with suppress(do.HostDiffers):
        do.bind(sender, host="tmp-copy-01.example.invalid", at=at)


def _take(story: Story, case: Uninstall, step: str, days: int) -> None:
    at = story.moment(story.earlier(story.working(story.until), days), 15)
    head = step in ("explain", "report_rectified")
    actor = story.actor(case.unit if head else story.city.centre, "head" if head else "reviewer", at)
    advance(case, step, actor=actor, at=at, opinion=WORDS[step])
