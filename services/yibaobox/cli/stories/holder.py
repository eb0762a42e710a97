"""The holder of an electronic credential (医保电子凭证): activates it with the face, shows codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.cli.stories.caller import Caller

EC: Final = "/ec/v1"


class Holder:
    """A person whose face was checked just now."""

    def __init__(self, caller: Caller, token: str) -> None:
        self._caller = caller
        self.token = token

    @classmethod
    def activate(cls, caller: Caller, person: Mapping[str, Any]) -> Holder:
        """Agree to the terms, pass the face check (C1)."""
        asked = {"id_no": person["id_no"], "name": person["name"], "channel": "wechat", "terms": True}
        begun = caller.ask("POST", f"{EC}/activations", asked)
        return cls(caller, caller.ask("POST", f"{EC}/activations/{begun['activation']}/face")["token"])

    def status(self) -> dict[str, Any]:
        """Return how the credential stands."""
        read: dict[str, Any] = self._caller.ask("GET", f"{EC}/credential", None, self.token)
        return read

    def code(self) -> str:
        """Return a code that works once within a minute (C3)."""
        return str(self._caller.ask("POST", f"{EC}/codes", None, self.token)["code"])
