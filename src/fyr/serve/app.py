"""The application: every route, behind the Host check and the security headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware import Middleware

from fyr.serve.body_limit import BodyLimit
from fyr.serve.exposures.patient import begin_quietly
from fyr.serve.host_names import HostNames
from fyr.serve.image_origins import ImageOrigins
from fyr.serve.installation import Installation
from fyr.serve.page import show_page
from fyr.serve.problems import say_problems_as_json
from fyr.serve.routes import (
    audit,
    comparisons,
    devices,
    diagnosis,
    dicomweb_retrieve,
    dicomweb_search,
    dicomweb_store,
    exposures,
    fhir,
    handover,
    health,
    hearing,
    imaging,
    interfaces,
    metrics,
    models,
    notifications,
    overrides,
    patients,
    plan_outcome,
    sensor_gaps,
    session,
    studies,
    validations,
    wards,
)
from fyr.serve.security_headers import SecurityHeaders
from fyr.serve.signed_in import check_csrf
from fyr.version import __version__

__all__ = ["create_app"]

_ROOMS = (
    health,
    session,
    wards,
    handover,
    sensor_gaps,
    notifications,
    patients,
    overrides,
    diagnosis,
    imaging,
    plan_outcome,
    exposures,
    hearing,
    comparisons,
    devices,
    interfaces,
    fhir,
    dicomweb_search,
    dicomweb_retrieve,
    dicomweb_store,
    models,
    validations,
    studies,
    audit,
)

_DESCRIPTION = """
The ward as Fyr sees it: boards, live tiles, alarms and what was suppressed, findings with their models, the audit
trail; images over DICOMweb. Sign in at `/api/sign-in`; every POST repeats `csrf_token` of `/api/session` in
`X-CSRF-Token`. A machine sends `Authorization: Bearer TOKEN` in place of both. Times are ISO 8601 in UTC. Errors are
`{"error": {"what", "where", "mend"}}`, and under `/api/fhir` an OperationOutcome.

Research software, not a medical device: it runs beside the primary systems, never in front of them.
"""


def create_app(installation: Installation) -> FastAPI:
    """Return the ASGI application of one installation.

    Its OpenAPI description is at ``/api/openapi.json``; there is no page that would load scripts from elsewhere.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        installation.hub.attach(asyncio.get_running_loop())
        installation.wards.start()
        installation.watchdog.interfaces = installation.interfaces
        installation.watchdog.start()
        installation.viewing.prepare_quietly(installation.record)
        begin_quietly(installation.readings, installation.record)
        try:
            yield
        finally:
            installation.readings.close()
            installation.hub.close()
            await asyncio.to_thread(installation.watchdog.stop)
            await asyncio.to_thread(installation.wards.stop)
            await asyncio.to_thread(installation.viewing.close)

    app = FastAPI(
        title="Fyr",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(HostNames, names=installation.host_names),
            Middleware(ImageOrigins, origins=installation.image_origins),
            Middleware(BodyLimit),
        ],
    )
    app.state.installation = installation
    say_problems_as_json(app)
    api = APIRouter(prefix="/api", dependencies=[Depends(check_csrf)])
    for room in _ROOMS:
        api.include_router(room.router)
    app.include_router(api)
    app.include_router(metrics.router)
    show_page(app, installation.page)
    return app
