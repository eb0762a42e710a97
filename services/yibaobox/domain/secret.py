"""Words that nobody guesses, and what is stored of them."""

import hashlib
import secrets
import string
from typing import Final

_LETTERS: Final = string.digits + string.ascii_uppercase


def word(length: int) -> str:
    """Return random digits and capital letters."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def hashed(text: str) -> str:
    """Return what is stored of a code or token."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
