"""What may be uploaded (reliability §3.9): small, of one type by all its names, nothing that unpacks or runs."""

from __future__ import annotations

import contextlib
import gc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen import citizen, frozen, png
from hostile_files import HOSTILE, WORD, docx, jpeg, pdf
from yibaobox.domain.accounts.uploads import MEDIA, Rules, sniff
from yibaobox.domain.errors import InvalidInput, PayloadTooLarge

LIMIT = 5_242_880
REGISTRATION = Rules("城乡居民参保登记", ("jpeg", "png", "jpg", "doc", "docx", "pdf"), LIMIT)
SUSPENSION = Rules("城乡居民暂停参保", ("jpg", "jpeg", "png"), LIMIT)
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
PDF = pdf()


GOOD = {
    "a.jpg": ("jpeg", jpeg()),
    "a.JPEG": ("jpeg", jpeg()),
    "证件 照.png": ("png", png()),
    "a.pdf": ("pdf", PDF),
    "a.doc": ("doc", DOC),
    "a.docx": ("docx", docx()),
    "a.exe.png": ("png", png()),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_listed_formats_are_taken(name):
    kind, content = GOOD[name]

    assert sniff(name, MEDIA[kind], content, REGISTRATION) == kind


@pytest.mark.parametrize("name", ["a.pdf", "a.doc", "a.docx"])
def test_a_suspension_takes_pictures_only_and_says_so(name):
    kind, content = GOOD[name]

    with pytest.raises(InvalidInput, match="城乡居民暂停参保只支持jpg、jpeg、png"):
        sniff(name, MEDIA[kind], content, SUSPENSION)


def padded(size: int) -> bytes:
    around = len(pdf(padding=b"x" * size)) - size
    made = pdf(padding=b"x" * (size - around))
    assert len(made) == size
    return made


def test_one_byte_less_than_five_mebibytes_is_taken_and_five_mebibytes_are_not():
    assert sniff("a.pdf", MEDIA["pdf"], padded(LIMIT - 1), REGISTRATION) == "pdf"
    with pytest.raises(PayloadTooLarge, match="小于5MB"):
        sniff("a.pdf", MEDIA["pdf"], padded(LIMIT), REGISTRATION)


@pytest.mark.parametrize(
    ("name", "declared", "content"),
    [
        ("a.png", "image/png", jpeg()),
        ("a.png", "image/jpeg", png()),
        ("a.jpg", "image/png", png()),
        ("a.jpg", "image/jpg", jpeg()),
        ("a.pdf", "application/pdf", b"GIF89a" + PDF),
        ("a.pdf", "application/pdf", b" " + PDF),
        ("a.png", "image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.jpg", "image/jpeg", b"<html>"),
        ("a.png", "image/png", b""),
        ("a.docx", MEDIA["docx"], DOC),
        ("a.doc", MEDIA["doc"], docx()),
        ("a.png", "", png()),
        ("a.png", "text/html", png()),
        ("a.doc", MEDIA["doc"], DOC + "_VBA_PROJECT".encode("utf-16-le")),
    ],
)
def test_name_declared_type_and_content_say_the_same(name, declared, content):
    with pytest.raises(InvalidInput):
        sniff(name, declared, content, REGISTRATION)


@pytest.mark.parametrize(
    "name", ["a.jpg.exe", "a", "", "a.", ".png.", "a.svg", "a.gif", "gpj.\u202eexe", "a.png\0.exe", "a.jpegg", "a.docm"]
)
def test_any_other_ending_is_refused(name):
    with pytest.raises(InvalidInput, match="只支持"):
        sniff(name, "image/png", png(), REGISTRATION)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", png(65_535, 65_535)),
        ("a.png", png(40_000_001, 1)),
        ("a.png", png(0, 1)),
        ("a.png", png()[:20]),
        ("a.jpg", jpeg(65_535, 65_535)),
        ("a.jpg", jpeg(0, 1)),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x00"),
        ("a.jpg", b"\xff\xd8" + b"\xff" * 50),
        ("a.jpg", b"\xff\xd8\xff\xda" + b"\0" * 50),
    ],
)
def test_a_picture_without_size_or_with_more_than_forty_million_pixels_is_refused(name, content):
    with pytest.raises(InvalidInput, match="图片"):
        sniff(name, "image/png" if name.endswith("png") else "image/jpeg", content, REGISTRATION)


def test_forty_million_pixels_are_taken():
    assert sniff("a.png", "image/png", png(8_000, 5_000), REGISTRATION) == "png"


@pytest.mark.parametrize(
    "entries",
    [
        {"a.txt": b"x"},
        {**WORD, **{f"x{n}.xml": b"" for n in range(199)}},
        {**WORD, "word/vbaProject.bin": b"x"},
        {**WORD, "word/embeddings/inner.zip": b"x"},
        {**WORD, "word/embeddings/inner.docx": b"x"},
        {**WORD, "../../etc/passwd": b"x"},
        {**WORD, "/etc/passwd": b"x"},
        {**WORD, "..\\evil.xml": b"x"},
    ],
)
def test_a_package_that_is_none_or_carries_more_than_text_is_refused(entries):
    with pytest.raises(InvalidInput, match="docx"):
        sniff("a.docx", MEDIA["docx"], docx(entries), REGISTRATION)


@pytest.mark.parametrize("size", [2 << 20, 51 << 20])
def test_a_package_that_unpacks_to_far_more_is_refused(size):
    bomb = docx({**WORD, "word/media/a.bin": b"\0" * size}, packed=zipfile.ZIP_DEFLATED)

    with pytest.raises(InvalidInput, match="过大"):
        sniff("a.docx", MEDIA["docx"], bomb, REGISTRATION)


@pytest.mark.parametrize("cut", [5, 40, -10])
def test_a_broken_package_is_refused(cut):
    with pytest.raises(InvalidInput, match="docx"):
        sniff("a.docx", MEDIA["docx"], docx()[:cut], REGISTRATION)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_words(what):
    name, declared, content = HOSTILE[what]

    with pytest.raises((InvalidInput, PayloadTooLarge), match=r"[\u4e00-\u9fff]"):
        sniff(name, declared, content, REGISTRATION)


@pytest.mark.parametrize("pages", [1, 200])
def test_a_document_of_up_to_two_hundred_pages_is_taken(pages):
    assert sniff("a.pdf", MEDIA["pdf"], pdf(pages), REGISTRATION) == "pdf"
    with pytest.raises(InvalidInput, match="200页"):
        sniff("a.pdf", MEDIA["pdf"], pdf(201), REGISTRATION)


@given(st.sampled_from(sorted(GOOD)), st.binary(max_size=64), st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_whatever_is_written_over_a_file_it_is_taken_or_refused(name, patch, at):
    kind, content = GOOD[name]
    spoiled = content[:at] + patch + content[at + len(patch) :]

    with contextlib.suppress(InvalidInput):
        assert sniff(name, MEDIA[kind], spoiled, REGISTRATION) == kind


# --- over the wire --------------------------------------------------------------------------------------------------
def test_files_are_handed_in_in_rounds_and_keep_no_name_of_the_sender(any_box):
    student = citizen(frozen(any_box)).arrive()
    number = student.ask("POST", "/registrations", {})["application_id"]
    first = [("身份证 甲.png", png(), "image/png"), ("b.pdf", PDF, "application/pdf")]

    assert student.upload(number, "id_paper", *first).status_code == 201
    assert student.upload(number, "student_card", ("x.docx", docx(), MEDIA["docx"])).status_code == 201

    papers = student.ask("GET", f"/applications/{number}")["papers"]
    assert [(paper["kind"], paper["media_type"]) for paper in papers] == [
        ("id_paper", "png"),
        ("id_paper", "pdf"),
        ("student_card", "docx"),
    ]
    assert papers[0]["name"] == f"id_paper-{papers[0]['paper_id']}.png"


def test_none_of_sixty_hostile_files_is_kept_over_the_wire(local_box):
    student = citizen(frozen(local_box)).arrive()
    number = student.ask("POST", "/registrations", {})["application_id"]
    assert len(HOSTILE) >= 60

    told = {what: student.upload(number, "other", file).status_code for what, file in _files()}

    assert {what: status for what, status in told.items() if status not in (413, 422)} == {}
    assert student.ask("GET", f"/applications/{number}")["papers"] == []


def _files():
    return ((what, (name, content, declared)) for what, (name, declared, content) in HOSTILE.items())


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("registrations", {"png", "pdf", "docx"}),
        ("flexible-registrations", {"png", "pdf", "docx"}),
        ("suspensions", {"png"}),
        ("repairs", {"png", "pdf"}),
        ("resident-changes", {"png", "pdf"}),
        ("employee-changes", {"png", "pdf"}),
    ],
)
def test_each_form_has_its_own_list(local_box, path, taken):
    student = citizen(frozen(local_box)).arrive()
    number = student.ask("POST", f"/{path}", {})["application_id"]
    files = {"png": png(), "pdf": pdf(), "docx": docx()}

    told = {
        kind
        for kind, content in files.items()
        if student.upload(number, "other", (f"a.{kind}", content, MEDIA[kind])).status_code == 201
    }

    assert told == taken


def test_where_one_file_is_refused_none_is_kept(local_box):
    student = citizen(frozen(local_box)).arrive()
    number = student.ask("POST", "/registrations", {})["application_id"]

    reply = student.upload(number, "other", ("a.png", png(), "image/png"), ("b.exe", b"MZ", "image/png"))

    assert (reply.status_code, student.ask("GET", f"/applications/{number}")["papers"]) == (422, [])


def test_the_size_is_judged_over_the_wire(any_box):
    student = citizen(frozen(any_box)).arrive()
    number = student.ask("POST", "/registrations", {})["application_id"]

    told = [
        student.upload(number, "other", ("a.pdf", padded(size), "application/pdf")).status_code
        for size in (LIMIT - 1, LIMIT)
    ]

    assert told == [201, 413]


def test_twenty_files_are_the_most(local_box):
    student = citizen(frozen(local_box)).arrive()
    number = student.ask("POST", "/registrations", {})["application_id"]
    twenty = [(f"{n}.png", png(), "image/png") for n in range(20)]
    assert student.upload(number, "other", *twenty).status_code == 201

    assert student.upload(number, "other").status_code == 409


@pytest.mark.parametrize(
    ("data", "files", "status"),
    [
        ({"kind": "id_paper"}, None, 422),
        ({}, [("file", ("a.png", png(), "image/png"))], 422),
        ({"kind": "virus"}, [("file", ("a.png", png(), "image/png"))], 422),
        ({"kind": "other"}, [("other", ("a.png", png(), "image/png"))], 422),
    ],
)
def test_a_request_without_kind_or_file_is_refused(local_box, data, files, status):
    student = citizen(frozen(local_box)).arrive()
    number = student.ask("POST", "/registrations", {})["application_id"]
    headers = {"Authorization": f"Bearer {student.token}"}

    reply = local_box.request(
        "POST", f"/portal/v1/applications/{number}/papers", data=data, files=files, headers=headers
    )

    assert reply.status_code == status, reply.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # werkzeug drops the parts it had read
def test_a_request_of_sixty_parts_is_refused(local_box):
    student = citizen(frozen(local_box)).arrive()
    number = student.ask("POST", "/registrations", {})["application_id"]

    reply = student.upload(number, "other", *[(f"{n}.png", png(), "image/png") for n in range(60)])
    gc.collect()

    assert reply.status_code == 413


def test_a_body_beyond_all_files_is_refused_before_it_is_read(local_box):
    student = citizen(frozen(local_box)).arrive()
    number = student.ask("POST", "/registrations", {})["application_id"]
    six = [(f"{n}.pdf", padded(LIMIT - 1), "application/pdf") for n in range(6)]

    assert student.upload(number, "other", *six).status_code == 413
