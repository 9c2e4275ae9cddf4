"""Into a visit's room: ask the server for a one-time link, open it in the browser."""

import webbrowser
from typing import Any

from mobile.screens import background


def join_visit(app: Any, visit: str) -> None:
    """Beside the screen; says so if it does not work."""
    app.done(app.words("visit_joining"))
    transport = app.session.call()

    def ask() -> str:
        answer = transport.call(
            "POST", f"/api/v1/visits/{visit}/join", body=b"{}", token=app.session.identity.token
        )
        return str(answer.body["url"])

    def opened(outcome: Any) -> None:
        transport.close()
        if isinstance(outcome, Exception) or not webbrowser.open(outcome):
            app.done(app.words("visit_no_room"))

    background.run("join", ask, opened)
