"""What the API says against a request: ``detail`` in English, and ``said``, its clauses, where it is known what it says."""

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from yiwang.store.config_file import value_fault
from yiwang.web.clauses import clause_views


def tell_refusals(app: FastAPI) -> None:
    """Have an app's refusals say their clauses, too."""

    @app.exception_handler(HTTPException)
    async def refuse(request: Request, error: HTTPException) -> Response:
        clauses = clause_views(error.detail) if isinstance(error.detail, str) else []
        if not clauses:
            return await http_exception_handler(request, error)
        said = [clause.model_dump() for clause in clauses]
        return JSONResponse({"detail": str(error.detail), "said": said}, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def refuse_values(request: Request, error: RequestValidationError) -> Response:
        faults = error.errors()
        told = "\n".join(f"{'.'.join(map(str, fault['loc'][1:]))}: {value_fault(fault)}" for fault in faults)
        said = [clause.model_dump() for clause in clause_views(told)]
        return JSONResponse(jsonable_encoder({"detail": faults, "said": said}), 422)
