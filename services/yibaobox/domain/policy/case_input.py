"""Read a policy case (the format of golden cases): every key and figure checked, amounts to fen, percentages to ppm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, Final

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.money import PPM, parse_price, parse_yuan
from yibaobox.domain.policy.claim import Accounts, Accumulators, Away, Line, Mode, Reduction
from yibaobox.domain.policy.model import LEVELS, Profile
from yibaobox.domain.policy.resolve import Place

_CHINA: Final = timezone(timedelta(hours=8))
_PERCENT: Final = 100
_YEARS: Final = (1949, 2200)  # nothing was insured before, and nothing is known of what comes after
PARAMS: Final = frozenset(
    {"deductible", "ratio_pct", "cap", "major", "ooa", "claim_months", "limit", "reduction", "points", *LEVELS}
)
MODES: Final[tuple[Mode, ...]] = ("ratio_minus_points", "ratio_factor", "first_pay_percent")


def place_of(case: Mapping[str, Any]) -> Place:
    """The region, scheme and profile of a case; strict unless the case says demo."""
    profile: Profile = "demo" if case.get("profile", "strict") == "demo" else "strict"
    if case.get("profile", "strict") not in ("strict", "demo"):
        raise InvalidInput(f"未知口径：{_brief(case['profile'])}", field="profile")
    return Place(text(case, "region"), text(case, "insurance"), profile)


def text(where: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """A text of a case; required unless there is a default."""
    value = where.get(key, default)
    if not isinstance(value, str):
        raise InvalidInput(f"缺少或无效的字段：{key}", field=key)
    return value


def given(where: Mapping[str, Any], key: str) -> Any:
    """What stands under a key; nothing, or null, is an empty object."""
    value = where.get(key)
    return {} if value is None else value


def only(where: Any, allowed: frozenset[str], what: str) -> Mapping[str, Any]:
    """A mapping with no other keys than the allowed ones."""
    if not isinstance(where, Mapping):
        raise InvalidInput(f"{what}应为对象", field=what)
    unknown = sorted(str(key) for key in where if key not in allowed)
    if unknown:
        raise InvalidInput(f"{what}含有未知字段：{unknown[0][:32]}", field=what, unknown=unknown)
    return where


def rows(value: Any, what: str) -> Sequence[Any]:
    """A list of a case."""
    if not isinstance(value, list):
        raise InvalidInput(f"{what}应为列表", field=what)
    return value


def fen(value: Any) -> int:
    """A non-negative amount in fen."""
    amount = parse_yuan(value)
    if amount < 0:
        raise InvalidInput("金额不能为负", value=str(value))
    return amount


def day(value: Any) -> date:
    """A date, or the Chinese day of an instant with offset."""
    try:
        if isinstance(value, str) and "T" in value:
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is None:
                raise InvalidInput(f"时间缺少时区：{value}", value=value)
            found = instant.astimezone(_CHINA).date()
        else:
            found = date.fromisoformat(value)
    except (OverflowError, TypeError, ValueError) as error:
        raise InvalidInput(f"不是有效日期：{_brief(value)}", value=_brief(value)) from error
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        raise InvalidInput(f"日期须在{_YEARS[0]}年至{_YEARS[1]}年之间：{_brief(value)}", value=_brief(value))
    return found


def whole(value: Any, what: str, most: int = 1200) -> int:
    """A whole number from 0 on."""
    if type(value) is not int or not 0 <= value <= most:
        raise InvalidInput(f"{what}应为0至{most}的整数：{_brief(value)}", field=what)
    return value


def year(value: Any) -> int:
    """A benefit year."""
    found = whole(value, "benefit_year", _YEARS[1])
    if found < _YEARS[0]:
        raise InvalidInput(f"缴费年度须在{_YEARS[0]}至{_YEARS[1]}之间：{found}", field="benefit_year")
    return found


def _brief(value: Any) -> str:
    """The beginning of what was written, for a message."""
    return str(value)[:32]


def percent(value: Any) -> int:
    """A percentage (60, "65.5") as parts per million."""
    hundredths, rest = divmod(parse_price(value), _PERCENT)
    if rest or not 0 <= hundredths <= PPM:
        raise InvalidInput(f"比例应在0到100之间且不超过四位小数：{value}", value=str(value))
    return hundredths


def figures(params: Any) -> dict[str, Any]:
    """The figures that replace the region's, keyed as the tables name them."""
    params = only(params, PARAMS, "params")
    given: dict[str, Any] = {}
    if "deductible" in params:
        amount = params["deductible"]
        several = isinstance(amount, list)
        if several and not amount:
            raise InvalidInput("deductible不能为空列表", field="deductible")
        given["deductible"] = tuple(fen(part) for part in amount) if several else fen(amount)
        if several:
            given["deductible_basis"] = "admission"
    if "ratio_pct" in params:
        given["ratio"] = percent(params["ratio_pct"])
    given |= {name: _limit(params[name]) for name in ("cap", "limit") if name in params}
    if "major" in params:
        given |= _major(params["major"])
    mode, points = technique(params), reduced_by(params)
    given |= {name: value for name, value in (("away_mode", mode), ("away_points", points)) if value is not None}
    for level in LEVELS:
        if level in params:
            given[level] = figures(only(params[level], frozenset({"deductible", "ratio_pct"}), level))
    return given


def _limit(value: Any) -> int | None:
    """A cap in fen; null is none."""
    return None if value is None else fen(value)


def _major(written: Any) -> dict[str, Any]:
    """Bands of major-illness insurance above a threshold."""
    written = only(written, frozenset({"threshold", "bands", "cap"}), "major")
    threshold = fen(written.get("threshold", "0.00"))
    bands = [_band(band) for band in rows(written.get("bands", []), "bands")]
    if any(low[1] is None or low[1] > high[0] for low, high in pairwise(bands)):
        raise InvalidInput("大病保险各段须由低到高且不重叠", field="bands")
    cap = written.get("cap")
    raised = tuple((max(low, threshold), high, share) for low, high, share in bands)
    return {"bands": raised, "major_cap": None if cap is None else fen(cap)}


def _band(written: Any) -> tuple[int, int | None, int]:
    """One band [from, to or null, percentage]."""
    if not isinstance(written, list) or len(written) != len(("from", "to", "pct")):
        raise InvalidInput("大病保险分段应为[起, 止, 比例]", field="bands")
    low, high, share = fen(written[0]), _limit(written[1]), percent(written[2])
    if high is not None and high <= low:
        raise InvalidInput("大病保险分段的止点须高于起点", field="bands")
    return low, high, share


def reduction(params: Mapping[str, Any]) -> Reduction | None:
    """The out-of-area reduction that a case spells out whole; None when it does not, or it is waived."""
    mode, points = technique(params), reduced_by(params)
    return None if away(params) is None or mode is None or points is None else Reduction(mode, points)


def away(params: Mapping[str, Any]) -> Away | None:
    """How a case says that treatment out of area was filed; None when it does not, or the reduction is waived."""
    written = _ooa(params)
    if not written or waived(params):
        return None
    return Away(text(written, "status", ""))


def waived(params: Mapping[str, Any]) -> bool:
    """Whether a case says that the reduction is waived."""
    return _ooa(params).get("waived_by") is not None


def technique(params: Mapping[str, Any]) -> Mode | None:
    """The technique of reduction that a case names."""
    mode = _ooa(params).get("mode")
    if mode is not None and mode not in MODES:
        raise InvalidInput(f"未知异地就医计算方式：{_brief(mode)}", field="mode")
    return mode


def reduced_by(params: Mapping[str, Any]) -> int | None:
    """By how much a case reduces out of area, in ppm."""
    places = (_ooa(params).get("points"), params.get("points"), params.get("reduction"))
    return next((percent(written) for written in places if written is not None), None)


def _ooa(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a case says of treatment out of area."""
    written = only(given(params, "ooa"), frozenset({"status", "mode", "points", "waived_by"}), "ooa")
    if written.get("waived_by") not in (None, "freshman", "student_filed"):
        raise InvalidInput(f"未知减免情形：{_brief(written['waived_by'])}", field="waived_by")
    return written


def bill(items: Any) -> tuple[Line, ...]:
    """The charged items of a visit."""
    return tuple(_line(item) for item in rows(items, "items"))


def _line(item: Any) -> Line:
    """One charged item."""
    item = only(item, frozenset({"code", "class", "amount", "first_pay_pct", "ceiling", "account_ok", "use"}), "items")
    share, ceiling = item.get("first_pay_pct"), item.get("ceiling")
    return Line(
        amount_fen=fen(item.get("amount")),
        grade=text(item, "class"),
        first_pay_ppm=None if share is None else percent(share),
        ceiling_fen=None if ceiling is None else fen(ceiling),
        account_ok=_yes(item.get("account_ok", True)),
        code=text(item, "code", ""),
        use=text(item, "use", ""),
    )


def _yes(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidInput(f"account_ok应为true或false：{_brief(value)}", field="account_ok")
    return value


def used(written: Any) -> Accumulators:
    """What was used up before."""
    names = frozenset({"ded_used", "fund_paid", "major_base", "major_paid", "admissions"})
    written = only(written, names, "acc")
    deductible, fund, base, major = (
        fen(written.get(name, "0.00")) for name in ("ded_used", "fund_paid", "major_base", "major_paid")
    )
    return Accumulators(deductible, fund, base, major, whole(written.get("admissions", 0), "admissions"))


def accounts(where: Mapping[str, Any]) -> Accounts:
    """The patient's own and relatives' balances."""
    family = []
    for index, giver in enumerate(rows(where.get("family", []), "family")):
        known = only(giver, frozenset({"sharer", "balance"}), "family")
        family.append((f"{index}:{known.get('sharer', '')}", fen(known.get("balance"))))
    return Accounts(fen(where.get("own", "0.00")), tuple(family))
