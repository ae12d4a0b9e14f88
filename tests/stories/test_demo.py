"""`updater demo`: the whole story on the repository that the scaffold makes."""

from commands.calling import start


def test_every_step_is_verified_on_a_scaffold():
    status, out, err = start("demo")

    assert (status, err) == (0, ""), out
    assert out.startswith("deploy repository http://127.0.0.1:")
    assert ", as updater scaffold repository makes it\n" in out
    assert out.endswith("every step was verified\n")
    assert "NOT TRUE" not in out
