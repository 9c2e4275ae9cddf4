"""Thinning out what is said every five minutes: a thousand sensor-wearers' nights.

Each patient has a month of daily findings behind her, then three days of one every five minutes, of
which the night takes away one.
"""

import time
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from backend.demo.cohort import load
from backend.insights.models import Finding
from backend.insights.pruning import METHOD, prune_patient
from bench.house import Running, now
from bench.results import Result

PEOPLE = 20
PER_DAY = 288
GOES = """
INSERT INTO insights_finding (id, patient_id, bucket, revision, method, version, label, value,
    lower, upper, unit, detail, abstained, inputs_digest, computed_at, superseded_at)
SELECT gen_random_uuid(), f.patient_id, f.bucket, 0, f.method, f.version, f.label, 120, 100, 140,
    f.unit, %s::jsonb, '', f.inputs_digest, moment, moment + interval '5 min'
FROM insights_finding f CROSS JOIN (
    SELECT %s::timestamptz - interval '5 min' * n AS moment FROM generate_series(1, %s) AS n
    UNION ALL SELECT %s::timestamptz - interval '1 day' * n FROM generate_series(4, 34) AS n
) AS moments
WHERE f.method = %s AND f.superseded_at IS NULL
"""
DETAIL = (
    '{"alarm": "", "mean_mg_dl": %(steps)s, "lower_mg_dl": %(steps)s, "upper_mg_dl": %(steps)s,'
    ' "last_ms": 1790000000000, "step_minutes": 5, "last_mg_dl": 120.0, "tells_team": false}'
)


def measure(running: Running) -> list[Result]:
    """`prune_1000_s`: on one core, the ledger's entries included."""
    end = now()
    people = load(running.web_url, patients=PEOPLE, days=1, now=end, say=lambda _: None).patients
    for patient in people:
        _stand(patient)
    detail = DETAIL % {"steps": [120] * 24}
    with connection.cursor() as cursor:
        cursor.execute(GOES, [detail, end, 3 * PER_DAY, end, METHOD])
    before = Finding.objects.filter(method=METHOD).count()
    took = _nights(people, end)
    left = Finding.objects.filter(method=METHOD).count()
    value = took * 1000 / PEOPLE
    told = {"people": PEOPLE, "before": before, "left": left, "again_s": _nights(people, end)}
    return [Result("prune_1000_s", value, "s", "", None, 1, told)]


def _stand(patient: UUID) -> None:
    """One finding that stands, for the others to be like."""
    Finding.objects.get_or_create(
        patient_id=patient,
        method=METHOD,
        superseded_at=None,
        defaults=dict(
            **{"bucket": 0, "revision": 0, "version": "1.0", "label": "x", "unit": "mg/dL"},
            **{"inputs_digest": "0" * 64, "computed_at": now()},
        ),
    )


def _nights(people: Iterable[UUID], end: datetime) -> float:
    began = time.perf_counter()
    for patient in people:
        with transaction.atomic():
            prune_patient(patient, cited=lambda _: (), now=end)
    return time.perf_counter() - began
