"""Galleries: objects over all images, chosen by what is known of them, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from objclass.choosing.strategies import alike, diverse, diverse_uncertain, uncertain
from objclass.curation.annotated_objects import Place
from objclass.curation.choice import object_named
from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.evaluation.mistakes import suspected_mistakes
from objclass.session.answers import GalleryPage, ObjectRef
from objclass.session.frames import SessionFrames
from objclass.session.object_pool import FRAMES, ObjectPool, drawn
from objclass.session.predictions import SessionPredictions
from objclass.session.scoring import Judgement, refs_of
from objclass.session.standing import AnnotationStanding

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CLUSTERED = 600
"""Of more objects, so many are drawn by chance before diverse ones are chosen: nobody waits for
a page."""
PAGES = 8
"""Pages after which other frames are looked at."""
SOURCES = ("random", "diverse", "uncertain", "diverse-uncertain", "predicted:CLASS", "like:OBJECT",
           "suspected", "invalid", "annotated:CLASS", "audit", "well:NAME",
           "id:OBJECT")  # fmt: skip
BLIND = "chosen by chance; judge them without looking at the prediction"


@dataclass(frozen=True)
class GalleryRequest:
    """Which objects.

    Parameters
    ----------
    source
        One of :data:`SOURCES`.
    count, page
        How many a page, and which, from 0.
    seed
        Another seed chooses others.
    among
        Image names that images must have, such as ``{"well": "B03"}``.
    """

    source: str = "diverse"
    count: int = 30
    page: int = 0
    seed: int = 0
    among: Mapping[str, str] | None = None


class Gallery:
    """Chooses objects of a session as it stands.

    Parameters
    ----------
    frames, standing
        Objects and annotations.
    predictions
        What the model says; None without one.
    judgement
        Called for what models say that have not seen the examples; None where nothing is known.
    """

    def __init__(
        self,
        frames: SessionFrames,
        standing: AnnotationStanding,
        predictions: SessionPredictions | None,
        judgement: Callable[[], Judgement | None],
    ) -> None:
        self.frames, self.standing = frames, standing
        self.predictions, self.judgement = predictions, judgement

    def page(self, request: GalleryRequest) -> GalleryPage:
        """Return a page of objects.

        Raises
        ------
        InputError
            For a source, class or object that there is not, and where nothing is trained that
            it needs.
        """
        name, _, word = request.source.partition(":")
        if name == "well":
            return self._by_lot(replace(request, among=self._called(word)), word)
        listed = {"suspected": self._suspected, "invalid": self._invalid,
                  "annotated": self._annotated, "id": self._named}  # fmt: skip
        if name in listed:
            return self._listed(request, *listed[name](word))
        chosen = {"random": self._by_lot, "audit": self._by_lot, "diverse": self._diverse,
                  "uncertain": self._uncertain, "diverse-uncertain": self._diverse,
                  "predicted": self._predicted, "like": self._alike}  # fmt: skip
        if name not in chosen:
            close = nearest(name, [source.partition(":")[0] for source in SOURCES])
            fix = f"did you mean {close}?" if close else None
            what = f"there is no gallery '{request.source}'"
            raise InputError(Problem(what, expected=list_some(SOURCES, len(SOURCES)), fix=fix))
        return chosen[name](request, word)

    def _called(self, value: str) -> Mapping[str, str]:
        """Return the image name that has this value, such as ``{"well": "B03"}``."""
        names = (dict(key.names) for key in self.frames.ground.keys.values())
        found = ({k: v} for each in names for k, v in each.items() if v == value)
        first = next(found, None)
        if first is None:
            raise InputError(Problem(f"no image has a name '{value}'"))
        return first

    def places(self, among: Mapping[str, str] | None = None) -> list[Place]:
        """Return the frames of all images that have these names."""
        ground = self.frames.ground
        wanted = (among or {}).items()
        images = [n for n, key in ground.keys.items() if wanted <= dict(key.names).items()]
        if not images:
            said = list_some(f"{name} {value}" for name, value in wanted)
            raise InputError(Problem(f"no image has {said}"))
        return [(image, frame) for image in images for frame in ground.frames(image)]

    def _pool(self, request: GalleryRequest) -> ObjectPool:
        """Return the objects of the frames that a page is chosen from, without annotated ones."""
        places = self.places(request.among)
        if len(places) > FRAMES:
            places = drawn(places, request.seed, request.page // PAGES)
        kept, key = self.frames.remembered, ("pool", tuple(places), request.seed)
        standing, found = kept.get(key, (None, None))
        if found is None or standing is not self.standing:
            found = ObjectPool(self.frames, places, self.standing, request.seed)
            kept[key] = self.standing, found
        pool: ObjectPool = found
        return pool

    def _page(
        self, request: GalleryRequest, pool: ObjectPool, rows: NDArray[np.intp], says: str
    ) -> GalleryPage:
        at = request.page % PAGES if len(self.places(request.among)) > FRAMES else request.page
        mine = rows[at * request.count : (at + 1) * request.count]
        seen, images = (
            len({frame.place[0] for frame in pool.frames}),
            len(self.frames.ground.images),
        )
        says = f"{says}; {pool.without}" if pool.without else says
        return GalleryPage(pool.refs(mine), says, len(rows), seen, images)

    def _by_lot(self, request: GalleryRequest, word: str) -> GalleryPage:
        pool = self._pool(request)
        says = BLIND if request.source == "audit" else "chosen at random"
        return self._page(request, pool, pool.candidates().by_lot, says)

    def _diverse(self, request: GalleryRequest, word: str) -> GalleryPage:
        """Choose as a new annotation file does; each page is chosen anew."""
        pool = self._pool(request)
        doubt = request.source == "diverse-uncertain"
        model = self._trained(request.source) if doubt else None
        found = pool.candidates(model)
        among, says = found.by_lot, diverse.SAYS
        if doubt:
            some = max(request.count, ceil(diverse_uncertain.SHARE * len(pool)))
            among, says = uncertain.least_certain(found)[:some], "diverse among the least certain"
        among = among[np.argsort(found.lots[among], kind="stable")][:MOST_CLUSTERED]
        anew = replace(found, seed=request.seed + request.page)
        rows = diverse.choose_diverse(anew, among, request.count)
        one = GalleryRequest(request.source, request.count, 0, request.seed, request.among)
        page = self._page(one, pool, rows, says)
        return replace(page, total=len(pool))

    def _uncertain(self, request: GalleryRequest, word: str) -> GalleryPage:
        pool = self._pool(request)
        found = pool.candidates(self._trained(request.source))
        return self._page(request, pool, uncertain.least_certain(found), "the least certain")

    def _predicted(self, request: GalleryRequest, word: str) -> GalleryPage:
        model = self._trained(request.source)
        if word not in model.model.classes:
            expected = list_some(model.model.classes)
            raise InputError(Problem(f"there is no class '{word}' to predict", expected=expected))
        pool = self._pool(request)
        found = pool.candidates(model)
        assert found.probability is not None
        is_called = found.probability.argmax(axis=1) == model.model.classes.index(word)
        rows = found.by_lot[is_called[found.by_lot]]
        return self._page(request, pool, rows, f"predicted as {word}")

    def _alike(self, request: GalleryRequest, word: str) -> GalleryPage:
        place, number = self._object(word)
        pool = self._pool(request)
        target = self.frames.frame(place)
        row = target.index.row_of(number)
        found = pool.candidates(target=pool.features_of(target, [row]).reshape(-1))
        rows = alike.choose(found, len(found), word).rows
        return self._page(request, pool, rows, f"the most like {word}")

    def _trained(self, source: str) -> SessionPredictions:
        if self.predictions is None:
            what = f"the gallery '{source}' needs a trained classifier"
            raise InputError(Problem(what, fix="annotate objects of two classes first"))
        return self.predictions

    def _object(self, word: str) -> tuple[Place, int]:
        (image, t), number = object_named(self.frames.ground.job, word, f"the object {word}")
        frames = self.frames.ground.frames(image)
        place = (image, frames[0]) if t is None else self.frames.ground.place(image, t)
        if self.frames.frame(place).index.row_of(number) < 0:
            raise InputError(Problem(f"image '{image}' has no object {number}"))
        return place, number

    def _listed(self, request: GalleryRequest, refs: Sequence[ObjectRef], says: str) -> GalleryPage:
        ground = self.frames.ground
        allowed = {image for image, _ in self.places(request.among)}
        mine = [ref for ref in dict.fromkeys(refs) if ref.image in allowed]
        start = request.page * request.count
        shown = tuple(mine[start : start + request.count])
        return GalleryPage(shown, says, len(mine), len(allowed), len(ground.images))

    def _suspected(self, word: str) -> tuple[list[ObjectRef], str]:
        found = self.judgement()
        if found is None:
            return [], "nothing is known yet of objects that were not learned from"
        refs = refs_of(self.frames.ground, found.rows)
        wrong = suspected_mistakes(found.rows.examples.y, found.unseen)
        return [refs[each.row] for each in wrong], "annotations that are probably wrong"

    def _invalid(self, word: str) -> tuple[list[ObjectRef], str]:
        return list(self._said(lambda class_, valid: not valid)), "annotations that are not valid"

    def _annotated(self, word: str) -> tuple[list[ObjectRef], str]:
        refs = self._said(lambda class_, valid: word in ("", class_))
        return list(refs), f"annotated as {word}" if word else "annotated"

    def _named(self, word: str) -> tuple[list[ObjectRef], str]:
        place, number = self._object(word)
        return [ObjectRef(place[0], self.frames.ground.time(place), number)], f"object {number}"

    def _said(self, wanted: Callable[[str, bool], bool]) -> Sequence[ObjectRef]:
        ground = self.frames.ground
        return [
            ObjectRef(place[0], ground.time(place), number)
            for place, said in self.standing.by_place.items()
            for number, each in said.items()
            if wanted(each.class_, each.valid)
        ]
