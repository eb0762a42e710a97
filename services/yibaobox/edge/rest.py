"""REST on flask-smorest: strict JSON in, problem documents out, OpenAPI 3.1 from the same schemas.

A service is made by `service(...)`; a view is a sentence:

    @blueprint.post("/people")
    @exchange(asks=schemas.NewPerson(), answers=schemas.Person(), status=201)
    def create(region: str, ...) -> people.Person: ...
"""

import http
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar

import flask
import marshmallow as ma
from flask.json.provider import JSONProvider
from flask_smorest import Api as SmorestApi  # type: ignore[import-untyped]
from flask_smorest import Blueprint
from flask_smorest.utils import prepare_response  # type: ignore[import-untyped]
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from yibaobox.domain.errors import Refusal
from yibaobox.domain.store import Conflict, OutcomeUnknown, PlaceGone
from yibaobox.edge import context, described, docs_page, fields, logs, problems, strict_json
from yibaobox.edge.refusals import UnsupportedMediaType

View = TypeVar("View", bound=Callable[..., Any])
JSON_LIMIT: Final = strict_json.LIMIT
DOCUMENT: Final = "yibaobox.openapi"  # among the extensions: what returns the OpenAPI document of a service
_log: Final = logs.logger()


class Problem(fields.Schema):
    """RFC 9457 problem document."""

    type = ma.fields.String(required=True, metadata={"format": "uri-reference"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "stable machine code"})
    trace = ma.fields.String(required=True)

    class Meta:
        """Facts of a refusal stand beside these members."""

        unknown = ma.INCLUDE


class Api(SmorestApi):  # type: ignore[misc]
    """What flask-smorest says of views whose errors are problem documents."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None  # every status stands at its route

    def _register_responses(self) -> None:
        """Do as the parent does, with the media type of problems (flask-smorest has no hook for it)."""
        for status in http.HTTPStatus:
            reply: dict[str, Any] = {"description": status.phrase}
            if status >= http.HTTPStatus.BAD_REQUEST:
                reply["schema"] = self.ERROR_SCHEMA
            prepare_response(reply, self.spec, problems.MEDIA_TYPE)
            self.spec.components.response(status.name, reply, lazy=True)


class Parser(FlaskParser):
    """webargs on the strict reader; unknown keys are refused everywhere."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(
        ("json", "json_or_form", "form", "query", "querystring", "path", "view_args", "files"),
        ma.RAISE,
    )

    def load_querystring(self, req: flask.Request, schema: ma.Schema) -> Any:
        """Read a query in which every parameter stands once: of two values one would be passed over in silence."""
        repeated = sorted(name for name, values in req.args.lists() if len(values) > 1)
        if repeated:
            raise ma.ValidationError({name: ["参数重复"] for name in repeated})
        return super().load_querystring(req, schema)

    def _raw_load_json(self, req: flask.Request) -> Any:
        data = req.get_data(cache=True)
        if not data:
            return {}
        if not core.is_json(req.mimetype):
            raise UnsupportedMediaType("请求体须声明为 application/json")
        return strict_json.loads(data, limit=min(JSON_LIMIT, req.max_content_length or JSON_LIMIT))


_decorators: Final = Blueprint("exchange", __name__)
_decorators.ARGUMENTS_PARSER = Parser()


def exchange(
    *,
    asks: ma.Schema | None = None,
    query: ma.Schema | None = None,
    answers: ma.Schema | None = None,
    status: int = 200,
    refuses: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Say what a view takes (`asks` the JSON body, `query`) and gives; both arrive as keyword arguments.

    `refuses` lists the HTTP statuses of refusals beyond those of every route, for the documentation.
    """

    def decorate(view: View) -> View:
        wrapped: Any = _decorators.response(status, answers)(view)
        told: dict[int, list[Any]] = wrapped._apidoc["response"]["responses"]  # noqa: SLF001 - see below
        for code in sorted({*refuses, 404, *((400, 413, 415) if asks else ())}):
            # What `alt_response` does, without one more function around the view for each.
            told.setdefault(code, []).append(http.HTTPStatus(code).name)
        if query is not None:
            wrapped = _decorators.arguments(query, location="query", as_kwargs=True)(wrapped)
        if asks is not None:
            asks.asked = True  # type: ignore[attr-defined]
            needed = described.needs_body(asks)
            wrapped = _decorators.arguments(asks, as_kwargs=True, required=needed)(wrapped)
        return wrapped  # type: ignore[no-any-return]

    return decorate


def upload_limit(size: int) -> Callable[[View], View]:
    """Let one route take a body of up to `size` bytes (put it under the route decorator)."""

    def decorate(view: View) -> View:
        view.__dict__["_yibaobox_limit"] = size
        return view

    return decorate


def documented(blueprint: flask.Blueprint, **said: Any) -> Callable[[View], View]:
    """Say of a route what no schema can: media types other than JSON (put it under the route decorator)."""
    made: Callable[[View], View] = blueprint.doc(**said)  # type: ignore[attr-defined]
    return made


def service(
    name: str,
    title: str,
    blueprints: tuple[Blueprint, ...],
    *,
    docs: str,
    limit: int = JSON_LIMIT,
    always: tuple[int, ...] = (),
) -> flask.Flask:
    """Return the WSGI application of one service.

    `docs` is the prefix below which `openapi.json` and the page `docs` stand; `limit` bounds a body in bytes;
    `always` lists statuses that any of its routes may answer with.
    """
    app = _Service(f"yibaobox.{name}", static_folder=None, template_folder=None)
    app.config.update(
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        MAX_CONTENT_LENGTH=limit,
        MAX_FORM_MEMORY_SIZE=limit,
        MAX_FORM_PARTS=50,
        PROPAGATE_EXCEPTIONS=True,
        JSON_SORT_KEYS=False,
    )
    app.json = ExactJson(app)
    app.url_map.strict_slashes = True
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    document = cache(lambda: _document(app, blueprints, always))
    app.register_blueprint(docs_page.blueprint(title, docs))
    app.register_blueprint(docs_page.contract(document, docs))
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_surprise)
    app.before_request(_begin)
    app.extensions[DOCUMENT] = document
    return app


def _document(app: flask.Flask, blueprints: tuple[Blueprint, ...], always: tuple[int, ...]) -> dict[str, Any]:
    """Return the OpenAPI document: written when it is asked for, by an application that answers nothing.

    It takes as long as everything else that makes a service, and hardly anybody reads it.
    """
    described_only = flask.Flask(app.name, static_folder=None, template_folder=None)
    described_only.config.update(app.config)
    plugins = {"marshmallow_plugin": described.marshmallow_plugin(), "extra_plugins": (described.Operations(always),)}
    api = Api(described_only, spec_kwargs=plugins)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    document: dict[str, Any] = api.spec.to_dict()
    return document


class _Rule(Rule):
    """A rule that learns to write addresses when it is first asked to: nobody asks, and it is most of its making."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
        made = cache(lambda: super(_Rule, self)._compile_builder(append_unknown))
        return lambda rule, /, **values: made()(rule, **values)


class _Service(flask.Flask):
    url_rule_class = _Rule


class ExactJson(JSONProvider):
    """Flask's JSON by way of `strict_json`: Decimal keeps its digits, nothing becomes a float."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Write JSON."""
        return strict_json.dumps(obj)

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read strict JSON."""
        return strict_json.loads(s.encode("utf-8", "surrogatepass") if isinstance(s, str) else s)


def _begin() -> None:
    """Name the operation for the journal, and apply a route's own limit; reading a longer body raises 413."""
    request = flask.request
    context.note(op=request.endpoint)
    view = flask.current_app.view_functions.get(request.endpoint or "")
    own = getattr(view, "_yibaobox_limit", None)
    if own is not None:
        request.max_content_length = own
        request.max_form_memory_size = own


def _on_refusal(refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return problems.of_refusal(refusal, context.trace())


def _on_http(error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.code is None or error.response is not None:
        return error.get_response()
    return problems.of_http(error, context.trace())


def _on_surprise(error: Exception) -> Response:
    if isinstance(error, Conflict | OutcomeUnknown | PlaceGone):
        raise error  # the router runs the request again, or tells the client that the outcome is open
    _log.error("unexpected", trace=context.trace(), **logs.frames(error))
    return problems.of_surprise(context.trace())
