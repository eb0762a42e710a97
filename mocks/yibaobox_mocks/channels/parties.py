"""All channels by name."""

from collections.abc import Mapping
from typing import Final

from yibaobox_mocks.channels.bank import BANK
from yibaobox_mocks.channels.campus_card import CAMPUS
from yibaobox_mocks.channels.kiosk import KIOSK
from yibaobox_mocks.channels.party import Party

CHANNELS: Final[Mapping[str, Party]] = {party.name: party for party in (BANK, CAMPUS, KIOSK)}
