"""Asks how good a classifier is: of a workflow that learns, and of projects on other images."""
