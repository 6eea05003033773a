"""What a batch is, written down when it begins: whoever goes on with it does the same work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from objclass import __version__
from objclass.batch.inputs import several
from objclass.batch.request import BatchRequest
from objclass.data.dataclass import dataclass
from objclass.engine.look import ImageKey
from objclass.errors import Problem, list_some
from objclass.io.address import as_path
from objclass.io.locator import Locator
from objclass.io.source import Source, Stack
from objclass.wells.control_wells import KINDS

ASKED = ("export", "image_format", "table_format", "names", "sets", "shared")
"""Fields of a request that say what a batch makes, other than its project and files."""
ANOTHER = "choose another --out, or add --overwrite to begin again"


@dataclass(frozen=True)
class BatchPlan:
    """What a batch is: it does not change while it is worked off, whoever does so.

    Parameters
    ----------
    project
        Path of the trained project, and the digest of its bytes.
    asked
        Field of the request to what it says, as JSON.
    images
        The images, with the files that they had when the batch began.
    version
        Of objclass.
    """

    project: tuple[str, str]
    asked: Mapping[str, Any]
    images: tuple[ImageKey, ...]
    version: str = __version__

    def request(self, out: Path) -> BatchRequest:
        """Return what was asked for; relative patterns start where they did."""
        said, start = self.asked, Path(self.asked["start"])
        inputs, roles = (
            {key: [str(start / pattern) for pattern in found] for key, found in said[name].items()}
            for name in ("inputs", "roles")
        )
        return BatchRequest(
            Path(self.project[0]),
            out,
            inputs=inputs,
            roles=roles,
            export=tuple(said["export"]),
            image_format=said["image_format"],
            table_format=said["table_format"],
            names=said["names"],
            sets=tuple(said["sets"]),
            shared=tuple(said["shared"]),
            cache=Path(said["cache"]) if said["cache"] else None,
            positive=tuple(said.get("positive", ())),
            negative=tuple(said.get("negative", ())),
        )

    def differences(self, now: BatchPlan, out: Path) -> Iterator[Problem]:
        """Yield in what another batch differs from this one, whose folder is `out`."""
        if now.version != self.version:
            what = f"{out} holds a batch of another version of objclass"
            yield Problem(what, got=now.version, expected=self.version, fix=ANOTHER)
        if now.project[1] != self.project[1]:
            got, expected = (
                f"{path} with the digest {d}" for path, d in (now.project, self.project)
            )
            what = f"{out} holds a batch of another project"
            yield Problem(what, got=got, expected=expected, fix=ANOTHER)
        for name in (*ASKED, "plugins"):
            if now.asked[name] != self.asked[name]:
                option = f"--{name.replace('_', '-').removesuffix('s')}"
                got, expected = (_said(each.asked[name]) for each in (now, self))
                what = f"{out} holds a batch with other settings: {option}"
                yield Problem(what, got=got, expected=expected, fix=ANOTHER)
        yield from self._other_images(now, out)

    def _other_images(self, now: BatchPlan, out: Path) -> Iterator[Problem]:
        before = {image.name: to_json(image) for image in self.images}
        found = {image.name: to_json(image) for image in now.images}
        other = [n for n in {**before, **found} if before.get(n) != found.get(n)]
        if other and all(_files_of(before, n) == _files_of(found, n) for n in other):
            what = f"{out} holds a batch with another plate map"
            yield Problem(what, fix=ANOTHER)
        elif other:
            what = f"{out} holds a batch of other images: {list_some(other, 4)}"
            got, expected = f"{len(found)} images", f"the {len(before)} of then"
            more = f"objclass batch --resume {out} goes on with the images of then"
            yield Problem(what, got=got, expected=expected, fix=f"{ANOTHER}; {more}")


def _files_of(images: Mapping[str, Any], name: str) -> Any:
    """Return an image without its names; None of one that is not there."""
    return {**images[name], "names": None} if name in images else name


def _said(value: Any) -> str:
    return list_some(map(str, value)) if isinstance(value, list) and value else str(value or "none")


def plan_of(request: BatchRequest, digest: str, images: tuple[ImageKey, ...]) -> BatchPlan:
    """Return the plan of a batch; `digest` is that of the project's bytes."""
    files = {
        name: {key: list(several(patterns)) for key, patterns in said.items()}
        for name, said in (("inputs", request.inputs), ("roles", request.roles))
    }
    asked = {name: _plain(getattr(request, name)) for name in ASKED}
    plugins = [str(path.absolute()) for path in request.plugins]
    cache = str(request.cache.absolute()) if request.cache else None
    more = {"plugins": plugins, "cache": cache, "start": str(Path.cwd())}
    more |= {kind: list(getattr(request, kind)) for kind in KINDS}
    return BatchPlan((str(request.project.absolute()), digest), {**asked, **files, **more}, images)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def to_json(image: ImageKey) -> dict[str, Any]:
    """Return an image as JSON."""
    files = {
        node: [_source(source), named if isinstance(named, str) else list(named)]
        for node, (source, named) in image.files.items()
    }
    return {
        "name": image.name,
        "names": dict(image.names),
        "files": files,
        "nickname": image.nickname,
        "folder": image.folder,
        "problems": [str(problem) for problem in image.problems],
    }


def _source(source: Source) -> Any:
    if isinstance(source, Locator):
        return [str(source.path), source.inner, source.series, source.level]
    values = [list(texts) for texts in source.values]
    return {"axes": source.axes, "values": values, "members": [*map(_source, source.members)]}


def from_json(found: Mapping[str, Any]) -> ImageKey:
    """Return the image that :func:`to_json` wrote."""
    files = {
        node: (_located(source), named if isinstance(named, str) else tuple(named))
        for node, (source, named) in found["files"].items()
    }
    problems = tuple(Problem(text) for text in found["problems"])
    return ImageKey(
        found["name"], found["names"], files, found["nickname"], found["folder"], problems
    )


def _located(found: Any) -> Source:
    if isinstance(found, list):
        path, inner, series, level = found
        return Locator(as_path(path), inner, series, level)
    values = tuple(tuple(texts) for texts in found["values"])
    return Stack(found["axes"], values, tuple(_array(each) for each in found["members"]))


def _array(found: Any) -> Locator:
    located = _located(found)
    assert isinstance(located, Locator)
    return located


def write_plan(plan: BatchPlan) -> dict[str, Any]:
    """Return a plan as JSON."""
    images = [to_json(image) for image in plan.images]
    asked = dict(plan.asked)
    return {"project": plan.project, "asked": asked, "images": images, "version": plan.version}


def read_plan(found: Mapping[str, Any]) -> BatchPlan:
    """Return the plan that :func:`write_plan` wrote."""
    path, digest = found["project"]
    images = tuple(from_json(image) for image in found["images"])
    return BatchPlan((path, digest), found["asked"], images, found["version"])


def resumed(plan: BatchPlan, out: Path, **more: Any) -> BatchRequest:
    """Return the request of a plan with what is asked only of now; controls may be said anew."""
    same = () if any(more.get(kind) for kind in KINDS) else KINDS
    return replace(plan.request(out), **{n: value for n, value in more.items() if n not in same})
