"""A workflow of BIOMERO: its descriptor, its container and what the container runs."""

from __future__ import annotations

import json
from typing import Any

from wrappers.tool import LICENCE, MADE, NAME, SUMMARY, VERSION, Setting, files, program, setting

KINDS = [each.name for each in files() if each.name != "raw"]
"""The roles of which one comes with each raw image."""


def descriptor() -> str:
    """Return ``descriptor.json`` in the form ``biomero-0.1``."""
    said = {
        "name": f"W_{NAME}",
        "description": f"{SUMMARY}. {MADE}",
        "schema-version": "biomero-0.1",
        "authors": [{"name": f"the {NAME} developers"}],
        "institutions": [],
        "citations": [{"name": NAME, "license": LICENCE, "description": SUMMARY}],
        "container-image": {"image": f"{NAME}-biomero", "type": "oci"},
        "configuration": {
            "input_folder": "/data/in",
            "output_folder": "/data/out",
            "resources": {"networking": False, "ram-min": 4000, "cores-min": 2, "gpu": False},
        },
        "inputs": [
            _images(),
            _project(),
            _kind(),
            _suffix(),
            _value(setting("export"), "table,identities"),
        ],
        "outputs": _outputs(),
        "command-line": "python run.py [PROJECT] [KIND] [SUFFIX] [EXPORT]",
    }
    return json.dumps(said, indent=2) + "\n"


def _images() -> dict[str, Any]:
    return {
        "id": "input_images",
        "name": "Images",
        "description": "Raw images, and beside each its map or labels under its name and the suffix.",
        "type": "image",
        "format": ["tif", "tiff"],
        "sub-type": "grayscale",
        "set-by-server": True,
        "optional": False,
        "value-key": "[INPUT_IMAGES]",
        "command-line-flag": "--infolder",
    }


def _project() -> dict[str, Any]:
    return {
        "id": "project",
        "name": "Project",
        "description": f"The file NAME.objclass.h5 that {NAME} run has written, attached in OMERO.",
        "type": "file",
        "format": "h5",
        "file-count": "single",
        "file-attachment": True,
        "optional": False,
        "value-key": "[PROJECT]",
        "command-line-flag": "--project",
    }


def _kind() -> dict[str, Any]:
    return {
        "id": "kind",
        "name": "Objects come from",
        "description": "What lies beside each raw image.",
        "type": "string",
        "default-value": "label_image",
        "value-choices": KINDS,
        "optional": False,
        "value-key": "[KIND]",
        "command-line-flag": "--kind",
    }


def _suffix() -> dict[str, Any]:
    return {
        "id": "suffix",
        "name": "Suffix",
        "description": "How its name ends: image.tif goes with image_labels.tif.",
        "type": "string",
        "default-value": "_labels",
        "optional": False,
        "value-key": "[SUFFIX]",
        "command-line-flag": "--suffix",
    }


def _value(option: Setting, default: str) -> dict[str, Any]:
    return {
        "id": option.name,
        "name": option.name.capitalize(),
        "description": option.says,
        "type": "string",
        "default-value": default,
        "optional": True,
        "value-key": f"[{option.name.upper()}]",
        "command-line-flag": option.flag,
    }


def _outputs() -> list[dict[str, Any]]:
    return [
        {"id": "tables", "name": "Object tables", "type": "measurement", "format": "csv",
         "file-count": "multiple", "description": "One row per object, with its class."},
        {"id": "labels", "name": "Label images", "type": "image", "format": "tif",
         "sub-type": "labeled", "file-count": "multiple", "optional": True,
         "description": "Where export names identities or predictions."},
    ]  # fmt: skip


def run() -> str:
    """Return the program of the container: it has the options that BIOMERO's jobs give."""
    return program("biomero/run.py", KINDS=[setting(name) for name in KINDS])


def dockerfile() -> str:
    """Return the Dockerfile of the workflow, on the image of ``container``."""
    return f"""\
# {MADE}
# docker build -t {NAME}-biomero wrappers/biomero
FROM {NAME}:{VERSION}
COPY run.py descriptor.json /app/
WORKDIR /app
ENTRYPOINT ["python", "/app/run.py"]
"""


FILES = {
    "biomero/descriptor.json": descriptor,
    "biomero/run.py": run,
    "biomero/Dockerfile": dockerfile,
}
