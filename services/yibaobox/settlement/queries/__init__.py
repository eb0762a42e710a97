"""Queries: institutions, entitlement, and what the centre holds of a person. They answer afresh and keep nothing."""

from typing import Final

from yibaobox.settlement.queries import (
    accumulated,
    charges,
    diagnoses,
    entitlement,
    in_hospital,
    institution,
    on_file,
    settlement,
    visits,
)

TRANSACTIONS: Final = (
    institution.TRANSACTION,  # 1201
    entitlement.TRANSACTION,  # 2001
    visits.TRANSACTION,  # 5201
    diagnoses.TRANSACTION,  # 5202
    settlement.TRANSACTION,  # 5203
    charges.CHARGES,  # 5204
    charges.MEDICINES,  # 5205
    accumulated.TRANSACTION,  # 5206
    on_file.CHRONIC,  # 5301
    on_file.DESIGNATED,  # 5302
    in_hospital.TRANSACTION,  # 5303
    on_file.TRANSFERS,  # 5304
)
