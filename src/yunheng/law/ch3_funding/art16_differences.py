"""Article 16: a statement beside its recomputation, and why a line is not as the law has it.

Every line that should be there belongs to the stated line in whose days it begins; what belongs to none is missing,
and a stated line to which nothing belongs should not be there.

    stated       |──────── A ────────|── B ──|
    recomputed   |─ 1 ─|──── 2 ──────|           |─ 3 ─|        A = 1 + 2, B = nothing, 3 is missing
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from yunheng.law.ch3_funding.art15_facts import Account
from yunheng.law.ch3_funding.art15_payer import PARALLEL, REASON_CITES, cite_of
from yunheng.law.ch3_funding.art15_pieces import Piece
from yunheng.law.kernel.citation import Cite, art
from yunheng.law.kernel.money import yuan
from yunheng.law.kernel.period import Period

ZERO, FEN = Decimal("0.00"), Decimal("0.01")
Kind = Literal["same", "amount", "payer", "missing", "absent"]


@dataclass(frozen=True)
class Entry:
    """A line of either side; ``sums`` are what the fund and the unit bear of it, adjustments included (yuan)."""

    service_id: str
    sku: str
    period: Period
    quantity: Decimal
    unit_price: Decimal
    sums: tuple[Decimal, Decimal]
    rule: str = ""
    key: int = 0

    @property
    def total(self) -> Decimal:
        return sum(self.sums, ZERO)


@dataclass(frozen=True)
class Pair:
    """A stated line (absent where it is missing) with the lines that the law gives for its days."""

    stated: Entry | None
    due: tuple[Entry, ...] = field(default=())

    @property
    def sums(self) -> tuple[Decimal, Decimal]:
        return sum((e.sums[0] for e in self.due), ZERO), sum((e.sums[1] for e in self.due), ZERO)

    @property
    def kind(self) -> Kind:
        """In what the two sides differ."""
        if self.stated is None:
            return "missing"
        if self.stated.sums == self.sums:
            return "same"
        if not self.due:
            return "absent"
        return "payer" if self.stated.total == sum(self.sums, ZERO) else "amount"

    @property
    def entry(self) -> Entry:
        return self.stated or self.due[0]


def paired(stated: Iterable[Entry], due: Iterable[Entry]) -> Iterator[Pair]:
    """Every line of both sides in exactly one pair, by service and day."""
    ours: dict[str, list[Entry]] = defaultdict(list)
    theirs: dict[str, list[Entry]] = defaultdict(list)
    for entry in stated:
        theirs[entry.service_id].append(entry)
    for entry in due:
        ours[entry.service_id].append(entry)
    for service_id in sorted(ours.keys() | theirs.keys()):
        rest = sorted(ours[service_id], key=lambda e: e.period)
        for line in sorted(theirs[service_id], key=lambda e: (e.period, e.key)):
            yield Pair(line, tuple(e for e in rest if e.period.start in line.period))
            rest = [e for e in rest if e.period.start not in line.period]
        yield from (Pair(None, (e,)) for e in rest)


@dataclass(frozen=True)
class Why:
    """The reason of a difference in a sentence, with article and reading."""

    sentence: str
    cite: Cite
    reading: str = ""


REASONS = {
    "trial": "试用期内计费", "suspended": "暂停期间计费", "migration": "平台迁移，新老节点重复",
    "zero": "数量为零仍计费", "once": "一次性费用重复计费",
}  # fmt: skip
READINGS = {"suspended": "R-006"}


def explain(pair: Pair, account: Account | None, pieces: Iterable[Piece]) -> Why:
    """Why the two sides differ: what the ledger says of those days, from the facts of article 15."""
    if pair.stated is None:
        return Why("在运行、未入账", art(15, 1))
    if account is None:
        return Why("台账查无此服务", art(16))
    if not pair.due:
        return _not_due(pair.stated.period, account, list(pieces))
    return _not_as_due(pair.stated, pair)


def _not_due(span: Period, account: Account, pieces: list[Piece]) -> Why:
    service = account.service
    if span.start < service.opened_on:
        return Why("早于双方确认的开通日", art(7, 1), "R-005")
    if service.closed_on is not None and span.end > service.closed_on:
        return Why("释放之日起不计", art(11), "R-005")
    piece = next((p for p in pieces if p.reason and p.period.start < span.end and span.start < p.period.end), None)
    if piece is not None:
        return Why(REASONS[piece.reason], REASON_CITES.get(piece.reason, art(15, 1)), READINGS.get(piece.reason, ""))
    return Why("同一期间重复计费", art(15, 2))


def _not_as_due(stated: Entry, pair: Pair) -> Why:
    first, last = pair.due[0], pair.due[-1]
    if pair.kind == "payer":
        words = "业务迁移并行期届满，老节点自付" if first.rule == PARALLEL else "承担方与台账不符"
        return Why(words, cite_of(first.rule))
    if any(stated.unit_price != e.unit_price for e in pair.due):
        return Why(f"单价应为{_price(first.unit_price)}", art(15, 1))
    if any(stated.quantity != e.quantity for e in pair.due):
        return Why(f"数量应为{first.quantity.normalize():f}", art(9, 1))
    if stated.period != Period(first.period.start, last.period.end):
        early = stated.period.start < first.period.start
        return Why("起计日与台账不符", art(7, 1), "R-005") if early else Why("止计日与台账不符", art(11), "R-005")
    if abs(stated.total - sum(pair.sums, ZERO)) <= FEN:
        return Why("尾差，应按行四舍五入到分", art(15, 1))
    return Why("折算天数或基数与合同不符", art(15, 1))


def _price(amount: Decimal) -> str:
    return yuan(amount) if amount == amount.quantize(FEN) else f"{amount.normalize():f}"
