"""Which image is which: the input that stands for an image, and the digest of its voxels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.engine.look import ImageKey, Look
from objclass.engine.node import Node
from objclass.io.chosen import ArrayChoice
from objclass.io.formats import vouch
from objclass.io.locator import Locator
from objclass.io.source import Source, WrittenPath
from objclass.nodes.input import InputNode


def main_input(nodes: Mapping[str, Node]) -> str | None:
    """Return the input that an image is called after: the first raw one, else the first."""
    inputs = {name: node for name, node in nodes.items() if isinstance(node, InputNode)}
    raw = (name for name, node in inputs.items() if node.role == "raw")
    return next(raw, next(iter(inputs), None))


@dataclass(frozen=True)
class ImageOnDisk:
    """Where the voxels of an image lie, and how they are read: what it is known by.

    Parameters
    ----------
    source
        The file, or the files stacked along an axis.
    axes, chosen
        How each is read.
    """

    source: Source
    axes: str | None
    chosen: ArrayChoice

    def digest(self, t: int | None) -> str:
        """Return the digest of one frame, counted in the whole file."""
        from objclass.io.image_digest import image_digest

        return image_digest(self.source, self.axes, t, self.chosen)


@dataclass(frozen=True)
class ImageIdentities:
    """The images of a workflow as a person tells them apart.

    Parameters
    ----------
    look
        Of the node that asks.
    """

    look: Look

    def image(self, name: str) -> ImageKey:
        """Return an image by its name."""
        return next(image for image in self.look.settings.images if image.name == name)

    def path(self, name: str) -> Path:
        """Return the (first) file of an image."""
        return self._source(name)[0].first.path

    @property
    def names(self) -> tuple[str, ...]:
        """The images of the workflow."""
        return tuple(image.name for image in self.look.settings.images)

    @property
    def same(self) -> bool:
        """True where the person said that the image is the same, whatever its name and voxels."""
        return bool(self.look.settings.options.get("same_image"))

    def called(self, image: ImageKey) -> tuple[str, ...]:
        """Return what else an image goes by: its file's name, with and without suffix.

        The one image that is read of a file of several is also called as QuPath calls it.
        """
        main = main_input(self.look.nodes)
        source = image.files[main][0] if main and main in image.files else None
        file = source.path.name if isinstance(source, Locator) else ""
        series = self._node.series if file else None
        inside = f"{file} - {series}" if isinstance(series, str) else file
        return tuple(dict.fromkeys((file, file.rpartition(".")[0], image.nickname, inside)))

    def files(self, image: ImageKey) -> tuple[str, ...]:
        """Return the names of an image's raw files: every channel, plane and frame."""
        raw = [name for name, node in self.look.nodes.items() if isinstance(node, InputNode)
               and node.role == "raw" and name in image.files]  # fmt: skip
        paths = (path for name in raw for path in image.files[name][0].files)
        return tuple(dict.fromkeys(path.name for path in paths))

    def digest(self, name: str, t: int | None) -> str:
        """Return the digest of one frame of an image; read once per state of its files."""
        there, named = self.on_disk(name), self._source(name)[1]
        key = ["image digest", named, there.axes, t, *there.source.key, *there.chosen.key]
        return str(self.look.settings.memo(key, vouch(there.source), lambda: there.digest(t)))

    def on_disk(self, name: str) -> ImageOnDisk:
        """Return where an image lies, and how it is read."""
        chosen = replace(self._node.chosen, mask=False)
        return ImageOnDisk(self._source(name)[0], self._node.axes, chosen)

    @property
    def _node(self) -> InputNode:
        node = self.look.nodes[main_input(self.look.nodes) or ""]
        assert isinstance(node, InputNode)
        return node

    def _source(self, name: str) -> tuple[Source, WrittenPath]:
        """Return the file or stack of an image, as opened and as written."""
        return self._node.source_of(self.image(name), main_input(self.look.nodes) or "")


def seen_from(folder: Path, path: Path) -> str:
    """Return a path as seen from a folder, so that both can be moved together."""
    return Path(os.path.relpath(path, folder)).as_posix()
