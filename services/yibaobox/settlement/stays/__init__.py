"""Stays in hospital: admission, charges, discharge and settlement, and how each is taken back."""

from typing import Final

from yibaobox.settlement.stays import (
    admit,
    cancel_admission,
    cancel_charges,
    cancel_discharge,
    change,
    charge,
    discharge,
    presettle,
    reverse,
    settle,
)

TRANSACTIONS: Final = (
    charge.TRANSACTION,  # 2301
    cancel_charges.TRANSACTION,  # 2302
    presettle.TRANSACTION,  # 2303
    settle.TRANSACTION,  # 2304
    reverse.TRANSACTION,  # 2305
    admit.TRANSACTION,  # 2401
    discharge.TRANSACTION,  # 2402
    change.TRANSACTION,  # 2403
    cancel_admission.TRANSACTION,  # 2404
    cancel_discharge.TRANSACTION,  # 2405
)
