"""The addresses of the national interface, and the transactions that answer there.

A transaction is a verb file that offers `TRANSACTION`, and its name in the table below.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from yibaobox.domain import clock
from yibaobox.domain.people import institutions
from yibaobox.domain.store import Occupied
from yibaobox.edge import context, problems
from yibaobox.edge.dispatch import Direct, Dispatcher, Environ, Transaction
from yibaobox.settlement import (
    cancel_fees,
    cancel_filing,
    cancel_registration,
    catalogue,
    clear,
    download_file,
    file_chronic,
    file_designated,
    file_transfer,
    gateway_auth,
    person_info,
    presettle,
    queries,
    reconcile,
    reconcile_lines,
    register,
    repair,
    reverse,
    sales,
    settle,
    sign_in,
    sign_out,
    stays,
    upload_fees,
    upload_file,
    upload_visit,
    withdraw_clearing,
)
from yibaobox.settlement.gateway_auth import nonces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yibaobox.domain.store import World
    from yibaobox.edge.envelope import Envelope

TRANSACTIONS: Final[tuple[Transaction, ...]] = (
    sign_in.TRANSACTION,  # 9001
    sign_out.TRANSACTION,  # 9002
    person_info.TRANSACTION,  # 1101
    register.TRANSACTION,  # 2201
    cancel_registration.TRANSACTION,  # 2202
    upload_visit.TRANSACTION,  # 2203
    upload_visit.AT_PHARMACIES,  # 2203A
    upload_fees.TRANSACTION,  # 2204
    cancel_fees.TRANSACTION,  # 2205
    presettle.TRANSACTION,  # 2206
    settle.TRANSACTION,  # 2207
    reverse.TRANSACTION,  # 2208
    file_transfer.TRANSACTION,  # 2501
    cancel_filing.TRANSFER,  # 2502
    file_chronic.TRANSACTION,  # 2503
    cancel_filing.CHRONIC,  # 2504
    file_designated.TRANSACTION,  # 2505
    cancel_filing.DESIGNATED,  # 2506
    *sales.TRANSACTIONS,  # 2101–2103
    *stays.TRANSACTIONS,  # 2301–2305, 2401–2405
    *queries.TRANSACTIONS,  # 1201, 2001, 5201–5206, 5301–5304
    repair.TRANSACTION,  # 2601
    reconcile.TRANSACTION,  # 3201
    reconcile_lines.TRANSACTION,  # 3202
    clear.TRANSACTION,  # 3203
    withdraw_clearing.TRANSACTION,  # 3204
    upload_file.TRANSACTION,  # 9101
    download_file.TRANSACTION,  # 9102
)
BODY_MAX: Final = 64 << 20  # files of 9101; JSON is bounded by its reader


def create(installation: Callable[[], Mapping[str, str]]) -> Direct:
    """Return the application of the national interface; `installation` gives the keys that all worlds share."""
    app = flask.Flask("yibaobox.settlement", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=BODY_MAX, MAX_FORM_MEMORY_SIZE=BODY_MAX, PROPAGATE_EXCEPTIONS=True)
    app.register_error_handler(HTTPException, _on_http)
    transactions = {each.infno: each for each in TRANSACTIONS}
    titles, paths = catalogue.titles(), catalogue.paths()
    dispatcher = Dispatcher(transactions, titles=titles, paths=paths, authenticate=Gateway(installation))
    dispatcher.install(app)
    return Direct(app, dispatcher)


class Gateway:
    """What stands before the centre: it verifies the credentials of a request as its institution is set up."""

    def __init__(self, installation: Callable[[], Mapping[str, str]]) -> None:
        self._installation = installation
        self._keys: Mapping[str, str] | None = None

    def __call__(self, environ: Environ, world: World, asked: Envelope) -> None:
        """Pass a request or refuse it; an unknown institution is judged later."""
        institution = institutions.glance(world, asked.institution)
        profile = "auto" if institution is None else institution.auth
        if profile == "none":
            return
        if self._keys is None and context.in_loop(environ) and gateway_auth.asks_shared(profile, asked.raw):
            raise Occupied  # the registry may have to be waited for, or to be made, which nobody may here
        now_us = clock.wall_us()
        gateway_auth.verify(
            profile,
            gateway_auth.Call(
                headers=_sent(environ),
                keys=world.info.keys,
                now_ms=now_us // 1000,
                envelope=asked.raw,
                remember=partial(_remember, environ, world, now_us),
                shared=self._shared,
            ),
        )

    def _shared(self) -> Mapping[str, str]:
        if self._keys is None:
            self._keys = self._installation()
        return self._keys


def _remember(environ: Environ, world: World, now_us: int, paasid: str, nonce: str) -> bool:
    """Keep a nonce; tell whether it is new, also when this very request brought it and is run again."""
    note = environ.setdefault(context.NOTE, {})
    own = note.setdefault("nonces", environ.get(context.EARLIER, {}).get("nonces", set()))
    if nonces.remember(world, paasid, nonce, now_us):
        own.add((paasid, nonce))
        return True
    return bool(note.get("again")) and (paasid, nonce) in own


_VARIABLES: Final = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in gateway_auth.HEADERS}


def _sent(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a request that carry credentials, as its server has them."""
    return {name: environ[variable] for name, variable in _VARIABLES.items() if variable in environ}


def _on_http(error: HTTPException) -> Response:
    return problems.of_http(error, context.trace())
