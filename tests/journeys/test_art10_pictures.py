"""Article 10 in pictures: what a suggestion was found in stays as it was."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import Cast
from tests.journeys.advising import AT, host, measured
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.series import series_of

pytestmark = pytest.mark.django_db


def test_the_days_of_the_window_are_frozen_with_a_suggestion_and_a_day_not_heard_is_no_zero(cast: Cast) -> None:
    host(cast, n=1)
    host(cast, load="cpu", n=2)
    db = measured()
    db.execute("DELETE FROM daily WHERE day = DATE '2026-05-01'")
    db.execute("UPDATE daily SET p95 = 'nan' WHERE day = DATE '2026-05-02'")
    db.execute("UPDATE daily SET max = 16.5 WHERE resource LIKE '%i-cpu-2-1' AND day = DATE '2026-05-19'")
    assert detect_place(jurisdiction_id=cast.city.pk, db=db, at=AT) == 2
    for kind, first, count, usual in (("idle", date(2026, 4, 20), 30, 1.0), ("cpu", date(2026, 3, 21), 60, 15.0)):
        case = Suggestion.objects.get(advice=kind)
        series = [series_of(kept) for kept in case.evidence["instances"]]
        assert [one.metric for one in series if one] == ["cpu.utilization"] * 2
        held = series[1]
        assert held is not None
        assert [day for day, _, _ in held.days] == [date.fromordinal(first.toordinal() + n) for n in range(count)]
        by_day = {day: figures for day, *figures in held.days}
        assert by_day[date(2026, 5, 1)] == [None, None]
        assert by_day[date(2026, 5, 2)] == [None, usual]
        assert by_day[date(2026, 5, 19)] == [usual, 16.5 if kind == "cpu" else usual]
    assert series_of({"instance": "i-1", "windows": {}}) is None  # found before days were kept
