"""Django's test client, signed in as one of the cast."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.people import Person

SignIn = Callable[[Person], Client]


@pytest.fixture
def sign_in() -> SignIn:
    """A client with the person's session; `force_login` skips only the password."""

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person.user, "django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
