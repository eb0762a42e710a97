"""Masks: the shape of what is shown, and canaries that must not be found."""

import io
import json
import logging
import random
import secrets
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain.people import id_numbers
from yibaobox.edge import logs, masks, strict_json


@settings(deadline=None)
@given(st.text(min_size=6))
def test_an_id_shows_three_and_two_characters(text):
    assert masks.mask_id(text) == f"{text[:3]}*****{text[-2:]}"


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_name_shows_its_last_character(name):
    assert masks.mask_name(name) == "*" + name[-1]


def test_the_examples_of_the_promise():
    assert masks.tree({"certno": "310105199001011242", "psn_name": "王小婧"}) == {
        "certno": "310*****42",
        "psn_name": "*婧",
    }


def test_what_is_needed_to_find_ones_way_stays():
    tree = {
        "infno": "2207",
        "msgid": "H51170200001202611212233440001",
        "psn_no": "51170200000000000001",
        "medins_list_codg": "XC07AAM062B002010102486",
        "medfee_sumamt": "12.34",
        "count": 3,
        "flag": True,
        "begntime": "2026-11-21 22:33:44",
    }

    assert masks.tree(tree) == tree


def test_our_own_words_stay_in_replies_only():
    assert masks.tree({"err_msg": "未参保"}, ours=True) == {"err_msg": "未参保"}
    assert masks.tree({"err_msg": "王小婧"}) == {"err_msg": "*婧"}


def test_a_json_string_inside_a_field_is_masked_like_json():
    inner = json.dumps({"certno": "310105199001011242", "n": 1})

    assert json.loads(masks.tree({"input": inner})["input"]) == {"certno": "310*****42", "n": 1}


def test_a_number_with_an_exponent_hides_no_mobile():
    assert "13900000000" not in masks.body(b'{"x": 1.39e10, "y": [13.9E9]}')


_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
_KEYS = (
    st.sampled_from(["x", "psn_no", "certno", "psn_name", "token", "balc", "age", "exp_content", "dise_name"]) | _TEXTS
)
_VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.decimals(-(10**12), 10**12, places=2).map(lambda number: strict_json.number(f"{number:f}"))
    | st.decimals(-(10**12), 10**12, places=6)
    | _TEXTS
    | st.sampled_from(["310105199001011242", "王小婧", "13912345678", '{"certno":"310105199001011242"}'])
)


@settings(deadline=None)
@given(st.dictionaries(_KEYS, st.recursive(_VALUES, lambda v: st.lists(v) | st.dictionaries(_KEYS, v), max_leaves=8)))
def test_a_tree_is_shown_as_the_text_that_was_written_from_it(tree):
    data = strict_json.encoded(tree, exact=True)

    assert masks.document(tree, ours=True) == masks.body(data, "application/json", ours=True)


@settings(deadline=None)
@given(st.recursive(st.none() | st.text() | st.integers(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_masking_never_fails_and_keeps_the_shape(tree):
    masked = masks.tree(tree)

    assert type(masked) is type(tree) or isinstance(tree, int)


@settings(deadline=None)
@given(st.from_regex(masks._HARMLESS, fullmatch=True), st.sampled_from([masks._LONGEST, masks._LONGEST_IDENTIFIER]))
def test_what_is_let_through_at_once_no_net_would_catch(text, longest):
    assert masks._ID_LIKE.search(text) is None
    assert masks._MOBILE.search(text) is None
    assert all(masks._token(run, longest) == run for run in masks._RUN.findall(text))


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["application/json", "application/x-www-form-urlencoded", "", "a/b"]))
def test_any_body_can_be_masked(data, kind):
    assert isinstance(masks.body(data, kind), str)


def test_long_bodies_are_masked_in_no_time():
    for unit in (b"a1", b"[", b'"a":', "王".encode(), b"1", b"-----BEGIN ", b"\\u1234"):
        masks.body(unit * 30_000)


def id_number(lot):
    head = f"310100{lot.randint(1940, 2015)}{lot.randint(1, 12):02d}{lot.randint(1, 28):02d}{lot.randint(0, 999):03d}"
    return head + id_numbers.check_digit(head)


def canaries():
    """Forty each: ID numbers, mobiles, names, tokens, keys."""
    lot = random.Random(7)
    surnames, given_names = "赵钱孙李周吴郑王冯陈", "婧妍昊泽涵睿琪宸翊澜"
    for _ in range(40):
        yield "id", id_number(lot)
        yield "mobile", f"1{lot.choice('3578')}{lot.randint(10**8, 10**9 - 1)}"
        yield "name", lot.choice(surnames) + lot.choice(given_names) + lot.choice(given_names)
        yield "token", secrets.token_urlsafe(24)
        yield "key", secrets.token_hex(16)


# What chance rarely makes: a token without a digit, a key with a single letter.
RARE = [
    ("token", "XGKcDBxzqSkAMayeLcZpaaoUXKNmd_ss"),
    ("token", "QhXGKcDBxzqSkAMayeLcZpaaoUXKNmds"),
    ("key", "1" * 20 + "f" + "2" * 11),
]


CANARIES = [*canaries(), *RARE]


def plant(client, header, kind, canary, place):
    field = {"id": "certno", "mobile": "mobile", "name": "psn_name", "token": "ecToken", "key": "secret_key"}[kind]
    wire = quote(canary)
    bill = {"payer": "a", "amount_fen": 1}
    inner = {field: canary, "note": canary, "list": [canary], canary: 1, "deep": {"x": {"y": f"见{canary}。"}}}
    places = {
        "its own field": lambda: client.post("/fsi/api/1101", json=header(input=inner)),
        "an input as a string": lambda: client.post("/fsi/api/1101", json=header(input=json.dumps(inner))),
        "the header of the envelope": lambda: client.post(
            "/fsi/api/1101", json=header(opter_name=canary, dev_safe_info=canary)
        ),
        "a refusal that quotes it": lambda: client.post(
            "/fsi/api/1101", json=header(input={"psn_no": "none", "psn_name": canary})
        ),
        "a bug": lambda: client.post("/fsi/api/1101", json=header(input={"psn_no": "bug", "x": canary})),
        "a REST field": lambda: client.post("/portal/v1/bills", json=bill | {"note": canary, "payer": canary[:40]}),
        "a REST bug": lambda: client.post(f"/portal/v1/bug?q={wire}", json=bill | {field: canary}),
        "an unknown key": lambda: client.post("/portal/v1/bills", json=bill | {canary: canary}),
        "the query": lambda: client.get(f"/portal/v1/bills?name={wire}&{wire}=1"),
        "the path": lambda: client.get(f"/portal/v1/bills/{wire}"),
        "a header": lambda: client.get(
            "/portal/v1/world", headers={"User-Agent": latin(canary), "X-Sandbox-Fault": latin(canary)}
        ),
        "the authorization": lambda: client.get("/v3/pay", headers={"Authorization": f"Bearer {latin(canary)}"}),
        "broken JSON": lambda: client.post("/fsi/api/1101", data=f'{{"{field}": "{canary}", "x": {canary}'.encode()),
        "escaped broken JSON": lambda: client.post("/fsi/api/1101", data=json.dumps({field: canary})[:-1]),
        "a form": lambda: client.post("/gateway.do", data={field: canary, "note": canary}),
        "plain text": lambda: client.post("/portal/v1/bills", data=canary.encode(), content_type="text/plain"),
    }
    places[place]()


PLACES = [
    *("its own field", "an input as a string", "the header of the envelope", "a refusal that quotes it", "a bug"),
    *("a REST field", "a REST bug", "an unknown key", "the query", "the path", "a header", "the authorization"),
    *("broken JSON", "escaped broken JSON", "a form", "plain text"),
]


def latin(text):
    return text.encode().decode("latin-1")


@pytest.fixture
def lines():
    """What goes to standard error once logging is set up."""
    kept = [(log, list(log.handlers), log.level, log.propagate) for log in map(logging.getLogger, ("", "yibaobox"))]
    logs.configure("DEBUG")
    stream = io.StringIO()
    for log, *_ in kept:
        for handler in log.handlers:
            handler.setStream(stream)
    yield stream
    for log, handlers, level, propagate in kept:
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)


def spellings(canary):
    yield canary
    yield quote(canary)
    yield json.dumps(canary)[1:-1]
    yield latin(canary)


@pytest.mark.parametrize("place", PLACES)
def test_no_canary_is_found_in_log_or_journal(client, header, journal, lines, place):
    for kind, canary in CANARIES:
        plant(client, header, kind, canary, place)

    rows = journal()
    shown = json.dumps(rows, ensure_ascii=False) + lines.getvalue()
    assert len(rows) == len(CANARIES) == 203
    assert lines.getvalue().count('"event":"request"') == len(CANARIES)
    found = [(kind, spelt) for kind, canary in CANARIES for spelt in spellings(canary) if spelt in shown]
    assert found == []


def test_lines_of_other_libraries_are_masked_too(lines):
    try:
        int("13812345678 王小婧")
    except ValueError:
        logging.getLogger("urllib3").exception("failed for %s of %s", "310105199001011242", "王小婧")

    line = json.loads(lines.getvalue())
    assert line["event"] == "failed for 310*****42 of *婧"
    assert line["error"] == "builtins.ValueError"
    assert "13812345678" not in lines.getvalue()


def test_the_libraries_lines_are_json(lines, client):
    client.get("/portal/v1/world")

    line = json.loads(lines.getvalue().splitlines()[-1])
    assert (line["event"], line["status"], line["world"], line["path"]) == (
        "request",
        200,
        "default",
        "/portal/v1/world",
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/_sandbox/v1/snapshots/s1/restore", "/_sandbox/v1/snapshots/s1/restore"),
        ("/fsi/api/rsfComIfsService/callService", "/fsi/api/rsfComIfsService/callService"),
        ("/_sandbox/v1/people/51040000000000000001/topup", "/_sandbox/v1/people/51040000000000000001/topup"),
        ("/_sandbox/v1/people/510401199002030035/topup", "/_sandbox/v1/people/510*****35/topup"),
        ("/ec/v1/codes/aB3dE6gH9jK2mN5pQ8sT/use", "/ec/v1/codes/*****/use"),
        ("/ec/v1/codes/aB3dE6gH9j/K2mN5pQ8sT", "/ec/v1/codes/*****"),
        ("/portal/v1/王小婧", "/portal/v1/*婧"),
        ("/", "/"),
        ("//x//", "//x//"),
    ],
)
def test_words_of_a_path_stay_and_secrets_in_it_go(path, shown):
    assert masks.path(path) == shown
