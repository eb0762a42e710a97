"""How this sandbox reads the catalogue where it is silent or where its sources disagree.

H is the Hunan text the catalogue was taken from, C, M and S are clients used in Chongqing, Inner Mongolia and Shenzhen.
"""

from __future__ import annotations

from typing import Final

from yibaobox.settlement.catalogue.importer import Kind, Row

# --- shape: what is printed as a flat list of nodes -------------------------------------------------------------------
# Fields of these "nodes" stand directly in `input` or `output`.
INLINE: Final = frozenset({"", "无节点", "input", "output"})
# Columns of a file that travels beside the message, so no part of it.
FILES: Final = frozenset({("3202", "in", "FILE"), ("3202", "out", "FILE")})
# A node under another name, or under several.
PLACES: Final[dict[tuple[str, str, str], tuple[str, ...]]] = {
    ("9002", "out", "sign_time"): ("", "signoutoutb"),  # H prints the bare field, S reads signoutoutb: emit both
    ("5204", "out", "FILE"): ("",),  # an array by default; the table is a row
}
# `output` itself is an array: H prints rows without the name of a node.
ROOT_ARRAYS: Final = frozenset({("5204", "out"), ("5303", "out"), ("5304", "out")})
# Nodes that hold rows, by name, wherever they stand.
ARRAYS: Final = frozenset(
    {
        *("insuinfo", "idetinfo", "setldetail", "diseinfo", "feedetail", "drugdetail", "detlcutinfo", "trtinfo"),
        *("durg_trac_info", "drugtracinfo", "psnfixmedin", "cuminfo", "list", "seltdelts"),
        *("diseinfoList", "feedetailList", "rxDetlList", "rxDiseList", "rxSaleDrugDetl", "rxdrugdetail"),
        *(
            "payinfo",
            "opspdiseinfo",
            "iteminfo",
            "oprninfo",
            "icuinfo",
            "bldinfo",
            "rescinfo",
            "sampleinfo",
            "imageinfo",
        ),
        *("invinfoDetail", "purcinfoDetail", "selinfoDetail", "invinfoErrDetail", "purcinfoErrDetail"),
        *("selinfoErrDetail", "goodDetail", "goodErrDetail", "checkreportdetails", "inspectiondetails"),
        *("fsi_encounter_dtos", "fsi_order_dtos", "fsi_diagnose_dtos", "fsi_operation_dtos", "patient_dtos"),
        *("judge_result_detail_dtos", "warns", "detl_list", "preSetl_invy_evt_list", "appy_chk_opnn_evt_list"),
    }
)
# … and where only one transaction has rows under that name.
ARRAYS_HERE: Final = frozenset({("2204", "out", "result"), ("2301", "out", "result"), ("5201", "out", "mdtrtinfo")})
# The first node of an input is required; these are besides. The catalogue has no flag for nodes.
REQUIRED_NODES: Final = frozenset(
    {("2101", "drugdetail"), ("2102", "drugdetail"), ("2203", "diseinfo"), ("2203A", "diseinfo"), ("2401", "diseinfo")}
)

# --- fields ----------------------------------------------------------------------------------------------------------
KINDS: Final = {
    ("9001", "sign_time"): Kind.TIME,  # printed D, carries a time of day
    ("9002", "sign_time"): Kind.TIME,
}
# Printed N30 in some tables and S30 in others; 15 digits and not zero in Hunan, any text elsewhere.
SERIALS: Final = frozenset({"feedetl_sn"})
# Lengths that are not enforced as printed.
LENGTHS: Final[dict[str, int | None]] = {
    "fixmedins_name": None,  # S20 in the envelope; real names exceed it
    "fixmedins_code": 30,  # M
    "omsgid": 40,  # a msgid is opaque and has up to 40 characters
    "medins_setl_id": 40,  # the sender's msgid
    "mdtrt_cert_no": 64,  # S50; an ecToken of 64 has been seen
    "caty": 10,  # C and M have 6
}
# Required by H of a sale, for which no other source has a model; where one has, of visits and stays, it lacks them.
OF_HUNAN: Final = frozenset(
    (infno, name) for infno in ("2101", "2102") for name in ("psn_cert_type", "certno", "psn_type", "psn_name")
)
# A required text that may be "": clients send that where the visit has no special disease.
BLANK: Final = frozenset({"dise_codg", "dise_name"})
# Other spellings that clients use for a name.
ALIASES: Final = {"exp_content": ("expContent",), "dscgTime": ("dscg_time",)}


def _extra(place: str, field: str, zh: str, length: int) -> Row:
    infno, direction, node = place.split()
    return Row(
        infno,
        direction,
        node,
        field,
        zh,
        Kind.TEXT,
        length,
        total=None,
        scale=None,
        coded=False,
        required=False,
        seen_in="-CM-",
    )


# Fields that other sources have and H lacks.
ADDITIONS: Final[tuple[Row, ...]] = (
    _extra("1101 in data", "exp_content", "字段扩展", 4000),  # C, as expContent
    _extra("2303 in data", "invono", "发票号", 20),  # C, M; H removed it
    _extra("2204 in feedetail", "er_flag", "急诊标志", 3),  # C, M
    # H prints pdn_cash_pay, a slip; clients of either spelling exist, so the reply has both.
    Row(
        "2208",
        "out",
        "setlinfo",
        "psn_cash_pay",
        "个人现金支出",
        Kind.NUMBER,
        length=None,
        total=16,
        scale=2,
        coded=False,
        required=True,
        seen_in="HCMS",
    ),
)
# Codes that notes or other provinces use and H's value table lacks.
CODES: Final = {
    "med_type": {"12": "门诊挂号", "21": "住院"},
    "clr_type": {"390412": "居民跨省药店购药"},  # H prints 310412 twice
    "opter_type": {"1": "经办人", "2": "自助终端", "3": "移动终端"},  # H's envelope table and S
}

# --- transactions ----------------------------------------------------------------------------------------------------
# Transactions that write: their replies are kept by msgid. All others are queries or trial calculations.
_WRITES: Final = (
    "2102 2103 2163 2166 2167 2181 2201 2202 2203 2203A 2204 2205 2207 2208 2301 2302 2304 2305 2306 "
    "2401 2402 2403 2404 2405 2406 2501 2502 2503 2504 2505 2506 2507 2601 3103 3203 3204 3301 3302 "
    "3401 3401A 3402 3403 3501 3501A 3502 3502A 3503 3503A 3504 3504A 3505 3505A 3506 3506A 3507 3507A 3592B "
    "3602 3603 3702 3703 3704 4101 4102 4201 4261 4301 4302 4401 4402 4402A 4501 4502 4503 4504 4505 4506 "
    "4601 4602 4701 4901 4905 5461 6201 6202 6203 6204 6302 6401 7103 7104 7108 7109 7206 7207 7208 7209 7210 "
    "9001 9002 9101 9601 9602 9603 9605"
)
WRITES: Final = frozenset(_WRITES.split())
