"""Who acts: a person of an organisation with the roles of that day, or the clock."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_NAME = 40  # characters of a name in the record; of two names together 16 each


@dataclass(frozen=True)
class Mandate:
    """A role that is held for somebody else of the organisation (授权); in some procedures, or (none) in all."""

    role: str
    person_id: int
    person_name: str
    kinds: frozenset[str] = frozenset()

    def covers(self, role: str, kind: str) -> bool:
        """Whether it is good for a role in a kind of case; "" is what belongs to no procedure."""
        return self.role == role and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True)
class Actor:
    """One person on one day. ``kind`` is the kind of the organisation (Article 4). The clock has no ids: 0.

    ``roles`` are those held in one's own right, and those held for somebody else in all procedures; ``mandates`` says
    for whom each of the latter is held, and those held in some procedures alone.
    """

    person_id: int
    person_name: str
    organisation_id: int
    organisation_name: str
    kind: str
    roles: frozenset[str] = field(default=frozenset())
    jurisdiction_id: int = 0
    using_unit_id: int | None = None  # somebody of a second-level unit sees the systems that the unit uses (4.2)
    mandates: tuple[Mandate, ...] = ()

    def has(self, role: str, kind: str = "") -> bool:
        """Whether the role is held, in cases of a kind where one is named; "" stands for anybody of the organisation."""
        return not role or role in self.roles or self.mandate(role, kind) is not None

    def mandate(self, role: str, kind: str = "") -> Mandate | None:
        """For whom the role is held; None where it is one's own, or not held."""
        return next((mandate for mandate in self.mandates if mandate.covers(role, kind)), None)

    def named(self, role: str, kind: str = "") -> str:
        """The name under which somebody acts in a role: 张三（受李四授权）."""
        behind = self.mandate(role, kind)
        if behind is None:
            return self.person_name
        words = f"{self.person_name}（受{behind.person_name}授权）"
        return words if len(words) <= MOST_NAME else f"{self.person_name[:16]}（受{behind.person_name[:16]}授权）"


CLOCK = Actor(0, "系统", 0, "云衡", "clock")
