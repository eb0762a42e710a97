"""The field catalogue of the national interface as package data, and the specifications built from it.

The facts come from a provincial text (H) that was compared with three clients. Profile `base` is what these have in
common, profile `hunan` is H as printed.
"""

from yibaobox.settlement.catalogue.spec import Field, Form, Node, Profile, TransactionSpec, codes, paths, spec, titles

__all__ = ["Field", "Form", "Node", "Profile", "TransactionSpec", "codes", "paths", "spec", "titles"]
