"""Policy: dated tables with their sources, and the pure engine that computes with them.

Data is YAML below `regions/<region>/<scheme>.<benefit>.yaml`; methods of computation are a closed list in code. Nothing
here reads a clock or a database: days are arguments, accumulators and balances too.
"""

from yibaobox.domain.policy.claim import Accounts, Accumulators, Away, Claim, Line, LineSplit, Reduction, Standing
from yibaobox.domain.policy.model import Citation, Found, PolicyDataError, Profile
from yibaobox.domain.policy.resolve import Place, shipped
from yibaobox.domain.policy.split import Split, settle, split
from yibaobox.domain.policy.stay import Borne, Charge, Part, SettledPart, Stay, parts, settle_stay
from yibaobox.domain.policy.terms import Policy, Terms, policy_for

__all__ = [
    "Accounts",
    "Accumulators",
    "Away",
    "Borne",
    "Charge",
    "Citation",
    "Claim",
    "Found",
    "Line",
    "LineSplit",
    "Part",
    "Place",
    "Policy",
    "PolicyDataError",
    "Profile",
    "Reduction",
    "SettledPart",
    "Split",
    "Standing",
    "Stay",
    "Terms",
    "parts",
    "policy_for",
    "settle",
    "settle_stay",
    "shipped",
    "split",
]
