"""The gateway's addresses: events in, what may be said, health and metrics.

Events take a plain route, since they are many; the rest goes through FastAPI, which also describes it.
"""

from typing import Annotated, Any, Final

from fastapi import FastAPI, Path
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub import metrics
from hub.names import EventType
from hub.web.description import TypeListed, TypeShown, list_types, show_type
from hub.web.docs.openapi import LIST_PROBLEMS, SHOW_PROBLEMS, describe
from hub.web.docs.page import CONTENT_POLICY, render
from hub.web.gateway.intake import Intake
from hub.web.problem import Problem

_TYPE: Final = "The type's full name, such as id.mpp.civil.BirthRecorded."
_NOT_FOUND: Final = 404
_NO_METHOD: Final = 405


def make_app(intake: Intake) -> FastAPI:
    """Make the application around what takes events; it starts and stops nothing itself."""
    app = FastAPI(title="Simpul gateway", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_route("/v1/events", intake.take, methods=["POST"], include_in_schema=False)
    app.add_exception_handler(HTTPException, _as_problem)
    _add_types(app, intake)
    _add_docs(app)
    _add_health(app, intake)
    return app


def _add_types(app: FastAPI, intake: Intake) -> None:
    @app.get(
        "/v1/types",
        response_model=list[TypeListed],
        response_description="What your agency may publish, by name",
        responses=LIST_PROBLEMS,
        tags=["types"],
    )
    async def list_event_types(request: Request) -> Any:
        """List the event types that your agency may publish under the network in force."""
        asked = intake.ask(request)
        return asked.response() if isinstance(asked, Problem) else list_types(asked.vocabulary, asked.agency)

    @app.get(
        "/v1/types/{event_type}",
        response_model=TypeShown,
        response_description="All that is needed to publish it",
        responses=SHOW_PROBLEMS,
        tags=["types"],
    )
    async def show_event_type(request: Request, event_type: Annotated[str, Path(description=_TYPE)]) -> Any:
        """Show one of them: its fields with their meaning, an example that is taken as it stands, and its schema."""
        asked = intake.ask(request)
        if isinstance(asked, Problem):
            return asked.response()
        found = show_type(asked.vocabulary, asked.agency, EventType(event_type))
        return found or Problem("not-found", "your agency publishes no such type").response()


def _add_docs(app: FastAPI) -> None:
    document = describe(app)
    page = render(document)

    async def openapi(_request: Request) -> Response:
        return JSONResponse(document)

    async def docs(_request: Request) -> Response:
        return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_POLICY})

    app.add_route("/openapi.json", openapi, include_in_schema=False)
    app.add_route("/docs", docs, include_in_schema=False)


def _add_health(app: FastAPI, intake: Intake) -> None:
    async def live(_request: Request) -> Response:
        is_alive = intake.network.is_alive
        return _health(None if is_alive else "the network is not followed any more")

    async def ready(_request: Request) -> Response:
        return _health(intake.why_unready())

    async def show_metrics(_request: Request) -> Response:
        return Response(metrics.expose(), media_type=metrics.CONTENT_TYPE)

    app.add_route("/livez", live, include_in_schema=False)
    app.add_route("/readyz", ready, include_in_schema=False)
    app.add_route("/metrics", show_metrics, include_in_schema=False)


def _health(wrong: str | None) -> Response:
    return Response(f"{wrong or 'ok'}\n", 503 if wrong else 200, media_type="text/plain")


async def _as_problem(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else None
    if status == _NOT_FOUND:
        return Problem("not-found", "nothing is here").response()
    if status == _NO_METHOD:
        allowed = (error.headers or {}) if isinstance(error, HTTPException) else {}
        return Problem("wrong-method", "another method is expected here", headers=allowed).response()
    return Problem("malformed", "the request cannot be read").response()
