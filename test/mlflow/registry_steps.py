"""Steps on registered models, and on mistakes of the client."""

import mlflow
from mlflow.exceptions import MlflowException
from session import Session, expect


class EchoModel(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str]) -> list[str]:
        return [f"echo {text}" for text in model_input]


def log_and_register_model(session: Session) -> None:
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=EchoModel(),
        # Given, else the client would find them out with pip.
        pip_requirements=["mlflow"],
        registered_model_name=session.name,
    )
    expect(str(logged.registered_model_version), "1")


def create_registered_model(session: Session) -> None:
    name = session.second_model
    session.api.create_registered_model(name, tags={"a": "b"}, description="first")
    session.api.update_registered_model(name, "second")
    found = session.api.get_registered_model(name)
    expect((found.description, found.tags), ("second", {"a": "b"}))


def create_model_version(session: Session) -> None:
    name, source = session.second_model, f"{session.get_run().info.artifact_uri}/weights"
    made = session.api.create_model_version(name, source, session.run_id)
    expect((str(made.version), made.status, made.run_id), ("1", "READY", session.run_id))
    session.api.set_model_version_tag(name, "1", "checked", "yes")
    session.api.update_model_version(name, "1", "the weights")
    found = session.api.get_model_version(name, "1")
    expect((found.description, found.tags), ("the weights", {"checked": "yes"}))
    expect(session.api.get_model_version_download_uri(name, "1"), source)


def set_alias(session: Session) -> None:
    session.api.set_registered_model_alias(session.name, "champion", "1")
    aliases = session.api.get_registered_model(session.name).aliases
    expect({alias: str(version) for alias, version in aliases.items()}, {"champion": "1"})


def get_by_alias(session: Session) -> None:
    found = session.api.get_model_version_by_alias(session.name, "champion")
    expect(str(found.version), "1")


def load_model_by_alias(session: Session) -> None:
    model = mlflow.pyfunc.load_model(f"models:/{session.name}@champion")
    expect(model.predict(["x"]), ["echo x"])


def search_registered_models(session: Session) -> None:
    names: list[str] = []
    token: str | None = None
    while token is not None or names == []:
        # Pages of one, so that there is a token to bring along.
        page = session.api.search_registered_models(f"name LIKE '{session.name}%'", 1, page_token=token)
        names.extend(model.name for model in page)
        token = page.token or None
    expect(names, [session.name, session.second_model])


def search_model_versions(session: Session) -> None:
    found = session.api.search_model_versions(f"run_id = '{session.run_id}'")
    expect(sorted(version.name for version in found), [session.name, session.second_model])


def see_own_mistakes(session: Session) -> None:
    mistakes = [
        (lambda: session.api.get_run("0" * 32), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: session.api.get_registered_model(f"no {session.name}"), "RESOURCE_DOES_NOT_EXIST"),
        (lambda: mlflow.create_experiment(session.name), "RESOURCE_ALREADY_EXISTS"),
        (lambda: session.api.create_registered_model(session.name), "RESOURCE_ALREADY_EXISTS"),
        (lambda: session.api.search_runs([session.experiment_id], "nonsense ="), "INVALID_PARAMETER_VALUE"),
    ]
    for call, code in mistakes:
        try:
            call()
        except MlflowException as error:
            expect(error.error_code, code)
        else:
            raise AssertionError(f"{code} was expected, and there was no error")


def delete_models(session: Session) -> None:
    session.api.delete_registered_model_alias(session.name, "champion")
    session.api.delete_model_version_tag(session.second_model, "1", "checked")
    session.api.delete_registered_model_tag(session.second_model, "a")
    session.api.delete_model_version(session.second_model, "1")
    session.api.delete_registered_model(session.second_model)
    left = session.api.search_registered_models(f"name LIKE '{session.name}%'")
    expect([model.name for model in left], [session.name])
