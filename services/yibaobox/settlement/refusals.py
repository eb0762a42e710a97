"""Refusals that only a settlement says."""

from __future__ import annotations

from yibaobox.domain.errors import Conflicting, InvalidInput, NotEligible, Refusal


class UnknownInstitution(InvalidInput):
    """The institution is not under contract in this world."""

    code = "UNKNOWN_INSTITUTION"


class AlreadySettled(Conflicting):
    """The rows of the batch belong to a settlement that stands."""

    code = "ALREADY_SETTLED"


class PresettleRequired(Refusal):
    """The world asks for the quote of a pre-settlement, and the message brings none."""

    code = "PRESETTLE_REQUIRED"


class NoFamilyBinding(Refusal):
    """The message asks for a relative's account, and no relative has opened one to the patient."""

    code = "NO_FAMILY_BINDING"


class InHospital(NotEligible):
    """The person lies in hospital, so that nothing is settled as an outpatient."""

    code = "IN_HOSPITAL"


class NotDischarged(Conflicting):
    """The stay is to be ended before it is settled for good."""

    code = "NOT_DISCHARGED"


class Blocked(Refusal):
    """The centre settles nothing for this person until the office lifts its hold."""

    code = "BLOCKED"
