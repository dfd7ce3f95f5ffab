"""Writes the table of operations down as an OpenAPI 3.1 document."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.api.problems import MEDIA_TYPE
from hub.api.schemas import SCHEMAS, named
from hub.api.table import ID, Operation
from hub.house import House

Json = dict[str, Any]


def answer(operations: Sequence[Operation], base: str, request: Request) -> Response:
    """The document, with this hub's address as its server."""
    house: House = request.app.state.house
    return JSONResponse(document(operations, house.settings.public_url + base))


def document(operations: Sequence[Operation], server: str) -> Json:
    """The whole document; every operation of the table is in it, and nothing else."""
    paths: dict[str, Json] = {}
    for operation in operations:
        path = paths.setdefault(operation.path, {})
        path[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Centralino",
            "summary": "Calls, contacts, messages and recordings of your phone lines",
            "version": _version(),
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> Json:
    found: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"For tokens of the roles {', '.join(sorted(operation.roles))}.",
        "parameters": [*_in_path(operation.path), *_in_query(operation)],
        "responses": _responses(operation),
    }
    if operation.body:
        schema = named(operation.body)
        found["requestBody"] = {
            "required": operation.body_needed,
            "content": {"application/json": {"schema": schema}},
        }
    return found


def _in_path(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": ID}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _in_query(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "query", "required": name in operation.required, "schema": schema}
        for name, schema in operation.query.items()
    ]


def _responses(operation: Operation) -> dict[str, Json]:
    found = {str(status): _problem(status) for status in _errors(operation)}
    if operation.sound:
        for status in (200, 206):
            found[str(status)] = _sound(status)
    else:
        content: Mapping[str, Json] = {"application/json": {"schema": named(operation.answer)}}
        phrase = HTTPStatus(operation.status).phrase
        found[str(operation.status)] = {"description": phrase, "content": content}
    return dict(sorted(found.items()))


def _errors(operation: Operation) -> set[int]:
    shared = {401, 403, 405, 422, 503}  # 422: a query that makes no sense
    of_body = {400, 413, 415} if operation.body else set()
    of_path = {404} if "{" in operation.path else set()
    return shared | of_body | of_path | set(operation.errors)


def _problem(status: int) -> Json:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": named("Problem")}},
    }


def _sound(status: int) -> Json:
    return {
        "description": HTTPStatus(status).phrase,
        "headers": {"Accept-Ranges": {"schema": {"type": "string"}}},
        "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}},
    }


def _version() -> str:
    try:
        return version("centralino")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"
