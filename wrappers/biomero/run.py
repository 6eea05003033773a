"""Runs objclass batch as a job of BIOMERO calls its containers.

KINDS is written by python docs/generate.py from `objclass batch`.
"""

import argparse
import subprocess
import sys
from pathlib import Path

KINDS = {
    "prediction_map": "--prediction-map",
    "segmentation": "--segmentation",
    "label_image": "--label-image",
}


def main() -> int:
    """Classify every image of --infolder, and write into --outfolder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--infolder", type=Path, required=True)
    parser.add_argument("--outfolder", type=Path, required=True)
    parser.add_argument("--gtfolder", help="not used")
    parser.add_argument("--local", action="store_true", help="not used")
    parser.add_argument("-nmc", action="store_true", help="not used")
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--kind", choices=KINDS, default="label_image")
    parser.add_argument("--suffix", default="_labels")
    parser.add_argument("--export", default="table,identities")
    said = parser.parse_args()
    command = [sys.executable, "-m", "objclass", "batch", str(said.project)]
    # Names of files pair images: of image.tif and image_labels.tif, the longer is the other's.
    names = {path.stem: path for path in sorted(said.infolder.glob("*.tif*"))}
    raws = [stem for stem in names if f"{stem}{said.suffix}" in names]
    if not raws:
        print(f"{said.infolder}: no image has one beside it that ends in {said.suffix}")
        return 2
    for stem in raws:
        command += ["--raw", str(names[stem])]
        command += [KINDS[said.kind], str(names[stem + said.suffix])]
    command += ["--export", said.export, "--out", str(said.outfolder)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
