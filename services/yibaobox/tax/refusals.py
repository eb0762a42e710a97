"""Refusals that only the tax channel says."""

from yibaobox.domain.errors import CheckFailed, Refusal, Unavailable


class IdentityMismatch(CheckFailed):
    """ID number, name and mobile are not one person's; which of them is wrong is not told."""

    code = "IDENTITY_MISMATCH"


class ForgedNotification(Refusal):
    """A notification that the payment channel did not sign just now."""

    code = "SIGN_ERROR"
    status = 401


class ChannelRefused(Unavailable):
    """The payment channel does not take the request, or its answer cannot be trusted."""

    code = "CHANNEL_REFUSED"
    status = 502
