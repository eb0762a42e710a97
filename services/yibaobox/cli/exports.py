"""The environment variables that lead a program to a sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from yibaobox.cli.client import Client
from yibaobox_mocks import HOSTS

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


def by_name(client: Client, folder: Path) -> dict[str, str]:
    """Write the sandbox's authority into a folder, alone and with those trusted already; return what points there.

    Most programs take a bundle instead of their own (`SSL_CERT_FILE`), Node one beside its own. `YIBAOBOX_HOSTS` is the
    line of a hosts file by which the vendors' names lead to this machine.
    """
    ca = client.get("/credentials")["tls"]["ca"]
    folder.mkdir(parents=True, exist_ok=True)
    alone, bundle = folder / "ca.pem", folder / "ca-bundle.pem"
    alone.write_text(ca, encoding="ascii")
    bundle.write_text(Path(DEFAULT_CA_BUNDLE_PATH).read_text(encoding="utf-8") + "\n" + ca, encoding="utf-8")
    return {
        **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), str(bundle)),
        "NODE_EXTRA_CA_CERTS": str(alone),
        "YIBAOBOX_HOSTS": f"127.0.0.1 {' '.join(sorted(HOSTS))}",
    }
