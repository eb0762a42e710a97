"""`yibaobox recon`: reconcile a day."""

from __future__ import annotations

from typing import Any, Final

import click
from rich.console import Group

from yibaobox.cli.client import CHECK_FAILED
from yibaobox.cli.desk import Desk, remote, table
from yibaobox.domain.money import format_yuan

_TOTALS: Final = ("institution", "insutype", "clr_type", "settlements", "refunds", "total", "fund", "account", "cash")
_LINES: Final = ("institution", "kind", "setl_id", "psn_no", "msgid")


@click.command()
@click.argument("date", required=False)
@remote
def command(desk: Desk, date: str | None) -> None:
    """Compare the centre's statement of DATE (default: today) with the books; exit code 1 when they differ."""
    found = desk.client.post("/recon/run", date=date or desk.client.get("/clock")["now"][:10])
    desk.show(found, _shown)
    if not found["balanced"]:
        raise SystemExit(CHECK_FAILED)


def _shown(found: dict[str, Any]) -> Any:
    days = found["institutions"]
    totals = [_total(day["code"], each) for day in days for each in day["totals"]]
    lines = [{"institution": day["code"], **each} for day in days for each in day["differences"]]
    verdict = f"{found['date']}: " + ("balanced" if found["balanced"] else f"{len(lines)} lines differ")
    return Group(verdict, table(_TOTALS, totals), *([table(_LINES, lines)] if lines else []))


def _total(code: str, each: dict[str, Any]) -> dict[str, Any]:
    yuan = {name: format_yuan(each[f"{name}_fen"]) for name in ("total", "fund", "account", "cash")}
    return {"institution": code, **each, **yuan}
