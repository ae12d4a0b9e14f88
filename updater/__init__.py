"""Keeps the image tags of a GitOps deploy repository right, environment by environment."""
