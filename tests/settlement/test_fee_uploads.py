"""What one message brought for one batch is settled together, and each row of it is written once."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from boxes import local, world_violations
from clinic import Clinic
from yibaobox.app import Settings, create_app
from yibaobox.domain import visits
from yibaobox.domain.store import migrate

ROWS = (
    "SELECT visit_id, feedetl_sn, {}batch, place, item, grade, count_e4, price_e6, amount_fen, first_pay_ppm,"
    " ceiling_fen, out_fen, over_fen, first_pay_fen, eligible_fen, {}setl_id, detail, charged_on, returns FROM "
)
NOW = f"{ROWS.format('u.', 'u.')}fees JOIN fee_uploads u USING (psn_no, visit_id, upload) WHERE psn_no = ?"
UNTIL_THEN = f"{ROWS.format('', '')}fees WHERE psn_no = ?"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path}/worlds" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def started(url):
    """Starts the program, the one before it closed; in the end what it left is audited after one more start."""
    running = []

    def start():
        if running:
            running.pop().close()
        running.append(create_app(Settings(db=url)))
        return running[0]

    yield start
    found = world_violations(start().worlds.get("default"))
    running.pop().close()
    assert found == []


@pytest.fixture
def app(started):
    return started()


@pytest.fixture
def clinic(app):
    return Clinic(local(app))


@pytest.fixture
def patient(clinic):
    return clinic.box.person(enrolled=True)


def begun(clinic, patient):
    number = clinic.register(patient).output["data"]["mdtrt_id"]
    assert clinic.describe(patient, number).ok
    return number


def charge(clinic, patient, visit, *batches):
    """Upload rows of ten yuan in one message, one for each batch that is named."""
    rows = [clinic.row(patient, visit, "10.00", chrg_bchno=batch) for batch in batches]
    assert clinic.call("2204", {"feedetail": rows}).ok
    return [row["feedetl_sn"] for row in rows]


def settle(clinic, patient, visit, total, batch):
    return clinic.settle(patient, visit, total, chrg_bchno=batch)


def cancel(clinic, patient, visit, batch):
    return clinic.call("2205", {"data": {"psn_no": patient["psn_no"], "mdtrt_id": visit, "chrg_bchno": batch}})


def rows(store, patient, sql=NOW):
    with store.read() as tx:
        return sorted(tx.query(sql, patient["psn_no"]), key=repr)


def uploads(store, patient):
    """Each upload of a patient: its batch, whether it is settled, how many rows it has and says that it has."""
    with store.read() as tx:
        found = tx.query(
            "SELECT u.batch, u.setl_id, u.row_count, (SELECT count(*) FROM fees f WHERE f.psn_no = u.psn_no"
            " AND f.visit_id = u.visit_id AND f.upload = u.upload) FROM fee_uploads u WHERE u.psn_no = ?"
            " ORDER BY u.visit_id, u.upload",
            patient["psn_no"],
        )
    assert all(told == count for _, _, told, count in found)
    return [(batch, setl_id is not None, count) for batch, setl_id, count, _ in found]


def test_what_came_later_waits_while_the_rest_of_its_batch_is_settled(app, clinic, patient):
    store = app.worlds.get("default").store
    visit = begun(clinic, patient)
    charge(clinic, patient, visit, "A", "B", "A")
    charge(clinic, patient, visit, "A")
    settled = settle(clinic, patient, visit, "30.00", "A").setlinfo["setl_id"]
    assert uploads(store, patient) == [("A", True, 2), ("B", False, 1), ("A", True, 1)]
    charge(clinic, patient, visit, "A")
    assert settle(clinic, patient, visit, "40.00", "A").code == "AMOUNT_MISMATCH"
    assert settle(clinic, patient, visit, "10.00", "A").ok
    assert clinic.reverse(patient, visit, settled).ok

    assert uploads(store, patient) == [("A", False, 2), ("B", False, 1), ("A", False, 1), ("A", True, 1)]
    assert settle(clinic, patient, visit, "30.00", "A").ok
    assert settle(clinic, patient, visit, "30.00", "A").code == "ALREADY_SETTLED"
    assert settle(clinic, patient, visit, "10.00", "B").ok


def test_of_a_batch_only_what_waits_is_removed_and_no_upload_stays_without_rows(app, clinic, patient):
    store = app.worlds.get("default").store
    visit = begun(clinic, patient)
    charge(clinic, patient, visit, "A", "B")
    assert settle(clinic, patient, visit, "10.00", "A").ok
    charge(clinic, patient, visit, "A", "A", "C")

    assert cancel(clinic, patient, visit, "A").ok
    assert uploads(store, patient) == [("A", True, 1), ("B", False, 1), ("C", False, 1)]
    assert cancel(clinic, patient, visit, "A").code == "ALREADY_SETTLED"
    assert cancel(clinic, patient, visit, "0000").ok
    assert uploads(store, patient) == [("A", True, 1)]
    assert cancel(clinic, patient, visit, "0000").code == "NOT_FOUND"


@pytest.mark.parametrize(("before", "had"), [("w0024", UNTIL_THEN), ("w0025", NOW), ("w0026", NOW)])
def test_rows_survive_the_way_down_to_where_each_held_its_settlement_and_up_again(
    started, app, clinic, patient, before, had
):
    visit, other = begun(clinic, patient), begun(clinic, patient)
    charge(clinic, patient, visit, "A", "B", "A")
    assert settle(clinic, patient, visit, "20.00", "A").ok
    charge(clinic, patient, visit, "A", "B")
    charge(clinic, patient, other, "A", "A")
    undone = settle(clinic, patient, other, "20.00", "A").setlinfo["setl_id"]
    assert clinic.reverse(patient, other, undone).ok
    charge(clinic, patient, other, "A")
    store = app.worlds.get("default").store
    found, brought = rows(store, patient), uploads(store, patient)
    assert len(found) == 8

    migrate.downgrade(store, "world", before)
    assert rows(store, patient, had) == found
    migrate.upgrade(store, "world")
    assert rows(store, patient) == found
    gathered = [("A", True, 2), ("B", False, 2), ("A", False, 1), ("A", False, 3)]  # where they are settled alike
    assert uploads(store, patient) == (gathered if before == "w0024" else brought)
    clinic = Clinic(local(started()))
    assert settle(clinic, patient, visit, "20.00", "B").ok
    assert settle(clinic, patient, visit, "10.00", "A").ok
    assert settle(clinic, patient, other, "30.00", "A").ok
    assert settle(clinic, patient, other, "30.00", "A").code == "ALREADY_SETTLED"


def test_a_settlement_of_other_rows_than_its_uploads_have_is_not_made(app, clinic, patient, monkeypatch):
    store = app.worlds.get("default").store
    visit = begun(clinic, patient)
    charge(clinic, patient, visit, "A", "A")
    charge(clinic, patient, visit, "A")
    before = rows(store, patient)

    for told in ({1: 1, 3: 1}, {1: 2}, {2: 2}):
        with monkeypatch.context() as patched:
            patched.setattr(visits, "uploads_of", lambda _, told=told: told)
            assert settle(clinic, patient, visit, "30.00", "A").code == "BUSY"
        assert rows(store, patient) == before
    assert settle(clinic, patient, visit, "30.00", "A").ok


def test_what_removes_a_row_behind_our_back_is_counted_and_kept_from_a_settlement(app, clinic, patient):
    store = app.worlds.get("default").store
    visit = begun(clinic, patient)
    first, *_ = charge(clinic, patient, visit, "A", "A", "A")
    with store.write() as tx:
        tx.run("DELETE FROM fees WHERE psn_no = ? AND feedetl_sn = ?", patient["psn_no"], first)
    assert uploads(store, patient) == [("A", False, 2)]
    assert settle(clinic, patient, visit, "20.00", "A").ok


def test_who_removes_a_row_and_who_settles_it_wait_for_each_other(app, clinic, patient, url):
    if url.startswith("sqlite"):
        pytest.skip("SQLite has one writer")
    store = app.worlds.get("default").store
    visit = begun(clinic, patient)
    first, *_ = charge(clinic, patient, visit, "A", "A")
    with psycopg.connect(url.replace("+psycopg", "", 1)) as other, ThreadPoolExecutor() as pool:
        other.execute("SELECT set_config('search_path', 'w_default', false)")
        other.execute("DELETE FROM fees WHERE psn_no = %s AND feedetl_sn = %s", [patient["psn_no"], first])
        settling = pool.submit(settle, clinic, patient, visit, "20.00", "A")
        with pytest.raises(TimeoutError):
            settling.result(0.5)
        other.commit()
        assert settling.result(10).code == "AMOUNT_MISMATCH"
    assert uploads(store, patient) == [("A", False, 1)]
    assert settle(clinic, patient, visit, "10.00", "A").ok


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("UPDATE fees SET amount_fen = amount_fen WHERE psn_no = ?", "never changes"),
        ("UPDATE fees SET upload = upload WHERE psn_no = ?", "never changes"),
        ("DELETE FROM fees WHERE psn_no = ? AND upload = 1", "a settled row stays"),
        ("UPDATE fee_uploads SET batch = batch WHERE psn_no = ? AND upload = 2", "never changes"),
        ("UPDATE fee_uploads SET setl_id = NULL WHERE psn_no = ? AND upload = 1", "by a reversal only"),
        ("UPDATE fee_uploads SET setl_id = 424242 WHERE psn_no = ? AND upload = 1", "by a reversal only"),
        ("UPDATE fee_uploads SET setl_id = 424242 WHERE psn_no = ? AND upload = 2", "(?i)foreign key"),
        ("DELETE FROM fee_uploads WHERE psn_no = ? AND upload = 1", "a settled row stays"),
        ("DELETE FROM fee_uploads WHERE psn_no = ? AND upload = 2", "(?i)foreign key"),
        (
            "INSERT INTO fee_uploads SELECT psn_no, -visit_id, upload, 'A', NULL, 1 FROM fee_uploads WHERE psn_no = ?",
            "(?i)foreign key",
        ),
        (
            "INSERT INTO fee_uploads SELECT psn_no, visit_id, upload, 'C', NULL, 1 FROM fee_uploads WHERE psn_no = ?",
            "(?i)unique",
        ),
    ],
)
def test_the_database_itself_keeps_uploads_and_rows(app, clinic, patient, change, refusal):
    visit = begun(clinic, patient)
    charge(clinic, patient, visit, "A", "B")
    assert settle(clinic, patient, visit, "10.00", "A").ok
    store = app.worlds.get("default").store
    before = rows(store, patient)

    with pytest.raises(Exception, match=refusal), store.write() as tx:
        tx.run(change.replace("?", f"'{patient['psn_no']}'"))
    assert rows(store, patient) == before
