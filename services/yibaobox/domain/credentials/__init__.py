"""医保电子凭证: activation by face, short-lived single-use codes, decoding by institutions.

A holder activates once per channel of choice; a code is shown for a minute and works once; what an institution gets
for it is a token (`ecToken`) of its own that identifies the patient for half an hour. All lives run on the sandbox
clock; the national sources name none of them, so they are choices of the sandbox. Codes and tokens are stored as
hashes only.
"""

from yibaobox.domain.credentials import members
from yibaobox.domain.credentials.activate import (
    CHANNELS,
    TERMS,
    Check,
    Holder,
    Session,
    begin,
    channels,
    held,
    holder,
    pass_face,
    script_face,
    set_up,
    show,
)
from yibaobox.domain.credentials.authorise import (
    Grant,
    Granted,
    PayAuth,
    allow,
    authorise,
    pay_auth,
    redeem,
    use_pay_auth,
)
from yibaobox.domain.credentials.codes import (
    Code,
    Decoded,
    check_shown,
    decode,
    decodings,
    identify,
    issue_code,
    of_auth_no,
)
from yibaobox.domain.credentials.members import Member

__all__ = [
    "CHANNELS",
    "TERMS",
    "Check",
    "Code",
    "Decoded",
    "Grant",
    "Granted",
    "Holder",
    "Member",
    "PayAuth",
    "Session",
    "allow",
    "authorise",
    "begin",
    "channels",
    "check_shown",
    "decode",
    "decodings",
    "held",
    "holder",
    "identify",
    "issue_code",
    "members",
    "of_auth_no",
    "pass_face",
    "pay_auth",
    "redeem",
    "script_face",
    "set_up",
    "show",
    "use_pay_auth",
]
