"""Why a pin is left alone: what stands in the file cannot be read or changed without a doubt. Pure values."""

from __future__ import annotations

from updater.reasons.reason import Reason

ALIAS = Reason("alias", "fact", "The value is a YAML alias, so it stands elsewhere.")
AMBIGUOUS = Reason("ambiguous", "fact", "More than one place in the file could be the pin.")
ANCHOR = Reason("anchor", "fact", "The value carries a YAML anchor, so others may repeat it.")
BAD_PATH = Reason("bad_path", "fact", "The path in the config is no path that can be followed.")
BAD_VALUE = Reason("bad_value", "fact", "What is to be written is no tag or digest that a registry allows.")
BLOCK_SCALAR = Reason(
    "block_scalar", "fact", "The value is a block scalar (`|` or `>`), which holds more than a tag."
)
DIGEST_WINS = Reason("digest_wins", "fact", "A digest stands beside the tag and would win over it.")
DUPLICATE = Reason(
    "duplicate", "fact", "A key or an entry stands twice, and tools differ in which of them counts."
)
ENCRYPTED = Reason("encrypted", "fact", "The value, or the file as a whole, is encrypted.")
IMAGE = Reason("image", "fact", "The image is none that a config can name.")
NOT_ENV = Reason("not_env", "fact", "The file is no list of lines KEY=VALUE that all tools read alike.")
NOT_LIST = Reason("not_list", "fact", "A list was expected where the file has something else.")
NOT_SCALAR = Reason("not_scalar", "fact", "A plain value was expected where the file has something else.")
NOT_UTF8 = Reason("not_utf8", "fact", "The file is no UTF-8 text.")
NOT_YAML = Reason("not_yaml", "fact", "The file is no YAML.")
OTHER_IMAGE = Reason(
    "other_image", "fact", "Beside the tag stands another image than the one that was named."
)
PATH = Reason("path", "fact", "The path of the pin cannot be written into a config.")
PIN_MISSING = Reason("pin_missing", "fact", "The pin is not there: no entry, no value, or no tag in it.")
RENAMED = Reason(
    "renamed", "fact", "The image is renamed by another entry, so its tag there would change nothing."
)
SEALED = Reason(
    "sealed",
    "fact",
    "A checksum or a signature covers the file (SOPS' MAC, `SHA256SUMS`), and a new tag would break it.",
)
TAG_SUFFIX = Reason("tag_suffix", "fact", "The entry has a `tagSuffix`, which changes what is deployed.")
TAGGED = Reason(
    "tagged", "fact", "The value bears a YAML tag, so it need not be the string that it looks like."
)
TEMPLATE = Reason(
    "template", "fact", "The file is a template: what it deploys is decided when it is rendered."
)
UNNAMED_IMAGE = Reason("unnamed_image", "fact", "Nothing in the file names the image.")
UNPROVEN = Reason(
    "unproven", "fact", "The edit could not be proven to change the pin and nothing else, so it was not made."
)
VERSION_RANGE = Reason(
    "version_range", "fact", "The version of the chart is a range, which says what may run and not what does."
)
