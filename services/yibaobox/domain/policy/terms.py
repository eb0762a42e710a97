"""The terms of one visit: the figures that apply to a kind of person at a level of institution on one day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple

from yibaobox.domain import canonical
from yibaobox.domain.errors import InvalidInput, NotEligible
from yibaobox.domain.money import PPM
from yibaobox.domain.policy.claim import Away, Mode, Reduction, Standing
from yibaobox.domain.policy.model import Citation, Profile
from yibaobox.domain.policy.resolve import Book, Place, gap, shipped, steps_of

Bands = tuple[tuple[int, int | None, int], ...]  # (over_fen, up to fen, ratio_ppm)
SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "outpatient": ("outpatient",),
    "emergency": ("emergency", "outpatient"),
    "pharmacy": ("outpatient",),
    "school_clinic": ("outpatient",),
    "inpatient": ("inpatient",),
    "inpatient_major": ("inpatient_major",),
    "chronic": ("chronic",),
    "two_diseases": ("two_diseases",),
    "accident": ("accident",),
    "family_planning_outpatient": ("family_planning_outpatient",),
    "family_planning_inpatient": ("family_planning_inpatient",),
}
_STAYS: Final = frozenset({"inpatient", "inpatient_major", "chronic"})
_MISSING: Final = object()
_POOLING: Final = frozenset({"pool_line", "fixed_limit"})


class Aid(NamedTuple):
    """Medical aid, the last fund: a share of what is left inside policy above a yearly threshold."""

    deductible_fen: int
    ratio_ppm: int
    cap_fen: int | None


@dataclass(frozen=True)
class Terms:
    """Everything that the split multiplies and compares with, in fen and parts per million."""

    deductible_fen: tuple[int, ...]  # one amount, or one for each admission (the last repeats)
    per_admission: bool
    ratio_ppm: int
    factor_ppm: int  # out of area by factor; 1 000 000 otherwise
    away_first_pay_ppm: int  # out of area by first pay; 0 otherwise
    cap_fen: int | None
    bands: Bands
    major_cap_fen: int | None
    class_b_first_pay_ppm: int
    account_pays: str  # "in_policy" | "personal_all"
    aid: Aid | None
    citations: Mapping[str, Citation] = field(compare=False)
    version: str = ""
    uses_forbidden: frozenset[str] = frozenset()  # what accounts never pay for

    def standard_fen(self, admissions: int) -> int:
        """The deductible of this visit, after a number of earlier admissions of the year."""
        amounts = self.deductible_fen
        return amounts[min(admissions, len(amounts) - 1)] if self.per_admission else amounts[0]

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reply must say about figures that are no real policy, in Chinese."""
        doubtful = [citation for citation in self.citations.values() if citation.doubtful]
        return tuple(f"{c.path}为示例或沿用数值，并非真实政策（{c.region}，{c.at}）" for c in doubtful)

    @cached_property
    def assumed(self) -> tuple[str, ...]:
        """Paths of the figures that are ours rather than a source's."""
        return tuple(c.path for c in self.citations.values() if c.assumed or c.carried)

    @cached_property
    def sources(self) -> Mapping[str, Mapping[str, Any]]:
        """The citations as JSON values, by the name of the figure."""
        return {name: citation.document() for name, citation in sorted(self.citations.items())}

    @cached_property
    def sources_written(self) -> tuple[str, str]:
        """The digest by which settlements refer to these sources, and their text."""
        text = canonical.written(self.sources)
        return hashlib.sha256(text.encode()).hexdigest(), text


class Policy:
    """The tables of one region and scheme for one setting on one day; a pure lookup with a memory."""

    def __init__(
        self, place: Place, setting: str, on: date, *, book: Book | None = None, given: Mapping[str, Any] | None = None
    ) -> None:
        if setting not in SETTINGS:
            raise InvalidInput(f"未知就诊类型：{setting[:32]}", setting=setting[:32])
        self.place, self.setting, self.on = place, setting, on
        self._book = book or shipped()
        self._given = dict(given or {})
        self._terms: dict[Standing, Terms] = {}
        self.benefit = self._benefit()
        table = next((t for t in self._book.chain(place, self.benefit) if t.method in _POOLING), None)
        self.year_begins = "01-01" if table is None or table.year == "calendar" else table.year
        named = table.buckets if table is not None else {}
        self.buckets: Mapping[str, str] = {
            "deductible": named.get("deductible", f"{self.benefit}.deductible"),
            "fund": named.get("fund", f"{self.benefit}.fund"),
            "base": named.get("base", "major.base"),
            "major": "major.paid",
            "admissions": named.get("admissions", f"{self.benefit}.count"),
            "aid_deductible": "aid.threshold",
            "aid": "aid.paid",
        }

    def buckets_for(self, disease: str | None) -> Mapping[str, str]:
        """The buckets, with the disease's own name where a table counts each disease by itself."""
        if "{disease}" not in self.buckets["fund"] + self.buckets["deductible"]:
            return self.buckets
        own = disease or "any"
        return {role: name.replace("{disease}", own) for role, name in self.buckets.items()}

    def year(self, day: date) -> int:
        """The policy year that a day belongs to (it is named after the year in which it begins)."""
        month, first = (int(part) for part in self.year_begins.split("-"))
        return day.year if (day.month, day.day) >= (month, first) else day.year - 1

    def last_day(self, year: int) -> date:
        """The last day of a policy year."""
        month, first = (int(part) for part in self.year_begins.split("-"))
        return date(year + 1, month, first) - timedelta(days=1)

    def figure(self, name: str, default: Any) -> Any:
        """A figure of this benefit that depends on nobody, or what is given or the default in its place."""
        found = self._book.look(self.place, self.benefit, name, self.on)
        return self._given.get(name, default if found is None else found.value)

    def with_given(self, given: Mapping[str, Any]) -> Policy:
        """The same tables with some figures replaced."""
        return Policy(self.place, self.setting, self.on, book=self._book, given={**self._given, **given})

    def terms(self, standing: Standing) -> Terms:
        """The terms for one kind of person and institution; PolicyGap names every missing parameter."""
        known = self._terms.get(standing)
        if known is None:
            known = self._terms[standing] = _Compiler(self, standing, self._book, self._given).terms()
        return known

    def _benefit(self) -> str:
        """The first benefit of this setting for which the region has a figure."""
        names = SETTINGS[self.setting]
        for name in names[:-1]:
            if any(self._book.knows(self.place, name, figure, self.on) for figure in ("ratio", "limit")):
                return name
        return names[-1]


class _Compiler:
    """Collects figures with their citations, and the names of those that are missing."""

    def __init__(self, policy: Policy, standing: Standing, book: Book, given: Mapping[str, Any]) -> None:
        self.policy, self.standing, self.book = policy, standing, book
        level: Mapping[str, Any] = (
            next((given[key] for key in steps_of("level", standing.level) if key in given), {})
            if standing.level
            else {}
        )
        self.given = {**given, **level}
        self.dims = {"population": standing.population, "tier": standing.tier}
        asked = {"level": standing.level, "disease": standing.disease, "status": standing.away and standing.away.status}
        self.dims |= {dimension: key for dimension, key in asked.items() if key}
        steps_of("population", standing.population)
        self.citations: dict[str, Citation] = {}
        self.missing: list[str] = []

    def terms(self) -> Terms:
        """All figures, or PolicyGap."""
        self.refuse_double_benefit()
        limit = self.figure("limit", None, needed=False)
        deductible, basis, ratio, cap = self.pool_line() if limit is None else self.fixed(limit)
        reduction = self.reduction()
        bands, major_cap = self.major(at_home=reduction is None and self.standing.away is None)
        first_pay = self.figure("first_pay", 0, benefit="catalogue")
        pays = self.figure("pays", "in_policy", benefit="account")
        forbidden = frozenset(self.figure("uses_forbidden", (), benefit="account", needed=False))
        aid = self.aid() if self.standing.aided else None
        if self.missing:
            raise gap(self.policy.place, self.policy.on, tuple(self.missing))
        ratio, factor, away = _reduced(ratio, reduction)
        amounts = deductible if isinstance(deductible, tuple) else (deductible,)
        figures = (amounts, basis == "admission", ratio, factor, away, cap, bands, major_cap, first_pay, pays, aid)
        version = _version((*figures, sorted(forbidden)), self.citations)
        return Terms(*figures, citations=self.citations, version=version, uses_forbidden=forbidden)

    def pool_line(self) -> tuple[Any, str, int, int | None]:
        """Deductible, its basis, ratio and cap of the tables."""
        names: Mapping[str, Any] = {"deductible": (0,), "deductible_basis": "year", "ratio": 0, "cap": None}
        deductible, basis, ratio, cap = (self.figure(name, default) for name, default in names.items())
        return deductible, basis, ratio, cap

    def fixed(self, limit: int) -> tuple[Any, str, int, int | None]:
        """A fixed limit is paid in full and at once; what the caller gives beside it stands."""
        names: Mapping[str, Any] = {"deductible": (0,), "deductible_basis": "year", "ratio": PPM}
        deductible, basis, ratio = (self.given.get(name, default) for name, default in names.items())
        return deductible, basis, ratio, limit if "limit" in self.given else self.given.get("cap", limit)

    def figure(self, name: str, default: Any, *, benefit: str | None = None, needed: bool = True) -> Any:
        """One figure: what the caller gave, or what is in force; remembers its source or that it is missing."""
        value = self.given.get(name, _MISSING)
        return self.looked_up(name, name, default, (benefit, needed)) if value is _MISSING else value

    def other(self, benefit: str, name: str, default: Any, *, needed: bool = False) -> Any:
        """One figure of another benefit's table, remembered as <benefit>.<name>."""
        return self.looked_up(name, f"{benefit}.{name}", default, (benefit, needed))

    def looked_up(self, name: str, known_as: str, default: Any, how: tuple[str | None, bool]) -> Any:
        """The figure in force, with its source; `how` is (benefit, whether it is needed)."""
        policy, (benefit, needed) = self.policy, how
        found = self.book.look(policy.place, benefit or policy.benefit, name, policy.on, self.dims)
        if found is None or isinstance(found.value, dict):
            if needed:
                self.missing.append(f"{benefit or policy.benefit}.{name}")
            return default
        self.citations[known_as] = found.citation
        return found.value

    def refuse_double_benefit(self) -> None:
        """A disease for which somebody is recognised as chronically ill is not settled under 两病 as well."""
        disease, barred = self.standing.disease, self.figure("no_double_with", (), needed=False)
        if disease is not None and disease in self.standing.chronic and "chronic" in barred:
            raise NotEligible(
                "已享受门诊慢特病待遇的病种，不再重复享受两病门诊用药待遇", reason="DOUBLE_BENEFIT", disease=disease
            )

    def reduction(self) -> Reduction | None:
        """What treatment out of area costs: spelled out, or by the region's table, or nothing where it is waived."""
        away = self.standing.away
        if self.standing.reduction is not None or away is None:
            return self.standing.reduction
        if self.waived(away):
            return None
        mode: Mode | None = self.given.get("away_mode")
        points: int | None = self.given.get("away_points")
        if mode is None:
            mode = self.other("out_of_area", "mode", "ratio_minus_points", needed=True)
        if points is None:
            points = self.other("out_of_area", "points", 0, needed=True)
        return Reduction(mode, points)

    def waived(self, away: Away) -> bool:
        """Whether the region waives the reduction: by a list of waivers, for students filed at certain places."""
        if not away.waiver or away.waiver not in self.other("out_of_area", "waived_by", ()):
            return False
        places = self.other("out_of_area", "no_reduction_places", ())
        named = not away.place or not places or away.place in places
        return away.waiver != "student_filed" or (named and away.status != "unfiled")

    def major(self, *, at_home: bool) -> tuple[Bands, int | None]:
        """The bands of major-illness insurance that apply to this visit, and its yearly cap."""
        if "bands" in self.given:
            return self.given["bands"], self.given.get("major_cap")
        diseases = self.figure("diseases", None, benefit="major_illness", needed=False)
        covered = self.policy.setting in _STAYS if diseases is None else self.standing.disease in diseases
        if covered and not at_home:
            covered = not self.other("major_illness", "in_area_only", default=False)
        written = self.figure("bands", None, benefit="major_illness", needed=False) if covered else None
        if written is None:
            self.citations.pop("diseases", None)
            return (), None
        tops = [over for over, _ in written[1:]] + [None]
        bands = tuple((over, top, ppm) for (over, ppm), top in zip(written, tops, strict=True))
        return bands, self.other("major_illness", "cap", None)

    def aid(self) -> Aid | None:
        """Medical aid, where the region has a table for this kind of person."""
        if "aid" in self.given:
            return Aid(*self.given["aid"])
        ratio = self.other("medical_aid", "ratio", None)
        if ratio is None:
            return None
        return Aid(self.other("medical_aid", "deductible", 0), ratio, self.other("medical_aid", "cap", None))


def _reduced(ratio: int, reduction: Reduction | None) -> tuple[int, int, int]:
    """Ratio, factor and first pay after an out-of-area reduction."""
    if reduction is None:
        return ratio, PPM, 0
    points = reduction.points_ppm
    if reduction.mode == "ratio_minus_points":
        return max(0, ratio - points), PPM, 0
    if reduction.mode == "ratio_factor":
        return ratio, PPM - points, 0
    return ratio, PPM, points


def _version(figures: tuple[object, ...], citations: Mapping[str, Citation]) -> str:
    """A digest of everything that the split depends on; stored with each settlement."""
    sources = {name: asdict(citation) for name, citation in sorted(citations.items())}
    text = json.dumps([figures, sources], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def policy_for(region: str, scheme: str, setting: str, on: date, profile: Profile = "demo") -> Policy:
    """The policy of a region and scheme for a setting on a day; the same object for the same question."""
    key = (region, scheme, setting, on, profile)
    known = _POLICIES.get(key)
    if known is None:
        if len(_POLICIES) >= _POLICIES_MAX:
            _POLICIES.clear()
        known = _POLICIES[key] = Policy(Place(region, scheme, profile), setting, on)
    return known


def forget() -> None:
    """Forget the policies that were put together; call when tables have come."""
    _POLICIES.clear()


_POLICIES: dict[tuple[str, str, str, date, str], Policy] = {}
_POLICIES_MAX: Final = 4096
