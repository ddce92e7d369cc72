"""A service's year as rows of a table and as a drawn time-line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from yunheng.domain.services.models import Service
from yunheng.interfaces.web.components.dates import long_day
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.timeline import Cut, Lane, Piece, Segment, TimelineView, timeline_view
from yunheng.law.ch3_funding.art15_charging import Charged
from yunheng.law.ch3_funding.art15_payer import REASON_CITES
from yunheng.law.ch3_funding.art15_pieces import Piece as LawPiece
from yunheng.law.kernel.period import Period

REASONS = {
    "trial": "试用期，不计费", "suspended": "暂停，不计费", "migration": "迁移中不重复计费",
    "once": "一次性，已计", "zero": "数量为 0",
}  # fmt: skip
WORDS = {"quantity": "变更", "sku": "换规格", "lane": "保障方式变更", "suspended": "暂停"}
PAYERS = {"fund": "市级统筹", "unit": "单位自付", "": "不计费"}


def span(period: Period) -> str:
    """2026年9月1日至2026年9月11日, the last day included."""
    return f"{long_day(period.start)}至{long_day(period.end - timedelta(days=1))}"


def rows(service: Service, charged: Charged) -> list[dict[str, Any]]:
    """All pieces in order; those without line with their reason."""
    lines = iter(charged.lines)
    found, number = [], 0
    for piece in charged.pieces:
        line = None if piece.reason else next(lines)
        number += line is not None
        found.append(
            {
                "no": number if line else None,
                "piece": piece,
                "line": line,
                "reason": REASONS.get(piece.reason, ""),
                "cite": REASON_CITES.get(piece.reason),
                "href": href(service, piece.period.start),
            }
        )
    return found


def href(service: Service, start: date) -> str:
    """The page that explains a piece."""
    return f"{reverse('why', args=[service.number])}?from={start.isoformat()}"


def view(service: Service, charged: Charged, at: int | None) -> TimelineView | None:
    """Quantity, price, suspension and payer above the pieces of the year."""
    pieces = charged.pieces
    if not pieces:
        return None
    start, end = pieces[0].period.start, pieces[-1].period.end
    drawn, number = [], 0
    for piece in pieces:
        number += not piece.reason
        no = None if piece.reason else number
        drawn.append(
            Piece(no, piece.period.start, piece.period.end, piece.payer or "none", href(service, piece.period.start))
        )
    lanes = (
        Lane("数量", _merged(pieces, lambda p: f"{p.quantity.normalize():f}", "flat")),
        Lane("单价", _merged(pieces, lambda p: f"{yuan(p.unit_price)} 元", "flat")),
        Lane("承担方", _payers(pieces)),
    )
    return timeline_view(
        start=_month_start(start), end=end, lanes=lanes, cuts=_cuts(charged, start, end), pieces=drawn,
        highlight=None if at is None else at + 1,
    )  # fmt: skip


def _month_start(day: date) -> date:
    return day.replace(day=1)


def _merged(pieces: tuple[LawPiece, ...], text: Any, kind: str) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for piece in pieces:
        words = text(piece)
        if found and found[-1].text == words and found[-1].end == piece.period.start:
            found[-1] = Segment(found[-1].start, piece.period.end, words, kind)
        else:
            found.append(Segment(piece.period.start, piece.period.end, words, kind))
    return tuple(found)


def _payers(pieces: tuple[LawPiece, ...]) -> tuple[Segment, ...]:
    kinds = {"市级统筹": "fund", "单位自付": "unit", "不计费": "none"}
    merged = _merged(pieces, lambda p: PAYERS[p.payer], "flat")
    return tuple(Segment(s.start, s.end, s.text, kinds[s.text]) for s in merged)


def _cuts(charged: Charged, start: date, end: date) -> list[Cut]:
    """What happened and when: opening, closing, each change of a condition, each new price."""
    account = charged.account
    found = {account.service.opened_on: "开通"}
    if account.service.closed_on:
        found[account.service.closed_on] = "终止"
    for condition in account.conditions:
        word = "恢复" if condition.kind == "suspended" and not condition.value else WORDS[condition.kind]
        found.setdefault(condition.on, word)
    for price in account.prices_of(account.service.sku):
        found.setdefault(price.valid_from, "调价")
    return [Cut(day, f"{day.month}-{day:%d} {word}") for day, word in sorted(found.items()) if start <= day <= end]
