"""9102 文件下载."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import reconciliation
from yibaobox.domain.faults import striking
from yibaobox.edge.envelope import Attachment
from yibaobox.settlement.case import query
from yibaobox.settlement.upload_file import damaged, own

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case


def download(case: Case) -> Attachment:
    """Hand a file of the institution out as it is."""
    asked = case.input["fsDownloadIn"]
    own(case, asked)
    found = reconciliation.read(case.tx, case.institution.code, asked["file_qury_no"])
    content = found.content if striking.at("recon.file_corrupt") is None else damaged(found.content)
    return Attachment(content, found.name)


TRANSACTION: Final = query("9102", download, brief=False)
