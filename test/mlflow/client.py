"""An ordinary MLflow client, step by step: client.py NAME [--interrupted]

MLFLOW_TRACKING_URI and MLFLOW_TRACKING_TOKEN say where to and with which key. Each step prints one line of
JSON; the first that fails ends it with status 1.

With --interrupted it waits after the first half for a line of standard input, wants its calls to fail because
MLflow is down, waits for another line, and goes on with the same run. It sends nothing while it waits.
"""

import json
import os
import re
import sys

import mlflow
import registry_steps as registry
import tracking_steps as tracking
from session import Session

FIRST_HALF = [
    tracking.create_experiment,
    tracking.start_run,
    tracking.log_params,
    tracking.log_metrics,
    tracking.log_batch,
    tracking.set_tags,
    tracking.upload_text,
    tracking.upload_large_file,
    tracking.upload_empty_file,
    tracking.upload_dictionary,
    tracking.upload_odd_names,
    tracking.list_artifacts,
    tracking.download_artifacts,
]
SECOND_HALF = [
    tracking.go_on_with_the_run,
    registry.log_and_register_model,
    tracking.end_run,
    tracking.list_artifacts,
    tracking.download_artifacts,
    registry.create_registered_model,
    registry.create_model_version,
    registry.set_alias,
    registry.get_by_alias,
    registry.load_model_by_alias,
    tracking.search_experiments,
    tracking.search_runs,
    registry.search_registered_models,
    registry.search_model_versions,
    registry.see_own_mistakes,
    registry.delete_models,
    tracking.delete_run_and_experiment,
]


def report(step: str, **fields) -> None:
    print(json.dumps({"step": step, **fields}), flush=True)


def fail(step: str, error: str) -> None:
    report(step, ok=False, error=error)
    # Without MLflow's own end of the process, which would send the run's state and try for minutes.
    os._exit(1)


def run(steps, session: Session) -> None:
    for step in steps:
        name = step.__name__.replace("_", " ")
        try:
            step(session)
        except Exception as error:
            fail(name, f"{type(error).__name__}: {error}")
        report(name, ok=True)


def refuse(step: str, call) -> None:
    try:
        call()
    except Exception as error:
        # The client knows the status, and tells it only in its text.
        status = re.search(r"too many (\d{3}) error responses", str(error))
        report(step, ok=True, status=status and int(status[1]), error=f"{type(error).__name__}: {error}")
    else:
        fail(step, "there was no error, although MLflow is down")


def outage(session: Session) -> None:
    patience = os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    refuse("read during the outage", session.get_run)
    refuse("write during the outage", lambda: mlflow.log_metric("lost", 1.0))
    refuse("upload during the outage", lambda: mlflow.log_text("lost", "lost.txt"))
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = patience


def wait(step: str) -> None:
    report(step, ok=True)
    if sys.stdin.readline() == "":
        fail(step, "whoever should say when to go on is gone")


def main(name: str, interrupted: bool) -> None:
    # Without it the client would take a database of its own, and find everything in order.
    print(f"{mlflow.__version__} at {os.environ['MLFLOW_TRACKING_URI']}", file=sys.stderr)
    session = Session(name)
    run(FIRST_HALF, session)
    if interrupted:
        wait("wait for the outage")
        outage(session)
        wait("wait for the restart")
    run(SECOND_HALF, session)


if __name__ == "__main__":
    main(sys.argv[1], "--interrupted" in sys.argv[2:])
