"""Every route, admin page and WebSocket as people who have no business with Amina.

ROUTES names each route and what each of them is told by GET and by POST. A route that it does not
know fails, so does one that is gone. Amina's record holds canaries; no answer may contain one,
whatever its status, and nothing of hers may change.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import connections, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from backend.core.models import new_id
from backend.desk.site import desk
from backend.imports.models import Import
from backend.ledger.queries import entries_of
from backend.messages.actions import write_message
from backend.patients.models import Grant, Patient
from backend.regimens.actions import Timing, prescribe
from backend.regimens.staying import begin_stay
from backend.streams.actions import store_upload
from backend.surveys.actions import record_response
from backend.visits import actions as visits
from backend.visits.consumers import PROTOCOL
from backend.visits.routing import websocket_urlpatterns
from backend.wire.messages import MessageAsked, SurveyEvent, VisitEvent
from tests.insights.judged import candidate
from tests.people import NOW, Cast, chart, make_cast
from tests.sockets import Socket

CANARIES = ("Amina", "Canarizine", "canary")
STRANGERS = ("anonymous", "stranger", "carla", "other_clinician", "operator")
PAGE = "admin/patients/<uuid:patient_id>/"
# GET/POST, in the order of STRANGERS. At the desk who is not staff is sent to sign in (302), and
# staff of another team meet what is not there (404) or not theirs (403).
ROUTES = {
    "admin/": "302/302 302/302 302/302 200/405 200/405",
    "admin/(?P<url>.*)$": "302/302 302/302 302/302 404/404 404/404",
    "admin/^(?P<app_label>agenda|accounts)/$": "302/302 302/302 302/302 404/404 200/200",
    "admin/accounts/user/": "302/302 302/302 302/302 403/403 302/302",
    "admin/accounts/user/<path:object_id>/": "302/302 302/302 302/302 302/302 302/302",
    "admin/accounts/user/<path:object_id>/change/": "302/302 302/302 302/302 403/403 302/403",
    "admin/accounts/user/<path:object_id>/delete/": "302/302 302/302 302/302 403/403 403/403",
    "admin/accounts/user/<path:object_id>/history/": "302/302 302/302 302/302 302/302 302/302",
    "admin/accounts/user/add/": "302/302 302/302 302/302 403/403 200/200",
    "admin/agenda/line/": "302/302 302/302 302/302 403/403 302/302",
    "admin/agenda/line/<path:object_id>/": "302/302 302/302 302/302 302/302 302/302",
    "admin/agenda/line/<path:object_id>/change/": "302/302 302/302 302/302 403/403 302/403",
    "admin/agenda/line/<path:object_id>/delete/": "302/302 302/302 302/302 403/403 403/403",
    "admin/agenda/line/<path:object_id>/history/": "302/302 302/302 302/302 302/302 302/302",
    "admin/agenda/line/add/": "302/302 302/302 302/302 403/403 403/403",
    "admin/autocomplete/": "302/302 302/302 302/302 403/405 403/405",
    "admin/deliveries/": "302/302 302/302 302/302 404/404 200/302",
    "admin/jsi18n/": "302/302 302/302 302/302 200/405 200/405",
    "admin/load/": "302/302 302/302 302/302 200/405 404/404",
    "admin/login/": "200/200 200/200 200/200 302/200 302/200",
    "admin/logout/": "302/302 302/302 302/302 405/302 405/302",
    "admin/messages/": "302/302 302/302 302/302 200/405 404/404",
    "admin/models/": "302/302 302/302 302/302 200/405 200/405",
    "admin/models/<uuid:model_id>/": "302/302 302/302 302/302 200/400 200/404",
    "admin/models/<uuid:model_id>/remedy/": "302/302 302/302 302/302 405/302 405/302",
    "admin/models/<uuid:model_id>/risk/": "302/302 302/302 302/302 404/404 404/404",
    "admin/models/<uuid:model_id>/report.json": "302/302 302/302 302/302 404/405 404/405",
    "admin/nudges/": "302/302 302/302 302/302 200/405 404/404",
    "admin/password_change/": "302/302 302/302 302/302 200/200 200/200",
    "admin/password_change/done/": "302/302 302/302 302/302 200/405 200/405",
    "admin/patients/": "302/302 302/302 302/302 200/200 404/404",
    "admin/patients/<uuid:patient_id>/": "302/302 302/302 302/302 404/405 404/404",
    "admin/patients/<uuid:patient_id>/alerts/": "302/302 302/302 302/302 404/405 404/404",
    "admin/patients/<uuid:patient_id>/alerts/deal/": "302/302 302/302 302/302 405/404 404/404",
    "admin/patients/<uuid:patient_id>/background/": "302/302 302/302 302/302 404/404 404/404",
    f"{PAGE}carers/<uuid:user_id>/code/": "302/302 302/302 302/302 405/404 404/404",
    "admin/patients/<uuid:patient_id>/code/": "302/302 302/302 302/302 405/404 404/404",
    "admin/patients/<uuid:patient_id>/do/<slug:deed>/": "302/302 302/302 302/302 405/404 404/404",
    "admin/patients/<uuid:patient_id>/fills/": "302/302 302/302 302/302 404/404 404/404",
    "admin/patients/<uuid:patient_id>/imports/": "302/302 302/302 302/302 404/404 404/404",
    f"{PAGE}imports/<uuid:import_id>/": "302/302 302/302 302/302 404/404 404/404",
    f"{PAGE}imports/<uuid:import_id>/cancel/": "302/302 302/302 302/302 405/404 404/404",
    f"{PAGE}imports/<uuid:import_id>/progress/": "302/302 302/302 302/302 404/405 404/404",
    "admin/patients/<uuid:patient_id>/ledger/": "302/302 302/302 302/302 404/405 404/404",
    "admin/patients/<uuid:patient_id>/prescribe/": "302/302 302/302 302/302 404/404 404/404",
    "admin/patients/<uuid:patient_id>/meals/": "302/302 302/302 302/302 404/404 404/404",
    "admin/patients/<uuid:patient_id>/profile/": "302/302 302/302 302/302 404/404 404/404",
    f"{PAGE}messages/": "302/302 302/302 302/302 404/405 404/404",
    f"{PAGE}messages/write/": "302/302 302/302 302/302 404/404 404/404",
    f"{PAGE}messages/<uuid:thread_id>/": "302/302 302/302 302/302 404/405 404/404",
    f"{PAGE}messages/<uuid:thread_id>/write/": "302/302 302/302 302/302 404/404 404/404",
    f"{PAGE}messages/<uuid:message_id>/read/": "302/302 302/302 302/302 405/404 404/404",
    f"{PAGE}regimens/<uuid:regimen_id>/": "302/302 302/302 302/302 404/404 404/404",
    f"{PAGE}streams/<slug:kind>/": "302/302 302/302 302/302 404/404 404/404",
    f"{PAGE}visits/<uuid:visit_id>/join/": "302/302 302/302 302/302 405/404 404/404",
    "admin/patients/admit/": "302/302 302/302 302/302 200/200 404/404",
    "admin/r/<path:content_type_id>/<path:object_id>/": "302/302 302/302 302/302 404/404 404/404",
    "admin/search/": "302/302 302/302 302/302 200/200 200/200",
    "api/docs": "401/401 200/405 200/405 200/405 200/405",
    "api/schema": "401/401 200/405 200/405 200/405 200/405",
    "api/v1/advice": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/doses": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/enrol": "405/400 405/400 405/400 405/400 405/400",
    "api/v1/erase": "401/401 405/400 405/400 405/400 405/400",
    "api/v1/export": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/export/<slug:kind>.csv": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/findings": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/grants": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/grants/<uuid:grant_id>/end": "401/401 405/405 405/405 405/405 405/405",
    "api/v1/privacy": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/me": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/me/language": "401/401 405/405 405/405 405/405 405/405",
    "api/v1/meals": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/messages": "401/401 200/400 404/400 404/400 404/400",
    "api/v1/messages/<uuid:message_id>/read": "401/401 405/405 405/405 405/405 405/405",
    "api/v1/messages/allow": "401/401 405/405 405/405 405/405 405/405",
    "api/v1/messages/told": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/models": "401/401 404/405 404/405 200/405 200/405",
    "api/v1/models/<uuid:model_id>/deployment": "401/401 405/404 405/404 405/400 405/400",
    "api/v1/models/<uuid:model_id>/report": "401/401 404/405 404/405 404/405 404/405",
    "api/v1/notices": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/nudges": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/nudges/busy": "401/401 405/405 405/405 405/405 405/405",
    "api/v1/regimens": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/stays": "401/401 200/400 404/404 404/404 404/404",
    "api/v1/stays/<uuid:stay_id>/back": "401/401 405/400 405/404 405/404 405/404",
    "api/v1/streams/<str:kind>": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/streams/<str:kind>/plan": "401/401 405/405 405/405 405/405 405/405",
    "api/v1/streams/<str:kind>/sources": "401/401 405/405 405/405 405/405 405/405",
    "api/v1/streams/plans": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/surveys": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/surveys/forms": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/goal": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/surveys/questionnaires": "401/401 200/405 404/405 404/405 404/405",
    "api/v1/sync": "405/401 405/400 405/401 405/401 405/401",
    "api/v1/visits": "401/401 200/400 404/400 404/400 404/400",
    "api/v1/visits/<uuid:visit_id>/join": "401/401 405/404 405/404 405/404 405/404",
    "api/v1/visits/<uuid:visit_id>/questions": "401/401 405/405 405/405 405/405 405/405",
    "api/v1/visits/<uuid:visit_id>/calendar.ics": "401/401 404/405 404/405 404/405 404/405",
    "healthz": "any any any any any",
    "sms/twilio": "405/415 405/415 405/415 405/415 405/415",
    "me/": "302/405 302/405 302/405 302/405 302/405",
    "me/advice/<uuid:advice_id>": "405/302 405/302 405/302 405/302 405/302",
    "me/diary": "302/405 302/405 302/405 302/405 302/405",
    "me/diary/<str:day>/seizures": "405/302 405/302 405/302 405/302 405/302",
    "me/diary/<str:day>/tags": "405/302 405/302 405/302 405/302 405/302",
    "me/doses/<uuid:dose_id>": "405/302 405/302 405/302 405/302 405/302",
    "me/enter": "200/400 200/400 200/400 200/400 200/400",
    "me/for/<uuid:patient_id>": "405/302 405/302 405/302 405/302 405/302",
    "me/messages": "302/405 302/405 302/405 302/405 302/405",
    "me/messages/begin": "405/302 405/302 405/302 405/302 405/302",
    "me/messages/allow": "405/302 405/302 405/302 405/302 405/302",
    "me/messages/<uuid:thread_id>": "302/405 302/405 302/405 302/405 302/405",
    "me/messages/<uuid:thread_id>/answer": "405/302 405/302 405/302 405/302 405/302",
    "me/privacy/carers/<uuid:user_id>": "405/302 405/302 405/302 405/302 405/302",
    "me/trends": "302/405 302/405 302/405 302/405 302/405",
    "me/health": "302/405 302/405 302/405 302/405 302/405",
    "me/leave": "405/302 405/302 405/302 405/302 405/302",
    "me/needed/<uuid:regimen_id>": "405/302 405/302 405/302 405/302 405/302",
    "me/privacy": "302/405 302/405 302/405 302/405 302/405",
    "me/privacy/<slug:kind>.csv": "302/405 302/405 302/405 302/405 302/405",
    "me/privacy/devices/<uuid:device_id>": "405/302 405/302 405/302 405/302 405/302",
    "me/privacy/erase": "302/302 302/302 302/302 302/302 302/302",
    "me/privacy/export.json": "302/405 302/405 302/405 302/405 302/405",
    "me/privacy/grants/<uuid:grant_id>": "405/302 405/302 405/302 405/302 405/302",
    "me/about": "302/302 302/302 302/302 302/302 302/302",
    "me/surveys": "302/405 302/405 302/405 302/405 302/405",
    "me/surveys/<slug:code>": "302/302 302/302 302/302 302/302 302/302",
    "me/visits": "302/405 302/405 302/405 302/405 302/405",
    "me/visits/<uuid:visit_id>/questions": "405/302 405/302 405/302 405/302 405/302",
    "me/visits/<uuid:visit_id>/calendar.ics": "302/405 302/405 302/405 302/405 302/405",
    "me/visits/<uuid:visit_id>/join": "405/302 405/302 405/302 405/302 405/302",
    "me/visits/ask": "405/302 405/302 405/302 405/302 405/302",
    "visit/<str:ticket>": "404/405 404/405 404/405 404/405 404/405",
}


class Planted:
    """Amina's record with a canary in every room, and her ids."""

    def __init__(self, cast: Cast):
        own = chart(cast.amina, cast.amina, change=True)
        team = chart(cast.bo, cast.amina, change=True)
        soon = NOW + timedelta(days=1)
        regimen = prescribe(
            team,
            medicine="Canarizine",
            dose="5 mg canary",
            instructions="canary",
            timing=Timing(rule="FREQ=DAILY", times=("08:00",)),
            now=NOW,
        )
        asked = visits.request_visit(own, VisitEvent(new_id(), NOW, soon, "canary knee"), now=NOW)
        visits.end_visit(team, asked.id, notes="canary notes", now=NOW)
        booked = visits.book_visit(team, starts_at=soon, reason="canary", now=NOW)
        stay = begin_stay(team, starts_at=soon, reason="canary", now=NOW)
        answers = {f"q{n}": 1 for n in range(1, 8)}
        record_response(own, SurveyEvent(new_id(), NOW, "gad-7", answers), now=NOW)
        upload = {"id": str(new_id()), "kind": "heart_rate", "source": "canary", "unit": "/min"}
        columns = {"start": NOW.isoformat(), "step_ms": 1000, "values": [61, 62]}
        store_upload(own, upload | columns, now=NOW)
        brought = Import.objects.create(
            patient=cast.amina.patient,
            bucket=0,
            user=cast.bo.user,
            file_name="canary.csv",
            size=1,
            format="csv",
            state=Import.State.WAITING,
            asked_at=NOW,
        )
        letter = write_message(own, MessageAsked("canary", subject="canary"), now=NOW)
        self.values = {
            "patient_id": str(cast.amina.id),
            "import_id": str(brought.pk),
            "regimen_id": str(regimen.id),
            "visit_id": str(booked.id),
            "stay_id": str(stay.id),
            "grant_id": str(Grant.objects.get(patient=cast.amina.patient).id),
            "device_id": str(cast.amina.user.devices.get().id),
            "model_id": str(candidate().id),
            "user_id": str(cast.carla.user.pk),
            "thread_id": str(letter.id),
            "message_id": str(letter.id),
            "dose_id": str(regimen.doses.earliest("due_at").id),
            "advice_id": str(new_id()),
            "code": "gad-7",
            "object_id": str(cast.amina.user.id),
            "content_type_id": "1",
            "kind": "heart_rate",
            "day": "2026-11-23",
            "ticket": "forged",
            "deed": "stop-regimen",
            "app_label": "accounts",
            "url": "no/such/page",
        }
        self.query = f"?patient={cast.amina.id}&start=2026-11-20T00:00:00Z&end=2026-11-26T00:00:00Z"

    def address(self, route: str) -> str:
        """The route with Amina's ids in it."""
        named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route).replace("^", "").replace("$", "")
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: self.values[m[1]], named)


def routes(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, before + str(one.pattern))
        else:
            assert isinstance(one, URLPattern)
            yield before + str(one.pattern)


def told(client: Client, address: str, headers: dict[str, str]) -> str:
    """The statuses of GET and POST; fails on a canary, also in a header or told to DELETE."""
    found = []
    methods = ["get", "post"] + ["delete"] * address.startswith("/api/")  # pages know no other
    for method in methods:
        sent = {"data": "{}", "content_type": "application/json"} if method != "get" else {}
        with transaction.atomic():  # a view that commits for itself would break the test's own
            answer = getattr(client, method)(address, **sent, **headers)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        whole = f"{answer.headers} {body.decode(errors='replace')}"
        for canary in CANARIES:
            assert canary not in whole, (method, address, canary)
        found.append(answer.status_code)
        assert answer.status_code < 500 or address.startswith("/healthz")
    return f"{found[0]}/{found[1]}"


def client_of(cast: Cast, who: str) -> tuple[Client, dict[str, str]]:
    client = Client(raise_request_exception=False)
    if who == "anonymous":
        return client, {}
    if who == "stranger":
        return client, cast.stranger.bearer
    client.force_login(getattr(cast, who).user, "django.contrib.auth.backends.ModelBackend")
    return client, {}


def test_every_page_of_the_admin_is_among_the_routes() -> None:
    known = {planted for planted in routes() if planted.startswith("admin/")}
    for model in desk._registry:
        base = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert {base, f"{base}add/", f"{base}<path:object_id>/change/"} <= known
    assert reverse("admin:index") == "/admin/"
    assert "admin/auth/group/" not in known  # Django's own site is not served


SOCKETS = {"ws/visits/<uuid:visit_id>"}


def cookie_of(client: Client) -> list[tuple[bytes, bytes]]:
    pairs = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return [(b"cookie", pairs.encode())] if pairs else []


async def test_no_socket_opens_for_a_stranger(transactional_db: None, settings: Any) -> None:
    """Whoever she is signed in as, and whatever ticket she makes up: the door stays shut."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    assert {str(route.pattern) for route in websocket_urlpatterns} == SOCKETS

    def prepare() -> tuple[Cast, Planted]:
        cast = make_cast()
        with transaction.atomic():
            return cast, Planted(cast)

    in_thread = database_sync_to_async
    cast, planted = await in_thread(prepare)()
    before = await in_thread(state_of)(cast)
    for who in STRANGERS:
        client, headers = await in_thread(client_of)(cast, who)
        bearer = headers.get("HTTP_AUTHORIZATION", "")
        known = [*cookie_of(client), (b"authorization", bearer.encode())]
        for offered in ([], [PROTOCOL], [PROTOCOL, "forged"], [PROTOCOL, bearer[7:] or "x"]):
            for route in SOCKETS:
                origin = (b"origin", b"http://testserver")
                socket = Socket(planted.address(route), offered, [origin, *known])
                assert await socket.connect() is None, (who, offered)
                await socket.hang_up()
    assert await in_thread(state_of)(cast) == before
    await in_thread(connections.close_all)()


def state_of(cast: Cast) -> tuple[int, int]:
    return Patient.objects.get(pk=cast.amina.id).revision, entries_of(cast.amina.id).count()


def test_the_table_names_every_route() -> None:
    assert set(routes()) == set(ROUTES)


@pytest.mark.parametrize("column", range(len(STRANGERS)), ids=STRANGERS)
def test_strangers_are_told_what_the_table_says(cast: Cast, column: int) -> None:
    planted = Planted(cast)
    before = state_of(cast)
    found = {}
    for route in sorted(set(routes())):
        client, headers = client_of(cast, STRANGERS[column])
        found[route] = told(client, planted.address(route) + planted.query, headers)
    found["healthz"] = "any"  # it tells of the machines, which may be up or down here
    assert found == {route: row.split()[column] for route, row in ROUTES.items()}
    assert state_of(cast) == before
