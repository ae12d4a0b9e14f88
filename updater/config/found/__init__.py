"""What stands at the head of a base branch by the patterns of a config: environments and images. Pure."""
