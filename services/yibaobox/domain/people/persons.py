"""Persons: created once, one number for life, one identity number for one person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from yibaobox.domain import faults
from yibaobox.domain.errors import DuplicatePerson, InvalidInput, PersonNotFound
from yibaobox.domain.people import capacities, id_numbers, regions
from yibaobox.domain.store.memory import Read
from yibaobox.domain.store.tx import Tx

RESIDENT_ID: Final = "01"  # 居民身份证（户口簿）, code list `psn_cert_type`
PAGE_LIMIT: Final = 1000
_NUMBER: Final = re.compile(r"[0-9]{20}", re.ASCII)
_NAME: Final = re.compile(
    "[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af](?:[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af·]{0,48}"
    "[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af])?|[A-Za-z](?:[A-Za-z .'-]{0,48}[A-Za-z])?"
)
_GIVEN: Final = "安宁康泰和平嘉禾清远明朗思源致诚若水长青景行乐山知秋听雨望舒星河"
_ONE: Final = (
    "SELECT psn_no, seq, region, capacity, name, id_type, id_no, sex, birth, mobile, created_us"
    " FROM persons WHERE psn_no = ?"
)
_PAGE: Final = (
    "SELECT psn_no, seq, region, capacity, name, id_type, id_no, sex, birth, mobile, created_us"
    " FROM persons WHERE seq < ? ORDER BY seq DESC LIMIT ?"
)
_INSERT: Final = (
    "INSERT INTO persons (psn_no, seq, region, capacity, name, id_type, id_no, sex, birth, mobile, created_us)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_CLAIM: Final = "INSERT INTO id_numbers (id_type, id_no, psn_no) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is asked of a new person; what is left out the sandbox chooses."""

    region: str
    capacity: str
    name: str | None = None
    id_no: str | None = None
    birth: date | None = None
    sex: str | None = None


class Person(NamedTuple):
    """A person; `region` is where they were first insured and never changes, for `psn_no` begins with it."""

    psn_no: str
    seq: int
    region: str
    capacity: str
    name: str
    id_type: str
    id_no: str
    sex: str
    birth: date
    mobile: str
    created_us: int

    def age_on(self, day: date) -> int:
        """Return the completed years of life on a day."""
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))


@dataclass(frozen=True, slots=True)
class Page:
    """Some persons, newest first; `next` continues the list and is absent at its end."""

    items: list[Person]
    total: int
    next: str | None


def create(tx: Tx, wanted: NewPerson, *, allow_realistic: bool = False) -> Person:
    """Write a new person; refuse an identity number that a person of this world has (DUPLICATE_PERSON)."""
    region = regions.resolve(wanted.region)
    capacity = capacities.get(wanted.capacity)
    if wanted.name is not None:
        _check_name(faults.split(wanted.name)[0])
    offered = _offered(tx.today, wanted, allow_realistic=allow_realistic)
    seq = tx.next_number("person")
    psn_no = f"{region.code}{seq:014d}"
    identity = offered or _free(wanted, capacity.birth(tx.today, seq), seq)
    number = next((one for one in identity if _claim(tx, one, psn_no)), None)
    if number is None:
        raise DuplicatePerson("该身份证号码已属于本沙箱中的另一人" if offered else "该出生日期的模拟身份证号码已用尽")
    person = Person(
        psn_no=psn_no,
        seq=seq,
        region=region.code,
        capacity=capacity.code,
        name=default_name(seq) if wanted.name is None else wanted.name,
        id_type=RESIDENT_ID,
        id_no=number,
        sex=id_numbers.sex_of(number),
        birth=id_numbers.birth_of(number),
        mobile=id_numbers.mobile(seq),
        created_us=tx.now_us,
    )
    _insert(tx, person)
    faults.arm_by_name(tx, person.psn_no, person.name)
    return person


def check_age(person: Person, on: date, field: str) -> None:
    """Refuse a person who cannot have their capacity at their age on a day; `field` said when they were born."""
    capacity, age = capacities.get(person.capacity), person.age_on(on)
    if not capacity.youngest <= age <= capacity.oldest:
        wide = f"{capacity.youngest} 至 {capacity.oldest} 周岁"
        raise InvalidInput(f"年龄（{age} 周岁）与参保身份{capacity.name}不符，须为 {wide}", field=field)


def reading(psn_no: str) -> Read:
    """Return what `get` asks, for `tx.ahead`."""
    return _ONE, (psn_no,)


def get(tx: Tx, psn_no: object) -> Person:
    """Return a person by number."""
    rows = tx.known(_ONE, psn_no) if isinstance(psn_no, str) and _NUMBER.fullmatch(psn_no) else []
    if not rows:
        raise PersonNotFound("人员不存在")
    return _person(rows[0])


def find_by_id_no(tx: Tx, id_no: str, id_type: str = RESIDENT_ID) -> Person | None:
    """Return the person with an identity number, or nothing."""
    if not id_no.isprintable():
        return None  # PostgreSQL knows no text with NUL or half a character, so nobody has such a number
    row = tx.one("SELECT psn_no FROM id_numbers WHERE id_type = ? AND id_no = ?", id_type, id_no)
    return None if row is None else get(tx, row[0])


def check_synthetic(tx: Tx) -> None:
    """Refuse a world in which an identity number may be a living person's."""
    for (id_no,) in tx.query("SELECT id_no FROM id_numbers WHERE id_type = ?", RESIDENT_ID):
        id_numbers.validate(id_no)


def page(tx: Tx, after: str | None = None, limit: int = 100) -> Page:
    """Return up to `limit` persons, newest first; `after` is the `next` of the page before."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidInput(f"limit 须在 1 至 {PAGE_LIMIT} 之间", field="limit")
    if after is not None and re.fullmatch(r"[0-9]{1,18}", after, re.ASCII) is None:
        raise InvalidInput("翻页标记无效", field="after")
    below = 10**18 if after is None else int(after)
    rows = tx.query(_PAGE, below, limit + 1)
    total = tx.one("SELECT count(*) FROM persons")
    assert total is not None, "a count is a row"
    items = [_person(row) for row in rows[:limit]]
    return Page(items, int(total[0]), str(items[-1].seq) if len(rows) > limit else None)


def default_name(serial: int) -> str:
    """Return the name of a person whom nobody named: surname 测, which is no surname."""
    first, second = divmod(serial % len(_GIVEN) ** 2, len(_GIVEN))
    return "测" + _GIVEN[first] + _GIVEN[second]


def _offered(today: date, wanted: NewPerson, *, allow_realistic: bool) -> list[str]:
    """Check what the asker says of birth, sex and number against each other; return the number, if any."""
    if wanted.sex not in (None, id_numbers.MALE, id_numbers.FEMALE):
        raise InvalidInput("性别须为 1（男）或 2（女）", field="sex")
    if wanted.birth is not None and wanted.birth > today:
        raise InvalidInput("出生日期晚于沙箱当前日期", field="birth")
    if wanted.id_no is None:
        return []
    stated = id_numbers.validate(wanted.id_no, allow_realistic=allow_realistic)
    if stated.birth > today:
        raise InvalidInput("身份证号码中的出生日期晚于沙箱当前日期", field="id_no")
    if wanted.birth not in (None, stated.birth):
        raise InvalidInput("出生日期与身份证号码不一致", field="birth")
    if wanted.sex not in (None, stated.sex):
        raise InvalidInput("性别与身份证号码不一致", field="sex")
    return [stated.text]


def _free(wanted: NewPerson, birth: date, seq: int) -> Iterator[str]:
    """Offer synthetic numbers for the wanted birth and sex, beginning at a place of its own for each person."""
    sex = wanted.sex or (id_numbers.MALE if seq % 2 else id_numbers.FEMALE)
    for offset in range(id_numbers.ORDERS):
        yield id_numbers.make(wanted.region, wanted.birth or birth, sex, seq + offset)


def _claim(tx: Tx, id_no: str, psn_no: str) -> bool:
    """Take an identity number; of two claimants the primary key lets one win without breaking the other."""
    return tx.run(_CLAIM, RESIDENT_ID, id_no, psn_no) == 1


def _insert(tx: Tx, person: Person) -> None:
    values: tuple[object, ...] = (
        *(person.psn_no, person.seq, person.region, person.capacity, person.name, person.id_type, person.id_no),
        *(person.sex, person.birth.isoformat(), person.mobile, person.created_us),
    )
    tx.run(_INSERT, *values)


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise InvalidInput("姓名须为1至50个汉字（可含间隔号·）或拉丁字母", field="name")


@lru_cache(maxsize=1024)  # the messages of a visit ask one after the other
def _person(row: tuple[Any, ...]) -> Person:
    psn_no, seq, region, capacity, name, id_type, id_no, sex, birth, mobile, created_us = row
    day = date.fromisoformat(birth)
    return Person(psn_no, seq, region, capacity, name, id_type, id_no, sex, day, mobile, created_us)
