"""What the page may ask, and how a session answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from objclass.data.blocks import Region
from objclass.page import wire
from objclass.page.desk import LabellingDesk
from objclass.session.answers import ObjectRef, Plane
from objclass.session.cut_outs import CutOutStyle

if TYPE_CHECKING:
    from objclass.session import Session

Query = Mapping[str, str]
BYTES = "application/octet-stream"
OUTLINE = "#ffeb3b"


def frame_of(query: Query) -> tuple[str, int | None]:
    """Return image and time point."""
    return query["image"], int(query["t"]) if query.get("t") else None


def ref_of(query: Query) -> ObjectRef:
    """Return the object that is asked for."""
    return ObjectRef(*frame_of(query), int(query["object"]))


def region_of(query: Mapping[str, Any]) -> Region:
    """Return rows and columns ``top,left,bottom,right``; at most a million voxels."""
    top, left, bottom, right = (int(part) for part in query["region"].split(","))
    if (bottom - top) * (right - left) > 1 << 20:
        raise ValueError("a tile is smaller")
    return Region((top, left), (bottom, right))


def plane_of(said: Mapping[str, Any]) -> Plane:
    """Return the plane of a frame that is seen."""
    axis = said["axis"]
    if axis not in ("z", "y", "x"):
        raise ValueError("an axis is z, y or x")
    return Plane(axis, int(said["index"]))


class PageRoutes:
    """Answers of one session; every method returns what one path says.

    Parameters
    ----------
    desk
        Opens the session.
    """

    def __init__(self, desk: LabellingDesk) -> None:
        self.desk = desk
        self._live = True  # as sessions begin

    @property
    def session(self) -> Session:
        """The session that answers."""
        return self.desk.session

    # Asked

    def state(self, query: Query) -> Response:
        """Return classes, score and what can be undone."""
        return JSONResponse(self._state())

    def standing(self, query: Query) -> Response:
        """Return what takes longer to know: the score, and annotations by image."""
        score = self.session.score()
        counts = {i.name: [i.annotated, i.objects] for i in self.session.images()}
        known = {name: each for name, each in counts.items() if each != [0, None]}
        facts = {name: getattr(score, name) for name in ("says", "is_chance", "held_back")}
        return JSONResponse({"score": facts, "counts": known})

    def images(self, query: Query) -> Response:
        """Return all images."""
        images = [wire.image_document(each) for each in self.session.images()]
        return JSONResponse({"images": images})

    def raw(self, query: Query) -> Response:
        """Return raw values of a tile."""
        where = (*frame_of(query), plane_of(query), int(query["level"]), region_of(query))
        return _tile(self.session.raw_tile(*where, int(query["channel"])))

    def ids(self, query: Query) -> Response:
        """Return object ids of a tile."""
        where = (*frame_of(query), plane_of(query), int(query["level"]), region_of(query))
        return _tile(self.session.label_tile(*where))

    def object(self, query: Query) -> Response:
        """Return the id at a voxel."""
        point = [int(part) for part in query["point"].split(",")]
        return JSONResponse({"object": self.session.object_at(*frame_of(query), point)})

    def details(self, query: Query) -> Response:
        """Return what is known of an object."""
        ref = ref_of(query)
        details = self.session.describe(ref)
        origin = next((i.origin for i in self.session.images() if i.name == ref.image), (0, 0, 0))
        return JSONResponse(wire.details_document(details, origin))

    def gallery(self, query: Query) -> Response:
        """Return a page of objects; ``among`` is a name and its value, such as ``well B03``."""
        name, _, value = query.get("among", "").strip().partition(" ")
        among = {name: value.strip()} if name else None
        n, page, seed = (int(query[key]) for key in ("n", "page", "seed"))
        found = self.session.gallery(query["source"], min(n, 200), page, seed, among)
        refs = [wire.ref_document(ref) for ref in found.objects]
        facts = {name: getattr(found, name) for name in ("says", "total", "images_seen", "images")}
        return JSONResponse({**facts, "refs": refs})

    def cutout(self, query: Query) -> Response:
        """Return the picture of an object."""
        said = query.get("channels")
        style = CutOutStyle(
            max(16, min(1024, int(query["size"]))),
            float(query["context"]),
            None if said is None else tuple(int(part) for part in said.split(",") if part),
            OUTLINE if query["outline"] == "1" else None,
        )
        kept = {"Cache-Control": "private, max-age=600"}
        picture = self.session.cut_out(ref_of(query), style)
        return Response(picture, media_type="image/png", headers=kept)

    def annotations(self, query: Query) -> Response:
        """Return all annotations."""
        rows = [wire.row_document(row) for row in self.session.annotations()]
        return JSONResponse({"rows": rows})

    # Said

    def styles(self, query: Query, body: bytes) -> Response:
        """Return what is shown of objects whose ids were sent as uint32."""
        ids = np.frombuffer(body, "<u4").astype(np.uint64)
        found = self.session.styles(*frame_of(query), ids)
        said = {"X-Objects": str(len(ids))}
        return Response(wire.styles_bytes(found), media_type=BYTES, headers=said)

    def objects(self, said: Mapping[str, Any]) -> Response:
        """Return the objects that a box or lasso holds."""
        image, t = str(said["image"]), said["t"]
        outline = [(float(row), float(column)) for row, column in said["outline"]]
        ids = self.session.object_ids_in(image, t, plane_of(said), outline)
        return JSONResponse({"objects": [int(each) for each in ids]})

    def annotate(self, said: Mapping[str, Any]) -> Response:
        """Give objects a class."""
        change = self.session.annotate(wire.read_refs(said["refs"]), str(said["class"]))
        return JSONResponse(self._state(change.told))

    def erase(self, said: Mapping[str, Any]) -> Response:
        """Take annotations away."""
        return JSONResponse(self._state(self.session.erase(wire.read_refs(said["refs"])).told))

    def undo(self, said: Mapping[str, Any]) -> Response:
        """Take the last edit back."""
        return JSONResponse(self._state(self.session.undo().told))

    def redo(self, said: Mapping[str, Any]) -> Response:
        """Make the edit again that was undone."""
        return JSONResponse(self._state(self.session.redo().told))

    def add_class(self, said: Mapping[str, Any]) -> Response:
        """Add a class."""
        self.session.add_class(str(said["name"]))
        return JSONResponse(self._state())

    def rename_class(self, said: Mapping[str, Any]) -> Response:
        """Give a class another name."""
        self.session.rename_class(str(said["old"]), str(said["new"]))
        return JSONResponse(self._state())

    def recolor_class(self, said: Mapping[str, Any]) -> Response:
        """Give a class another colour."""
        self.session.recolor_class(str(said["name"]), str(said["color"]))
        return JSONResponse(self._state())

    def preview(self, said: Mapping[str, Any]) -> Response:
        """Return the objects that other settings find."""
        image, t = str(said["image"]), said["t"]
        where = (image, t, plane_of(said), region_of(said), int(said["level"]))
        found = self.session.threshold_preview(said["settings"], *where)
        facts = {"objects": found.objects, "before": found.before}
        says = json.dumps({**facts, "says": found.invalidation.says})
        return _tile(found.ids, {"X-Says": says})

    def find_objects(self, said: Mapping[str, Any]) -> Response:
        """Write other settings of the objects into the workflow."""
        reattach = bool(said["reattach"])
        change = self.session.threshold_apply(said["settings"], reattach=reattach)
        return JSONResponse(self._state(change.told))

    def live(self, said: Mapping[str, Any]) -> Response:
        """Learn after every edit, or not."""
        self._live = bool(said["on"])
        self.session.live(self._live)
        return JSONResponse(self._state())

    def learn(self, said: Mapping[str, Any]) -> Response:
        """Learn now."""
        self.session.learn_now()
        return JSONResponse(self._state())

    def _state(self, told: tuple[str, ...] = ()) -> wire.Document:
        session = self.session
        classes = session.classes()
        return {
            **self.desk.news(),
            "title": Path(self.desk.path).name,
            "told": [*told, *session.external_change()],
            "classes": [vars(each) for each in classes],
            "names": [each.name for each in classes],
            "can_undo": session.can_undo,
            "can_redo": session.can_redo,
            "live": self._live,
            "settings": session.object_settings(),
            "selects": session.selects,
            "trained": not session.untrained,
            "sources": sources([e.name for e in classes], trained=not session.untrained),
        }


def sources(classes: list[str], *, trained: bool) -> list[dict[str, str]]:
    """Return the sources of the gallery: key, label, and what must be written beside it."""
    diverse = ("diverse", "diverse", "")
    doubtful = ("diverse-uncertain", "diverse and uncertain", "")
    offered = [
        *([doubtful, diverse] if trained else [diverse]),
        ("random", "random", ""),
        *([(f"predicted:{name}", f"predicted {name}", "") for name in classes] if trained else []),
        *([("uncertain", "least certain", "")] if trained else []),
        *([("suspected", "suspected mistakes", "")] if trained else []),
        ("invalid", "invalid annotations", ""),
        *((f"annotated:{name}", f"annotated {name}", "") for name in classes),
        ("like", "more like …", "image:id"),
        ("id", "by id …", "image:id"),
        ("audit", "audit (blind)", ""),
    ]
    return [{"key": key, "label": label, "needs": needs} for key, label, needs in offered]


def _tile(tile: Any, more: Mapping[str, str] | None = None) -> Response:
    data, said = wire.tile_bytes(tile)
    return Response(data, media_type=BYTES, headers={**said, **(more or {})})


def query_of(request: HttpRequest) -> Query:
    """Return what stands behind the question mark."""
    return dict(request.query_params)
