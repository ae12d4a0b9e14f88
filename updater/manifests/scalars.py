"""To write a string so that every YAML reader reads that string. Pure."""

import re

_NUMBER = re.compile(
    r"""[-+]?(?:
        (?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?   # 1.2 and Go: 20260202, 1.10, 1e5, 6e60951
      | 0[xob][0-9a-f]+                                     # 0x1f, 0o17, 0b11
      | [0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?                # 1.1, base 60: 12:30:45
      | \.inf
      )|\.nan""",
    re.VERBOSE | re.IGNORECASE,
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*)?")
_WORDS = frozenset({"", "~", "=", "<<", "null", "y", "n", "yes", "no", "on", "off", "true", "false"})
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./:@=+-]*(?<!:)")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def reads_as_string(plain: str) -> bool:
    """Tell whether the unquoted text is a string to YAML 1.1, to YAML 1.2 and to Go's reader."""
    if plain.lower() in _WORDS or _DATE.fullmatch(plain):
        return False
    return not (_NUMBER.fullmatch(plain) or _NUMBER.fullmatch(plain.replace("_", "")))


def is_null(plain: str) -> bool:
    return plain in {"", "~", "null", "Null", "NULL"}


def quote(value: str, style: str = "") -> str:
    """Write the value in the style of what stood there (`'`, `"`, none), or in double quotes where needed."""
    return quoted_as(value, style_for(value, style))


def style_for(value: str, style: str = "") -> str:
    if style in {"'", '"'}:
        return style
    return "" if _PLAIN.fullmatch(value) and reads_as_string(value) else '"'


def quoted_as(value: str, style: str) -> str:
    if style == "'":
        return "'" + value.replace("'", "''") + "'"
    if style == '"':
        return '"' + "".join(_ESCAPES.get(character, character) for character in value) + '"'
    return value
