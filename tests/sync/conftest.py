import pytest
from django.test import Client

from tests.people import Cast
from tests.sync.phone import Line


@pytest.fixture
def line(cast: Cast, client: Client) -> Line:
    """Amina's phone."""
    return Line(cast.amina, client)
