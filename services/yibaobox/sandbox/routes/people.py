"""People of a world: list, create, show, generate, top up. They are synthetic, so they are shown in full."""

from dataclasses import asdict
from datetime import date
from typing import Any, ClassVar, Final

import marshmallow as ma

from yibaobox.domain import clock, credentials, enrolment, ledger, people, population, set_up
from yibaobox.domain.people import capacities
from yibaobox.domain.people.magic import MagicPerson as Magic
from yibaobox.domain.people.magic import magic_persons
from yibaobox.domain.store import Tx
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation

blueprint = control_blueprint("people", "参保人")
_PSN_NO: Final = "<string(length=20):psn_no>"  # no other word below /people is a person


class Person(fields.Schema):
    """A person and how they take part."""

    psn_no = fields.String(required=True)
    id_no = fields.String(required=True)
    id_type = fields.String(required=True)
    name = fields.String(required=True)
    sex = fields.String(required=True)
    birth = ma.fields.Date(required=True)
    mobile = fields.String(required=True)
    region = fields.String(required=True)
    capacity = fields.String(required=True)
    insutype = fields.String(required=True)
    psn_type = fields.String(required=True)
    created_at = fields.String(required=True)


class Participation(fields.Schema):
    """A participation over [from_day, to_day)."""

    part_id = fields.Integer(required=True)
    region = fields.String(required=True)
    insutype = fields.String(required=True)
    capacity = fields.String(required=True)
    state = fields.String(required=True)
    from_day = ma.fields.Date(required=True)
    to_day = ma.fields.Date(required=True, allow_none=True)
    paid_months = fields.Integer(required=True)


class BenefitPeriod(fields.Schema):
    """A paid benefit year, both days inclusive."""

    period_id = fields.Integer(required=True)
    region = fields.String(required=True)
    insutype = fields.String(required=True)
    year = fields.Integer(required=True)
    from_day = ma.fields.Date(required=True)
    until_day = ma.fields.Date(required=True)
    state = fields.String(required=True)
    source = fields.String(required=True)


class PersonInFull(Person):
    """A person with how they take part and what their accounts hold."""

    enrolments = ma.fields.List(ma.fields.Nested(Participation), required=True)
    periods = ma.fields.List(ma.fields.Nested(BenefitPeriod), required=True)
    account_fen = fields.Integer(required=True, metadata={"description": "own account"})
    balances = ma.fields.Dict(required=True, metadata={"description": "account → fen, accumulators aside"})
    credential = ma.fields.Boolean(required=True, metadata={"description": "whether the credential is activated"})
    accumulators = ma.fields.Dict(required=True, metadata={"description": "accumulator → fen used"})


class People(fields.Schema):
    """A page of people, newest first; `next` is the `after` of the following page, null at the end."""

    items = ma.fields.List(ma.fields.Nested(Person), required=True)
    total = fields.Integer(required=True)
    next = ma.fields.String(required=True, allow_none=True)


class MagicPerson(fields.Schema):
    """A magic person: what their state promises, and who they are in this world (null where they are not)."""

    name = fields.String(required=True)
    id_no = fields.String(required=True)
    region = fields.String(required=True)
    capacity = fields.String(required=True)
    state = fields.String(required=True)
    waits_for = fields.String(
        required=True, allow_none=True, metadata={"description": "the system that will keep the rest of the promise"}
    )
    psn_no = fields.String(required=True, allow_none=True)


class MagicPersons(fields.Schema):
    """All magic persons."""

    items = ma.fields.List(ma.fields.Nested(MagicPerson), required=True)


class PeopleQuery(fields.Query):
    """Which page."""

    limit = fields.Integer(minimum=1, maximum=people.persons.PAGE_LIMIT)
    after = fields.String()


class Enrolled(ma.fields.Field[bool | date]):
    """True, false, or the first day of the participation."""

    described: ClassVar[dict[str, Any]] = {"anyOf": [{"type": "boolean"}, {"type": "string", "format": "date"}]}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool | date:
        if isinstance(value, bool):
            return value
        day: date = ma.fields.Date().deserialize(value, attr, data, **kwargs)
        return day


class NewPerson(fields.Schema):
    """What is asked of a new person; what is left out the sandbox chooses."""

    region = fields.String(required=True)
    capacity = fields.String(required=True)
    name = fields.String()
    id_no = fields.String()
    birth = ma.fields.Date()
    enrolled = Enrolled(metadata={"description": "true = entitled since 1 January of last year, a date, or false"})
    paid_year = ma.fields.List(
        fields.Integer(minimum=2000, maximum=2100), metadata={"description": "exactly the benefit years that are paid"}
    )
    account_fen = fields.Money()
    credential = fields.Boolean(metadata={"description": "true = the electronic credential is activated"})


class Generate(fields.Schema):
    """How many people, drawn from which seed, where (default: all regions of the world)."""

    n = fields.Integer(required=True, minimum=1, maximum=population.LARGEST)
    seed = fields.Integer(required=True)
    region = fields.String()


class Generated(fields.Schema):
    """The people just made, the first hundred of them in full."""

    total = fields.Integer(required=True)
    items = ma.fields.List(ma.fields.Nested(Person), required=True)


class TopUp(fields.Schema):
    """How much to put on the own account."""

    amount_fen = fields.Money(required=True)


@blueprint.get("")
@exchange(query=PeopleQuery(), answers=People(), refuses=(422,))
def listed(limit: int = 100, after: str | None = None) -> dict[str, Any]:
    """List people, newest first."""
    with context.world().read() as tx:
        page = people.page(tx, after, limit)
    return {"items": [_shown(person) for person in page.items], "total": page.total, "next": page.next}


@blueprint.post("")
@exchange(asks=NewPerson(), answers=PersonInFull(), status=201, refuses=(409, 422))
def create(
    account_fen: int = 0,
    enrolled: bool | date = False,  # noqa: FBT001, FBT002 - a key of the request
    paid_year: list[int] | None = None,
    credential: bool = False,  # noqa: FBT001, FBT002 - a key of the request
    **wanted: Any,
) -> dict[str, Any]:
    """Create a person."""
    with context.world().write() as tx:
        person = people.create(tx, people.NewPerson(**wanted), allow_realistic=installation().allow_realistic_ids)
        people.check_age(person, tx.today, "birth" if wanted.get("id_no") is None else "id_no")
        context.note(person=person.psn_no)
        set_up.enrol(tx, person, enrolled, paid_year)
        if account_fen:
            set_up.credit(tx, person.psn_no, account_fen)
        if credential:
            credentials.set_up(tx, person.psn_no)
        return _in_full(tx, person)


@blueprint.get("/magic")
@exchange(answers=MagicPersons())
def magic() -> dict[str, Any]:
    """List the magic persons: known names and ID numbers whose state a test can rely on."""
    with context.world().read() as tx:
        return {"items": [_magic(tx, person) for person in magic_persons()]}


@blueprint.get(f"/{_PSN_NO}")
@exchange(answers=PersonInFull())
def show(psn_no: str) -> dict[str, Any]:
    """Show a person with balances and accumulators."""
    with context.world().read() as tx:
        return _in_full(tx, people.get(tx, psn_no))


@blueprint.post("/generate")
@exchange(asks=Generate(), answers=Generated(), status=201, refuses=(422,))
def generate(n: int, seed: int, region: str | None = None) -> dict[str, Any]:
    """Generate people: the same world, day and seed give the same people."""
    world = context.world()
    codes = world.info.spec.regions if region is None else (region,)
    with world.write() as tx:
        made = population.generate(tx, n, seed=seed, codes=codes)
    return {"total": len(made), "items": [_shown(person) for person in made[:100]]}


@blueprint.post(f"/{_PSN_NO}/topup")
@exchange(asks=TopUp(), answers=PersonInFull(), refuses=(422,))
def top_up(psn_no: str, amount_fen: int) -> dict[str, Any]:
    """Put money on a person's own account."""
    with context.world().write() as tx:
        person = people.get(tx, psn_no)
        if amount_fen:
            set_up.credit(tx, person.psn_no, amount_fen, kind="topup")
        return _in_full(tx, person)


def _magic(tx: Tx, magic: Magic) -> dict[str, Any]:
    found = people.find_by_id_no(tx, magic.id_no)
    psn_no = None if found is None else found.psn_no
    return asdict(magic) | {"waits_for": set_up.WAITING.get(magic.state), "psn_no": psn_no}


def _in_full(tx: Tx, person: people.Person) -> dict[str, Any]:
    held, paid = ledger.balances(tx, person.psn_no), enrolment.periods(tx, person.psn_no)
    return _shown(person) | {
        "enrolments": enrolment.participations(tx, person.psn_no, paid),
        "periods": paid,
        "credential": credentials.holder(tx, person.psn_no).active,
        "account_fen": held.get("ACCT", 0),
        "balances": {name: fen for name, fen in held.items() if not ledger.is_memo(name)},
        "accumulators": {name: fen for name, fen in held.items() if ledger.is_memo(name)},
    }


def _shown(person: people.Person) -> dict[str, Any]:
    capacity = capacities.get(person.capacity)
    wire = {"insutype": capacity.insutype, "psn_type": capacity.psn_type}
    return person._asdict() | wire | {"created_at": clock.rfc3339(person.created_us)}
