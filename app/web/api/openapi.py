"""The description of /api/v1 (OpenAPI 3.1), made from the views and their schemas."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from app.version import __version__
from app.web.access import Access, access_of
from app.web.api.operations import KEY_PATTERN, MOST_KEY_LENGTH, Operation, operation_of
from app.web.api.schemas import Problem

_AREA = "api"
_REFERENCE = "#/components/schemas/{model}"
_SCOPES = {Access.TOKEN_READ: "read", Access.TOKEN_CONTROL: "control"}
_ALWAYS = (
    (401, "The token is missing, not known, revoked or ended."),
    (403, "The token may not do this."),
    (429, "Too many requests; wait as long as Retry-After says."),
)


def described(app: Flask) -> dict[str, Any]:
    """openapi.json of this app."""
    found = list(_operations(app))
    schemas = _schemas([operation for _, _, operation, _ in found])
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, operation, scope in found:
        paths.setdefault(rule.rule, {})[method.lower()] = _operation(rule, method, operation, scope)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PowerSync",
            "version": __version__,
            "description": (
                "One home, for other programs. The token names the home. Units: W, Wh, percent, c/kWh (minor unit of the site's "
                "currency, tax included), UTC. Grid + import, battery + discharging. null: not known."
            ),
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made on the account page: read, or read and control."}
            },
        },
    }


def _operations(app: Flask) -> Iterator[tuple[Rule, str, Operation, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        view = app.view_functions[rule.endpoint]
        operation, level = operation_of(view), access_of(view)
        if operation is None or level is None or not rule.endpoint.startswith(f"{_AREA}."):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, operation, _SCOPES[level]


def _schemas(operations: list[Operation]) -> dict[str, Any]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for each in operations:
        wanted[each.answer, "serialization"] = None
        if each.body is not None:
            wanted[each.body, "validation"] = None
    _, whole = models_json_schema(list(wanted), ref_template=_REFERENCE)
    definitions: dict[str, Any] = whole["$defs"]
    return definitions


def _operation(rule: Rule, method: str, operation: Operation, scope: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": operation.summary,
        "description": f"Needs a token with the scope {scope}.",
        "responses": _responses(operation),
    }
    if method == "GET":
        told["responses"]["304"] = {"description": "Nothing changed since the answer whose ETag was sent with If-None-Match."}
    if parameters := list(_parameters(operation)):
        told["parameters"] = parameters
    if operation.body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": _reference(operation.body)}}}
    return told


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.query is not None:
        schema = operation.query.model_json_schema(ref_template=_REFERENCE)
        for name, each in schema["properties"].items():
            # Left out means null: as text in an address there is no null.
            told = next((choice for choice in each.get("anyOf", ()) if choice != {"type": "null"}), None)
            plain = {key: value for key, value in each.items() if key not in ("anyOf", "title", "description")} | (told or {})
            if plain.get("default", ...) is None:
                del plain["default"]
            yield {"name": name, "in": "query", "description": each.get("description", ""), "schema": plain}
    if operation.has_key:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "New for each wish. The same request with the same key is carried out once, within 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": MOST_KEY_LENGTH, "pattern": KEY_PATTERN},
        }


def _responses(operation: Operation) -> dict[str, Any]:
    refusals = dict(_ALWAYS) | {422: "A value is missing or not allowed."} | dict(operation.refuses)
    if operation.body is not None or operation.has_key:
        refusals |= {400: "The body is not JSON, or a header is missing."}
    if operation.body is not None:
        refusals |= {413: "The body is too large.", 415: "The body is not called JSON."}
    good = {"description": operation.answer.__doc__ or "", "content": {"application/json": {"schema": _reference(operation.answer)}}}
    problems = {
        str(status): {"description": why, "content": {"application/problem+json": {"schema": _reference(Problem)}}}
        for status, why in sorted(refusals.items())
    }
    return {str(operation.status): good, **problems}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model.__name__)}
