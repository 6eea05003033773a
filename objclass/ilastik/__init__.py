"""Projects of ilastik: their files, forests, names and command line, turned into ours.

Nothing below the layer of ``batch`` imports this room.
"""
