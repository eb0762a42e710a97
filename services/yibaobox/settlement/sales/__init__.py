"""Sales of pharmacies and school clinics: quoted, settled in one message, taken back."""

from typing import Final

from yibaobox.settlement.sales import quote, sell, take_back

TRANSACTIONS: Final = (quote.TRANSACTION, sell.TRANSACTION, take_back.TRANSACTION)
