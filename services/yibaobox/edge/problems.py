"""RFC 9457 problem documents: every REST answer that is not a success."""

import re
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from yibaobox.domain.errors import Refusal
from yibaobox.edge import strict_json

MEDIA_TYPE: Final = "application/problem+json"
CODE_HEADER: Final = "X-Sandbox-Code"

_HTTP: Final = {
    400: ("BAD_REQUEST", "请求无法识别"),
    404: ("NOT_FOUND", "没有这个地址"),
    405: ("METHOD_NOT_ALLOWED", "这个地址不支持该请求方法"),
    406: ("NOT_ACCEPTABLE", "无法以要求的格式回答"),
    408: ("REQUEST_TIMEOUT", "请求接收超时"),
    413: ("PAYLOAD_TOO_LARGE", "请求体过大"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "请求体须为 application/json"),
    422: ("INVALID_INPUT", "请求内容不符合要求"),
    500: ("INTERNAL_ERROR", "系统内部错误，请凭 trace 查询日志"),
}


# What marshmallow says of a field, for the readers of these documents.
_SAID: Final = tuple(
    (re.compile(said), told)
    for said, told in (
        (r"Missing data for required field\.", "缺少必填项"),
        (r"Unknown field\.", "未知的字段"),
        (r"Field may not be null\.", "不能为 null"),
        (r"Not a valid integer\.", "须为整数"),
        (r"Not a valid string\.", "须为文本"),
        (r"Not a valid boolean\.", "须为 true 或 false"),
        (r"Not a valid date\.", "须为日期，例如 2025-11-20"),
        (r"Not a valid list\.", "须为数组"),
        (r"Not a valid mapping type\.|Invalid input type\.|Invalid type\.", "须为 JSON 对象"),
        (r"Must be one of: (.*)\.", r"须为以下之一：\1"),
        (r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.", r"须在 \1 至 \2 之间"),
        (r"Must be greater than or equal to (\S+)\.", r"不得小于 \1"),
        (r"Must be less than or equal to (\S+)\.", r"不得大于 \1"),
        (r"Length must be between (\d+) and (\d+)\.", r"长度须在 \1 至 \2 之间"),
        (r"Length must be (\d+)\.", r"长度须为 \1"),
        (r"Shorter than minimum length (\d+)\.", r"长度不得小于 \1"),
        (r"Longer than maximum length (\d+)\.", r"长度不得大于 \1"),
        (r"String does not match expected pattern\.", "格式不正确"),
    )
)


def problem(status: int, code: str, detail: str, trace: str, /, **more: Any) -> dict[str, Any]:
    """Return a problem document; `trace` is the key to the journal and the log."""
    document = {
        "type": f"urn:yibaobox:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "trace": trace,
    }
    return document | {key: value for key, value in more.items() if key not in document and value is not None}


def response(document: dict[str, Any]) -> Response:
    """Return a problem document as a reply."""
    reply = Response(strict_json.dumps(document), status=document["status"], content_type=MEDIA_TYPE)
    reply.headers[CODE_HEADER] = document["code"]
    return reply


def code_of(reply: Response) -> str | None:
    """Return the code beside a reply. Most have none, for which werkzeug's own `get` makes an exception."""
    return next((value for name, value in reply.headers if name == CODE_HEADER), None)


def of_refusal(refusal: Refusal, trace: str) -> Response:
    """Return a refusal as a problem; its detail becomes extension members."""
    more = {key: _plain(value) for key, value in refusal.detail.items()}
    return response(problem(refusal.status, refusal.code, refusal.message, trace, **more))


def of_http(error: HTTPException, trace: str) -> Response:
    """Return werkzeug's and webargs' errors as problems, keeping their headers (Allow, Retry-After)."""
    status = error.code or 500
    code, detail = _HTTP.get(status, (HTTPStatus(status).name, "请求被拒绝"))
    data = getattr(error, "data", None) or {}
    reply = response(problem(status, code, detail, trace, errors=_told(data.get("messages"))))
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            reply.headers[name] = value
    return reply


def of_surprise(trace: str) -> Response:
    """Return the answer to a bug of ours: it tells nothing but the trace."""
    code, detail = _HTTP[500]
    return response(problem(500, code, detail, trace))


def _told(messages: Any) -> Any:
    """Put what was found wrong with fields into Chinese; what is Chinese already, or not foreseen, stays."""
    if isinstance(messages, dict):
        return {name: _told(below) for name, below in messages.items()}
    if isinstance(messages, list):
        return [_told(below) for below in messages]
    for said, told in _SAID:
        if isinstance(messages, str) and (match := said.fullmatch(messages)):
            return match.expand(told)
    return messages


def _plain(value: object) -> Any:
    if value is None or isinstance(value, str | int | bool | list | dict):
        return value
    return str(value)
