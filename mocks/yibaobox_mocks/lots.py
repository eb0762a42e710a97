"""What a pretend party draws by lot: codes, nonces, names of prepayments."""

import secrets
import string
from typing import Final

_LETTERS: Final = string.ascii_letters + string.digits


def word(length: int) -> str:
    """Return random letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def digits(length: int) -> str:
    """Return random digits."""
    return "".join(secrets.choice(string.digits) for _ in range(length))
