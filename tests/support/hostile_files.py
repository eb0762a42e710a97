"""Files that nobody should keep: sixty and more, each made here, and the harmless ones that they are made from."""

from __future__ import annotations

import io
import struct
import zipfile

from citizen import png
from yibaobox.domain.accounts.uploads import MEDIA

WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
LIMIT = 5_242_880


def jpeg(width: int = 1, height: int = 1) -> bytes:
    """Return a JPEG that says it is that large."""
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0" + frame + b"\xff\xda\0\x02\xff\xd9"


def docx(entries: dict[str, bytes] | None = None, *, packed: int = zipfile.ZIP_STORED) -> bytes:
    """Return a package with entries."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packed) as package:
        for name, content in (WORD if entries is None else entries).items():
            package.writestr(name, content)
    return held.getvalue()


def pdf(pages: int = 1, *, catalog: bytes = b"", trailer: bytes = b"", padding: bytes = b"") -> bytes:
    """Return a PDF that says it has that many pages, with more in its catalogue or trailer."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count " + str(pages).encode() + b">>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>",
        b"<</Length " + str(len(padding)).encode() + b">>stream\n" + padding + b"\nendstream",
    ]
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += str(number).encode() + b" 0 obj" + each + b"endobj\n"
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 5/Root 1 0 R" + trailer + b">>\nstartxref\n" + str(len(body)).encode() + b"\n%%EOF\n"
    return body + table + end


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + b"\0\0\0\0"


def _locked() -> bytes:
    package = bytearray(docx())
    at = package.find(b"PK\x01\x02")
    package[at + 8] |= 1
    return bytes(package)


_PNG, _JPEG, _PDF, _DOCX, _DOC = MEDIA["png"], MEDIA["jpeg"], MEDIA["pdf"], MEDIA["docx"], MEDIA["doc"]
_ENCRYPTED = b"/Encrypt<</Filter/Standard/V 1/R 2/O(" + b"o" * 32 + b")/U(" + b"u" * 32 + b")/P -4>>/ID[(a)(a)]"

# What it is → name, declared type, content.
HOSTILE: dict[str, tuple[str, str, bytes]] = {
    # The name says something else.
    "a program behind a picture's name": ("a.jpg.exe", _JPEG, jpeg()),
    "a name without an ending": ("paper", _PNG, png()),
    "a name that is a dot": (".", _PNG, png()),
    "an ending of nothing": ("a.png.", _PNG, png()),
    "an ending reversed": ("gpj.\u202eexe", _JPEG, jpeg()),
    "an ending after NUL": ("a.png\0.exe", _PNG, png()),
    "an ending of look-alike letters": ("a.рng", _PNG, png()),
    "a full-width ending": ("a.ｐｎｇ", _PNG, png()),
    "a script's ending": ("a.php", _PNG, png()),
    "a page's ending": ("a.html", "text/html", b"<script>alert(1)</script>"),
    "a vector picture": ("a.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
    "a bitmap": ("a.gif", "image/gif", b"GIF89a"),
    "a macro document's ending": ("a.docm", _DOCX, docx()),
    "a form's misprint": ("a.jpegg", _JPEG, jpeg()),
    "a path": ("../../etc/passwd", _PNG, png()),
    "a stream of another name": ("a.png::$DATA", _PNG, png()),
    # The declared type says something else.
    "a picture declared a page": ("a.png", "text/html", png()),
    "a picture declared another": ("a.png", _JPEG, png()),
    "a picture declared nothing": ("a.png", "", png()),
    "a document declared a stream": ("a.pdf", "application/octet-stream", pdf()),
    "a type with a parameter that is none": ("a.jpg", "image/pjpeg", jpeg()),
    # The content says something else.
    "a page in a picture": ("a.jpg", _JPEG, b"<html><script>alert(1)</script>"),
    "a vector picture in a picture": ("a.png", _PNG, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "another picture": ("a.png", _PNG, jpeg()),
    "a program": ("a.png", _PNG, b"MZ\x90\0" + b"\0" * 60),
    "an ELF program": ("a.pdf", _PDF, b"\x7fELF" + b"\0" * 60),
    "a bitmap before a document": ("a.pdf", _PDF, b"GIF89a" + pdf()),
    "a blank before a document": ("a.pdf", _PDF, b" " + pdf()),
    "a package in an old document": ("a.doc", _DOC, docx()),
    "an old document in a package": ("a.docx", _DOCX, DOC),
    "a script with a picture's mark cut short": ("a.png", _PNG, b"\x89PNG<?php system($_GET[0]);"),
    "nothing": ("a.png", _PNG, b""),
    "one byte": ("a.jpg", _JPEG, b"\xff"),
    # Two things at once.
    "a picture and a package": ("a.png", _PNG, png() + docx()),
    "a photograph and a package": ("a.jpg", _JPEG, jpeg() + docx()),
    "a document and a package": ("a.pdf", _PDF, pdf() + docx()),
    "a picture and a script behind it": ("a.png", _PNG, png() + b"<?php system($_GET[0]); ?>"),
    "a picture without an end": ("a.png", _PNG, png()[:-12]),
    "a chunk beyond the file": ("a.png", _PNG, png()[:33] + struct.pack(">I", 2**31 - 1) + b"IDAT"),
    # Pixels.
    "a picture of four thousand million pixels": ("a.png", _PNG, png(65_535, 65_535)),
    "a photograph of four thousand million pixels": ("a.jpg", _JPEG, jpeg(65_535, 65_535)),
    "a line of forty million and one": ("a.png", _PNG, png(40_000_001, 1)),
    "a picture without width": ("a.png", _PNG, png(0, 1)),
    "a photograph without height": ("a.jpg", _JPEG, jpeg(1, 0)),
    "a photograph without a frame": ("a.jpg", _JPEG, b"\xff\xd8\xff\xda" + b"\0" * 50),
    "a photograph of fill bytes": ("a.jpg", _JPEG, b"\xff\xd8" + b"\xff" * 5_000),
    "a picture that begins with its text": ("a.png", _PNG, png()[:8] + _chunk(b"zTXt", b"x\0\0") + png()[8:]),
    # Packages.
    "a bomb": ("a.docx", _DOCX, docx({**WORD, "word/a.xml": b"\0" * (2 << 20)}, packed=zipfile.ZIP_DEFLATED)),
    "a bomb of many": (
        "a.docx",
        _DOCX,
        docx({**WORD, **{f"word/{n}.xml": b"\0" * 40_000 for n in range(150)}}, packed=zipfile.ZIP_DEFLATED),
    ),
    "too many entries": ("a.docx", _DOCX, docx({**WORD, **{f"x{n}.xml": b"" for n in range(199)}})),
    "a package in a package": ("a.docx", _DOCX, docx({**WORD, "word/inner.zip": docx()})),
    "a document in a document": ("a.docx", _DOCX, docx({**WORD, "word/inner.docx": docx()})),
    "macros": ("a.docx", _DOCX, docx({**WORD, "word/vbaProject.bin": b"x"})),
    "an embedded object": ("a.docx", _DOCX, docx({**WORD, "word/embeddings/oleObject1.bin": b"x"})),
    "an active control": ("a.docx", _DOCX, docx({**WORD, "word/activeX/activeX1.xml": b"x"})),
    "a way out": ("a.docx", _DOCX, docx({**WORD, "../../etc/cron.d/evil": b"x"})),
    "a way out by backslash": ("a.docx", _DOCX, docx({**WORD, "..\\..\\evil.xml": b"x"})),
    "an absolute way": ("a.docx", _DOCX, docx({**WORD, "/etc/passwd": b"x"})),
    "a locked package": ("a.docx", _DOCX, _locked()),
    "a package without a document": ("a.docx", _DOCX, docx({"a.txt": b"x"})),
    "a package cut short": ("a.docx", _DOCX, docx()[:-10]),
    "a package's mark alone": ("a.docx", _DOCX, b"PK\x03\x04"),
    # Documents.
    "old macros": ("a.doc", _DOC, DOC + "_VBA_PROJECT".encode("utf-16-le")),
    "a document's mark alone": ("a.pdf", _PDF, b"%PDF-1.7\n%%EOF\n"),
    "a document that runs a script": (
        "a.pdf",
        _PDF,
        pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
    ),
    "a script spelled with hashes": ("a.pdf", _PDF, pdf(catalog=b"/OpenAction<</S/J#61vaScript/J#53(app.alert(1))>>")),
    "a document that starts a program": ("a.pdf", _PDF, pdf(catalog=b"/OpenAction<</S/Launch/F(cmd.exe)>>")),
    "a document with a file inside": ("a.pdf", _PDF, pdf(catalog=b"/Names<</EmbeddedFiles<</Names[(a)5 0 R]>>>>")),
    "a document of a thousand pages": ("a.pdf", _PDF, pdf(1000)),
    "a document of no page": ("a.pdf", _PDF, pdf(0)),
    "a document of minus one pages": ("a.pdf", _PDF, pdf(-1)),
    "a locked document": ("a.pdf", _PDF, pdf(trailer=_ENCRYPTED)),
    "a document whose pages are nowhere": ("a.pdf", _PDF, pdf().replace(b"/Pages 2 0 R", b"/Pages 9 0 R")),
    # Size.
    "five mebibytes": ("a.pdf", _PDF, pdf(padding=b"x" * LIMIT)),
}
