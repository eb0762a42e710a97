"""docs/journeys.md keeps up with the stories: their steps, their figures, and the routes they use."""

import re
from pathlib import Path

import pytest

from boxes import local
from yibaobox.cli.stories import STORIES, Caller

PAGE = (Path(__file__).parent.parent.parent / "docs" / "journeys.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+) \| (\S+) \| (.+) \| ([^|]+) \|$", re.MULTILINE)


class Recorder(Caller):
    """A caller that remembers what it asked for."""

    def __init__(self, box):
        super().__init__(box.url, box.world, box.session)
        self.asked = set()

    def send(self, method, path, **more):
        message = more.get("json")
        self.asked.add(message["infno"] if isinstance(message, dict) and "infno" in message else f"{method} {path}")
        return super().send(method, path, **more)


@pytest.fixture(scope="module")
def played(app):
    box = local(app)
    world = box.ask("POST", "/worlds", {"regions": ["510400", "511700"]})["name"]
    recorder = Recorder(box.elsewhere(world))
    told = [story.play(recorder) for story in STORIES]
    box.ask("DELETE", f"/worlds/{world}")
    return told, recorder.asked


def test_the_page_tells_each_step_and_each_figure(played):
    told, _ = played
    steps = [(str(place), step) for story in told for place, step in enumerate(story.steps, 1)]

    said = [(number, where, figures) for number, where, _, figures in ROW.findall(PAGE)]

    assert said == [
        (number, step.system, "，".join(f"{name} {figure}" for name, figure in step.found.items()))
        for number, step in steps
    ]


def test_the_page_names_only_what_the_stories_ask_for(played):
    _, asked = played
    named = re.findall(r"`((?:GET|POST|PUT) /[^`]+|\d{4})`", PAGE)

    assert len(named) > 40
    for route in named:
        pattern = re.compile(re.sub(r"<[^>]*>", "[^/]+", route.replace(".", r"\.")))
        assert any(pattern.fullmatch(each) for each in asked), route
