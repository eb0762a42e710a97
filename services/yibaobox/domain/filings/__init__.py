"""Filings (备案): what is on file about a person's care, from when to when, and when it was taken back.

A filing is of one kind: treatment out of area (异地就医备案), a transfer by a hospital (转院备案), a recognised disease
(门诊慢特病、两病), an institution of choice (定点备案), or a hold that the centre has put on the person (暂停联网结算).
It is never changed; it is cancelled once, and from that day on it is no longer in force. What a filing is worth is
the policy's business and the settlement's.
"""

from yibaobox.domain.filings import diseases
from yibaobox.domain.filings.filings import STATES, Filing, NewFiling, cancel, file, find, get, listed, reading
from yibaobox.domain.filings.in_force import Away, away, chosen, holds, policy_keys, qualifications
from yibaobox.domain.filings.kinds import (
    AWAY,
    AWAY_TYPES,
    CHRONIC,
    DESIGNATED,
    HOLD,
    KINDS,
    STUDENT_PLACES,
    TRANSFER,
    TRANSFER_TYPES,
    WITHIN_CITY,
    AwayType,
)

__all__ = [
    "AWAY",
    "AWAY_TYPES",
    "CHRONIC",
    "DESIGNATED",
    "HOLD",
    "KINDS",
    "STATES",
    "STUDENT_PLACES",
    "TRANSFER",
    "TRANSFER_TYPES",
    "WITHIN_CITY",
    "Away",
    "AwayType",
    "Filing",
    "NewFiling",
    "away",
    "cancel",
    "chosen",
    "diseases",
    "file",
    "find",
    "get",
    "holds",
    "listed",
    "policy_keys",
    "qualifications",
    "reading",
]
