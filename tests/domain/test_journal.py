import pytest

from yibaobox.domain import journal
from yibaobox.domain.journal import Request


def request(number=1, **other):
    facts = {"biz_at_us": number, "rec_at_us": number, "trace": f"t{number}", "op": "settle", "method": "POST"}
    return Request(**(facts | {"path": "/2207", "status": 200, "code": None, "duration_us": 5} | other))


def append(store, *rows):
    with store.write() as tx:
        journal.append(tx, rows)


def page(store, limit=100, **filters):
    with store.read() as tx:
        return journal.page(tx, filters, limit=limit)


def test_requests_are_shown_newest_first_and_by_filter(store):
    append(store, request(1), request(2, op="query", psn_no="p"), request(3, status=422))

    assert [one["trace"] for one in page(store)] == ["t3", "t2", "t1"]
    assert [one["trace"] for one in page(store, op="query")] == ["t2"]
    assert [one["trace"] for one in page(store, psn_no="p")] == ["t2"]
    assert [one["trace"] for one in page(store, status=422, op=None)] == ["t3"]
    assert [one["trace"] for one in page(store, since_us=2, limit=1)] == ["t3"]


def test_the_ring_is_bounded_by_count(store, monkeypatch):
    monkeypatch.setattr(journal, "ROWS_MAX", 10)
    append(store, *[request(number) for number in range(25)])

    assert [one["trace"] for one in page(store)] == [f"t{number}" for number in range(24, 14, -1)]


@pytest.mark.parametrize("at_a_time", [2, 3, 100])
@pytest.mark.parametrize("room", [0, 500, 5_000])
def test_of_the_oldest_as_many_fall_out_as_take_too_much(store, monkeypatch, at_a_time, room):
    append(store, *[request(number, detail={"body": "x" * number}) for number in range(20)])
    monkeypatch.setattr(journal, "_HANDFUL", at_a_time)
    monkeypatch.setattr(journal, "WEIGHED_EVERY", 10)
    monkeypatch.setattr(journal, "BYTES_MAX", room + 80)
    with store.write() as tx:
        sizes = [size for (size,) in tx.query("SELECT bytes FROM requests ORDER BY request_id")]
        journal.weigh(tx)
        left = [size for (size,) in tx.query("SELECT bytes FROM requests ORDER BY request_id")]

    assert sum(left) <= room
    assert left == sizes[len(sizes) - len(left) :]
    assert left == sizes or sum(left) + sizes[-len(left) - 1] > room


def test_what_is_written_is_told_in_bytes(store):
    with store.write() as tx:
        told = journal.append(tx, [request(1), request(2, detail={"body": "患" * 300})])
        assert tx.one("SELECT sum(bytes) FROM requests") == (told,)


def test_a_request_is_shown_with_its_detail(store):
    append(store, request(detail={"body": {"姓名": "*婧"}}))
    with store.read() as tx:
        number = journal.page(tx, {})[0]["id"]
        assert journal.get(tx, number)["detail"] == {"body": {"姓名": "*婧"}}
        assert journal.get(tx, 10**9) is None


def test_an_emptied_journal_is_empty(store):
    append(store, request(1), request(2))
    with store.write() as tx:
        assert journal.clear(tx) == 2
    assert page(store) == []


@pytest.mark.parametrize(
    "text", ["\x00", "a\x00b", "\ud800", "\udfff\ud800", "🏥", "\u2028", "'; DROP TABLE requests; --"]
)
@pytest.mark.parametrize("field", ["path", "op", "method", "trace", "code", "detail"])
def test_whatever_a_request_holds_it_can_be_written_down(store, field, text):
    append(store, request(**{field: {"body": text} if field == "detail" else text}))

    assert len(page(store)) == 1
