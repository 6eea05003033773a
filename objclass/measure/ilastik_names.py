"""ilastik's object features by their own names: plugin, text shown, group, length.

Names and texts are those of ilastik 1.4; see the reference page for what each one means.
"""

from __future__ import annotations

from typing import Literal

from objclass.data.dataclass import dataclass
from objclass.data.objects import Group

STANDARD = "Standard Object Features"
HULL = {2: "2D Convex Hull Features", 3: "3D Convex Hull Features"}
SKELETON = "2D Skeleton Features"
SPHERICAL = "Spherical Texture"
CIRCLE = ("Circular Spectrum", "Circular Polarization Direction")
SPHERE = ("Spherical Spectrum", "Spherical Polarization Direction")
NEAR = " in neighborhood"

Length = Literal["1", "7", "64", "N", "NN", "C", "CC", "2C", "20C"]


@dataclass(frozen=True)
class Feature:
    """One of ilastik's features.

    Parameters
    ----------
    name
        ilastik's name, as project files have it.
    text
        What ilastik shows and writes into table headers.
    group
        ilastik's group, or the nearest of ours where it has none.
    length
        Number of components: N axes, C channels, a number, or so many per channel.
    meaning
        One sentence.
    channels
        ``one`` or ``several`` where the feature exists only then.
    advanced
        True where ilastik hides it in its dialog.
    local
        True where ilastik measures it object by object, and so only where there is a margin.
    dimensions
        Those of the images that have it, as far as its plugin does.
    """

    name: str
    text: str
    group: Group
    length: Length
    meaning: str
    channels: Literal["any", "one", "several"] = "any"
    advanced: bool = False
    local: bool = False
    dimensions: tuple[int, ...] = (2, 3)

    def count(self, dimensions: int, channels: int) -> int:
        """Return the number of components."""
        lengths = {
            "N": dimensions,
            "NN": dimensions**2,
            "C": channels,
            "CC": channels**2,
            "2C": 2 * channels,
            "20C": 20 * channels,
        }
        return lengths[self.length] if self.length in lengths else int(self.length)


def _advanced(
    name: str,
    group: Group,
    length: Length,
    meaning: str,
    channels: Literal["any", "one", "several"] = "any",
) -> Feature:
    return Feature(name, name, group, length, meaning, channels, advanced=True)


_SHOWN = (
    Feature("Count", "Size in pixels", "shape", "1", "Number of voxels."),
    Feature("Coord<Minimum>", "Bounding Box Minimum", "location", "N", "Smallest x, y, z."),
    Feature("Coord<Maximum>", "Bounding Box Maximum", "location", "N", "Largest x, y, z plus 1."),
    Feature("RegionCenter", "Center of the object", "location", "N", "Mean x, y, z."),
    Feature(
        "RegionRadii",
        "Radii of the object",
        "shape",
        "N",
        "Roots of the eigenvalues of the coordinates' covariance, descending.",
    ),
    Feature(
        "RegionAxes",
        "Principal components of the object",
        "shape",
        "NN",
        "Eigenvectors of the coordinates' covariance as columns, row by row.",
    ),
)
_INTENSITY = (
    Feature("Mean", "Mean Intensity", "intensity", "C", "Mean of the voxel values."),
    Feature("Variance", "Variance of Intensity", "intensity", "C", "Population variance."),
    Feature("Skewness", "Skewness of Intensity", "intensity", "C", "Skewness of the values."),
    Feature("Kurtosis", "Kurtosis of Intensity", "intensity", "C", "Excess kurtosis."),
    Feature("Minimum", "Minimum intensity", "intensity", "C", "Smallest voxel value."),
    Feature("Maximum", "Maximum intensity", "intensity", "C", "Largest voxel value."),
    Feature("Sum", "Total Intensity", "intensity", "C", "Sum of the voxel values."),
    Feature(
        "Histogram",
        "Histogram of Intensity",
        "intensity",
        "64",
        "Voxels in 64 bins over the range of all objects of the frame.",
        "one",
    ),
    Feature(
        "Covariance",
        "Covariance of Channel Intensity",
        "intensity",
        "CC",
        "Population covariance of the channels, row by row.",
        "several",
    ),
)
_QUANTILES = Feature(
    "Quantiles",
    "Quantiles of Intensity",
    "intensity",
    "7",
    "0, 10, 25, 50, 75, 90, 100 % of the values, read off the histogram.",
    "one",
)


def _near(feature: Feature) -> Feature:
    return Feature(
        feature.name + NEAR,
        feature.text + NEAR,
        feature.group,
        feature.length,
        f"In the neighbourhood (nearer than the margin, other objects included): {feature.meaning}",
        feature.channels,
        local=True,
    )


def _texture(name: str, text: str, dimensions: int, length: Length, meaning: str) -> Feature:
    where = (dimensions,)
    return Feature(name, text, "intensity", length, meaning, local=True, dimensions=where)


def _principal(prefix: str, channels: Literal["any", "one"]) -> tuple[Feature, ...]:
    """Return the statistics along the axes, plain or weighted by intensity."""
    coord = "Coord" if not prefix else "Weighted<Coord"
    end = ">" if prefix else ""
    group: Group = "intensity" if prefix else "shape"
    word = "Weighted coordinates" if prefix else "Coordinates"
    sums = (
        _advanced(
            f"{coord}<Principal<PowerSum<{k}>>>{end}",
            group,
            "N",
            f"{word} along the principal axes: sum of powers {k}.",
            channels,
        )
        for k in (2, 3, 4)
    )
    return (
        *sums,
        _advanced(
            f"{coord}<DivideByCount<Principal<PowerSum<2>>>>{end}",
            group,
            "N",
            f"{word} along the principal axes: variance.",
            channels,
        ),
        _advanced(
            f"{coord}<Principal<Skewness>>{end}",
            group,
            "N",
            f"{word} along the principal axes: skewness.",
            channels,
        ),
        _advanced(
            f"{coord}<Principal<Kurtosis>>{end}",
            group,
            "N",
            f"{word} along the principal axes: excess kurtosis.",
            channels,
        ),
    )


_ADVANCED = (
    *(
        _advanced(f"Central<PowerSum<{k}>>", "intensity", "C", f"Σ (value − mean)^{k}.")
        for k in (2, 3, 4)
    ),
    _advanced("Coord<PowerSum<1>>", "location", "N", "Sums of x, y, z."),
    *_principal("", "any"),
    _advanced("Coord<ArgMinWeight>", "location", "N", "Place of the darkest voxel.", "one"),
    _advanced("Coord<ArgMaxWeight>", "location", "N", "Place of the brightest voxel.", "one"),
    _advanced("Global<Minimum>", "intensity", "1", "Darkest voxel of all objects.", "one"),
    _advanced("Global<Maximum>", "intensity", "1", "Brightest voxel of all objects.", "one"),
    _advanced("Weighted<PowerSum<0>>", "intensity", "1", "Sum of the voxel values.", "one"),
    _advanced(
        "Weighted<Coord<PowerSum<1>>>", "location", "N", "Sums of x, y, z times value.", "one"
    ),
    _advanced("Weighted<RegionCenter>", "location", "N", "Mean x, y, z weighted by value.", "one"),
    _advanced("Weighted<RegionRadii>", "intensity", "N", "Radii weighted by value.", "one"),
    _advanced("Weighted<RegionAxes>", "intensity", "NN", "Axes weighted by value.", "one"),
    *_principal("Weighted", "one"),
    Feature(
        "PrincipalAxes",
        "PrincipalAxes",
        "intensity",
        "CC",
        "Eigenvectors of the channels' covariance as columns, row by row.",
        "several",
    ),
    *(
        _advanced(
            f"Principal<{what}>",
            "intensity",
            "C",
            f"Along the axes of the channels' covariance: {what}.",
            "several",
        )
        for what in (
            *("Minimum", "Maximum", "Variance", "Skewness", "Kurtosis"),
            *("PowerSum<2>", "PowerSum<3>", "PowerSum<4>"),
        )
    ),
)
_HULL = (
    Feature("InputVolume", "Object Area", "shape", "1", "Number of voxels."),
    Feature("HullVolume", "Convex Hull Area", "shape", "1", "Voxels of the bounding box."),
    Feature("Convexity", "Convexity", "shape", "1", "Voxels over voxels of the bounding box."),
    Feature(
        "DefectCount", "Number of Defects", "shape", "1", "Pieces of the box outside the object."
    ),
    Feature("DefectVolumeMean", "Mean Defect Area", "shape", "1", "Mean size of these pieces."),
    Feature(
        "DefectVolumeVariance",
        "Variance of Defect Area",
        "shape",
        "1",
        "Unbiased variance of their sizes.",
    ),
    Feature(
        "DefectVolumeSkewness",
        "Skewness of Defect Area",
        "shape",
        "1",
        "Unbiased skewness of their sizes.",
    ),
    Feature(
        "DefectVolumeKurtosis",
        "Kurtosis of Defect Area",
        "shape",
        "1",
        "Unbiased kurtosis of their sizes.",
    ),
    Feature(
        "DefectDisplacementMean",
        "Mean Defect Displacement",
        "shape",
        "1",
        "Mean distance of the pieces from the object's centre, weighted by size.",
    ),
    Feature("InputCenter", "Object Center", "location", "N", "Mean x, y, z of the object."),
    Feature("HullCenter", "Convex Hull Center", "location", "N", "Middle of the bounding box."),
    Feature("DefectCenter", "Defect Center", "location", "N", "Mean x, y, z of the pieces."),
)
_SKELETON = (
    Feature("Diameter", "Diameter", "shape", "1", "Longest path of the skeleton."),
    Feature("Euclidean Diameter", "Euclidean Diameter", "shape", "1", "Distance between its ends."),
    Feature("Total Length", "Length of the Skeleton", "shape", "1", "Length of all branches."),
    Feature("Average Length", "Average Branch Length", "shape", "1", "Mean length of a branch."),
    Feature("Branch Count", "Number of Branches", "shape", "1", "Branches of the skeleton."),
    Feature("Hole Count", "Number of Holes", "shape", "1", "Loops around a hole."),
    Feature("Skeleton Center", "Center of the Skeleton", "location", "N", "Middle of the path."),
    _advanced("Terminal 1", "location", "N", "One end of the longest path."),
    _advanced("Terminal 2", "location", "N", "The other end of the longest path."),
)
_SPHERICAL = (
    _texture(
        CIRCLE[0],
        "Circular Texture",
        2,
        "20C",
        "Power of the mean along rays from the centre, by frequency: 0 to 5, then in 14 bands.",
    ),
    _texture(CIRCLE[1], CIRCLE[1], 2, "C", "Angle from x to y of the ray with the brightest mean."),
    _texture(
        SPHERE[0],
        "Spherical Texture",
        3,
        "20C",
        "Power of the mean along rays from the centre, by degree: 0 to 4, then in 15 bands.",
    ),
    _texture(
        SPHERE[1],
        "Polarization Direction",
        3,
        "2C",
        "Place of the ray with the brightest mean: from pole to pole, and around; each 0 to 2π.",
    ),
)

PLUGINS: dict[str, dict[str, Feature]] = {
    HULL[2]: {feature.name: feature for feature in _HULL},
    SKELETON: {feature.name: feature for feature in _SKELETON},
    HULL[3]: {feature.name: feature for feature in _HULL},
    SPHERICAL: {feature.name: feature for feature in _SPHERICAL},
    STANDARD: {
        feature.name: feature
        for feature in (*_SHOWN, *_INTENSITY, _QUANTILES, *map(_near, _INTENSITY), *_ADVANCED)
    },
}
