"""Who lives in the city: offices, agencies, invented people with their roles, and the ready logins."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from yunheng.domain.parties.models import Jurisdiction, Organisation, Person
from yunheng.domain.parties.operations import (
    credit_check,
    grant,
    organisation_check,
    register_organisation,
    register_person,
)  # fmt: skip
from yunheng.law.ch1_general.art04_parties import ROLES

DATA = Path(__file__).parent / "data"
PASSWORD = "Yunheng-Demo-2026"  # noqa: S105 - these accounts exist in demonstration mode only
SURNAMES = "陈罗吴周孙何郑冯蒋沈韩杨朱秦许吕施张孔曹严华金魏陶姜戚谢邹"
GIVEN = ("思远", "建华", "倩", "明", "立", "静", "敏", "晓东", "文博", "雨桐", "志强", "海燕", "国栋", "丽")
FIRST_DAY = date(2025, 1, 1)


@dataclass
class City:
    """What the story needs to find again."""

    place: Jurisdiction
    bureau: Organisation
    centre: Organisation
    providers: list[Organisation]
    units: list[Organisation]
    below: Organisation | None = None  # a second-level unit of the first agency
    people: dict[tuple[int, str], Person] = field(default_factory=dict)
    logins: list[dict[str, str]] = field(default_factory=list)

    def who(self, organisation: Organisation, role: str) -> Person:
        """The person who holds a role in an organisation."""
        return self.people[organisation.pk, role]


def read(name: str) -> dict[str, Any]:
    """One of the city's tables."""
    return tomllib.loads((DATA / name).read_text("utf-8"))


def credit_code(prefix: str, n: int) -> str:
    """A fictitious code of which both checks hold."""
    body = f"MB9{n:05d}"
    head = f"{prefix}520100{body}{organisation_check(body)}"
    return head + credit_check(head)


class Settler:
    """Registers organisations and people one after the other, with running codes and names."""

    def __init__(self, place: Jurisdiction, at: datetime) -> None:
        self.place, self.at, self.codes, self.names = place, at, 0, 0
        self.password = make_password(PASSWORD)

    def organisation(self, kind: str, name: str, short: str = "", **fields: Any) -> Organisation:
        self.codes += 1
        prefix = "91" if kind in ("provider", "auditor") else "11"
        return register_organisation(
            jurisdiction=self.place, kind=kind, name=name, short_name=short or name,
            credit_code=credit_code(prefix, self.codes), at=self.at, **fields,
        )  # fmt: skip

    def person(self, organisation: Organisation, username: str, *roles: str) -> Person:
        self.names += 1
        given = GIVEN[self.names * 5 % len(GIVEN)]
        name = SURNAMES[self.names % len(SURNAMES)] + given  # 29 surnames and 14 given names share no factor
        made = register_person(organisation=organisation, username=username, name=name, password=None)
        made.password = self.password  # one hash for all: hashing a hundred times takes half a minute
        made.save(update_fields=["password"])
        for role in roles:
            grant(person=made, role=role, on=FIRST_DAY, at=self.at, ground="任职文件")
        return made


OFFICES = (
    ("centre", "shouli", ("acceptor",)),
    ("centre", "shenhe", ("reviewer",)),
    ("centre", "hecha", ("verifier",)),
    ("bureau", "shenpi", ("approver",)),
    ("bureau", "caiwu", ("finance",)),
)


def settle(at: datetime) -> City:
    """Found the city: districts, offices, providers, agencies, people."""
    data = read("city.toml")
    place = Jurisdiction.objects.create(code=data["code"], name=data["name"], measures_title=data["measures"])
    for code, name in data["districts"].items():
        Jurisdiction.objects.create(code=code, name=name, parent=place, measures_title=data["measures"])
    settler = Settler(place, at)
    bureau = settler.organisation("bureau", *data["offices"]["bureau"], letter_word="筑数")
    centre = settler.organisation("centre", *data["offices"]["centre"])
    providers = [settler.organisation("provider", name) for name in data["offices"]["providers"]]
    units = [
        settler.organisation("user_unit", f"贵阳{name}" if name[0] == "市" else name, name) for name in data["units"]
    ]
    city = City(place, bureau, centre, providers, units)
    _staff(city, settler, data)
    return city


def _staff(city: City, settler: Settler, data: dict[str, Any]) -> None:
    offices = {"centre": city.centre, "bureau": city.bureau}
    for key, username, roles in OFFICES:
        _employ(city, settler, offices[key], username, roles, ready=True)
    for n, provider in enumerate(city.providers, 1):
        _employ(city, settler, provider, f"jiaofu{n}", ("delivery", "monitor", "finance"), ready=n == 1)
    for n, unit in enumerate(city.units, 1):
        _employ(city, settler, unit, f"jingban{n}", ("handler",), ready=n == 1)
        _employ(city, settler, unit, f"fuze{n}", ("head",), ready=n == 1)
    for n, name in enumerate(data["offices"]["supervisors"], 1):
        _employ(city, settler, settler.organisation("supervisor", name), f"jiandu{n}", ("inspector",), ready=n == 1)
    _employ(
        city,
        settler,
        settler.organisation("auditor", *data["offices"]["auditor"]),
        "hesuan",
        ("accountant",),
        ready=True,
    )
    school = settler.organisation(
        "user_unit", "贵阳市示例职业学校", "市示例职业学校", budget_level=2, parent=city.units[0]
    )
    city.below = school
    _employ(city, settler, school, "xuexiao", ("handler",), ready=True)


def _employ(
    city: City, settler: Settler, organisation: Organisation, username: str, roles: tuple[str, ...], *, ready: bool
) -> None:
    person = settler.person(organisation, username, *roles)
    for role in roles:
        city.people[organisation.pk, role] = person
    if ready:
        city.logins.append(
            {
                "username": username, "password": PASSWORD, "person": person.name,
                "organisation": organisation.short_name, "role": dict(ROLES)[roles[0]],
            }
        )  # fmt: skip
