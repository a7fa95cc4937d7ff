"""Steps on experiments, runs and artifacts."""

import os
import tempfile
import time
from pathlib import Path

import mlflow
from mlflow.entities import Metric, Param, RunTag
from session import Session, expect

# Larger than the buffers on the way, and no two parts alike.
LARGE = os.urandom(6 * 1024 * 1024)

# What is escaped in a path, and what is not. The client sends `#`, `?` and `%` bare: it cannot have them.
ODD_NAMES = ["a file name.txt", "größe/Größe – 寸法 🚢.txt", "a+b & c=d; e@f, (g) [h] ~i! 'j' $k {l} ^m |n.txt"]


def create_experiment(session: Session) -> None:
    session.experiment_id = mlflow.create_experiment(session.name, tags={"team": "breakwater"})
    session.api.set_experiment_tag(session.experiment_id, "stage", "trial")
    found = mlflow.get_experiment_by_name(session.name)
    expect((found.experiment_id, found.tags["stage"]), (session.experiment_id, "trial"))
    mlflow.set_experiment(session.name)


def start_run(session: Session) -> None:
    session.run_id = mlflow.start_run(run_name=f"{session.name} run").info.run_id
    expect(session.get_run().info.status, "RUNNING")


def log_params(session: Session) -> None:
    mlflow.log_param("rate", 0.1)
    mlflow.log_params({"depth": 3, "kind": "größer"})
    expect(session.get_run().data.params, {"rate": "0.1", "depth": "3", "kind": "größer"})


def log_metrics(session: Session) -> None:
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"accuracy": 0.5, "recall": 0.25}, step=0)
    expect([m.value for m in session.api.get_metric_history(session.run_id, "loss")], [1, 1 / 2, 1 / 3])


def log_batch(session: Session) -> None:
    now = int(time.time() * 1000)
    metrics = [Metric("batch", float(step), now, step) for step in range(900)]
    params = [Param(f"p{number}", "x" * 500) for number in range(50)]
    session.api.log_batch(session.run_id, metrics, params, [RunTag("batch", "yes")])
    expect(len(session.api.get_metric_history(session.run_id, "batch")), 900)


def set_tags(session: Session) -> None:
    mlflow.set_tag("note", "the first")
    mlflow.set_tags({"note": "the second", "gone": "soon"})
    mlflow.delete_tag("gone")
    tags = session.get_run().data.tags
    expect((tags["note"], "gone" in tags), ("the second", False))


def upload_text(session: Session) -> None:
    text = "Zwölf Boxkämpfer\n"
    mlflow.log_text(text, "notes/text.txt")
    session.uploaded["notes/text.txt"] = text.encode()


def upload_large_file(session: Session) -> None:
    session.upload("weights/large.bin", LARGE)


def upload_empty_file(session: Session) -> None:
    # The only one that the client sends in chunks and without a length.
    session.upload("empty.txt", b"")


def upload_dictionary(session: Session) -> None:
    content = {"a": [1, 2, {"ö": None}]}
    mlflow.log_dict(content, "config.json")
    expect(mlflow.artifacts.load_dict(f"runs:/{session.run_id}/config.json"), content)


def upload_odd_names(session: Session) -> None:
    for path in ODD_NAMES:
        session.upload(f"odd/{path}", f"content of {path}".encode())


def list_artifacts(session: Session) -> None:
    def walk(folder: str | None = None):
        for entry in session.api.list_artifacts(session.run_id, folder):
            if entry.is_dir:
                yield from walk(entry.path)
            else:
                yield entry.path, entry.file_size or 0

    found = dict(walk())
    wanted = {path: len(content) for path, content in session.uploaded.items()}
    expect({path: found.get(path, "missing") for path in wanted}, wanted)


def download_artifacts(session: Session) -> None:
    for path, content in session.uploaded.items():
        with tempfile.TemporaryDirectory() as folder:
            file = session.api.download_artifacts(session.run_id, path, folder)
            expect((path, Path(file).read_bytes() == content), (path, True))


def go_on_with_the_run(session: Session) -> None:
    expect(mlflow.active_run().info.run_id, session.run_id)
    mlflow.log_metric("loss", 0.125, step=3)
    mlflow.log_param("went on", True)
    session.upload("weights/second.bin", LARGE[::-1])
    expect([m.step for m in session.api.get_metric_history(session.run_id, "loss")], [0, 1, 2, 3])
    run = session.get_run()
    expect((run.info.status, run.data.params["rate"]), ("RUNNING", "0.1"))


def end_run(session: Session) -> None:
    mlflow.end_run()
    expect(session.get_run().info.status, "FINISHED")


def search_experiments(session: Session) -> None:
    found = mlflow.search_experiments(filter_string=f"name = '{session.name}'")
    expect([experiment.experiment_id for experiment in found], [session.experiment_id])


def search_runs(session: Session) -> None:
    query = "metrics.loss < 0.2 and params.kind = 'größer' and tags.note = 'the second'"
    found = mlflow.search_runs([session.experiment_id], filter_string=query, output_format="list")
    expect([run.info.run_id for run in found], [session.run_id])


def delete_run_and_experiment(session: Session) -> None:
    session.api.delete_run(session.run_id)
    expect(session.get_run().info.lifecycle_stage, "deleted")
    session.api.restore_run(session.run_id)
    expect(session.get_run().info.lifecycle_stage, "active")
    mlflow.delete_experiment(session.experiment_id)
    expect(mlflow.get_experiment(session.experiment_id).lifecycle_stage, "deleted")
