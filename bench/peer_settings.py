"""What django-celery-beat needs of Django, in an environment of its own (requirements/peers.in)."""

import os

from psycopg.conninfo import conninfo_to_dict

_PARTS = conninfo_to_dict(os.environ["DATABASE_URL"])
SECRET_KEY = "for-a-benchmark-only"  # noqa: S105
USE_TZ, TIME_ZONE = True, "UTC"
INSTALLED_APPS = ["django_celery_beat"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _PARTS["dbname"],
        "USER": _PARTS.get("user", ""),
        "HOST": _PARTS.get("host", ""),
        "PORT": str(_PARTS.get("port", "")),
    }
}
