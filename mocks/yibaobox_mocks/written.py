"""How parties write amounts and instants, and which texts they can keep."""

from yibaobox_mocks.ports import Sandbox


def yuan(fen: int) -> str:
    """Write an amount in yuan."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def clocked(sandbox: Sandbox, us: int) -> str:
    """Write an instant: `yyyy-MM-dd HH:mm:ss`, in China."""
    return sandbox.rfc3339(us)[:19].replace("T", " ")


def storable(value: str) -> bool:
    """Tell whether the database takes a text: no NUL, no half a character."""
    return "\0" not in value and value.encode("utf-8", "replace").decode() == value
