import pytest

from updater.observe.listings import newest_two
from updater.schemes.numeric import Numeric
from updater.schemes.semver import Semver
from updater.schemes.timestamp import Timestamp

DAY = Timestamp(pattern="%Y%m%d")
TAGS = ["latest", "20260203-090000", "v1.2.3", "20260201-090000", "20260202-090000", "99999999-999999"]


@pytest.mark.parametrize(
    ("schemes", "tags", "two"),
    [
        ([Timestamp()], TAGS, ("20260202-090000", "20260203-090000")),
        ([Timestamp(), DAY], [*TAGS, "20260101", "20260102"], ("20260101", "20260102")),
        ([Timestamp()], TAGS[:3], None),
        ([Timestamp(), DAY], TAGS, None),
        ([Timestamp(), Semver()], TAGS, None),
        ([Numeric()], ["1", "2"], None),
        ([Timestamp(pattern="%d%m%Y")], ["01022026", "02022026"], None),
        ([], TAGS, None),
    ],
)
def test_the_two_newest_are_those_of_the_scheme_that_lags_most(schemes, tags, two):
    assert newest_two(schemes, tags) == two
