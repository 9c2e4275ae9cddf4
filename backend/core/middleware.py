"""What every answer gets on its way out."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

WORTH_ZIPPING = 1000  # bytes; below it the CPU costs more than the packet
View = Callable[[HttpRequest], HttpResponseBase]


def private_responses(get_response: View) -> View:
    """No cache may keep what a patient or nurse was shown."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond


def zipped_answers(get_response: View) -> View:
    """Answers of the API, gzipped for those who ask where it pays.

    Not the desk's pages: they hold CSRF tokens beside what a stranger can make them repeat.
    """
    zipper = GZipMiddleware(get_response)

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        worth_it = isinstance(response, HttpResponse) and len(response.content) >= WORTH_ZIPPING
        if worth_it and request.path.startswith("/api/"):
            return zipper.process_response(request, response)
        return response

    return respond
