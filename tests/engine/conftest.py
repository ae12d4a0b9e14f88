import pytest
from world.scene import TOKEN, Scene


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = Scene(tmp_path, ["shop"])
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()
