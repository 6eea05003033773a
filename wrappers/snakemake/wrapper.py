"""Snakemake wrapper for objclass batch: classifies the objects of images with a trained project.

FILES and SETTINGS are written by python docs/generate.py from `objclass batch`.
"""

import shlex

from snakemake.shell import shell

FILES = {
    "raw": "--raw",
    "prediction_map": "--prediction-map",
    "segmentation": "--segmentation",
    "label_image": "--label-image",
}
SETTINGS = {
    "export": "--export",
    "format": "--format",
    "names": "--names",
    "set": "--set",
}

log = snakemake.log_fmt_shell(stdout=True, stderr=True)
words = [snakemake.input.project]
for name, flag in FILES.items():
    given = snakemake.input.get(name)
    for path in [given] if isinstance(given, str) else given or []:
        words += [flag, path]
for name, flag in SETTINGS.items():
    given = snakemake.params.get(name)
    for value in [given] if isinstance(given, str) else given or []:
        words += [flag, value]
words += ["--out", snakemake.output.folder, "--workers", str(snakemake.threads), "--overwrite"]
line = shlex.join(map(str, words))
extra = snakemake.params.get("extra", "")
shell("objclass batch {line} {extra} {log}")
