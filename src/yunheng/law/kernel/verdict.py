"""A decision that explains itself, and the register of the rules that give one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, Literal, ParamSpec

from yunheng.law.kernel.citation import Cite, Force
from yunheng.law.kernel.parameters import Parameters

State = Literal["ok", "need", "fail", "undetermined", "waived", "preview"]
P = ParamSpec("P")


@dataclass(frozen=True)
class Row:
    """One condition: what was asked, how it was worked out, the value, and the outcome in a word (满足, 已超过…)."""

    what: str
    how: str
    value: str
    outcome: str
    hit: bool = False  # this row decided


@dataclass(frozen=True)
class Verdict:
    """What a rule found. ``sentence`` is the result as people say it; ``rows`` show the arithmetic.

    ``need`` means that something more is required and nobody is at fault; like ``fail`` and ``undetermined`` it does
    not hold. ``parameters`` keeps the figures of that day, so that the verdict can be recomputed years later. ``also``
    are the other articles that it stands on beside ``cite``, the one that decided.
    """

    rule: str
    cite: Cite
    force: Force
    state: State
    sentence: str
    rows: tuple[Row, ...] = ()
    foot: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    also: tuple[Cite, ...] = ()

    @property
    def cites(self) -> tuple[Cite, ...]:
        """What it stands on, the article that decided first."""
        return (self.cite, *self.also)

    @property
    def holds(self) -> bool:
        return self.state in ("ok", "waived")

    @property
    def waivable(self) -> bool:
        return not self.holds and self.force.waivable

    def waived(self, *, by: str, reason: str, when: str) -> Verdict:
        """The same verdict, set aside by a person with a reason (R-001)."""
        if not self.waivable:
            raise ValueError(f"{self.cite} cannot be departed from")
        row = Row("书面例外", f"理由：{reason}", by, "例外", hit=True)
        return replace(self, state="waived", rows=(*self.rows, row), foot=(*self.foot, f"{when}记录"))

    def to_dict(self) -> dict[str, Any]:
        """The stored form, plain JSON."""
        return {
            "rule": self.rule,
            "cite": self.cite.key,
            "force": self.force.name,
            "state": self.state,
            "sentence": self.sentence,
            "rows": [[r.what, r.how, r.value, r.outcome, r.hit] for r in self.rows],
            "foot": list(self.foot),
            "parameters": [list(pair) for pair in self.parameters],
            **({"also": [cite.key for cite in self.also]} if self.also else {}),
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Verdict:
        """Read back what ``to_dict`` wrote."""
        return cls(
            rule=stored["rule"],
            cite=Cite.parse(stored["cite"]),
            force=Force[stored["force"]],
            state=stored["state"],
            sentence=stored["sentence"],
            rows=tuple(Row(*row) for row in stored["rows"]),
            foot=tuple(stored["foot"]),
            parameters=tuple((name, value) for name, value in stored["parameters"]),
            also=tuple(Cite.parse(key) for key in stored.get("also", ())),
        )


@dataclass(frozen=True)
class Finding:
    """What the body of a rule returns; ``@rule`` adds the citation and the figures used.

    ``cites`` are the articles that decided, the first one foremost, where it is not the rule's own alone.
    """

    state: State
    sentence: str
    rows: tuple[Row, ...] = ()
    foot: tuple[str, ...] = ()
    cites: tuple[Cite, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule in the register: its name, where it stands, what it says."""

    name: str
    cite: Cite
    force: Force
    doc: str
    function: Callable[..., Verdict] = field(repr=False)


RULES: dict[str, Rule] = {}

RuleBody = Callable[Concatenate[Any, Parameters, P], Finding]


def rule(
    cite: Cite, force: Force
) -> Callable[[Callable[[Any, Parameters], Finding]], Callable[[Any, Parameters], Verdict]]:
    """Register a pure function ``(facts, parameters) -> Finding`` as a rule of the article ``cite``."""

    def register(body: Callable[[Any, Parameters], Finding]) -> Callable[[Any, Parameters], Verdict]:
        def judged(facts: Any, parameters: Parameters) -> Verdict:
            seen = parameters.watched()
            found = body(facts, seen)
            decided, *also = found.cites or (cite,)
            return Verdict(
                name, decided, force, found.state, found.sentence, found.rows, found.foot, seen.used(), tuple(also)
            )

        name = body.__name__
        if name in RULES:
            raise ValueError(f"two rules named {name}")
        judged.__name__, judged.__doc__, judged.__module__ = name, body.__doc__, body.__module__
        RULES[name] = Rule(name, cite, force, (body.__doc__ or "").strip(), judged)
        return judged

    return register
