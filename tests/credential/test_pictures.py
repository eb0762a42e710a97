"""C3: a code as QR and bar code, read back by another library; refresh, life and whose it is."""

import re
import struct
import zlib

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen import frozen
from holding import holder
from yibaobox.credential import pictures

CODES = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=28, max_size=28)
SYMBOLOGIES = {"qr": "QR Code", "bar": "Code 128"}


@pytest.fixture
def town(local_box):
    return frozen(local_box)


def read(picture: np.ndarray) -> list[tuple[str, str]]:
    return [(str(one.format), one.text) for one in zxingcpp.read_barcodes(picture)]


def drawn(content: bytes, kind: str) -> np.ndarray:
    if kind == "png":
        return unpacked(content)
    return rastered(content.decode())


def unpacked(content: bytes) -> np.ndarray:
    """Read a PNG of one bit a pixel whose rows stand for themselves or for the change from the row above."""
    wide, high, depth, colour = struct.unpack(">IIBB", content[16:26])
    assert (depth, colour in (0, 3)) == (1, True)
    start = content.index(b"IDAT")
    (length,) = struct.unpack(">I", content[start - 4 : start])
    rows = np.frombuffer(zlib.decompress(content[start + 4 : start + 4 + length]), np.uint8).reshape(high, -1)
    lines = rows[:, 1:].copy()
    for place, kind in enumerate(rows[:, 0]):
        assert kind in (0, 2)
        if kind == 2 and place:
            lines[place] += lines[place - 1]
    return np.unpackbits(lines, axis=1)[:, :wide] * 255


def rastered(svg: str) -> np.ndarray:
    """Draw the only shapes that the pictures are made of: strokes (QR) and boxes (bars)."""
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    sizes = box or re.search(r'width="(\d+)" height="(\d+)"', svg)
    assert sizes is not None
    scaled = re.search(r"scale\((\d+)\)", svg)
    wide, high = (int(one) // (int(scaled.group(1)) if scaled else 1) for one in sizes.groups())
    page = np.full((high, wide), 255, np.uint8)
    for path in re.findall(r'<path(?! fill="#fff")[^>]* d="([^"]+)"', svg):
        draw(page, path)
    return np.pad(page.repeat(6, 0).repeat(6, 1), 24, constant_values=255)


def draw(page: np.ndarray, path: str) -> None:
    if "v60" in path:
        for x in re.findall(r"M(\d+) 0h1v60h-1z", path):
            page[:, int(x)] = 0
        return
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])\s*([-\d. ]+)", path):
        values = [float(one) for one in numbers.split()]
        if command == "h":
            page[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])


@pytest.mark.parametrize("picture", ["qr.svg", "qr.png", "bar.svg", "bar.png"])
def test_a_picture_of_the_code_is_read_back(town, picture):
    person = holder(town).activate()
    code = person.code()

    reply = person.request("GET", f"/codes/{code}/{picture}")
    name, _, kind = picture.partition(".")
    assert reply.headers["Content-Type"].partition(";")[0] == {"svg": "image/svg+xml", "png": "image/png"}[kind]
    assert reply.headers["Cache-Control"] == "no-store"
    (found,) = read(drawn(reply.content, kind))
    assert found == (SYMBOLOGIES[name], code)


@settings(max_examples=12, deadline=None)
@given(CODES)
def test_every_code_can_be_read_from_every_picture(code):
    for name, (_, draw_it) in pictures.PICTURES.items():
        assert [text for _, text in read(drawn(draw_it(code), name[-3:]))] == [code]


def test_the_picture_of_anothers_code_is_not_there(town):
    person, other = holder(town).activate(), holder(town).activate()
    code = person.code()

    assert other.refusal("GET", f"/codes/{code}/qr.png") == (404, "NOT_FOUND")
    assert person.refusal("GET", f"/codes/{'X' * 28}/qr.png") == (404, "NOT_FOUND")
    assert person.refusal("GET", f"/codes/{code}/qr.gif") == (404, "NOT_FOUND")


def test_a_code_that_was_used_or_has_lapsed_is_drawn_no_more(town):
    person = holder(town).activate()
    used, lapsed = person.code(), ""
    assert person.decode(used).status_code == 200
    lapsed = person.code()
    town.ask("POST", "/clock/advance", {"by": "PT60S"})

    assert person.refusal("GET", f"/codes/{used}/qr.png") == (409, "CODE_USED")
    assert person.refusal("GET", f"/codes/{lapsed}/qr.png") == (409, "CODE_EXPIRED")


def test_a_refreshed_code_lets_the_one_before_lapse(town):
    person = holder(town).activate()
    first, second = person.code(), person.code()

    assert person.decode(first).json()["code"] == "CODE_EXPIRED"
    assert person.decode(second).status_code == 200
