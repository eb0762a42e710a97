"""Payers' accounts at the channels that debit at once: bank, campus card, kiosk (which debits campus cards)."""

from typing import Any

from marshmallow.validate import Length, Regexp

from yibaobox.edge import context, fields
from yibaobox.edge.refusals import NoSuchRoute
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation
from yibaobox.sandbox.outside import ChannelAccount, Channels

blueprint = control_blueprint("channels", "银行、校园卡、圈存机（付款人一侧）")


class AccountWanted(fields.Schema):
    """An account: its holder, what is on it, its password (default 123456), whose it is, whether it is frozen."""

    holder = fields.String(required=True, validate=Length(1, 50))
    balance_fen = fields.Money(required=True)
    password = fields.String(validate=Regexp(r"[!-~]{1,32}\Z"))
    psn_no = fields.String(validate=Length(1, 20))
    frozen = fields.Boolean()


class AccountShown(fields.Schema):
    """An account as the channel keeps it."""

    channel = fields.String(required=True, metadata={"description": "bank | campus"})
    account_no = fields.String(required=True)
    holder = fields.String(required=True)
    balance_fen = fields.Money(required=True)
    psn_no = fields.String(required=True, allow_none=True)
    frozen = fields.Boolean(required=True)


class LoadWanted(fields.Schema):
    """How much is put on an account, and out of which one at the bank (圈存; default: out of nowhere)."""

    amount_fen = fields.Money(required=True)
    from_account = fields.String(validate=Length(1, 32))


@blueprint.put("/<channel>/accounts/<account_no>")
@exchange(asks=AccountWanted(), answers=AccountShown(), refuses=(422,))
def open_account(channel: str, account_no: str, **wanted: Any) -> dict[str, Any]:
    """Open an account, or set one that is there."""
    return _told(_channels().open(context.world(), ChannelAccount(channel, account_no, **wanted)))


@blueprint.get("/<channel>/accounts/<account_no>")
@exchange(answers=AccountShown())
def show(channel: str, account_no: str) -> dict[str, Any]:
    """Show an account."""
    return _told(_channels().account(context.world(), channel, account_no))


@blueprint.post("/<channel>/accounts/<account_no>/load")
@exchange(asks=LoadWanted(), answers=AccountShown(), refuses=(409, 422))
def load(channel: str, account_no: str, amount_fen: int, from_account: str | None = None) -> dict[str, Any]:
    """Put money on an account."""
    return _told(_channels().load(context.world(), (channel, account_no), amount_fen, from_account))


def _told(account: ChannelAccount) -> dict[str, Any]:
    return {name: getattr(account, name) for name in account.__slots__ if name != "password"}


def _channels() -> Channels:
    found = installation().channels
    if found is None:
        raise NoSuchRoute("本进程没有缴费渠道模拟")
    return found
