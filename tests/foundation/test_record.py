"""The record: every act is a link, and the database refuses to touch one."""

import pytest
from django.db import DatabaseError, transaction

from tests.cast import Cast, approved, moment
from yunheng.foundation.audit.models import Head, Record
from yunheng.foundation.audit.operations import broken_links, write
from yunheng.foundation.workflow.models import Event

pytestmark = pytest.mark.django_db


def test_every_step_of_a_case_is_a_link_and_the_chain_is_whole(cast: Cast) -> None:
    case = approved(cast)
    assert list(case.events.values_list("step", flat=True)) == [
        "pass_to_head", "submit", "accept", "recommend", "approve", "notify",
    ]  # fmt: skip
    assert Record.objects.filter(subject=case.number).count() == 6
    assert broken_links() == []


@pytest.mark.parametrize("model", [Event, Record])
def test_the_database_refuses_to_change_or_delete_a_row(cast: Cast, model: type[Event] | type[Record]) -> None:
    approved(cast)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(at=moment("2020-01-01 00:00"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.all()._raw_delete(using="default")


def test_a_missing_end_is_found(db: None) -> None:
    for n in range(3):
        write(kind="test", subject=f"{n}", at=moment("2026-01-01 00:00"), body={"n": n})
    Head.objects.update(sequence=4)
    assert broken_links() == ["末尾缺失：应有 4 条，实有 3 条"]
