"""Random policy documents, and random visits that crowd around their limits."""

REGIONS = ("510400-yixue", "510400", "510000", "100000")
SCHEMES = ("resident_student", "resident", "any")
POPULATIONS = ("normal", "student", "freshman", "low_income", "child")
LEVELS = ("L1", "L2", "L3", "L3A", "L3B", "community", "pharmacy", "school_clinic")
DISEASES = ("hypertension", "diabetes", "dialysis")
STATUSES = ("long_term", "transfer", "emergency", "temporary_filed", "unfiled")
KEYS = {"population": POPULATIONS, "level": LEVELS, "disease": DISEASES, "status": STATUSES}
PERCENTS = ("0%", "10%", "33.3333%", "50%", "55%", "65.5%", "85%", "100%")
AMOUNTS = ("0.00", "0.01", "1.00", "50.00", "200.00", "300.05", "1000.00", "15000.00")
CUTS = ("2024-07-01", "2025-01-01", "2025-06-01")
UNITS = {
    **dict.fromkeys(("deductible", "cap", "limit"), "CNY"),
    **dict.fromkeys(("ratio", "points", "first_pay"), "pct"),
    **dict.fromkeys(("deductible_basis", "mode", "year_rule", "split_deductible", "pays"), "text"),
    **dict.fromkeys(("diseases", "waived_by", "no_reduction_places", "no_double_with"), "list"),
    "bands": "bands",
    "in_area_only": "bool",
}
METHODS = {"catalogue": "catalogue", "account": "family_account", "major_illness": "bands"}
METHODS |= {"medical_aid": "medical_aid", "out_of_area": "out_of_area"}
POOLED = ("outpatient", "emergency", "inpatient", "chronic", "two_diseases")


def value(draw, name):
    """A random figure of a parameter, as a file writes it."""
    if name == "bands":
        overs = sorted(draw.sample(("0.00", "100.00", "13000.00", "30000.00"), draw.choice((1, 2, 3))), key=float)
        return [{"over": over, "pct": draw.choice(PERCENTS)} for over in overs]
    words = {
        "deductible_basis": ("year", "admission"),
        "mode": ("ratio_minus_points", "ratio_factor", "first_pay_percent"),
        "year_rule": ("admission", "discharge", "year_end_split"),
        "split_deductible": ("once", "each"),
        "pays": ("in_policy",),
        "in_area_only": (True, False),
    }
    if name in words:
        return draw.choice(words[name])
    if UNITS[name] == "pct":
        return draw.choice(PERCENTS)
    if UNITS[name] == "list":
        pool = {"diseases": DISEASES, "waived_by": ("freshman", "student_filed"), "no_double_with": ("chronic",)}
        pool["no_reduction_places"] = ("学籍地", "户籍地", "实习地")
        return draw.sample(pool[name], draw.randint(1, len(pool[name])))
    if name == "deductible" and draw.random() < 0.2:
        return [draw.choice(AMOUNTS) for _ in range(draw.choice((1, 2, 3)))]
    return draw.choice(AMOUNTS if name in {"deductible", "limit"} else (*AMOUNTS, "none"))


def tree(draw, name, by):
    """A table by some dimensions, with cells left out or blank."""
    if not by:
        return "gap" if draw.random() < 0.02 and UNITS[name] != "list" else value(draw, name)
    keys = [key for key in KEYS[by[0]] if draw.random() < 0.6] + (["*"] if draw.random() < 0.9 else [])
    return {key: tree(draw, name, by[1:]) for key in keys or ["*"]}


def parameter(draw, name, choices):
    """A parameter with one value, or two with a cut between them, or one that begins or ends."""
    by = list(draw.choice(choices))
    entries = [{"from": "2020-01-01"}]
    if draw.random() < 0.4:
        cut = draw.choice(CUTS)
        entries = draw.choice(
            ([{"from": "2020-01-01", "to": cut}, {"from": cut}], [{"from": cut}], [{"from": "2020-01-01", "to": cut}])
        )
    for entry in entries:
        entry |= {"source": "s", "at": "L1", "confidence": "seed-official"}
        entry["table" if by else "value"] = tree(draw, name, by)
    return {"unit": UNITS[name], "by": by, "values": entries}


def one_amount(parameters):
    """The threshold of medical aid does not go by admission."""
    for entry in parameters.get("deductible", {}).get("values", []):
        if isinstance(entry["value"], list):
            entry["value"] = entry["value"][0]


def document(region, scheme, benefit, parameters, year):
    head = {"schema": "policy/1", "region": region, "scheme": scheme, "benefit": benefit, "year": year}
    sources = {"s": {"kind": "seed", "title": "t"}}
    return {**head, "method": METHODS.get(benefit, "pool_line"), "sources": sources, "parameters": parameters}


_SIMPLE = [(), ("population",), ("level",), ("population", "level")]
_BY_DISEASE = [(), ("disease",), ("level", "disease")]
_BASIC = dict.fromkeys(("deductible", "ratio", "cap"), (_SIMPLE, 0.8)) | {"deductible_basis": ([()], 0.8)}
_OF_DISEASES = dict.fromkeys(("deductible", "ratio", "cap"), (_BY_DISEASE, 0.9)) | {"deductible_basis": ([()], 0.9)}
PARAMETERS = {  # of each benefit: the dimensions that a parameter may have, and how often a file has it
    "outpatient": _BASIC,
    "emergency": _BASIC | {"limit": ([("population",)], 0.1)},
    "inpatient": _BASIC | {"year_rule": ([()], 0.7), "split_deductible": ([()], 0.5)},
    "chronic": _OF_DISEASES,
    "two_diseases": _OF_DISEASES | {"no_double_with": ([()], 0.7)},
    "family_planning_outpatient": {"limit": ([(), ("population",)], 1)},
    "catalogue": {"first_pay": ([()], 1)},
    "account": {"pays": ([()], 1)},
    "major_illness": {
        "bands": ([(), ("population",)], 1),
        "diseases": ([()], 0.5),
        "cap": ([()], 0.4),
        "in_area_only": ([()], 0.4),
    },
    "medical_aid": {
        "ratio": ([("population",)], 1),
        "deductible": ([()], 0.6),
        "cap": ([(), ("population",)], 0.5),
    },
    "out_of_area": {
        "mode": ([(), ("status",)], 0.9),
        "points": ([("status",), ("status", "population")], 0.9),
        "waived_by": ([()], 0.7),
        "no_reduction_places": ([()], 0.5),
    },
}


def random_documents(draw):
    """A nation that has nearly everything, and nearer files that replace some of it."""
    documents = []
    years = {benefit: draw.choice(("calendar", "calendar", "09-01")) for benefit in POOLED}
    for benefit, known in PARAMETERS.items():
        for region in REGIONS:
            for scheme in SCHEMES:
                widest = (region, scheme) == ("100000", "any")
                if not widest and draw.random() > 0.12:
                    continue
                often = 1.2 if widest else 0.5
                names = {n: c for n, (c, usual) in known.items() if draw.random() < usual * often}
                if names:
                    found = {name: parameter(draw, name, choices) for name, choices in names.items()}
                    if benefit == "medical_aid":
                        one_amount(found)
                    documents.append(document(region, scheme, benefit, found, years.get(benefit, "calendar")))
    return documents


def near(draw, *edges):
    """Whole fen close to an edge."""
    return max(0, draw.choice(edges) + draw.choice((-2, -1, 0, 0, 0, 1, 2, 5)))


def some_fen(draw):
    return near(draw, *(int(text.replace(".", "")) for text in AMOUNTS), draw.randrange(3_000_000))


def random_items(draw):
    """[(amount, grade, first pay ppm, ceiling, accounts allowed)] in fen."""
    items = []
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        amount = some_fen(draw)
        share = draw.choice((None, None, 0, 33_333, 100_000, 1_000_000))
        ceiling = draw.choice((None, None, amount, near(draw, amount), amount // 2))
        items.append((amount, draw.choice("AAABC"), share, ceiling, draw.random() < 0.85))
    return items


def random_visit(draw):
    """Who is treated how; words only."""
    setting = draw.choice(
        ("outpatient", "outpatient", "emergency", "pharmacy", "school_clinic", "inpatient", "inpatient")
        if draw.random() < 0.75
        else ("chronic", "chronic", "two_diseases", "two_diseases", "family_planning_outpatient")
    )
    level = setting if setting in {"pharmacy", "school_clinic"} else draw.choice(LEVELS[:6])
    who = {"population": draw.choice(POPULATIONS), "level": level, "aided": draw.random() < 0.3}
    if setting in {"chronic", "two_diseases"} or draw.random() < 0.2:
        who["disease"] = draw.choice(DISEASES)
        who["chronic"] = tuple(draw.sample(DISEASES, draw.choice((0, 1))))
    if draw.random() < 0.3:
        waiver = draw.choice(("", "", "freshman", "student_filed"))
        place = draw.choice(("", "学籍地", "旅行地"))
        who |= {"status": draw.choice(STATUSES), "waiver": waiver, "place": place}
    return setting, who
