"""Papers: the files of an application, kept in the world's database and named by us."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain.errors import Conflicting, InvalidInput, NotFound

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

KINDS: Final = {
    "id_paper": "身份证、户口本或其他有效身份证件",
    "student_card": "学生证",
    "diploma": "毕业证",
    "diagnosis": "疾病诊断证明书",
    "exam_report": "检查检验报告",
    "medical_record": "住院病历或门诊病历",
    "household_book": "居民户口簿",
    "marriage_certificate": "结婚证",
    "other": "其他材料",
}
FILES_MAX: Final = 20
BYTES_MAX: Final = 50 << 20
_READ: Final = (
    "SELECT psn_no, paper_id, application_id, kind, name, media_type, size, sha256, created_us FROM papers"
    " WHERE psn_no = ? AND application_id = ?"
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A file without its content; `name` is ours, the sender's is dropped."""

    psn_no: str
    paper_id: int
    application_id: int
    kind: str
    name: str
    media_type: str
    size: int
    sha256: str
    created_us: int


def add(tx: Tx, owner: tuple[str, int], kind: str, media_type: str, content: bytes) -> Paper:
    """Keep a file that was checked with an application (owner = psn_no, application_id)."""
    psn_no, application_id = owner
    if kind not in KINDS:
        raise InvalidInput(f"材料类型须为 {'、'.join(KINDS)} 之一", field="kind")
    there = listed(tx, psn_no, application_id)
    if len(there) >= FILES_MAX or sum(paper.size for paper in there) + len(content) > BYTES_MAX:
        raise Conflicting(f"每份申请最多上传{FILES_MAX}个文件，总大小不超过{BYTES_MAX >> 20}MB")
    paper_id = tx.next_number("number")
    name, digest = f"{kind}-{paper_id}.{media_type}", hashlib.sha256(content).hexdigest()
    made = Paper(psn_no, paper_id, application_id, kind, name, media_type, len(content), digest, tx.now_us)
    tx.run(
        "INSERT INTO papers (psn_no, paper_id, application_id, kind, name, media_type, size, sha256, content,"
        " created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(psn_no, paper_id, application_id, kind, name, media_type, made.size, digest),
        *(base64.b64encode(content).decode("ascii"), tx.now_us),
    )
    return made


def listed(tx: Tx, psn_no: str, application_id: int) -> list[Paper]:
    """Return the papers of an application, the first first."""
    return [Paper(*row) for row in tx.query(f"{_READ} ORDER BY paper_id", psn_no, application_id)]


def get(tx: Tx, psn_no: str, application_id: int, paper_id: int) -> tuple[Paper, bytes]:
    """Return one paper with its content."""
    row = tx.one(f"{_READ} AND paper_id = ?", psn_no, application_id, paper_id)
    content = tx.one("SELECT content FROM papers WHERE psn_no = ? AND paper_id = ?", psn_no, paper_id)
    if row is None or content is None:
        raise NotFound("材料不存在")
    return Paper(*row), base64.b64decode(content[0])


def remove(tx: Tx, paper: Paper) -> None:
    """Take a paper out of a draft again."""
    tx.run("DELETE FROM papers WHERE psn_no = ? AND paper_id = ?", paper.psn_no, paper.paper_id)
