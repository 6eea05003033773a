"""A small session for tests of the page: it remembers what was said, and predicts by size."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image as Picture

from objclass.errors import InputError, Problem
from objclass.session.answers import (
    AnnotationRow,
    GalleryPage,
    ObjectDetails,
    ObjectRef,
    ObjectStyles,
    SessionChange,
    SessionClass,
    SessionImage,
    SessionScore,
)
from objclass.session.cut_outs import CutOutStyle
from objclass.session.scoring import ScorePoint

COLORS = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00")
STEP = 32
"""Objects are discs, one in each square of this side; every third is large."""


def drawn(shape: tuple[int, int, int]) -> np.ndarray:
    """Return a label image (z, y, x) of discs, numbered from 1 in rows."""
    z, y, x = np.ogrid[tuple(map(slice, shape))]
    ids = (y // STEP) * (shape[2] // STEP) + x // STEP + 1
    radius = np.where(ids % 3 == 0, 13, 8)
    inside = (y % STEP - 16) ** 2 + (x % STEP - 16) ** 2 < radius**2
    return np.where(inside & (z >= 0), ids, 0).astype(np.uint32)


class FakeSession:
    """Remembers annotations in a list; undo takes the last one back."""

    def __init__(
        self, images: int = 3, shape: tuple[int, int, int] = (1, 256, 320), times: int = 0
    ):
        self.ids = drawn(shape)
        noise = np.random.default_rng(0).integers(0, 400, shape)
        self.raw_voxels = (
            800 + 900 * (self.ids % 3 == 0) * (self.ids > 0) + 500 * (self.ids > 0) + noise
        ).astype(np.uint16)
        self.times: tuple[int | None, ...] = tuple(range(times)) if times else (None,)
        self.names = [f"plate1_{chr(65 + k // 12)}{k % 12 + 1:02}" for k in range(images)]
        self.class_list = [["interphase", COLORS[0]], ["mitotic", COLORS[1]]]
        self.said: dict[ObjectRef, str] = {}
        self.done: list[dict[ObjectRef, str]] = []
        self.undone: list[dict[ObjectRef, str]] = []
        self.version = 1
        self.is_live = True
        self.on_change: Any = lambda: None

    def close(self) -> None: ...

    def images(self) -> tuple[SessionImage, ...]:
        z, y, x = self.ids.shape
        shape = {"z": z, "y": y, "x": x} if z > 1 else {"y": y, "x": x}
        return tuple(
            SessionImage(
                name,
                {"well": name[-3:]},
                shape,
                (0, 0, 0),
                (2.0, 0.5, 0.5),
                "um",
                self.times,
                ("DAPI", "GFP"),
                "uint16",
                False,
                80,
                self._annotated(name),
            )
            for name in self.names
        )

    def image(self, name: str) -> SessionImage:
        return self.images()[self.names.index(name)]

    def _annotated(self, name: str) -> int:
        return sum(ref.image == name for ref in self.said)

    def classes(self) -> tuple[SessionClass, ...]:
        values = list(self.said.values())
        return tuple(SessionClass(n, c, values.count(n), 40) for n, c in self.class_list)

    def _change(self, said: dict[ObjectRef, str]) -> SessionChange:
        self.done.append(self.said)
        self.said, self.undone = said, []
        return self._changed()

    def _changed(self) -> SessionChange:
        self.version += 1
        self.on_change()
        return SessionChange(self.version, "")

    def annotate(self, refs: Any, name: str) -> SessionChange:
        if name not in [*(each for each, _ in self.class_list), "ignore"]:
            raise InputError(Problem(f"there is no class '{name}'"))
        return self._change({**self.said, **dict.fromkeys(refs, name)})

    def erase(self, refs: Any) -> SessionChange:
        return self._change({k: v for k, v in self.said.items() if k not in refs})

    can_undo = property(lambda self: bool(self.done))
    fault = ""
    can_redo = property(lambda self: bool(self.undone))

    def undo(self) -> SessionChange:
        self.undone.append(self.said)
        self.said = self.done.pop()
        return self._changed()

    def redo(self) -> SessionChange:
        self.done.append(self.said)
        self.said = self.undone.pop()
        return self._changed()

    def add_class(self, name: str, color: str | None = None) -> SessionChange:
        self.class_list.append([name, color or COLORS[len(self.class_list) % len(COLORS)]])
        return self._changed()

    def rename_class(self, old: str, new: str) -> SessionChange:
        self.class_list = [[new if n == old else n, c] for n, c in self.class_list]
        self.said = {k: new if v == old else v for k, v in self.said.items()}
        return self._changed()

    def order_classes(self, names: Any) -> SessionChange:
        self.class_list.sort(key=lambda each: list(names).index(each[0]))
        return self._changed()

    def recolor_class(self, name: str, color: str) -> SessionChange:
        self.class_list = [[n, color if n == name else c] for n, c in self.class_list]
        return self._changed()

    def live(self, on: bool) -> None:
        self.is_live = on
        self._changed()

    def learn_now(self) -> None:
        self._changed()

    def external_change(self) -> tuple[str, ...]:
        return ()

    def _plane(self, voxels: np.ndarray, plane: Any, level: int, region: Any) -> np.ndarray:
        flat = np.take(voxels, plane.index, "zyx".index(plane.axis))[:: 1 << level, :: 1 << level]
        (top, left), (bottom, right) = region.start, region.stop
        return flat[top:bottom, left:right]

    def raw_tile(
        self, image: str, t: Any, plane: Any, level: int, region: Any, channel: int
    ) -> np.ndarray:
        return self._plane(
            self.raw_voxels if channel == 0 else self.raw_voxels[..., ::-1], plane, level, region
        )

    def label_tile(self, image: str, t: Any, plane: Any, level: int, region: Any) -> np.ndarray:
        return self._plane(self.ids, plane, level, region)

    def object_at(self, image: str, t: Any, point: Any) -> int:
        return int(self.ids[tuple(point)])

    def object_ids_in(self, image: str, t: Any, plane: Any, outline: Any) -> np.ndarray:
        (top, left), (bottom, right) = np.min(outline, 0), np.max(outline, 0)
        inside = self.ids[plane.index, round(top) : round(bottom), round(left) : round(right)]
        return np.unique(inside[inside > 0])

    def styles(
        self, image: str, t: Any, ids: np.ndarray, of_class: str | None = None
    ) -> ObjectStyles:
        codes = {name: k + 1 for k, (name, _) in enumerate(self.class_list)} | {"ignore": 65535}
        said = [codes.get(self.said.get(ObjectRef(image, t, int(each)), ""), 0) for each in ids]
        share = (0.55 + 0.45 * (ids % 7) / 7).astype(np.float32)
        return ObjectStyles(
            ids,
            np.where(ids % 3 == 0, 2, 1).astype(np.uint16),
            share,
            2 * (1 - share),
            np.array(said, np.uint16),
            np.ones(len(ids), bool),
            self.version,
            share,
        )

    untrained = ""
    selects = ""

    def object_settings(self) -> dict[str, object]:
        return {"nuclei.threshold": 0.5}

    def gallery(
        self, source: str, count: int, page: int, seed: int, among: dict[str, str] | None
    ) -> GalleryPage:
        found = [ObjectRef(name, self.times[0], k) for name in self.names for k in range(1, 81)]
        if source.startswith("predicted:"):
            wanted = [name for name, _ in self.class_list].index(source.removeprefix("predicted:"))
            found = [ref for ref in found if (ref.object % 3 == 0) == bool(wanted)]
        found = [ref for ref in found if ref not in self.said]
        found = [ref for ref in found if not among or ref.image.endswith(among["well"])]
        shown = tuple(found[page * count : (page + 1) * count])
        return GalleryPage(shown, source, len(found), 3, 3)

    def cut_out(self, ref: ObjectRef, style: CutOutStyle) -> bytes:
        z, y, x = (int(v[0]) for v in np.nonzero(self.ids == ref.object))
        top, left = max(0, y - 8), max(0, x - 16)
        part = self.raw_voxels[z, top : top + STEP, left : left + STEP] / 10
        coded = BytesIO()
        picture = Picture.fromarray(np.clip(part, 0, 255).astype(np.uint8))
        picture.resize((style.size, style.size)).save(coded, "PNG")
        return coded.getvalue()

    def annotations(self) -> tuple[AnnotationRow, ...]:
        return tuple(
            AnnotationRow(
                k + 2,
                ref,
                ref.image,
                name,
                "invalid" if ref.object % 5 == 0 else "valid",
                "its object changed" if ref.object % 5 == 0 else "",
                "mitotic",
                name == "mitotic",
            )
            for k, (ref, name) in enumerate(self.said.items())
        )

    def describe(self, ref: ObjectRef) -> ObjectDetails:
        from objclass.session.answers import FeatureStanding

        where = np.nonzero(self.ids == ref.object)
        voxel = tuple(int(v[len(v) // 2]) for v in where)
        box = tuple(int(v.min()) for v in where), tuple(int(v.max()) + 1 for v in where)
        features = tuple(
            FeatureStanding(
                name,
                unit,
                "what it is",
                value,
                {n: 0.3 + 0.2 * k for k, (n, _) in enumerate(self.class_list)},
                True,
            )
            for name, unit, value in (
                ("shape.area", "um^2", 153.25),
                ("intensity.mean", "", 1234.5),
                ("skew", "", float("nan")),
            )
        )
        shares = {name: 0.5 for name, _ in self.class_list}
        facts = (len(where[0]), "a1b2c3", False, features, shares, "mitotic", 0.2)
        return ObjectDetails(ref, voxel, box, *facts, self.said.get(ref, ""), None)

    def score(self) -> SessionScore:
        says = "balanced accuracy 0.91 (0.83 to 0.96), held out by image"
        return SessionScore("by_image", 0.91, (0.83, 0.96), 0.5, False, says)

    def score_curve(self) -> tuple[ScorePoint, ...]:
        scores = {4: 0.5, 12: 0.8, 30: 0.91}
        return tuple(
            ScorePoint(n, "out_of_bag" if n == 4 else "by_image", v, (v - 0.1, v + 0.05), 0.5)
            for n, v in scores.items()
        )
