"""Policy: dated tables with their sources, and the pure engine that computes with them.

Data is YAML below `regions/<region>/<scheme>.<benefit>.yaml`; methods of computation are a closed list in code. Nothing
here reads a clock or a database: days are arguments, accumulators and balances too.
"""

from yibaobox.domain.policy.model import Citation, Found, PolicyDataError, Profile
from yibaobox.domain.policy.resolve import Place, shipped
from yibaobox.domain.policy.split import Accounts, Accumulators, Line, LineSplit, Split, split
from yibaobox.domain.policy.terms import Policy, Reduction, Standing, Terms, policy_for

__all__ = [
    "Accounts",
    "Accumulators",
    "Citation",
    "Found",
    "Line",
    "LineSplit",
    "Place",
    "Policy",
    "PolicyDataError",
    "Profile",
    "Reduction",
    "Split",
    "Standing",
    "Terms",
    "policy_for",
    "shipped",
    "split",
]
