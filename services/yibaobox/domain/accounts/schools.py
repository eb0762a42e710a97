"""School records (学籍): where a person studies, as colleges report it; and accounts that stand under another name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from yibaobox.domain.errors import InvalidInput, NotFound
from yibaobox.domain.people import Person, regions

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

_ENTRY: Final = (9, 1)  # the first day of an academic year
_READ: Final = (
    "SELECT record_id, region, school, college, major, student_no, registered_on FROM school_records WHERE psn_no = ?"
)


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    """A registration at a college."""

    record_id: int
    region: str
    school: str
    college: str
    major: str
    student_no: str
    registered_on: date


def report(tx: Tx, psn_no: str, told: SchoolRecord) -> SchoolRecord:
    """Write a registration as a college reports it; `record_id` is given here."""
    area = regions.resolve(told.region)
    if not all((told.school, told.college, told.major, told.student_no)):
        raise InvalidInput("学籍信息须填写院校、学院、专业与学号", field="school")
    record_id = tx.next_number("number")
    tx.run(
        "INSERT INTO school_records (psn_no, record_id, region, school, college, major, student_no, registered_on)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(psn_no, record_id, area.code, told.school, told.college, told.major, told.student_no),
        told.registered_on.isoformat(),
    )
    return get(tx, psn_no, record_id)


def listed(tx: Tx, person: Person) -> list[SchoolRecord]:
    """Return a person's registrations; a student of whom no college reported any has one at the sandbox's college."""
    rows = tx.query(f"{_READ} ORDER BY record_id", person.psn_no)
    if rows or person.capacity != "student":
        return [_record(row) for row in rows]
    return [_presumed(tx, person)]


def of(tx: Tx, person: Person, record_id: int) -> SchoolRecord:
    """Return one of a person's registrations; any other number is unknown."""
    found = next((one for one in listed(tx, person) if one.record_id == record_id), None)
    if found is None:
        raise NotFound("未查询到该学籍信息")
    return found


def get(tx: Tx, psn_no: str, record_id: int) -> SchoolRecord:
    """Return a registration that was reported."""
    row = tx.one(f"{_READ} AND record_id = ?", psn_no, record_id)
    assert row is not None, "what was just written is there"
    return _record(row)


def take_name(tx: Tx, psn_no: str, name: str) -> None:
    """Let an account stand under a person's identity number and another name."""
    tx.run("DELETE FROM other_accounts WHERE psn_no = ?", psn_no)
    tx.run("INSERT INTO other_accounts (psn_no, name, created_us) VALUES (?, ?, ?)", psn_no, name, tx.now_us)


def free_name(tx: Tx, psn_no: str) -> None:
    """Take such an account away again."""
    if tx.run("DELETE FROM other_accounts WHERE psn_no = ?", psn_no) != 1:
        raise NotFound("该证件号码下没有其他姓名的账户")


def other_name(tx: Tx, psn_no: str) -> str | None:
    """Return the other name under which an account stands, or nothing."""
    row = tx.one("SELECT name FROM other_accounts WHERE psn_no = ?", psn_no)
    return None if row is None else str(row[0])


def _presumed(tx: Tx, person: Person) -> SchoolRecord:
    area, today = regions.resolve(person.region), tx.today
    year = today.year if (today.month, today.day) >= _ENTRY else today.year - 1
    number = f"{year}{person.seq:06d}"
    college, major = "信息学院", "信息管理与信息系统"
    return SchoolRecord(0, area.code, f"{area.short}沙箱学院", college, major, number, date(year, *_ENTRY))


def _record(row: tuple[object, ...]) -> SchoolRecord:
    record_id, region, school, college, major, student_no, day = row
    assert isinstance(record_id, int), "a number of the database"
    texts = (str(region), str(school), str(college), str(major), str(student_no))
    return SchoolRecord(record_id, *texts, date.fromisoformat(str(day)))
