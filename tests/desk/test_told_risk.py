"""One person's risk at the desk: by the model in use alone, what drives it, and never stored."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.accounts.actors import job
from backend.insights import registry
from backend.science.remedied_risk import Remedy
from tests.insights.judged import MODEL, audited, card
from tests.people import NOW

PERSON = {"stays": "3", "age": "80", "insulin": "yes"}


def in_use(cast, *remedies):
    model = registry.register(
        job("test"),
        method="risk.tested",
        version="1.0",
        model=replace(MODEL, remedies=remedies),
        card=card(),
        now=NOW,
    )
    now = datetime.now(UTC)
    audited(model, now=now)
    return registry.deploy(cast.bo.actor, model.id, reason="The board saw it.", now=now)


def ask(client, model, **person):
    answer = client.post(f"/admin/models/{model.id}/risk/", PERSON | person)
    return answer.status_code, answer.content.decode()


def test_the_risk_in_natural_frequencies_and_what_drives_it(cast, sign_in):
    model, client = in_use(cast), sign_in(cast.bo)
    assert "Tell one person" in client.get(f"/admin/models/{model.id}/").content.decode()
    status, text = ask(client, model)
    assert status == 200
    assert "Of 100 people like this, it happens to 43" in text
    assert "happens to 18 of 100" in text
    assert "reaches the threshold of an alert" in text
    assert text.index("raises × 1.82") < text.index("raises × 1.49") < text.index("raises × 1.22")
    assert text.count('class="risk-icons"') == 2


def test_what_is_missing_or_unknown_is_a_400_that_names_the_field(cast, sign_in):
    model, client = in_use(cast), sign_in(cast.bo)
    for person in ({"age": ""}, {"age": "old"}, {"age": "nan"}, {"insulin": "maybe"}):
        status, text = ask(client, model, **person)
        assert status == 400
        assert "Of 100 people" not in text


def test_remedies_ask_for_the_group_and_withhold(cast, sign_in):
    model = in_use(cast, Remedy("town", "a", withheld=True), Remedy("town", "b", intercept=0.4))
    client = sign_in(cast.coordinator)
    form = client.get(f"/admin/models/{model.id}/risk/").content.decode()
    assert 'name="group:town"' in form
    status, text = ask(client, model, **{"group:town": "a"})
    assert (status, "No risk is told for town: a" in text) == (200, True)
    _, text = ask(client, model, **{"group:town": "b"})
    assert "Recalibration" in text
    assert ask(client, model)[0] == 400


@pytest.mark.parametrize("who", ["operator", "bo"])
def test_what_is_not_in_use_tells_nobody_a_risk(cast, sign_in, who):
    model = in_use(cast)
    if who == "bo":
        registry.retire(cast.bo.actor, model.id, reason="No longer wanted.", now=NOW)
    assert ask(sign_in(getattr(cast, who)), model)[0] == 404
