"""The test bed itself: databases that fixtures hand out."""

import psycopg
import pytest

import pgcluster


def test_the_server_of_a_run_writes_durably(postgres_url):
    with pgcluster.connect(postgres_url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_a_fresh_database_has_no_tables(fresh_postgres_url):
    with pgcluster.connect(fresh_postgres_url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert found == (0,)


def test_what_was_committed_survives_kill_9_of_the_server(postgres_server):
    with pgcluster.connect(postgres_server.url) as connection:
        connection.execute("CREATE TABLE kept (fen bigint)")
        connection.execute("INSERT INTO kept VALUES (1234)")
    postgres_server.kill()
    with pytest.raises(psycopg.OperationalError):
        pgcluster.connect(postgres_server.url)
    postgres_server.start()

    with pgcluster.connect(postgres_server.url) as connection:
        assert connection.execute("SELECT fen FROM kept").fetchone() == (1234,)
