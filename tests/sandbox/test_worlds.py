"""Worlds: made, listed, reset, emptied, removed, written out and read in; chosen by header, path or credential."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from boxes import local
from yibaobox.app import Settings, create_app
from yibaobox.domain.people.magic import magic_persons

LINES = {"Content-Type": "application/x-ndjson"}


def magic_of(region):
    return sum(person.region == region for person in magic_persons())


def test_a_world_is_made_from_what_was_asked(any_box):
    asked = {"name": "town", "seed": 7, "regions": ["511702"], "at": "2025-12-31T23:59:00+08:00", "population": 3}

    made = any_box.ask("POST", "/worlds", asked)

    assert made | {"created_at": ""} == asked | {"regions": ["511700"], "created_at": ""}
    town = any_box.elsewhere("town")
    assert town.ask("GET", "/people")["total"] == 3 + magic_of("511700")
    assert town.ask("GET", "/clock") == {"mode": "frozen", "now": "2025-12-31T23:59:00+08:00", "today": "2025-12-31"}
    any_box.ask("DELETE", "/worlds/town")


def test_a_world_without_a_name_gets_one(any_box):
    made = any_box.ask("POST", "/worlds", {})

    assert made["name"] in any_box.worlds()
    assert made["seed"] == 42
    any_box.ask("DELETE", f"/worlds/{made['name']}")


def test_the_seed_decides_who_lives_in_a_world(any_box):
    people = {}
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        any_box.ask("POST", "/worlds", {"name": name, "seed": seed, "population": 5, "regions": ["510400"]})
        page = any_box.elsewhere(name).ask("GET", "/people")
        people[name] = [(person["psn_no"], person["name"], person["id_no"]) for person in page["items"]]
        any_box.ask("DELETE", f"/worlds/{name}")

    assert people["one"] == people["same"] != people["other"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "UPPER"}, "INVALID_INPUT"),
        ({"name": "a" * 41}, "INVALID_INPUT"),
        ({"regions": ["999999"]}, "UNKNOWN_REGION"),
        ({"regions": []}, "INVALID_INPUT"),
        ({"at": "2025-12-31"}, "INVALID_INPUT"),
        ({"seed": "42"}, "INVALID_INPUT"),
        ({"colour": "red"}, "INVALID_INPUT"),
    ],
)
def test_a_world_that_cannot_be_is_refused(any_box, body, code):
    assert any_box.refusal("POST", "/worlds", body) == (422, code)


def test_a_name_is_given_once(any_box):
    any_box.ask("POST", "/worlds", {"name": "twice"})

    assert any_box.refusal("POST", "/worlds", {"name": "twice"}) == (409, "ALREADY_EXISTS")
    any_box.ask("DELETE", "/worlds/twice")


def test_a_world_that_is_not_there_is_not_found(any_box):
    assert any_box.refusal("DELETE", "/worlds/nowhere") == (404, "WORLD_NOT_FOUND")
    assert any_box.refusal("POST", "/worlds/nowhere/reset") == (404, "WORLD_NOT_FOUND")
    assert any_box.refusal("POST", "/worlds/nowhere/purge") == (404, "WORLD_NOT_FOUND")
    assert any_box.refusal("GET", "/worlds/nowhere/export") == (404, "WORLD_NOT_FOUND")
    assert any_box.elsewhere("nowhere").refusal("GET", "/clock") == (404, "WORLD_NOT_FOUND")


def test_the_default_world_cannot_be_removed(any_box):
    assert any_box.refusal("DELETE", "/worlds/default") == (422, "INVALID_INPUT")


def test_reset_takes_a_world_back_to_its_seed(any_box):
    any_box.ask("POST", "/worlds", {"name": "again", "population": 4, "regions": ["510400"]})
    again = any_box.elsewhere("again")
    before = again.ask("GET", "/people"), again.ask("GET", "/ledger/entries")
    again.person(account_fen=500)
    again.ask("PUT", "/clock", {"mode": "frozen"})

    any_box.ask("POST", "/worlds/again/reset")

    assert (again.ask("GET", "/people"), again.ask("GET", "/ledger/entries")) == before
    assert again.ask("GET", "/clock")["mode"] == "follow"
    any_box.ask("DELETE", "/worlds/again")


def test_purge_leaves_institutions_and_nobody(any_box):
    any_box.ask("POST", "/worlds", {"name": "bare", "population": 4, "regions": ["510400"]})
    bare = any_box.elsewhere("bare")
    bare.person(account_fen=500)

    any_box.ask("POST", "/worlds/bare/purge")

    assert bare.ask("GET", "/people")["total"] == 0
    assert bare.ask("GET", "/audit")["checked"]["entries"] == 0
    assert bare.ask("GET", "/institutions")["total"] >= 4
    any_box.ask("DELETE", "/worlds/bare")


def test_an_exported_world_reads_in_as_the_same_world(any_box):
    psn_no = any_box.person(account_fen=12_345)["psn_no"]
    lines = any_box.get(f"/_sandbox/v1/worlds/{any_box.world}/export")

    assert lines.headers["Content-Type"] == "application/x-ndjson"
    made = any_box.put("/_sandbox/v1/worlds/twin/import", data=lines.content, headers=LINES)
    assert made.status_code == 201, made.text
    twin = any_box.elsewhere("twin")
    assert twin.ask("GET", f"/people/{psn_no}") == any_box.ask("GET", f"/people/{psn_no}")
    assert twin.ask("GET", "/audit")["head"] == any_box.ask("GET", "/audit")["head"]
    assert twin.violations() == []
    any_box.ask("DELETE", "/worlds/twin")


def test_a_broken_file_changes_nothing(any_box):
    lines = any_box.get(f"/_sandbox/v1/worlds/{any_box.world}/export").content
    cut = b"".join(lines.splitlines(keepends=True)[:-1])

    for data in (cut, b"", b"{}\n", lines.replace(b"\xe5", b"\xe6", 1), b"\xff" * 64):
        reply = any_box.put("/_sandbox/v1/worlds/broken/import", data=data, headers=LINES)
        assert (reply.status_code, reply.json()["code"]) == (422, "INVALID_INPUT")
    assert "broken" not in any_box.worlds()


def test_a_world_with_possibly_real_people_is_not_read_in(any_box):
    real = create_app(Settings(ticker=False, allow_realistic_ids=True))
    person = local(real).person(id_no="110101199003077758")
    lines = local(real).get("/_sandbox/v1/worlds/default/export").content
    path = "/_sandbox/v1/worlds/real/import"

    reply = any_box.put(path, data=lines, headers=LINES)

    assert (reply.status_code, reply.json()["code"]) == (422, "REALISTIC_ID")
    assert "real" not in any_box.worlds()
    assert local(real).put(path, data=lines, headers=LINES).status_code == 201
    assert local(real, "real").ask("GET", f"/people/{person['psn_no']}") == person


def test_an_import_replaces_a_world_only_when_told_to(any_box):
    any_box.ask("POST", "/worlds", {"name": "target", "regions": ["510400"]})
    psn_no = any_box.person()["psn_no"]
    lines = any_box.get(f"/_sandbox/v1/worlds/{any_box.world}/export").content
    path = "/_sandbox/v1/worlds/target/import"

    assert any_box.put(path, data=lines, headers=LINES).json()["code"] == "ALREADY_EXISTS"
    assert any_box.put(path, data=lines, headers=LINES, params={"overwrite": "true"}).status_code == 201
    assert any_box.elsewhere("target").ask("GET", f"/people/{psn_no}")["psn_no"] == psn_no
    any_box.ask("DELETE", "/worlds/target")


def test_a_world_is_chosen_by_header_path_or_credential(any_box):
    any_box.ask("POST", "/worlds", {"name": "mine"})
    mine = any_box.elsewhere("mine").ask("GET", "/credentials")

    by_path = any_box.session.get(f"{any_box.url}/w/mine/_sandbox/v1/credentials", timeout=60).json()
    by_key = any_box.session.get(
        f"{any_box.url}/_sandbox/health", headers={"_api_access_key": mine["fsi"]["access_key"]}, timeout=60
    ).json()
    by_nothing = any_box.session.get(f"{any_box.url}/_sandbox/health", timeout=60).json()

    assert by_path == mine
    assert mine["base_url"] == f"{any_box.url}/w/mine"
    assert by_key["world"] == "mine"
    assert by_nothing["world"] == "default"
    any_box.ask("DELETE", "/worlds/mine")


def test_header_and_path_must_not_name_different_worlds(any_box):
    reply = any_box.get("/w/another/_sandbox/v1/clock")

    assert (reply.status_code, reply.json()["code"]) == (400, "WORLD_CHOICE_CONFLICT")


def test_eight_users_of_eight_worlds_never_see_each_other(server):
    client = server.box()
    names = [client.ask("POST", "/worlds", {"population": 0})["name"] for _ in range(8)]

    def live(index):
        world = server.box(names[index])
        world.ask("PUT", "/clock", {"mode": "frozen", "at": f"203{index}-06-01T08:00:00+08:00"})
        for turn in range(12):
            world.person(name=f"测{'甲乙丙丁戊己庚辛'[index]}", account_fen=100 * (index + 1) + turn)
            world.ask("POST", "/clock/advance", {"by": "PT1H"})
        page, clock = world.ask("GET", "/people", limit=12), world.ask("GET", "/clock")
        entries = world.ask("GET", "/ledger/entries", account="ACCT")["items"]
        made = {person["psn_no"] for person in page["items"]}
        return page, clock, [entry for entry in entries if entry["psn_no"] in made], world.violations()

    with ThreadPoolExecutor(8) as pool:
        lives = list(pool.map(live, range(8)))

    for index, (page, clock, entries, violations) in enumerate(lives):
        assert {person["name"] for person in page["items"]} == {f"测{'甲乙丙丁戊己庚辛'[index]}"}
        assert (page["total"], len(entries)) == (12 + len(magic_persons()), 12)
        assert clock["now"] == f"203{index}-06-01T20:00:00+08:00"
        assert sum(entry["amount_fen"] for entry in entries) == 12 * 100 * (index + 1) + 66
        assert violations == []
    for name in names:
        client.ask("DELETE", f"/worlds/{name}")
