import threading

import flask

from yibaobox.app import Settings, create_app
from yibaobox.app.late import Late


def test_a_service_that_many_ask_for_at_once_is_put_together_once():
    made, asked = [], threading.Barrier(8)

    def make():
        made.append(flask.Flask("late"))
        return made[-1]

    late = Late(make)
    given = []

    def ask():
        asked.wait()
        given.append(late.made)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == given[:1]
    assert given == made * 8


def test_neither_a_start_nor_an_end_puts_together_what_nobody_asked_for(monkeypatch):
    made = []
    monkeypatch.setattr(Late, "made", property(made.append))

    create_app(Settings(ticker=False)).close()

    assert made == []
