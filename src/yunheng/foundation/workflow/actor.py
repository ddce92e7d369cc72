"""Who acts: a person of an organisation with the roles of that day, or the clock."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """One person on one day. ``kind`` is the kind of the organisation (Article 4)."""

    person_id: int | None
    person_name: str
    organisation_id: int | None
    organisation_name: str
    kind: str
    roles: frozenset[str] = field(default=frozenset())
    jurisdiction_id: int | None = None
    using_unit_id: int | None = None  # somebody of a second-level unit sees the systems that the unit uses (4.2)

    def has(self, role: str) -> bool:
        """Whether the role is held; "" stands for anybody of the organisation."""
        return not role or role in self.roles


CLOCK = Actor(None, "系统", None, "云衡", "clock")
