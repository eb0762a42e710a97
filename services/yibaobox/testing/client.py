"""A client of the national interface that knows what to do when no reply comes; its approach may be copied.

    client = Client(url, "H51040000001", sign=csb(access_key, secret_key))
    outcome = client.do("2207", {"data": {...}})      # at most four calls, at most one effect
    match outcome.state: ...

A message keeps its `msgid` and its text for its whole life. Sent again it has no second effect and gets the reply of
the first, so the same message is the query for its own outcome. What is not answered after three sendings is taken
back by 2601, which also bars the original should it arrive late. `UNKNOWN` is an answer: then nobody may pay or pay
back by hand before 3201 and 3202 have told what the centre has.

A reply is believed when it is a whole envelope and says of the visit, the person and the amounts what was asked, with
sums that add up. The csb and tif signatures cover headers, not the body: against bytes that change on the way they
protect nothing, TLS or a signature of the body does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import requests

from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.domain.money import parse_yuan
from yibaobox.domain.secret import word
from yibaobox.edge import strict_json

Sign = Callable[[str], Mapping[str, str]]  # infno → headers
PATH: Final = "/fsi/api/rsfComIfsService/callService"
REPAIRABLE: Final = frozenset({"2102", "2207", "2304", "2401"})
SENDINGS_MAX: Final = 3
_SETTLEMENTS: Final = frozenset({"2102", "2207", "2304"})
_REPAIRED: Final = frozenset({"NOT_FOUND_TOMBSTONED", "TOMBSTONED", "ALREADY_REVERSED", "REVERSED"})
_ALTERED: Final = frozenset({"MSGID_CONFLICT", "ALREADY_SETTLED"})  # to a repetition: something else arrived before it
_PENDING: Final = "IN_PROGRESS"
_GATEWAY: Final = 401
_REPLY_MAX: Final = 16 << 20
_ECHOED: Final = ("psn_no", "mdtrt_id", "medfee_sumamt")
# A total, and the parts it is the sum of (A6 of the interface's rules).
_SUMS: Final = {
    "medfee_sumamt": ("fund_pay_sumamt", "psn_part_amt", "hosp_part_amt"),
    "psn_part_amt": ("acct_pay", "psn_cash_pay"),
}


class State(StrEnum):
    """What became of a message, as far as it can be known."""

    DONE = "done"  # it has its one effect
    REFUSED = "refused"  # it has none, and never will under this msgid
    REVERSED = "reversed"  # it has none: taken back, or barred before it arrived
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message, in how many calls; `reason` is the centre's, or says what went wrong on the way."""

    state: State
    infno: str
    msgid: str
    output: Any = None
    reason: str = ""
    code: str = ""
    calls: int = 0


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one call brought: a reply that can be believed, one that cannot, a door that stayed shut, or nothing."""

    kind: str  # "accepted", "refused", "doubtful", "shut", "nothing"
    output: Any = None
    reason: str = ""
    code: str = ""


@dataclass(slots=True)
class _Case:
    """A message on its way."""

    infno: str
    body: Mapping[str, Any]
    msgid: str
    calls: int = 0
    heard: list[_Heard] = field(default_factory=list)

    @property
    def in_doubt(self) -> bool:
        """Whether an earlier sending may have had an effect that nobody was told of."""
        return any(each.kind in ("nothing", "doubtful") for each in self.heard[:-1])

    @property
    def data(self) -> Mapping[str, Any]:
        """The node that says whom it is about."""
        nodes = [node for node in self.body.values() if isinstance(node, Mapping) and "psn_no" in node]
        return nodes[0] if nodes else {}

    def outcome(self, state: State, last: _Heard) -> Outcome:
        return Outcome(state, self.infno, self.msgid, last.output, last.reason, last.code, self.calls)


class Client:
    """The software of one institution."""

    def __init__(
        self,
        url: str,
        institution: str,
        *,
        sign: Sign | None = None,
        headers: Mapping[str, str] | None = None,
        patience_ms: int = 5_000,
    ) -> None:
        self.institution = institution
        self._url = url.rstrip("/") + PATH
        self._sign = sign
        self._patience_ms = patience_ms
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(headers or {})

    def msgid(self) -> str:
        """Return a number that nobody else uses: institution and 18 characters drawn by lot; counters repeat."""
        return f"{self.institution}{word(18)}"

    def ask(self, infno: str, body: Mapping[str, Any]) -> Outcome:
        """Send a query or a trial calculation; without an answer it is sent again, for it has no effect."""
        case = _Case(infno, body, self.msgid())
        last = self._send_until_heard(case)
        states = {"accepted": State.DONE, "refused": State.REFUSED, "shut": State.REFUSED}
        return case.outcome(states.get(last.kind, State.UNKNOWN), last)

    def do(self, infno: str, body: Mapping[str, Any], msgid: str | None = None) -> Outcome:
        """Send a transaction that has an effect, and find out what became of it in at most four calls."""
        case = _Case(infno, body, msgid or self.msgid())
        last = self._send_until_heard(case)
        if last.kind == "accepted":
            return case.outcome(State.DONE, last)
        if all(each.kind == "shut" for each in case.heard):
            return case.outcome(State.REFUSED, last)
        if last.kind == "refused" and not (case.in_doubt and last.code in _ALTERED):
            return case.outcome(State.REFUSED, last)
        if infno not in REPAIRABLE:
            return case.outcome(State.UNKNOWN, last)
        return self.repair(case, _numbers(case))

    def repair(self, case: _Case, numbers: Iterable[str]) -> Outcome:
        """Take back by 2601 what may have been done under one of some numbers, within the calls that are left."""
        last = _Heard("nothing", reason="没有收到冲正的应答")
        for number in numbers:
            if case.calls > SENDINGS_MAX:
                break
            asked = {"psn_no": case.data.get("psn_no", ""), "omsgid": number, "oinfno": case.infno}
            case.calls += 1
            last = self._call("2601", self._text("2601", {"data": asked}, self.msgid()))
            if last.kind == "accepted" or (last.kind == "refused" and last.code in _REPAIRED and number == case.msgid):
                return case.outcome(State.REVERSED, last)
        return case.outcome(State.UNKNOWN, last)

    def message(self, infno: str, body: Mapping[str, Any], msgid: str) -> dict[str, Any]:
        """Return a whole message."""
        region = self.institution[1:7]
        return {
            "infno": infno,
            "msgid": msgid,
            "mdtrtarea_admvs": region,
            "insuplc_admdvs": region,
            "recer_sys_code": "REF",
            "infver": "V1.0",
            "opter_type": "1",
            "opter": "0001",
            "opter_name": "收费员",
            "inf_time": f"{clock.wall():%Y-%m-%d %H:%M:%S}",
            "fixmedins_code": self.institution,
            "fixmedins_name": "参考客户端",
            "input": body,
        }

    def _send_until_heard(self, case: _Case) -> _Heard:
        """Send the same message until something can be believed, three times at most."""
        sent = self._text(case.infno, case.body, case.msgid)
        while True:
            case.calls += 1
            heard = self._call(case.infno, sent)
            if heard.kind == "accepted" and not _is_of(case, heard.output):
                heard = _Heard("doubtful", heard.output, "应答与报文不符")
            case.heard.append(heard)
            if heard.kind in ("accepted", "refused") or case.calls == SENDINGS_MAX:
                return heard

    def _text(self, infno: str, body: Mapping[str, Any], msgid: str) -> bytes:
        return strict_json.dumps(self.message(infno, body, msgid)).encode()

    def _call(self, infno: str, sent: bytes) -> _Heard:
        headers = {"Content-Type": "application/json"} | dict(self._sign(infno) if self._sign else {})
        try:
            status, code, told = self._exchange(sent, headers)
            reply = strict_json.loads(told)
        except (requests.RequestException, OSError, Refusal) as lost:
            return _Heard("nothing", reason=type(lost).__name__)
        return _read(status, code, reply)

    def _exchange(self, sent: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        """Post and read to the end, or give up when patience is: a line that drips forever counts as silent."""
        until = clock.elapsed_us() + self._patience_ms * 1000
        patience = self._patience_ms / 1000
        with self._session.post(
            self._url, data=sent, headers=headers, timeout=patience, stream=True, allow_redirects=False
        ) as reply:
            parts, size = [], 0
            for part in reply.iter_content(1 << 16):
                parts.append(part)
                size += len(part)
                if clock.elapsed_us() > until or size > _REPLY_MAX:
                    raise requests.ReadTimeout("the reply does not end")
            return reply.status_code, reply.headers.get("X-Sandbox-Code", ""), b"".join(parts)


def csb(access_key: str, secret_key: str, version: str = "1.0.0") -> Sign:
    """Return what signs the csb headers of a message; they cover its infno and the time, not its body."""

    def sign(infno: str) -> dict[str, str]:
        named = {
            "_api_access_key": access_key,
            "_api_name": infno,
            "_api_timestamp": str(clock.wall_us() // 1000),
            "_api_version": version,
        }
        text = "&".join(f"{name}={value}" for name, value in sorted(named.items()))
        mac = hmac.digest(secret_key.encode(), text.encode(), hashlib.sha1)
        return named | {"_api_signature": base64.b64encode(mac).decode()}

    return sign


def _read(status: int, code: str, reply: Any) -> _Heard:
    """Return what a reply says: an envelope with infcode, or the gateway's own words."""
    if not isinstance(reply, dict):
        return _Heard("nothing", reason="应答不是报文")
    if reply.get("code") == _GATEWAY and "infcode" not in reply:
        return _Heard("shut", reason=str(reply.get("message")), code=str(_GATEWAY))
    infcode, words = str(reply.get("infcode")), str(reply.get("err_msg") or "")
    if status != requests.codes.ok or infcode not in ("0", "-1") or "output" not in reply:
        return _Heard("nothing", reason=words or f"HTTP {status}", code=code)
    if infcode == "0":
        return _Heard("accepted", output=reply["output"])
    return _Heard("nothing" if code == _PENDING else "refused", reason=words, code=code)


def _is_of(case: _Case, output: Any) -> bool:
    """Tell whether a reply is about what was asked, and its amounts add up."""
    if case.infno not in _SETTLEMENTS:
        told = output.get("data") if isinstance(output, dict) else None
        return not isinstance(told, dict) or _echoes(case.data, told, ("psn_no",))
    told = output.get("setlinfo") if isinstance(output, dict) else None
    return (
        isinstance(told, dict)
        and told.get("medins_setl_id") == case.msgid
        and bool(told.get("setl_id"))  # a trial calculation has none
        and _echoes(case.data, told, _ECHOED)
        and _adds_up(told)
    )


def _echoes(asked: Mapping[str, Any], told: Mapping[str, Any], names: Iterable[str]) -> bool:
    return all(_plain(asked[name]) == _plain(told.get(name)) for name in names if name in asked)


def _plain(value: Any) -> Any:
    """Return an amount as fen, however it is written, and any other value as it is."""
    try:
        return parse_yuan(value) if not isinstance(value, str) or "." in value else value
    except InvalidInput:
        return value


def _adds_up(told: Mapping[str, Any]) -> bool:
    try:
        return all(
            parse_yuan(told[total]) == sum(parse_yuan(told.get(part, 0)) for part in parts)
            for total, parts in _SUMS.items()
        )
    except (InvalidInput, KeyError):
        return False


def _numbers(case: _Case) -> list[str]:
    """Return under which numbers a message may have had its effect: one that a doubtful reply names, then its own."""
    told = [heard.output.get("setlinfo") for heard in case.heard if isinstance(heard.output, dict)]
    named = [
        each.get("medins_setl_id") for each in told if isinstance(each, dict) and _echoes(case.data, each, _ECHOED)
    ]
    strange = [number for number in named if isinstance(number, str) and number != case.msgid]
    return [*dict.fromkeys(strange), case.msgid]
