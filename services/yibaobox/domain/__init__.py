"""Rules, books and state of the sandbox; nothing in here knows HTTP."""
