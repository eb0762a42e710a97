"""Bodies that broke others: the twelve that decided our reader, and some eighty more around them."""

import json


def _in(value):
    """The value as the `extra` of an otherwise sound bill."""
    return b'{"payer":"a","amount_fen":1,"extra":' + value + b"}"


def _fen(value):
    return b'{"payer":"a","amount_fen":' + value + b"}"


def _payer(value):
    return b'{"amount_fen":1,"payer":' + value + b"}"


TWELVE = {
    "990 deep": _in(b"[" * 990 + b"]" * 990),
    "lone high surrogate": _payer(b'"\\ud800"'),
    "a third decimal": _fen(b"0.005"),
    "a fraction for an integer": _fen(b"1.9"),
    "underscores": _fen(b'"1_000"'),
    "full-width digits": _fen('"１２"'.encode()),
    "a monstrous exponent": _in(b"1E+1000000"),
    "duplicate keys": b'{"payer":"a","payer":"b","amount_fen":1}',
    "full-width ID number": b'{"payer":"a","amount_fen":1,"id_no":"'
    + "３１０１０５１９９００１０１１２３４".encode()
    + b'"}',
    "ID number and a newline": b'{"payer":"a","amount_fen":1,"id_no":"310100199001011231\\n"}',
    "NaN": _fen(b"NaN"),
    "a NUL": _payer(b'"a\\u0000b"'),
}

SYNTAX = {
    "empty object of nothing": b"{",
    "only a comma": b",",
    "a trailing comma": b'{"payer":"a","amount_fen":1,}',
    "a comment": b'{"payer":"a"/**/,"amount_fen":1}',
    "single quotes": b"{'payer':'a','amount_fen':1}",
    "two documents": b'{"payer":"a","amount_fen":1}{"payer":"a","amount_fen":1}',
    "rubbish after": b'{"payer":"a","amount_fen":1} x',
    "an unclosed string": b'{"payer":"a',
    "an unquoted key": b'{payer:"a","amount_fen":1}',
    "a bare word": b"payer",
    "undefined": _in(b"undefined"),
    "Infinity": _in(b"Infinity"),
    "-Infinity": _in(b"-Infinity"),
    "-NaN": _in(b"-NaN"),
    "True": _in(b"True"),
    "None": _in(b"None"),
    "a leading zero": _fen(b"01"),
    "a leading plus": _fen(b"+1"),
    "a leading point": _fen(b".5"),
    "a trailing point": _fen(b"5."),
    "hexadecimal": _fen(b"0x10"),
    "octal": _fen(b"0o10"),
    "a naked minus": _fen(b"-"),
    "an empty exponent": _fen(b"1e"),
    "a raw newline in a string": _payer(b'"a\nb"'),
    "a raw tab in a string": _payer(b'"a\tb"'),
    "a raw NUL in a string": _payer(b'"a\x00b"'),
    "a raw NUL after": b'{"payer":"a","amount_fen":1}\x00',
    "a bad escape": _payer(b'"\\x41"'),
    "half an escape": _payer(b'"\\u12"'),
    "a backslash at the end": b'{"payer":"\\',
    "byte order mark": b"\xef\xbb\xbf" + b'{"payer":"a","amount_fen":1}',
    "UTF-16": '{"payer":"a","amount_fen":1}'.encode("utf-16"),
    "UTF-32": '{"payer":"a","amount_fen":1}'.encode("utf-32"),
    "GBK": '{"payer":"王小婧","amount_fen":1}'.encode("gbk"),
    "an overlong slash": _payer(b'"\xc0\xaf"'),
    "an encoded surrogate": _payer(b'"\xed\xa0\x80"'),
    "beyond Unicode": _payer(b'"\xf5\x80\x80\x80"'),
    "a cut character": _payer(b'"\xe4\xb8"'),
    "only spaces": b"   ",
    "binary": bytes(range(256)),
    "a lone low surrogate": _payer(b'"\\udc00"'),
    "surrogates the wrong way round": _payer(b'"\\udc00\\ud800"'),
    "a surrogate and a letter": _payer(b'"\\ud83da"'),
    "a surrogate in a key": b'{"payer":"a","amount_fen":1,"\\ud800":1}',
    "a NUL in a key": b'{"payer":"a","amount_fen":1,"\\u0000":1}',
    "a surrogate deep down": _in(b'[[{"a":["\\ud800"]}]]'),
    "a duplicate key deep down": _in(b'[{"a":1,"a":1}]'),
    "a duplicate key by escape": b'{"payer":"a","p\\u0061yer":"b","amount_fen":1}',
    "33 arrays": _in(b"[" * 33 + b"]" * 33),
    "33 objects": _in(b'{"a":' * 33 + b"1" + b"}" * 33),
    "100,000 opening brackets": b"[" * 100_000,
    "100,000 opening braces": b'{"a":' * 100_000,
    "brackets behind a broken string": b'{"a":"\\"' + b"[" * 2000,
    "19 digits": _in(b"1" * 19),
    "20 digits, negative": _in(b"-" + b"1" * 20),
    "5,000 digits": _in(b"1" * 5000),
    "5,000 decimals": _in(b"0." + b"1" * 5000),
    "1e999": _in(b"1e999"),
    "1e-999": _in(b"1e-999"),
    "an exponent of 300 digits": _in(b"1e" + b"9" * 300),
    "more than a mebibyte": _payer(b'"' + b"a" * (1 << 20) + b'"'),
}

SHAPE = {
    "null": b"null",
    "a list": b"[]",
    "a list of bills": b'[{"payer":"a","amount_fen":1}]',
    "a string": b'"payer"',
    "a number": b"1",
    "true": b"true",
    "an empty object": b"{}",
    "an unknown key": b'{"payer":"a","amount_fen":1,"balance":1}',
    "__proto__": b'{"payer":"a","amount_fen":1,"__proto__":{}}',
    "a number for a text": _payer(b"1"),
    "a boolean for a text": _payer(b"true"),
    "a list for a text": _payer(b'["a"]'),
    "an object for a text": _payer(b'{"$ne":null}'),
    "null for a text": _payer(b"null"),
    "an escape character": _payer(b'"\\u001b[31m"'),
    "an empty text": _payer(b'""'),
    "too long a text": _payer(b'"' + b"a" * 41 + b'"'),
    "a text for a number": _fen(b'"1"'),
    "true for a number": _fen(b"true"),
    "null for a number": _fen(b"null"),
    "a whole fraction": _fen(b"1.0"),
    "an exponent": _fen(b"1e2"),
    "minus zero": _fen(b"-0"),
    "minus zero, with decimals": _fen(b"-0.0"),
    "less than nothing": _fen(b"-1"),
    "more than all money": _fen(b"999999999999999999"),
    "a list for a number": _fen(b"[1]"),
    "a day that never was": b'{"payer":"a","amount_fen":1,"at":"2026-02-30T00:00:00+08:00"}',
    "an instant without offset": b'{"payer":"a","amount_fen":1,"at":"2026-02-03T00:00:00"}',
    "an instant as a number": b'{"payer":"a","amount_fen":1,"at":1700000000}',
    "a wrong check digit": b'{"payer":"a","amount_fen":1,"id_no":"310100199001011230"}',
    "a birthday that never was": b'{"payer":"a","amount_fen":1,"id_no":"310100199002301238"}',
    "yes for true": b'{"payer":"a","amount_fen":1,"urgent":"yes"}',
    "one for true": b'{"payer":"a","amount_fen":1,"urgent":1}',
}

ALL = TWELVE | SYNTAX | SHAPE
SOUND = json.dumps({"payer": "王小婧", "amount_fen": 1, "extra": {"a": [1, "𠮷", None, True]}}).encode()
