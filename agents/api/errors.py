"""Every error of the API has one shape, ``{"error": {code, message, hint}}``, whoever raised it; and says so in the
API's description."""

from __future__ import annotations

import logging
import math
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from core.errors import BadInput, DylumoError, NotFound, TooMany, expected

log = logging.getLogger("dylumo.api")

SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "hint"],
            "properties": {
                "code": {"type": "string", "description": "Stable: what a program may decide by."},
                "message": {"type": "string", "description": "What went wrong, in a sentence."},
                "hint": {"type": "string", "description": "What to do about it."},
            },
        }
    },
}


class NotSignedIn(DylumoError):
    code = "not_signed_in"
    status = 401
    message = "This needs to know who you are."
    hint = "Send a token of your account as “Authorization: Bearer dyl_…”, or use the browser's session."


class BadToken(NotSignedIn):
    code = "bad_token"
    message = "This token is not known, or has been revoked."
    hint = "Make a new one on the page API tokens of your account."


class Forbidden(DylumoError):
    code = "forbidden"
    status = 403
    message = "This is not allowed."
    hint = "In a browser's session, send its CSRF token in the header X-CSRFToken; programs use a token instead."


class NoSuchMethod(DylumoError):
    code = "method_not_allowed"
    status = 405
    message = "This address does not know that method."
    hint = "The description of the API at /api/docs/ says what each address can do."


class NotAcceptable(DylumoError):
    code = "not_acceptable"
    status = 406
    message = "This cannot be told in the form that was asked for."
    hint = "Ask for application/json."


class TooLarge(BadInput):
    code = "body_too_large"
    status = 413
    message = "That is more text than a request may hold."


class UnknownType(BadInput):
    code = "unsupported_type"
    status = 415
    message = "This kind of body is not read here."
    hint = "Send application/json, or multipart/form-data with a file."


SAME: dict[type[Exception], type[DylumoError]] = {
    exceptions.AuthenticationFailed: BadToken,
    exceptions.NotAuthenticated: NotSignedIn,
    exceptions.MethodNotAllowed: NoSuchMethod,
    exceptions.NotAcceptable: NotAcceptable,
    exceptions.NotFound: NotFound,
    exceptions.UnsupportedMediaType: UnknownType,
    Http404: NotFound,
    RequestDataTooBig: TooLarge,
    SuspiciousOperation: BadInput,
}


def respond(error: Exception, _context: dict[str, Any]) -> Response:
    """The answer to any error a view of the API raised; what was not expected is logged with its traceback."""
    said = _said(error)
    if said.status >= 500:
        log.error("%s", said.code, exc_info=error)
    headers = {}
    if login := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = login
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = _seconds(error)
    # The type is given, because an error is JSON even where a stream of events was asked for.
    return Response({"error": said.as_json()}, said.status, headers=headers, content_type="application/json")


def _said(error: Exception) -> DylumoError:
    if known := expected(error):
        return known
    match error:
        case exceptions.ValidationError():
            field, complaint = _first(error.detail)
            return BadInput(f"{field}: {complaint}" if field else complaint, code=f"bad_{field or 'input'}")
        case exceptions.ParseError():
            return BadInput(str(error.detail), code="not_readable")
        case exceptions.Throttled():
            return TooMany(hint=f"Wait {_seconds(error)} seconds and try again.")
        case PermissionDenied() | exceptions.PermissionDenied():
            csrf = "CSRF" in str(error)
            return Forbidden("The CSRF token is missing or wrong.", code="csrf_failed") if csrf else Forbidden()
    return next((kind() for known, kind in SAME.items() if isinstance(error, known)), DylumoError())


def _seconds(error: exceptions.Throttled) -> str:
    """How long to wait, rounded up."""
    return str(math.ceil(getattr(error, "wait", None) or 1))


def _first(detail: Any) -> tuple[str, str]:
    """The first complaint and the outermost field it is about (empty for the whole)."""
    if isinstance(detail, dict):
        field, inner = next(iter(detail.items()))
        return "" if field == "non_field_errors" else str(field), _first(inner)[1]
    return ("", _first(detail[0])[1]) if isinstance(detail, list) else ("", str(detail))


@csrf_exempt  # there is nothing here to protect, and a program is told in JSON
def no_such_address(_request: HttpRequest) -> JsonResponse:
    error = NotFound("The API has no such address.", hint="Addresses end with a slash; /api/docs/ lists them all.")
    return JsonResponse({"error": error.as_json()}, status=error.status)


def describe(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Adds the shape of errors to every operation of the OpenAPI description."""
    result["components"].setdefault("schemas", {})["Error"] = SCHEMA
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "What went wrong", "content": content}
    return result
