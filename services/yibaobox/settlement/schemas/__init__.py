"""Messages of the national interface: validated into typed values, rendered from them."""

from yibaobox.settlement.schemas.contract import Unknown, schema
from yibaobox.settlement.schemas.header import check_header, header_schema
from yibaobox.settlement.schemas.render import render
from yibaobox.settlement.schemas.validate import validate

__all__ = ["Unknown", "check_header", "header_schema", "render", "schema", "validate"]
