"""From an address and an envelope to the one transaction that is meant, and back to a reply.

A transaction is a value: its number, whether it writes, and a function. Adding one is a new file and its name in the
table that the settlement service hands to `Dispatcher`.

    TRANSACTION = Transaction("1101", handle)                      # a query: reads, answers, stores nothing
    TRANSACTION = Transaction("2207", handle, writes=True)         # at most one effect per msgid, for ever
    TRANSACTION = Transaction("1101", handle, touches=holds_code)  # a query that may use something up; keeps no reply
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from yibaobox.domain import messages
from yibaobox.domain.errors import (
    Conflicting,
    InvalidInput,
    LedgerBroken,
    Malformed,
    MsgidConflict,
    Refusal,
    Unavailable,
)
from yibaobox.domain.store import Conflict, Occupied, OutcomeUnknown, PlaceGone, Read, Tx
from yibaobox.edge import context, envelope, logs, near_miss, strict_json
from yibaobox.edge.envelope import Attachment, Envelope, Numbered
from yibaobox.edge.refusals import NoSuchRoute
from yibaobox.edge.strikes import national

if TYPE_CHECKING:
    from yibaobox.domain.store import World

SINGLE_URLS: Final = (
    "/fsi/api/rsfComIfsService/callService",
    "/mbs-fsi/web/api/fsi/callService",
)
PREFIXES: Final = ("/fsi", "/mbs-fsi")
_ALIAS: Final = "/fsi/api/"
_BRIEF: Final = 1 << 16  # bytes of a message that is read in no more than a moment
_AHEAD: Final = 512  # bytes of a message in which its infno is looked for
_NAMED: Final = re.compile(rb'"infno"\s*:\s*"(\d{4}[A-Z]?)"', re.ASCII)
_UNSTORED: Final = (Malformed, InvalidInput, Unavailable, MsgidConflict)
_log: Final = logs.logger()


class Answer(NamedTuple):
    """What a writing transaction gives back: the output, and what ties the stored reply to its effect.

    With a `refusal` it is that refusal which is answered and stored, together with what was written (a refusal that is
    raised takes everything back).
    """

    output: Mapping[str, Any] | None = None
    psn_no: str | None = None
    txn_id: int | None = None
    refusal: Refusal | None = None


Output = Mapping[str, Any] | Attachment | Answer | None
Handle = Callable[[Tx, Envelope], Output]
Foresee = Callable[[Tx, Envelope], Sequence[Read]]


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of the national interface. `handle` runs inside one database transaction and raises refusals.

    `touches` tells of a query whether it has to write; its reply is not kept all the same. What is `brief` works on one
    person's or one visit's rows, never on a day's. `foresee` names what `handle` will ask, as far as a message tells
    before it is checked: where a round trip costs, it travels with the first question.
    """

    infno: str
    handle: Handle
    writes: bool = False
    touches: Callable[[Envelope], bool] | None = None
    brief: bool = True
    foresee: Foresee | None = None


Environ = dict[str, Any]
Authenticate = Callable[[Environ, "World", Envelope], None]


class Dispatcher:
    """The view behind every address of the national interface."""

    def __init__(
        self,
        transactions: Mapping[str, Transaction],
        *,
        titles: Mapping[str, str],
        paths: Mapping[str, Sequence[str]],
        authenticate: Authenticate | None = None,
    ) -> None:
        self._transactions = transactions
        self._titles = titles
        self._authenticate = authenticate
        self._meant: dict[str, frozenset[str]] = {}
        for infno, addresses in paths.items():
            for address in addresses:
                self._meant[address] = self._meant.get(address, frozenset()) | {infno}

    def install(self, app: flask.Flask, *prefixes: str) -> None:
        """Answer all POSTs below the prefixes (default `/fsi`, `/mbs-fsi`)."""
        for prefix in prefixes or PREFIXES:
            app.add_url_rule(
                f"{prefix}/<path:rest>", endpoint=f"national{prefix}", view_func=self.view, methods=["POST"]
            )
        app.extensions[near_miss.ADDRESSES] = self.addresses()

    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Return every address with the transactions that are offered there."""
        offered = sorted(self._transactions)
        meant = {path: tuple(infno for infno in offered if infno in infnos) for path, infnos in self._meant.items()}
        own = {f"{_ALIAS}{infno}": (infno,) for infno in offered}
        return {path: infnos for path, infnos in meant.items() if infnos} | own | {SINGLE_URLS[0]: tuple(offered)}

    def is_brief(self, infno: str) -> bool:
        """Tell whether this is a transaction that takes no more than a moment."""
        found = self._transactions.get(infno)
        return found is not None and found.brief

    def view(self, **_: str) -> Response:
        """Answer Flask's request at hand."""
        return self.answer(flask.request.environ, lambda: _read(flask.request))

    def answer(self, environ: Environ, read: Callable[[], Envelope]) -> Response:
        """Answer a request that `read` reads; nothing that a client sends ends in a 500."""
        number = _number(environ)
        try:
            asked = read()
            number = number.of(asked.header["mdtrtarea_admvs"])
            return self._answer(environ, asked, number)
        except Refusal as refusal:
            _note(environ)["why"] = refusal.detail
            return envelope.of_refusal(refusal, number)
        except HTTPException as error:
            too_large = error.code == 413  # noqa: PLR2004 - content too large
            code = "PAYLOAD_TOO_LARGE" if too_large else "BAD_REQUEST"
            return envelope.response(envelope.failure(number, "请求体过大" if too_large else "请求无法识别"), code=code)
        except (Conflict, OutcomeUnknown, PlaceGone, Occupied):
            raise  # the router's business
        except Exception as error:  # noqa: BLE001 - a bug of ours: the client hears of it in the envelope, with a trace
            trace = str(environ.get(context.TRACE, ""))
            _log.error("unexpected", trace=trace, **logs.frames(error))
            text = envelope.failure(number, f"系统内部错误，请凭 {trace} 查询日志")
            return envelope.response(text, code="INTERNAL_ERROR", status=500)

    def _answer(self, environ: Environ, asked: Envelope, number: Numbered) -> Response:
        note = _note(environ)
        note.update(op=asked.infno, person=_person(asked.input))
        if not asked.files:
            note["tree"] = asked.raw
        world: World = environ[context.WORLD]
        if self._authenticate is not None:
            self._authenticate(environ, world, asked)
        transaction = self._choose(environ["PATH_INFO"], asked.infno)
        touches = transaction.touches is not None and transaction.touches(asked)
        if (transaction.writes or touches) and environ.get(context.BROKEN):
            raise LedgerBroken("账目不平，沙盒世界已转为只读")
        if transaction.writes:
            return _write(world, transaction, asked, number, note)
        with world.write() if touches else world.read() as tx:
            _announce(tx, transaction, asked)
            return _reply(transaction.handle(tx, asked), number, note)

    def _choose(self, address: str, infno: str) -> Transaction:
        """Return the transaction that infno names, when the address may carry it."""
        meant = self._meant.get(address, frozenset())
        if not meant and address.startswith(_ALIAS) and envelope.INFNO.fullmatch(address[len(_ALIAS) :]):
            meant = frozenset({address[len(_ALIAS) :]})
        if not meant and address not in SINGLE_URLS:
            raise NoSuchRoute("没有这个接口地址")
        if meant and infno not in meant:
            raise InvalidInput(f"交易编号 {infno} 与接口地址不符", field="infno")
        found = self._transactions.get(infno)
        if found is None:
            raise UnsupportedTransaction(f"未支持的交易：{infno} {self._titles.get(infno, '')}".rstrip())
        return found


class UnsupportedTransaction(Refusal):
    """A transaction of the standard that this sandbox does not offer."""

    code = "UNSUPPORTED_TRANSACTION"


def fingerprint(asked: Envelope) -> str:
    """Return what two sendings of one message share (SHA-256 of canonical JSON)."""
    return hashlib.sha256(strict_json.canonical(asked.body(), exact=True)).hexdigest()


def _read(request: Request) -> Envelope:
    """Read what came to Flask: as a part of a form, with files beside it, or as the body."""
    if request.mimetype != "multipart/form-data":
        return envelope.parse(request.get_data())
    text = request.form.get("jsonStr")
    if text is None:
        raise Malformed("multipart 报文缺少 jsonStr")
    return envelope.with_files(envelope.parse(text.encode("utf-8", "surrogatepass")), request.files)


def _note(environ: Environ) -> dict[str, Any]:
    """Return what the journal is told of a request."""
    note: dict[str, Any] = environ.setdefault(context.NOTE, {})
    return note


def _write(
    world: "World", transaction: Transaction, asked: Envelope, number: Numbered, note: dict[str, Any]
) -> Response:
    """Run a writing transaction once: effect and reply are committed together; a business refusal is kept too."""
    key = messages.Key(asked.institution, asked.infno, asked.msgid)
    mark = fingerprint(asked)
    try:
        with world.write() as tx:
            _announce(tx, transaction, asked)
            known = messages.replay(tx, key, mark)
            if known is not None:
                return _again(known)
            national.refuse()
            output = transaction.handle(tx, asked)
            answer = output if isinstance(output, Answer) else Answer(output)  # type: ignore[arg-type]
            if answer.refusal is not None:
                note["why"] = answer.refusal.detail
                return _refused(tx, key, mark, answer, number)
            note["told"] = told = envelope.success(number, answer.output)
            messages.store_settled(tx, key, mark, told.data, psn_no=answer.psn_no, txn_id=answer.txn_id)
            return envelope.response(told.data)
    except Refusal as refusal:
        if isinstance(refusal, _UNSTORED) or _about_the_key(refusal):
            raise
        note["why"] = refusal.detail
        return _keep(world, key, mark, refusal, number)


def _announce(tx: Tx, transaction: Transaction, asked: Envelope) -> None:
    if transaction.foresee is not None and tx.dialect == "postgresql":
        tx.ahead(*transaction.foresee(tx, asked))


def _keep(world: "World", key: messages.Key, mark: str, refusal: Refusal, number: Numbered) -> Response:
    """Store a business refusal (its transaction was rolled back), unless the message has been answered meanwhile."""
    text = envelope.failure(number, refusal.message)
    with world.write() as tx:
        known = messages.replay(tx, key, mark)
        if known is not None:
            return _again(known)
        messages.store_refused(tx, key, mark, text, code=refusal.code)
    return envelope.marked(envelope.response(text, code=refusal.code), refusal)


def _refused(tx: Tx, key: messages.Key, mark: str, answer: Answer, number: Numbered) -> Response:
    """Store a refusal beside what was written, in the same transaction."""
    assert answer.refusal is not None
    text, code = envelope.failure(number, answer.refusal.message), answer.refusal.code
    messages.store_refused(tx, key, mark, text, code=code, psn_no=answer.psn_no)
    return envelope.marked(envelope.response(text, code=code), answer.refusal)


def _about_the_key(refusal: Refusal) -> bool:
    return isinstance(refusal, Conflicting) and refusal.code in ("REVERSED", "TOMBSTONED", "IN_PROGRESS")


def _again(known: messages.Message) -> Response:
    return envelope.response(known.reply, code=known.code, replay=True)


def _reply(output: Output, number: Numbered, note: dict[str, Any]) -> Response:
    if isinstance(output, Attachment):
        return envelope.attached(output)
    if isinstance(output, Answer):
        output = output.output
    note["told"] = told = envelope.success(number, output)
    return envelope.response(told.data)


def _number(environ: Environ) -> Numbered:
    return envelope.numbered("", int(environ.get(context.TRACE, "")[:8] or "0", 16))


def _person(tree: Any, depth: int = 3) -> str | None:
    """Return the first psn_no of an input, for the journal's index."""
    if not isinstance(tree, dict) or not depth:
        return None
    own = tree.get("psn_no")
    if isinstance(own, str) and len(own) == 20 and own.isdigit():  # noqa: PLR2004 - region and serial
        return own
    return next((found for item in tree.values() if (found := _person(item, depth - 1))), None)


class Direct:
    """The service whose national addresses are answered without Flask, which would cost as much as their transactions.

    What is not a plain POST to one of them (files, long bodies, other methods and addresses) goes to the application.
    """

    def __init__(self, app: flask.Flask, dispatcher: Dispatcher, *prefixes: str) -> None:
        self.extensions = app.extensions  # who asks which addresses there are finds them as with Flask
        self._app = app
        self._dispatcher = dispatcher
        self._prefixes = tuple(f"{prefix}/" for prefix in prefixes or PREFIXES)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as WSGI asks."""
        return self.reply(environ)(environ, start_response)

    def reply(self, environ: dict[str, Any]) -> Response:
        """Answer with a response."""
        if self._is_plain(environ):
            length = int(environ["CONTENT_LENGTH"])
            return self._dispatcher.answer(environ, lambda: envelope.parse(environ["wsgi.input"].read(length)))
        return Response.from_app(self._app, environ, buffered=True)

    def is_brief(self, environ: dict[str, Any]) -> bool:
        """Tell whether a request is small and names a transaction that takes no more than a moment."""
        if not self._is_plain(environ) or int(environ["CONTENT_LENGTH"]) > _BRIEF:
            return False
        named = _NAMED.search(environ["wsgi.input"].getbuffer()[:_AHEAD])
        return named is not None and self._dispatcher.is_brief(named[1].decode())

    def _is_plain(self, environ: dict[str, Any]) -> bool:
        length = environ.get("CONTENT_LENGTH", "")
        return (
            environ["REQUEST_METHOD"] == "POST"
            and environ["PATH_INFO"].startswith(self._prefixes)
            and length.isdigit()
            and int(length) <= strict_json.LIMIT
            and not environ.get("CONTENT_TYPE", "").startswith("multipart/")
        )
