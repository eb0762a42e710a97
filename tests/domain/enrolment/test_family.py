from __future__ import annotations

import threading

import pytest

from yibaobox.domain import family, people
from yibaobox.domain.errors import AlreadyExists, FamilyFull, InvalidInput, NotFound, Refusal
from yibaobox.domain.store.places import Store


@pytest.fixture
def giver(store: Store) -> str:
    return add(store)[0]


def add(store: Store, n: int = 1) -> list[str]:
    with store.write() as tx:
        return [people.create(tx, people.NewPerson("510400", "employee")).psn_no for _ in range(n)]


def bind(store: Store, giver: str, member: str, **more) -> family.Binding:
    with store.write() as tx:
        return family.bind(tx, giver, member, "child", **more)


def test_a_binding_is_seen_from_both_sides_the_oldest_first(store, giver):
    other, *members = add(store, 3)
    made = [bind(store, giver, member) for member in members]
    later = bind(store, other, members[0])

    with store.read() as tx:
        assert family.members(tx, giver) == made
        assert family.givers(tx, members[0]) == [made[0], later]


def test_nobody_gives_to_oneself(store, giver):
    with pytest.raises(InvalidInput, match="本人"):
        bind(store, giver, giver)


def test_a_relation_is_of_the_list(store, giver):
    [member] = add(store)
    with store.write() as tx, pytest.raises(InvalidInput, match="亲属关系"):
        family.bind(tx, giver, member, "friend")


def test_a_member_is_bound_once_and_again_after_unbinding(store, giver):
    [member] = add(store)
    first = bind(store, giver, member)
    with pytest.raises(AlreadyExists):
        bind(store, giver, member)

    with store.write() as tx:
        family.unbind(tx, giver, first.binding_id)
    again = bind(store, giver, member)

    assert again.consent_id != first.consent_id


def test_an_ended_binding_is_gone_from_both_sides_and_ends_once(store, giver):
    [member] = add(store)
    made = bind(store, giver, member)
    with store.write() as tx:
        ended = family.unbind(tx, giver, made.binding_id)

    assert ended.until_us is not None
    with store.write() as tx:
        assert (family.members(tx, giver), family.givers(tx, member)) == ([], [])
        with pytest.raises(NotFound):
            family.unbind(tx, giver, made.binding_id)


def test_only_the_giver_unbinds(store, giver):
    member, stranger = add(store, 2)
    made = bind(store, giver, member)

    said = []
    for who, number in ((member, made.binding_id), (stranger, made.binding_id), (stranger, 10**9)):
        with store.write() as tx, pytest.raises(NotFound) as refused:
            family.unbind(tx, who, number)
        said.append((refused.value.message, refused.value.detail))
    assert said[0] == said[1] == said[2]


def test_the_sixth_member_is_refused(store, giver):
    members = add(store, 6)
    for member in members[:5]:
        bind(store, giver, member)

    with pytest.raises(FamilyFull, match="5人上限"):
        bind(store, giver, members[5])


def test_a_region_may_allow_fewer_members(store, giver):
    members = add(store, 2)
    bind(store, giver, members[0], members_max=1)

    with pytest.raises(FamilyFull, match="1人上限"):
        bind(store, giver, members[1], members_max=1)


def test_of_eight_bindings_at_once_five_live(store, giver):
    members = add(store, 8)
    barrier, outcomes = threading.Barrier(8), []

    def race(member: str) -> None:
        barrier.wait()
        try:
            bind(store, giver, member)
            outcomes.append("bound")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=race, args=(member,)) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(outcomes) == ["FAMILY_FULL"] * 3 + ["bound"] * 5


_ROW = (
    "INSERT INTO family_bindings (psn_no, binding_id, member_psn_no, relation, consent_id, notice, members_max,"
    " since_seq, until_seq, since_us, until_us) VALUES (?, ?, ?, ?, ?, 'family-account/1', ?, 1, NULL, 0, NULL)"
)


@pytest.mark.parametrize(
    ("member", "relation", "consent", "limit"),
    [("giver", "child", 1, 5), ("new", "friend", 1, 5), ("new", "child", None, 5), ("new", "child", 1, 1)],
)
def test_the_database_itself_refuses_self_strange_relations_no_consent_and_a_crowd(
    store, giver, member, relation, consent, limit
):
    first, new = add(store, 2)
    bind(store, giver, first)

    with pytest.raises(Exception, match=r"(?i)constraint|full"), store.write() as tx:
        tx.run(_ROW, giver, 10**6, giver if member == "giver" else new, relation, consent, limit)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE family_bindings SET member_psn_no = '1'",
        "UPDATE family_bindings SET until_us = NULL, until_seq = NULL",
        "DELETE FROM family_bindings",
    ],
)
def test_the_database_itself_keeps_bindings(store, giver, statement):
    [member] = add(store)
    made = bind(store, giver, member)
    with store.write() as tx:
        family.unbind(tx, giver, made.binding_id)

    with pytest.raises(Exception, match=r"kept|once"), store.write() as tx:
        tx.run(statement)
