"""What the page may ask, and how a session answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from objclass.page import wire
from objclass.page.desk import LabellingDesk
from objclass.page.question import Question
from objclass.session.cut_outs import CutOutStyle

if TYPE_CHECKING:
    from objclass.session import Session

BYTES = "application/octet-stream"
OUTLINE = "#ffeb3b"
MOST_TILES = 200


class PageRoutes:
    """Answers of one session; every method returns what one path says.

    Parameters
    ----------
    desk
        Opens the session.
    """

    def __init__(self, desk: LabellingDesk) -> None:
        self.desk = desk

    @property
    def session(self) -> Session:
        """The session that answers."""
        return self.desk.session

    # Asked

    def state(self, query: Question) -> Response:
        """Return classes, score and what can be undone."""
        return JSONResponse(self._state())

    def standing(self, query: Question) -> Response:
        """Return what takes longer to know: the score, and annotations by image."""
        score = self.session.score()
        counts = {i.name: [i.annotated, i.objects] for i in self.session.images()}
        known = {name: each for name, each in counts.items() if each != [0, None]}
        facts = {n: getattr(score, n) for n in ("says", "is_chance", "held_back", "by_image")}
        curve = [asdict(each) for each in self.session.score_curve()]
        return JSONResponse({"score": facts, "curve": curve, "counts": known})

    def images(self, query: Question) -> Response:
        """Return all images."""
        images = [wire.image_document(each) for each in self.session.images()]
        return JSONResponse({"images": images})

    def raw(self, query: Question) -> Response:
        """Return raw values of a tile."""
        where = (*query.place, query.plane, query.level, query.region)
        return _tile(self.session.raw_tile(*where, query.whole("channel")))

    def ids(self, query: Question) -> Response:
        """Return object ids of a tile."""
        where = (*query.place, query.plane, query.level, query.region)
        return _tile(self.session.label_tile(*where))

    def object(self, query: Question) -> Response:
        """Return the id at a voxel."""
        point = query.whole_numbers("point")
        return JSONResponse({"object": self.session.object_at(*query.place, point)})

    def details(self, query: Question) -> Response:
        """Return what is known of an object."""
        ref = query.ref
        details = self.session.describe(ref)
        origin = self.session.image(ref.image).origin
        return JSONResponse(wire.details_document(details, origin))

    def gallery(self, query: Question) -> Response:
        """Return a page of objects; ``among`` is a name and its value, such as ``well B03``."""
        name, _, value = query.get("among", "").strip().partition(" ")
        among = {name: value.strip()} if name else None
        n, page, seed = query.whole("n", 1, MOST_TILES), query.whole("page"), query.whole("seed")
        found = self.session.gallery(query["source"], n, page, seed, among)
        refs = [wire.ref_document(ref) for ref in found.objects]
        facts = {name: getattr(found, name) for name in ("says", "total", "images_seen", "images")}
        return JSONResponse({**facts, "refs": refs})

    def cutout(self, query: Question) -> Response:
        """Return the picture of an object."""
        style = CutOutStyle(
            query.whole("size", 16, 1024),
            query.number("context", 0, 1000),
            tuple(query.whole_numbers("channels")) if "channels" in query else None,
            OUTLINE if query["outline"] == "1" else None,
        )
        kept = {"Cache-Control": "private, max-age=600"}
        picture = self.session.cut_out(query.ref, style)
        return Response(picture, media_type="image/png", headers=kept)

    def annotations(self, query: Question) -> Response:
        """Return all annotations."""
        rows = [wire.row_document(row) for row in self.session.annotations()]
        return JSONResponse({"rows": rows})

    def features(self, query: Question) -> Response:
        """Return what may be learned from; with ``importance``, how much each matters."""
        if query.get("importance"):
            self.session.find_importance()
        features = [wire.plain(asdict(each)) for each in self.session.features()]
        known = self.session.importance_is_known
        return JSONResponse({"features": features, "known": known})

    def points(self, query: Question) -> Response:
        """Return objects as points: features x and y, or else principal components."""
        x, y = query.get("x"), query.get("y")
        session = self.session
        found = session.scatter(x, y) if x and y else session.principal_components()
        return Response(wire.points_bytes(found), media_type=BYTES)

    # Said

    def styles(self, query: Question, body: bytes) -> Response:
        """Return what is shown of objects whose ids were sent as uint32."""
        ids = np.frombuffer(body[: len(body) // 4 * 4], "<u4").astype(np.uint64)
        found = self.session.styles(*query.place, ids, query.get("class"))
        said = {"X-Objects": str(len(ids)), "X-Model": str(found.model)}
        return Response(wire.styles_bytes(found), media_type=BYTES, headers=said)

    def objects(self, said: Question) -> Response:
        """Return the objects that a box or lasso holds."""
        ids = self.session.object_ids_in(*said.place, said.plane, said.outline)
        return JSONResponse({"objects": [int(each) for each in ids]})

    def annotate(self, said: Question) -> Response:
        """Give objects a class."""
        change = self.session.annotate(said.refs, str(said["class"]))
        return JSONResponse(self._state(change.told))

    def erase(self, said: Question) -> Response:
        """Take annotations away."""
        return JSONResponse(self._state(self.session.erase(said.refs).told))

    def undo(self, said: Question) -> Response:
        """Take the last edit back."""
        return JSONResponse(self._state(self.session.undo().told))

    def redo(self, said: Question) -> Response:
        """Make the edit again that was undone."""
        return JSONResponse(self._state(self.session.redo().told))

    def add_class(self, said: Question) -> Response:
        """Add a class."""
        self.session.add_class(str(said["name"]))
        return JSONResponse(self._state())

    def rename_class(self, said: Question) -> Response:
        """Give a class another name."""
        self.session.rename_class(str(said["old"]), str(said["new"]))
        return JSONResponse(self._state())

    def recolor_class(self, said: Question) -> Response:
        """Give a class another colour."""
        self.session.recolor_class(str(said["name"]), str(said["color"]))
        return JSONResponse(self._state())

    def order_classes(self, said: Question) -> Response:
        """Bring the classes into another order."""
        self.session.order_classes(said.names or ())
        return JSONResponse(self._state())

    def preview(self, said: Question) -> Response:
        """Return the objects that other settings find."""
        where = (*said.place, said.plane, said.region, said.level)
        found = self.session.threshold_preview(said.mapping("settings"), *where)
        facts = {"objects": found.objects, "before": found.before}
        says = json.dumps({**facts, "says": found.invalidation.says})
        return _tile(found.ids, {"X-Says": says})

    def find_objects(self, said: Question) -> Response:
        """Write other settings of the objects into the workflow."""
        reattach = bool(said["reattach"])
        change = self.session.threshold_apply(said.mapping("settings"), reattach=reattach)
        return JSONResponse(self._state(change.told))

    def use_features(self, said: Question) -> Response:
        """Learn from some features; ``write`` writes them into the workflow."""
        self.session.use_features(said.names, write=bool(said["write"]))
        return JSONResponse(self._state())

    def project(self, said: Question) -> Response:
        """Train as a run does and write the project."""
        path = self.session.project()
        return JSONResponse(self._state((f"{path.name} is written, for objclass batch",)))

    def live(self, said: Question) -> Response:
        """Learn after every edit, or not."""
        self.session.live(bool(said["on"]))
        return JSONResponse(self._state())

    def learn(self, said: Question) -> Response:
        """Learn now."""
        self.session.learn_now()
        return JSONResponse(self._state())

    def _state(self, told: tuple[str, ...] = ()) -> wire.Document:
        session = self.session
        told = (*told, *session.external_change())  # first: what follows is as it is after that
        classes = session.classes()
        return {
            **self.desk.news(),
            "title": Path(self.desk.path).name,
            "told": list(told),
            "classes": [vars(each) for each in classes],
            "names": [each.name for each in classes],
            "can_undo": session.can_undo,
            "can_redo": session.can_redo,
            "live": session.is_live,
            "fault": session.fault,
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


def query_of(request: HttpRequest) -> Question:
    """Return what stands behind the question mark."""
    return Question(request.query_params)
