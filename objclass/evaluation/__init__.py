"""How good a classifier is: pure functions on arrays and tables, each with its source.

Nothing here is in the path of a model: what is asked here changes no byte of what was learned.
"""
