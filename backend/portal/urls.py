"""Every address under /me."""

from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.portal import (
    about,
    care,
    diary,
    entering,
    health,
    messages,
    privacy,
    surveys,
    today,
    trends,
    visits,
)
from backend.portal.doors import page

app_name = "me"
both = require_http_methods(["GET", "HEAD", "POST"])
urlpatterns: list[URLPattern | URLResolver] = [
    path("", require_safe(page(care.show, for_carers=True)), name="today"),
    path("for/<uuid:patient_id>", require_POST(page(care.choose, for_carers=True)), name="for"),
    path("enter", entering.enter, name="enter"),
    path("leave", entering.leave, name="leave"),
    path("doses/<uuid:dose_id>", require_POST(page(today.answer)), name="dose"),
    path("needed/<uuid:regimen_id>", require_POST(page(today.take_needed)), name="needed"),
    path("health", require_safe(page(health.show)), name="health"),
    path("advice/<uuid:advice_id>", require_POST(page(health.answer)), name="advice"),
    path("diary", require_safe(page(diary.show)), name="diary"),
    path("diary/<str:day>/tags", require_POST(page(diary.note_tags)), name="diary-tags"),
    path("diary/<str:day>/seizures", require_POST(page(diary.note_seizure)), name="diary-seizures"),
    path("about", both(page(about.show)), name="about"),
    path("trends", require_safe(page(trends.show)), name="trends"),
    path("messages", require_safe(page(messages.show, for_carers=True)), name="messages"),
    path(
        "messages/begin", require_POST(page(messages.begin, for_carers=True)), name="message-begin"
    ),
    path("messages/allow", require_POST(page(messages.allow)), name="messages-allow"),
    path(
        "messages/<uuid:thread_id>",
        require_safe(page(messages.show_thread, for_carers=True)),
        name="thread",
    ),
    path(
        "messages/<uuid:thread_id>/answer",
        require_POST(page(messages.answer, for_carers=True)),
        name="message-answer",
    ),
    path("surveys", require_safe(page(surveys.show)), name="surveys"),
    path("surveys/<slug:code>", both(page(surveys.answer)), name="survey"),
    path("visits", require_safe(page(visits.show)), name="visits"),
    path("visits/ask", require_POST(page(visits.ask)), name="visit-ask"),
    path("visits/<uuid:visit_id>/join", require_POST(page(visits.join)), name="visit-join"),
    path(
        "visits/<uuid:visit_id>/questions",
        require_POST(page(visits.ask_questions)),
        name="visit-questions",
    ),
    path(
        "visits/<uuid:visit_id>/calendar.ics",
        require_safe(page(visits.calendar)),
        name="visit-calendar",
    ),
    path("privacy", require_safe(page(privacy.show)), name="privacy"),
    path("privacy/grants/<uuid:grant_id>", require_POST(page(privacy.withdraw)), name="withdraw"),
    path("privacy/carers/<uuid:user_id>", require_POST(page(privacy.let_in)), name="let-in"),
    path("privacy/devices/<uuid:device_id>", require_POST(page(privacy.sign_out)), name="sign-out"),
    path("privacy/export.json", require_safe(page(privacy.export)), name="export"),
    path("privacy/erase", both(page(privacy.erase)), name="erase"),
    path("privacy/<slug:kind>.csv", require_safe(page(privacy.export_kind)), name="export-kind"),
]
