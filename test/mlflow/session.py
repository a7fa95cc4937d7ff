"""What the steps of one client share."""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import mlflow


@dataclass
class Session:
    """One experiment, one run and two registered models, named after `name`."""

    name: str
    api: mlflow.MlflowClient = field(default_factory=mlflow.MlflowClient)
    experiment_id: str = ""
    run_id: str = ""
    # Path of each artifact, and what was uploaded there.
    uploaded: dict[str, bytes] = field(default_factory=dict)

    @property
    def second_model(self) -> str:
        return f"{self.name} by hand"

    def get_run(self) -> mlflow.entities.Run:
        return self.api.get_run(self.run_id)

    def upload(self, path: str, content: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, os.path.basename(path))
            file.write_bytes(content)
            mlflow.log_artifact(str(file), os.path.dirname(path) or None)
        self.uploaded[path] = content


def expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{wanted!r} was expected, found {found!r}")
