"""医保电子凭证: activation by face, short-lived single-use codes, decoding by institutions.

A holder activates once per channel of choice; a code is shown for a minute and works once; what an institution gets
for it is a token (`ecToken`) of its own that identifies the patient for half an hour. All lives run on the sandbox
clock; the national sources name none of them, so they are choices of the sandbox. Codes and tokens are stored as
hashes only.
"""

from yibaobox.domain.credentials.activate import CHANNELS, Check, begin, holder, pass_face, script_face, set_up
from yibaobox.domain.credentials.codes import Code, Decoded, decode, decodings, identify, issue_code

__all__ = [
    "CHANNELS",
    "Check",
    "Code",
    "Decoded",
    "begin",
    "decode",
    "decodings",
    "holder",
    "identify",
    "issue_code",
    "pass_face",
    "script_face",
    "set_up",
]
