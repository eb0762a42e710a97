"""Accounts of the public service platform: who signs in, and what they hand in.

`codes` sends and checks codes by text message, `captchas` asks whether somebody is there, `passwords` keeps secrets,
`doors` counts failures, `logins` opens accounts and sessions, `links` knows mini-programs' users, `consents` who acts
for whom. `applications` and `papers` hold what citizens hand in, `uploads` tells what a file may be.

What fails must be remembered: a check that refuses returns its refusal instead of raising it, so that the caller can
commit the count and then raise.
"""

from yibaobox.domain.accounts import (
    applications,
    captchas,
    codes,
    consents,
    doors,
    links,
    logins,
    openings,
    papers,
    passwords,
    schools,
    uploads,
)

__all__ = [
    "applications",
    "captchas",
    "codes",
    "consents",
    "doors",
    "links",
    "logins",
    "openings",
    "papers",
    "passwords",
    "schools",
    "uploads",
]
