"""Faults of what the sandbox stands on that last longer than a request."""

import pytest

from striking import until


def query(clinic, person):
    identity = {"psn_cert_type": "01", "certno": person["id_no"], "psn_name": person["name"]}
    return clinic.envelope("1101", {"data": clinic.card(person) | identity})


@pytest.mark.parametrize("place", ["postgresql"], indirect=True, scope="package")
@pytest.mark.parametrize("position", ["before_effect", "after_commit"])
def test_a_worker_is_killed_and_the_others_go_on(struck, clinic, patient, position):
    message = clinic.envelope("2201", clinic.registration(patient))
    struck.arm("worker.kill", match={"msgid": message["msgid"]}, params={"position": position})

    assert struck.national(message) == "broken"
    again = until(lambda: (reply := struck.national(message)) != "broken" and reply, "an answer")

    assert again.json()["infcode"] == 0
    assert (again.headers.get("X-Sandbox-Replay") == "1") == (position == "after_commit")


def test_a_database_is_down_for_some_time(struck, clinic, patient):
    struck.arm("db.down", params={"s": 30})
    codes = [struck.national(query(clinic, patient)).headers.get("X-Sandbox-Code") for _ in range(2)]
    struck.advance(31)

    assert codes == ["UNAVAILABLE"] * 2
    assert struck.national(query(clinic, patient)).json()["infcode"] == 0
