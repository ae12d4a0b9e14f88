"""Small files of a cache: whole, or not there."""

from updater.adapters.registry import disk


def test_what_was_written_is_read(tmp_path):
    disk.write(tmp_path / "deep" / "one.json", {"a": 1})
    assert disk.read(tmp_path / "deep" / "one.json") == {"a": 1}


def test_where_it_cannot_be_put_nothing_is_left_behind(tmp_path):
    (tmp_path / "one.json").mkdir()
    disk.write(tmp_path / "one.json", {"a": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]
