"""What nobody guesses: tokens of sessions, nonces of messages."""

import secrets


def token() -> str:
    """Return the token of a session."""
    return secrets.token_urlsafe(32)


def nonce() -> str:
    """Return 32 characters that no other message has."""
    return secrets.token_hex(16).upper()
