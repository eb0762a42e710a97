"""One request as a verb sees it, and the transactions made of verbs.

A verb takes a `Case` and returns the values of the reply, or an `Answer` when there is more to say: whose effect it is,
which transaction of the books. Validation before and rendering after it are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from yibaobox.domain import switches
from yibaobox.domain.people import institutions
from yibaobox.edge.dispatch import Answer, Foresee, Transaction
from yibaobox.edge.envelope import Attachment
from yibaobox.settlement import schemas
from yibaobox.settlement.refusals import UnknownInstitution

if TYPE_CHECKING:
    from yibaobox.domain.people.institutions import Institution
    from yibaobox.domain.store import Tx
    from yibaobox.edge.envelope import Envelope
    from yibaobox.settlement.catalogue import Profile
    from yibaobox.settlement.schemas import Unknown


class Case(NamedTuple):
    """A validated message, who sent it, and how the world's switches stand.

    `data` is the node of that name, which most messages consist of, or `druginfo`, the head of a sale; else empty.
    """

    tx: Tx
    institution: Institution
    header: Mapping[str, str]
    input: Mapping[str, Any]
    data: Mapping[str, Any]
    switches: Mapping[str, str]
    files: Mapping[str, bytes]

    @property
    def msgid(self) -> str:
        """发送方报文ID."""
        return self.header["msgid"]


Values = Mapping[str, Any]
Listed = list[Mapping[str, Any]]  # the output of the few transactions whose answer is rows without a node
Verb = Callable[[Case], Values | Listed | Answer | Attachment | None]


def query(
    infno: str,
    verb: Verb,
    *,
    touches: Callable[[Envelope], bool] | None = None,
    brief: bool = True,
    foresee: Foresee | None = None,
) -> Transaction:
    """Return a transaction that answers afresh each time and keeps nothing."""
    return Transaction(infno, _handling(infno, verb), touches=touches, brief=brief, foresee=foresee)


def writing(infno: str, verb: Verb, *, brief: bool = True, foresee: Foresee | None = None) -> Transaction:
    """Return a transaction that has at most one effect for a msgid."""
    return Transaction(infno, _handling(infno, verb), writes=True, brief=brief, foresee=foresee)


def opened(tx: Tx, asked: Envelope) -> Case:
    """Validate a message; InvalidInput names the field, UnknownInstitution the sender."""
    positions = switches.read(tx)
    profile, unknown = cast("Profile", positions["message_profile"]), cast("Unknown", positions["unknown_keys"])
    schemas.check_header(asked.raw)
    values = schemas.validate(asked.infno, asked.input, profile=profile, unknown=unknown)
    institution = institutions.find(tx, asked.institution)
    if institution is None:
        raise UnknownInstitution("定点医药机构不存在或未签约", field="fixmedins_code")
    data = values.get("data") or values.get("druginfo") or {}
    return Case(tx, institution, asked.header, values, data, positions, asked.files)


def _handling(infno: str, verb: Verb) -> Callable[[Tx, Envelope], Values | Answer | Attachment | None]:
    def handle(tx: Tx, asked: Envelope) -> Values | Answer | Attachment | None:
        given = verb(opened(tx, asked))
        if isinstance(given, Attachment):
            return given
        if isinstance(given, Answer):
            if given.refusal is not None:
                return given
            return Answer(_output(infno, given.output), given.psn_no, given.txn_id)
        return _output(infno, given)

    return handle


def _output(infno: str, values: Values | Listed | None) -> Values | None:
    return cast("Values | None", schemas.render(infno, values or {}))
