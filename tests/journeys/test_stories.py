"""The stories: in process, over a real socket on each database, and through a restart."""

import pytest

from boxes import started
from yibaobox.cli.stories import AT, REGIONS, STORIES, Caller, Story, freshman
from yibaobox.cli.stories.telling import Told


def test_the_stories_come_out_as_told(caller):
    told = [story.play(caller) for story in STORIES]

    assert [line for each in told for line in each.mismatches] == []
    assert [len(each.steps) for each in told] == [14, 4, 13, 8, 3, 5, 6, 1]


@pytest.fixture
def own_server(request, tmp_path, kind):
    server = started(kind, request, tmp_path, "--population", "0")
    yield server
    server.audited_stop()


@pytest.mark.parametrize(
    ("kind", "end"), [("sqlite", "kill"), pytest.param("postgresql", "stop", marks=pytest.mark.long)]
)
def test_a_restart_in_the_middle_of_a_story_keeps_everything(own_server, kind, end):
    box = own_server.box()
    world = box.ask("POST", "/worlds", {"regions": REGIONS, "at": AT, "population": 0})["name"]
    told = Told("", ())
    student = freshman.first_act(Caller(own_server.url, world), told)
    before = own_server.box(world).ask("GET", f"/people/{student.person['psn_no']}")
    getattr(own_server, end)()
    own_server.start_again()

    after = own_server.box(world).ask("GET", f"/people/{student.person['psn_no']}")
    freshman.second_act(Caller(own_server.url, world), told, student)

    assert after == before
    assert (told.mismatches, len(told.steps)) == ([], 14)
    own_server.box().ask("DELETE", f"/worlds/{world}")


def test_a_story_tells_of_each_figure_that_is_not_the_expected_one(caller_in_process):
    def plot(_, told):
        told.step("医院", "结算", {"现金": "1.00", "基金": "2.00"}, {"现金": "1.01", "基金": "2.00", "账户": "0.00"})

    told = Story("wrong", "错", (), plot).play(caller_in_process)

    assert told.mismatches == ["医院·结算·现金：应为 1.00，实为 1.01", "医院·结算·账户：应为 （无），实为 0.00"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda caller: caller.control("GET", "/people/nobody"), "404 NOT_FOUND"),
        (lambda caller: caller.refused("GET", "/_sandbox/v1/clock"), "200"),
        (
            lambda caller: caller.send("GET", "/ec/v1/credential", headers={"X-Sandbox-Fault": "reset.before_effect"}),
            "中断",
        ),
    ],
)
def test_a_story_ends_at_an_answer_of_another_kind(caller_in_process, act, said):
    told = Story("wrong", "错", (), lambda caller, _: act(caller)).play(caller_in_process)

    assert len(told.mismatches) == 1
    assert said in told.mismatches[0]
