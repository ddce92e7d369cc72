"""What there is to buy and for what: the catalogue, the contracts of each year with their prices, the systems."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from yunheng.demo.calendar import LOCAL, Story
from yunheng.demo.people import read
from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.operations import PriceInput, Terms, register_contract, supplement_prices
from yunheng.domain.parties.models import Organisation
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.operations import Particulars, register_system

FIRST_YEAR = 2025
PERS = {"P": "once", "U": "use"}  # by the first letter of the code; all else by the month
AMOUNT = Decimal("6500000.00")  # of a covered contract, for its two years
OWN_WORK = 4  # systems of the first unit that have something to do today
LOWERED = ("C-ECS-8C32G", "C-ECS-VCPU")  # by the supplement of July 2026
SUPPLEMENT = date(2026, 7, 1)


def open_market(story: Story) -> None:
    """The catalogue; per year a covered contract with each provider; own contracts; one supplement."""
    city = story.city
    Item.objects.bulk_create(
        Item(
            jurisdiction=city.place, code=code, category=category, product=product, name=name, unit=unit,
            valid_from=date(FIRST_YEAR, 1, 1),
        )
        for code, (category, product, name, unit, *_) in story.skus.items()
    )  # fmt: skip
    for year in range(FIRST_YEAR, max(2026, story.until.year) + 1):
        for lot, provider in enumerate(city.providers, 1):
            number, name = f"HT-{year}-0{lot}", f"{year}年市级政务云服务采购合同（第{lot}包）"
            made = _contract(story, number, name, city.bureau, "approver", provider, year, 2)
            story.contracts["covered", 10 * year + lot] = made
    for n, unit in enumerate(city.units):
        name, provider = f"{unit.short_name}自行采购云服务合同", city.providers[n % len(city.providers)]
        made = _contract(story, f"HT-ZG-{n + 1:03d}", name, unit, "head", provider, FIRST_YEAR, 3)
        story.contracts["own", unit.pk] = made
    if story.until >= SUPPLEMENT:
        _supplement(story)


def _contract(
    story: Story, number: str, name: str, buyer: Organisation, role: str, provider: Organisation, year: int, years: int
) -> Contract:
    """Signed in the December before; prices hold through the renewal, so that what runs is never without one."""
    signed = datetime(year - 1, 12, 20, 15, tzinfo=LOCAL) if year > FIRST_YEAR else story.moment(story.first)
    actor, first = story.actor(buyer, role, signed), date(year, 1, 1)
    amount = AMOUNT if buyer == story.city.bureau else None
    terms = Terms(number, name, provider, first, date(year + years, 1, 1), amount=amount)
    made = register_contract(terms=terms, actor=actor, at=signed)
    prices = [
        PriceInput(code, code, PERS.get(code[0], "month"), Decimal(row[4]), first) for code, row in story.skus.items()
    ]
    supplement_prices(made, prices=prices, actor=actor, at=signed)
    return made


def _supplement(story: Story) -> None:
    """Two prices fall by five per cent in the middle of a year."""
    contract = story.contracts["covered", 20261]
    at = datetime(2026, 6, 24, 15, tzinfo=LOCAL)
    prices = []
    for sku in LOWERED:
        lower = (Decimal(story.skus[sku][4]) * Decimal("0.95")).quantize(Decimal("0.01"))
        prices.append(PriceInput(sku, sku, "month", lower, SUPPLEMENT))
    supplement_prices(contract, prices=prices, actor=story.actor(story.city.bureau, "approver", at), at=at)


def register_systems(story: Story, *, most: int) -> list[InformationSystem]:
    """At most so many systems, in an order in which neighbours belong to different units."""
    rows = _named(story)[:most]
    story.chance.shuffle(rows)
    first = story.city.units[0]
    shown = [row for row in rows if row[0] == first][-OWN_WORK:]
    rows = [row for row in rows if row not in shown] + shown  # the first unit has work of its own, and services as well
    at = story.moment(date(FIRST_YEAR, 1, 13))
    return [_system(story, n, unit, text, at) for n, (unit, text) in enumerate(rows, 1)]


def _named(story: Story) -> list[tuple[Organisation, str]]:
    """Those of the table, then what every agency has: a site for the public and an office system."""
    listed = read("city.toml")["units"]
    pairs = list(zip(listed.values(), story.city.units, strict=True))
    rows = [(unit, text) for texts, unit in pairs for text in texts]
    rows += [(unit, f"{unit.short_name}门户网站:website:internet:2") for _, unit in pairs]
    return rows + [(unit, f"{unit.short_name}综合办公系统:office:extranet:2") for _, unit in pairs]


def _system(story: Story, n: int, unit: Organisation, text: str, at: datetime) -> InformationSystem:
    name, category, zone, level = text.split(":")
    bought, building, begun = n % 11 == 0, n % 7 == 0, date(2023, 1 + n % 12, 1 + n % 27)
    accepted = None if building else begun + timedelta(days=300 + n % 120)
    using = story.city.below if n % 13 == 0 and unit == story.city.units[0] else None
    values: dict[str, Any] = {
        "name": name, "category": category, "network_zone": zone, "mlps_level": int(level),
        "built_by": "purchased" if bought else "self", "asset_owner": "supplier" if bought else "unit",
        "started_on": begun, "accepted_on": accepted, "using_unit": using,
        "operated_from": accepted + timedelta(days=30) if accepted else None,
    }  # fmt: skip
    return register_system(particulars=Particulars(**values), actor=story.actor(unit, "handler", at), at=at)
