"""YAML as people write it, read strictly: every value knows its line, every fault is one sentence. Pure."""
