"""The twins' server: nothing but their views."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
settings.ROOT_URLCONF = "bench.bare"
settings.MIDDLEWARE.clear()
settings.DATABASES["default"]["ATOMIC_REQUESTS"] = False
application = get_wsgi_application()
