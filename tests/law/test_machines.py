"""What must hold of every procedure, asked of all at once."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from yunheng.law.ch1_general.art04_parties import KINDS, ROLES
from yunheng.law.ch2_use.art07_machine import APPLICATION
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import BACK, By, Machine, State, Step, register
from yunheng.law.kernel.parameters import registry
from yunheng.law.kernel.terms import CalendarDays, WorkingDays
from yunheng.law.registry import machines, rules

LOOKS = {"grey", "run", "back", "ok", "bad", "soon", "own"}
each = pytest.mark.parametrize("machine", machines().values(), ids=list(machines()))


def reached(machine: Machine, start: str) -> set[str]:
    """The states that can be reached from one, itself included."""
    found, rest = {start}, [start]
    while rest:
        state = rest.pop()
        for step in machine.leaving(state):
            targets = machine.before(state) if step.target == BACK else (step.target or state,)
            rest += set(targets) - found
            found |= set(targets)
    return found


@each
def test_every_state_can_be_reached_and_from_each_the_case_can_end(machine: Machine) -> None:
    names = {state.name for state in machine.states}
    final = {state.name for state in machine.states if state.final}
    assert reached(machine, machine.initial) == names
    assert [name for name in names if not reached(machine, name) & final] == []
    assert [state.name for state in machine.states if not state.final and not machine.leaving(state.name)] == []


@each
def test_every_open_state_is_somebodys_turn_or_the_clocks(machine: Machine) -> None:
    idle = [
        state.name
        for state in machine.states
        if not state.final and not any(step.awaited or By("clock") in step.by for step in machine.leaving(state.name))
    ]
    assert idle == []


@each
def test_every_step_has_an_actor_an_article_and_known_states(machine: Machine) -> None:
    names = {state.name for state in machine.states}
    kinds, roles = {*dict(KINDS), "clock"}, {*dict(ROLES), ""}
    for step in machine.steps:
        assert step.by, step.name
        assert 1 <= step.under.article <= 27
        assert step.source
        assert set(step.source) <= names
        assert step.target in names | {"", BACK}
        assert {by.kind for by in step.by} <= kinds
        assert {by.role for by in step.by} <= roles
        assert set(step.informs) <= kinds


@each
def test_no_two_steps_of_one_name_start_from_one_state(machine: Machine) -> None:
    starts = Counter((step.name, source) for step in machine.steps for source in step.source)
    assert [start for start, times in starts.items() if times > 1] == []


@each
def test_the_words_of_a_state_and_of_its_steps_are_its_own(machine: Machine) -> None:
    assert max(Counter(state.zh for state in machine.states).values()) == 1
    assert {state.look for state in machine.states} <= LOOKS
    for state in machine.states:
        labels = Counter(step.label for step in machine.leaving(state.name))
        assert [label for label, times in labels.items() if times > 1] == []
    for step in machine.steps:
        assert step.label
        assert not step.label.startswith(("确定", "拒绝", "驳回"))
        assert not step.label.endswith(("。", "！"))


@each
def test_every_term_is_a_figure_of_the_law_and_every_watch_one_of_the_product(machine: Machine) -> None:
    for step in machine.steps:
        if step.term:
            parameter = registry()[step.term]
            assert parameter.unit in ("working_days", "calendar_days")
            assert not parameter.product, "a product figure shows no clock"
            assert parameter.cite == step.under
            assert step.lapse, f"{step.name}: what may follow when the term ends?"
        for name in (watch.parameter for watch in step.watch):
            assert registry()[name].product
            assert isinstance(
                registry()[name].at(max(d for d, _ in registry()[name].values)), WorkingDays | CalendarDays
            )


@each
def test_a_lapse_never_decides_by_itself(machine: Machine) -> None:
    """A sanction is always 可… 由…决定; what the clock does itself is no sanction."""
    for step in machine.steps:
        if step.term:
            assert "可" in step.lapse
            assert "决定" in step.lapse


@each
def test_every_guard_is_a_rule(machine: Machine) -> None:
    assert {guard for step in machine.steps for guard in step.guards} - set(rules()) == set()


@each
def test_a_unit_commits_itself_by_its_head(machine: Machine) -> None:
    """What a handler may do alone keeps the case at home: a draft, or its end."""
    for step in machine.steps:
        if By("user_unit", "handler") in step.by:
            assert step.source == (machine.initial,)
            assert step.target in ("", BACK) or machine.state(step.target).final


@each
def test_the_straight_way_can_be_walked(machine: Machine) -> None:
    assert all(after in reached(machine, before) for before, after in zip(machine.path, machine.path[1:], strict=False))
    assert machine.state(machine.path[-1]).final


@each
def test_the_diagram_draws_every_state(machine: Machine) -> None:
    drawing = machine.mermaid()
    assert all(state.name in drawing for state in machine.states)


# ---- the application ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "source", "target", "by"),
    [
        ("submit", "draft", "submitted", "user_unit head"),
        ("return", "submitted", "returned", "centre acceptor"),
        ("return", "accepted", "returned", "centre reviewer"),
        ("resubmit", "returned", "submitted", "user_unit head"),
        ("accept", "submitted", "accepted", "centre acceptor"),
        ("recommend", "accepted", "recommended", "centre reviewer"),
        ("send_back", "recommended", "accepted", "bureau approver"),
        ("approve", "recommended", "approved", "bureau approver"),
        ("reject", "recommended", "rejected", "bureau approver"),
        ("ask_review", "approved", "recommended", "user_unit head"),
        ("ask_review", "rejected", "recommended", "user_unit head"),
        ("notify", "approved", "notified", "bureau approver"),
        ("notify", "approved", "notified", "clock"),
        ("report_obstacle", "notified", "", "provider delivery"),
        ("report_opened", "notified", "opened", "provider delivery"),
        ("report_opened", "opened", "", "provider delivery"),
        ("confirm_opening", "opened", "in_service", "user_unit head"),
        ("confirm_opening", "opened", "in_service", "provider delivery"),
        ("dispute_resources", "opened", "notified", "user_unit head"),
        ("dispute_day", "opened", "day_disputed", "provider delivery"),
        ("mediate", "day_disputed", "opened", "centre reviewer"),
        ("cancel", "notified", "cancelled", "bureau approver"),
        ("withdraw", "recommended", "withdrawn", "user_unit head"),
        ("lapse", "returned", "lapsed", "clock"),
    ],
)
def test_the_application_has_the_step(step: str, source: str, target: str, by: str) -> None:
    found = APPLICATION.find(source, step)
    assert found is not None
    assert found.target == target
    assert by in [str(each_by) for each_by in found.by]


def test_nothing_is_withdrawn_after_the_approval() -> None:
    after = reached(APPLICATION, "approved") - {"recommended", "rejected", "accepted", "returned", "submitted"}
    assert [s for s in after if APPLICATION.find(s, "withdraw")] == []


def test_only_a_dispute_about_resources_gives_the_provider_new_days() -> None:
    assert [step.name for step in APPLICATION.steps if step.restarts] == ["dispute_resources"]


def test_the_providers_duty_runs_on_through_every_state_in_which_lines_may_be_pending() -> None:
    for state in ("notified", "opened", "day_disputed"):
        step = APPLICATION.find(state, "report_opened")
        assert step is not None
        assert (step.awaited, step.term) == (True, "open_service_term")


def test_the_opening_is_confirmed_by_both_before_the_case_moves() -> None:
    step = APPLICATION.find("opened", "confirm_opening")
    assert step is not None
    assert step.joint
    assert {by.kind for by in step.by} == {"user_unit", "provider"}


def test_recommending_and_approving_are_kept_apart() -> None:
    assert {"recommend", "approve", "account"} <= set(APPLICATION.separated)


def test_a_second_machine_of_one_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="application"):
        register(APPLICATION)


def test_leaving_and_finding_agree() -> None:
    states, steps = [s.name for s in APPLICATION.states], {s.name for s in APPLICATION.steps}
    for state, name in product(states, steps):
        found = APPLICATION.find(state, name)
        assert (found is not None) == (name in {step.name for step in APPLICATION.leaving(state)})
    with pytest.raises(KeyError):
        APPLICATION.state("nowhere")


def test_a_machine_needs_only_its_table() -> None:
    machine = Machine("tea", "茶", "T", art(5), (State("cold", "凉"), State("hot", "热", final=True)),
                      (Step("boil", ("cold",), "hot", (By("centre"),), art(5), "烧水"),))  # fmt: skip
    assert machine.initial == "cold"
    assert "cold --> hot: boil · 5" in machine.mermaid()
