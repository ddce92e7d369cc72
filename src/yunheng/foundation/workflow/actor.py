"""Who acts: a person of an organisation with the roles of that day, or the clock."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """One person on one day. ``kind`` is the kind of the organisation (Article 4). The clock has no ids: 0."""

    person_id: int
    person_name: str
    organisation_id: int
    organisation_name: str
    kind: str
    roles: frozenset[str] = field(default=frozenset())
    jurisdiction_id: int = 0
    using_unit_id: int | None = None  # somebody of a second-level unit sees the systems that the unit uses (4.2)

    def has(self, role: str) -> bool:
        """Whether the role is held; "" stands for anybody of the organisation."""
        return not role or role in self.roles


CLOCK = Actor(0, "系统", 0, "云衡", "clock")
