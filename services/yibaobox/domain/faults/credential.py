"""Faults of the electronic credential: codes that lapsed or were used, faces that do not pass."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.kinds import BEFORE, Kind, Reach

_FACE: Final = Reach(("/ec/v1/activations/*/face", "/ec/v1/family/*/face"), methods=("POST",))
DECODING: Final = Reach(("/ec/v1/decode", "/localcfc/api/hsecfc/localQrCodeQuery"), methods=("POST",))
PRESENTED: Final = Reach(
    (*DECODING.paths, "/ec/v1/authorisations", "/api/mipuserquery/userQuery/*", "/fsi/*", "/mbs-fsi/*"),
    methods=("POST",),
    certs=("01",),
)  # where a code or a token is shown; decoding counts as showing one
KINDS: Final = (
    Kind("token.expired", BEFORE, "the code or token that is presented has just lapsed", (), PRESENTED),
    Kind("token.used", BEFORE, "the code that is presented was used a moment ago at the same place", (), DECODING),
    Kind(
        "decode.wrong_place",
        BEFORE,
        "another institution decodes the code first, so the token is that one's and here the code is used up",
        (),
        DECODING,
    ),
    Kind("face.fail", BEFORE, "the face check does not pass; it counts towards the lock-out", (), _FACE),
    Kind("face.timeout", BEFORE, "the face check gets no answer; it counts for nothing", (), _FACE),
)
