"""The people of a world: who they are, where they take part, who treats them.

`persons` keeps the people themselves, `id_numbers` reads and makes identity numbers, `regions`, `capacities` and
`institutions` are the tables they refer to.
"""

from yibaobox.domain.people.persons import (
    NewPerson,
    Page,
    Person,
    check_age,
    check_synthetic,
    create,
    find_by_id_no,
    get,
    page,
    reading,
)

__all__ = [
    "NewPerson",
    "Page",
    "Person",
    "check_age",
    "check_synthetic",
    "create",
    "find_by_id_no",
    "get",
    "page",
    "reading",
]
