"""`generate_build_tag.sh`: the tag that the timestamp scheme reads."""

from datetime import UTC, datetime, timedelta

from updater.schemes.timestamp import Timestamp


def test_the_tag_is_now_in_korea_wherever_the_machine_is(programs, scripts):
    before = datetime.now(UTC).replace(microsecond=0)
    status, out, err = programs.run(scripts / "build/generate_build_tag.sh", TZ="America/Los_Angeles")

    assert (status, err) == (0, "")
    assert Timestamp().read(out.strip()) is not None
    said = datetime.strptime(out.strip() + "+0900", "%Y%m%d-%H%M%S%z")
    assert before <= said <= datetime.now(UTC) + timedelta(seconds=1)


def test_it_takes_no_argument(programs, scripts):
    status, out, err = programs.run(scripts / "build/generate_build_tag.sh", "latest")

    assert (status, out) == (2, "")
    assert err == "generate_build_tag.sh: takes no argument; see generate_build_tag.sh --help\n"
