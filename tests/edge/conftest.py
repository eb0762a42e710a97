"""A small process: real worlds in memory, a REST service, a national interface, the router in front."""

import flask
import marshmallow as ma
import pytest
from flask_smorest import Blueprint
from werkzeug.test import Client

from ground import BareSeeder
from yibaobox.domain import journal as ring
from yibaobox.domain.errors import NotEligible, NotFound
from yibaobox.domain.store import Worlds
from yibaobox.edge import context, fields, rest
from yibaobox.edge.dispatch import Answer, Dispatcher, Transaction
from yibaobox.edge.envelope import Attachment
from yibaobox.edge.journal import Journal
from yibaobox.edge.rest import exchange
from yibaobox.edge.router import Router


@pytest.fixture(scope="module")
def worlds():
    made = Worlds.open("memory://", seeder=BareSeeder(), handlers={})
    made.create("default")
    yield made
    made.close()


class Bill(fields.Schema):
    payer = fields.String(required=True, validate=ma.validate.Length(1, 40))
    amount_fen = fields.Money(required=True)
    count = fields.Integer(minimum=1, maximum=10)
    at = fields.Instant()
    id_no = fields.IdNumber()
    urgent = fields.Boolean()
    note = fields.String()
    extra = ma.fields.Raw()


class Search(fields.Query):
    limit = fields.Integer(minimum=1, maximum=100, load_default=10)
    name = fields.String()


def bills():
    blueprint = Blueprint("bills", __name__, url_prefix="/portal/v1", description="Bills")

    @blueprint.post("/bills")
    @exchange(asks=Bill(), answers=Bill(), status=201, refuses=(422,))
    def pay(**bill):
        """Pay a bill."""
        return bill

    @blueprint.get("/bills")
    @exchange(query=Search(), answers=Search())
    def search(limit, name=""):
        """Find bills."""
        return {"limit": limit, "name": name}

    @blueprint.get("/bills/<bill_id>")
    @exchange(answers=Bill())
    def show(bill_id):
        """Show a bill."""
        raise NotFound("没有这张账单", bill_id=bill_id)

    @blueprint.post("/bug")
    @exchange(asks=Bill(unknown=ma.INCLUDE), answers=Bill())
    def bug(**bill):
        """Fail with the data in the message, as libraries do."""
        raise ValueError(f"cannot handle {bill} of {flask.request.query_string!r}")

    @blueprint.post("/upload")
    @rest.upload_limit(3_000_000)
    @exchange()
    def upload():
        """Take a file."""
        return {"size": len(flask.request.get_data())}

    @blueprint.get("/world")
    @exchange()
    def world():
        """Tell what the router knows."""
        return {"world": context.world().name, "trace": context.trace(), "targets": list(context.targets())}

    return blueprint


def query_person(tx, asked):
    if asked.input.get("psn_no") == "bug":
        raise ValueError(f"person {asked.input}")
    if asked.input.get("psn_no") == "none":
        raise NotFound(f"未查询到人员 {asked.input.get('psn_name', '')}")
    return {"baseinfo": dict(asked.input)}


def settle(tx, asked):
    if asked.input.get("refuse"):
        raise NotEligible("未参保")
    number = tx.next_number("txn")
    return Answer({"setlinfo": {"setl_id": str(number)}}, psn_no=asked.input.get("psn_no", "5" * 20), txn_id=number)


def download(tx, asked):
    return Attachment(b"PK\x03\x04", "a.zip")


def national():
    app = rest.service("settlement", "结算", (), docs="/fsi/docs", limit=8 << 20)
    table = [Transaction("1101", query_person), Transaction("2207", settle, writes=True), Transaction("9102", download)]
    dispatcher = Dispatcher(
        {transaction.infno: transaction for transaction in table},
        titles={"1101": "人员信息获取", "2301": "住院费用明细上传"},
        paths={"1101": ["/fsi/api/fsiPsnInfoService/queryPsnInfo"], "3202": ["/fsi/api/s"], "3202A": ["/fsi/api/s"]},
    )
    dispatcher.install(app)
    return app


@pytest.fixture(scope="module")
def router(worlds):
    services = {
        "portal": rest.service("portal", "门户", (bills(),), docs="/portal/v1"),
        "settlement": national(),
        "control": rest.service("control", "控制", (control(),), docs="/_sandbox/v1"),
        "gateways": rest.service("gateways", "网关", (gateways(),), docs="/v3"),
    }
    made = Router(worlds, services, journal=Journal(ticking=False))
    yield made
    made.close()


def control():
    blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")

    @blueprint.get("/health")
    def health():
        return {"status": "ok"}

    @blueprint.get("/v1/credentials")
    def credentials():
        return {"world": context.world().name}

    return blueprint


def gateways():
    blueprint = Blueprint("gateways", __name__)

    def tell():
        return {"world": context.world().name, "targets": list(context.targets())}

    blueprint.add_url_rule("/gateway.do", "alipay", tell, methods=["GET", "POST"])
    blueprint.add_url_rule("/v3/pay", "wechat", tell, methods=["GET", "POST"])
    return blueprint


@pytest.fixture
def client(router):
    return Client(router)


def header(**more):
    given = {
        "infno": "1101",
        "msgid": "H51170200001202611212233440001",
        "mdtrtarea_admvs": "511702",
        "insuplc_admdvs": "511702",
        "recer_sys_code": "99",
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "0001",
        "opter_name": "测试",
        "inf_time": "2026-11-21 22:33:44",
        "fixmedins_code": "H51170200001",
        "fixmedins_name": "测试医院",
        "input": {},
    }
    return {key: value for key, value in (given | more).items() if value is not ...}


@pytest.fixture
def journal(worlds, router):
    """Return a function that gives the whole journal of a world, newest first; it starts empty."""

    def read(name="default"):
        router.journal.flush()
        with worlds.get(name).read() as tx:
            return [ring.get(tx, row["id"]) for row in ring.page(tx, {}, limit=10_000)]

    router.journal.flush()
    for info in worlds.infos():
        with worlds.get(info.name).write() as tx:
            ring.clear(tx)
    return read


@pytest.fixture(name="header")
def header_fixture():
    return header
