"""A second opinion on every method of settlement, with fractions of yuan, written from docs/policy-files.md.

It reads policy documents (trees of policy files) by itself: nearest region first, nearest scheme first, per figure and
day. It knows nothing of the product but the words of its files, and imports nothing of it.
"""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

ZERO = Fraction(0)
ONE_FEN = Fraction(1, 100)
WIDER = {"resident_student": ["resident_student", "resident", "any"], "resident": ["resident", "any"]}
WIDER["employee"] = ["employee", "any"]
ALSO = {"L3A": "L3", "L3B": "L3", "L3P": "L3", "community": "L1", "freshman": "student"}
STAYS = ("inpatient", "inpatient_major", "chronic")
NAMED_AFTER_THEMSELVES = ("inpatient", "chronic", "two_diseases", "family_planning_outpatient")


class Gap(Exception):
    """Figures that no document has on that day."""


class Refused(Exception):
    """The rules do not allow it."""


def cents(yuan):
    """Round to the nearest fen, a half upwards."""
    return floor(yuan / ONE_FEN + Fraction(1, 2)) * ONE_FEN


def percent(text):
    return Fraction(text[:-1]) / 100


def money(text):
    return None if text == "none" else Fraction(text)


def at_most(amount, limit, spent):
    """An amount under a yearly limit of which some is spent."""
    return amount if limit is None else min(amount, max(ZERO, limit - spent))


class Rules:
    """The documents that hold for one region and scheme on one day."""

    def __init__(self, documents, region, scheme, day):
        self.day, self.missing = day, []
        city = region[:6]
        self.near = []
        for place in dict.fromkeys([region, city, city[:2] + "0000", "100000"]):
            for kind in WIDER[scheme]:
                self.near += [d for d in documents if d["region"] == place and d["scheme"] == kind]

    def entry(self, benefit, name):
        """The dated entry in force, and its dimensions."""
        for document in self.near:
            parameter = document["parameters"].get(name) if document["benefit"] == benefit else None
            for entry in parameter["values"] if parameter else []:
                after = entry.get("to") is None or self.day < date.fromisoformat(entry["to"])
                if date.fromisoformat(entry["from"]) <= self.day and after:
                    return parameter.get("by", []), entry.get("value", entry.get("table"))
        return None

    def figure(self, benefit, name, about, *, needed=False):
        """What is written for somebody; None where nothing is, remembered as missing if it is needed."""
        entry = self.entry(benefit, name)
        by, found = entry or ([], None)
        for dimension in by:
            if found == "gap" or found is None:
                break
            key = about.get(dimension)
            found = next((found[k] for k in (key, ALSO.get(key, key), "*") if k in found), None)
        if found is None or found == "gap":
            if needed:
                self.missing.append(f"{benefit}.{name}")
            return None
        return found

    def benefit_of(self, setting):
        if setting in NAMED_AFTER_THEMSELVES:
            return setting
        written = [self.entry("emergency", name) for name in ("ratio", "limit")]
        own = setting == "emergency" and any(entry is not None and entry[1] != "gap" for entry in written)
        return "emergency" if own else "outpatient"

    def year_begins(self, benefit):
        """Month and day on which the policy year begins: of the nearest file, whatever its dates."""
        year = next((d.get("year", "calendar") for d in self.near if d["benefit"] == benefit), "calendar")
        month, day = ("01", "01") if year == "calendar" else year.split("-")
        return int(month), int(day)


def away(rules, who, ratio):
    """(ratio, factor, first pay) after the reduction of treatment out of area."""
    status = who.get("status")
    if not status:
        return ratio, Fraction(1), ZERO
    waivers = rules.figure("out_of_area", "waived_by", who) or []
    places = rules.figure("out_of_area", "no_reduction_places", who) or []
    if who.get("waiver") in waivers and who.get("waiver"):
        if who["waiver"] != "student_filed":
            return ratio, Fraction(1), ZERO
        at_home = not who.get("place") or not places or who["place"] in places
        if at_home and status != "unfiled":
            return ratio, Fraction(1), ZERO
    mode = rules.figure("out_of_area", "mode", who, needed=True)
    points = rules.figure("out_of_area", "points", who, needed=True)
    if mode is None or points is None:
        return ratio, Fraction(1), ZERO
    points = percent(points)
    if mode == "ratio_minus_points":
        return max(ZERO, ratio - points), Fraction(1), ZERO
    return (ratio, 1 - points, ZERO) if mode == "ratio_factor" else (ratio, Fraction(1), points)


def catalogue(items, default):
    """(bill, first pay, eligible, barred from accounts) of the items."""
    bill = first = eligible = barred = ZERO
    for amount, grade, share, ceiling, account_ok in items:
        bill += amount
        if grade == "C":
            continue
        within = amount if ceiling is None else min(amount, ceiling)
        usual = default if grade == "B" else ZERO
        taken = cents(within * (usual if share is None else share))
        first += taken
        eligible += within - taken
        barred += ZERO if account_ok else within
    return bill, first, eligible, barred


def bands_paid(bands, before, borne):
    """What the bands give for what is borne from `before` on."""
    paid = ZERO
    for place, band in enumerate(bands):
        low = Fraction(band["over"])
        high = Fraction(bands[place + 1]["over"]) if place + 1 < len(bands) else None
        end = before + borne if high is None else min(before + borne, high)
        paid += max(ZERO, end - max(before, low)) * percent(band["pct"])
    return cents(paid)


def major_terms(rules, setting, who):
    """(bands, cap) of major-illness insurance for a visit; no bands where it does not apply."""
    diseases = rules.figure("major_illness", "diseases", who)
    applies = setting in STAYS if diseases is None else who.get("disease") in diseases
    if applies and who.get("status") and rules.figure("major_illness", "in_area_only", who):
        applies = False
    bands = rules.figure("major_illness", "bands", who) if applies else None
    cap = rules.figure("major_illness", "cap", who)
    return bands or [], None if cap is None else money(cap)


def settle(rules, setting, who, items, used, accounts):
    """Who pays what, in yuan; Gap with the missing figures. `used` and the result are keyed by word."""
    benefit = rules.benefit_of(setting)
    double = rules.figure(benefit, "no_double_with", who) or []
    if "chronic" in double and who.get("disease") and who["disease"] in who.get("chronic", ()):
        raise Refused
    limit = rules.figure(benefit, "limit", who)
    if limit is None:
        standard = rules.figure(benefit, "deductible", who, needed=True)
        basis = rules.figure(benefit, "deductible_basis", who, needed=True)
        share = rules.figure(benefit, "ratio", who, needed=True)
        cap = rules.figure(benefit, "cap", who, needed=True)
        ratio, cap = percent(share or "0%"), money(cap or "none")
    else:
        standard, basis, ratio, cap = "0.00", "year", Fraction(1), money(limit)
    ratio, factor, taken_first = away(rules, who, ratio)
    bands, major_cap = major_terms(rules, setting, who)
    default = rules.figure("catalogue", "first_pay", who, needed=True)
    rules.figure("account", "pays", who, needed=True)
    aid_share = rules.figure("medical_aid", "ratio", who) if who.get("aided") else None
    if rules.missing:
        raise Gap(rules.missing)

    bill, first, eligible, barred = catalogue(items, percent(default))
    reduced = cents(eligible * taken_first)
    first, eligible = first + reduced, eligible - reduced
    steps = [Fraction(step) for step in (standard if isinstance(standard, list) else [standard])]
    if basis == "admission":
        owed = steps[used["admissions"]] if used["admissions"] < len(steps) else steps[-1]
    else:
        owed = max(ZERO, steps[0] - used["deductible"])
    owed = min(owed, eligible)
    line = cents((eligible - owed) * ratio * factor)
    pool = at_most(line, cap, used["fund"])
    borne = eligible - pool
    major = at_most(bands_paid(bands, used["base"], borne), major_cap, used["major"]) if bands else ZERO
    threshold = aid = ZERO
    if aid_share is not None:
        aid_standard = Fraction(rules.figure("medical_aid", "deductible", who) or "0.00")
        aid_cap = money(rules.figure("medical_aid", "cap", who) or "none")
        threshold = min(borne - major, max(ZERO, aid_standard - used["threshold"]))
        aid = at_most(cents((borne - major - threshold) * percent(aid_share)), aid_cap, used["aid"])
    funds = pool + major + aid
    payable = max(ZERO, eligible + first - funds - barred)
    own = min(payable, accounts[0])
    family, left = [], payable - own
    for balance in accounts[1:]:
        family.append(min(left, balance))
        left -= family[-1]
    paid = {"deductible": owed, "pool": pool, "major": major, "aid": aid, "own": own, "family": family}
    after = {
        "deductible": used["deductible"] + owed,
        "fund": used["fund"] + pool,
        "base": used["base"] + (borne if bands else ZERO),
        "major": used["major"] + major,
        "admissions": used["admissions"] + (basis == "admission"),
        "threshold": used["threshold"] + threshold,
        "aid": used["aid"] + aid,
    }
    return {**paid, "eligible": eligible, "cash": bill - funds - own - sum(family, ZERO), "after": after}


def parts_of_stay(documents, where, admitted, discharged, charges):
    """[(policy year, day whose rules count, charges)] of a stay; `where` is (region, scheme)."""
    first, last = (Rules(documents, *where, day) for day in (admitted, discharged))
    rule = last.figure("inpatient", "year_rule", {}) or "discharge"
    begins = last.year_begins("inpatient")
    year_of = lambda day: day.year if (day.month, day.day) >= begins else day.year - 1  # noqa: E731 - said once
    if rule == "admission":
        return [(year_of(admitted), first.day, charges)]
    if rule == "discharge" or year_of(admitted) == year_of(discharged):
        return [(year_of(discharged), last.day, charges)]
    found = []
    for year in sorted({year_of(day) for day, _ in charges}):
        ends = date(year + 1, *begins) - timedelta(days=1)
        found.append((year, min(ends, discharged), [charge for charge in charges if year_of(charge[0]) == year]))
    return found
