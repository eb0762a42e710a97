"""The environment variables that lead a program to a sandbox."""

from __future__ import annotations

from typing import Final

from yibaobox.cli.client import Client

FSI_PATH: Final = "/fsi/api/rsfComIfsService/callService"


def exports(client: Client) -> dict[str, str]:
    """Return variables for a client's world."""
    health, keys = client.health(), client.get("/credentials")
    worlds = {world["name"]: world for world in client.get("/worlds")["items"]}
    return {
        "YIBAOBOX_URL": client.url,
        "YIBAOBOX_WORLD": health["world"],
        "YIBAOBOX_SEED": str(worlds[health["world"]]["seed"]),
        "YIBAOBOX_FSI_URL": keys["base_url"] + FSI_PATH,
        "YIBAOBOX_ACCESS_KEY": keys["fsi"]["access_key"],
        "YIBAOBOX_SECRET_KEY": keys["fsi"]["secret_key"],
    }
