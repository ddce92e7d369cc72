"""Article 19, second paragraph: the head signs once for the unit; what waited for it is notified."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.journeys.recipes import AT, REACHED
from yunheng.domain.services import operations
from yunheng.foundation.workflow.errors import NotYours, Refusal

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("username", ["chen", "ma", "wu", "zhou", "sun", "qian", "zheng"])
def test_nobody_but_a_head_signs(cast: Cast, username: str) -> None:
    with pytest.raises(NotYours):
        operations.undertake(actor=cast.actor(username), at=AT)


def test_signing_lets_every_application_go_on_that_waited_for_it(cast: Cast) -> None:
    first, second = REACHED["approved"](cast), REACHED["approved"](cast)
    operations.sign_undertaking(first, actor=cast.actor("luo"), at=AT)
    for case in (first, second):
        case.refresh_from_db()
        assert case.state == "notified"
        assert [(o.step, o.holder) for o in case.obligations.filter(closed_at=None)] == [
            ("report_opened", cast.provider)
        ]
    with pytest.raises(Refusal, match="已于 2026-05-09 签署"):
        operations.undertake(actor=cast.actor("luo"), at=AT)


def test_the_page_before_it_is_asked_for(cast: Cast, client: Client) -> None:
    client.force_login(cast.person("luo"))
    assert "本单位还没有签署" in client.get("/").content.decode()
    assert client.post("/undertaking").status_code == 302
    assert "罗建华" in client.get("/undertaking").content.decode()
    assert "本单位还没有签署" not in client.get("/").content.decode()
    client.force_login(cast.person("zhou"))
    assert client.get("/undertaking").status_code == 404
