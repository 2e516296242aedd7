"""The secrets that Terraform is given with each run: from the environment, from Secret Manager, or made or asked for.

Nothing of them is written to this machine. Keys are made once; every later run reads what the forum has.
"""

import json
import os
import sys
from collections.abc import Mapping
from getpass import getpass
from secrets import token_urlsafe
from urllib.parse import unquote, urlsplit

from tools.deploy_commands import Refusal, said

LINK_KEYS, IDENTITY_KEY = "TF_VAR_link_keys", "TF_VAR_identity_key"
USER, PASSWORD = "TF_VAR_mail_user", "TF_VAR_mail_password"


def variables(project: str) -> Mapping[str, str]:
    """The variables of Terraform's that are secret."""
    return {
        LINK_KEYS: os.environ.get(LINK_KEYS) or json.dumps(_key(project, "link-keys").split(",")),
        IDENTITY_KEY: os.environ.get(IDENTITY_KEY) or _key(project, "identity-key"),
        **_account(project),
    }


def kept(project: str, name: str) -> str | None:
    """The newest value of a secret of the forum; None if it has none yet. Raises Refusal if it can't be read."""
    told = said("gcloud", "secrets", "versions", "access", "latest", f"--secret=dela-{name}", f"--project={project}")
    if told.ok:
        return told.output
    if "NOT_FOUND" in told.error:
        return None
    raise Refusal(f"The secret dela-{name} can't be read, and without it everybody would be a stranger:\n{told.error}")


def _key(project: str, name: str) -> str:
    value = kept(project, name)
    print(f"{name}: {'made now' if value is None else 'as it is'}")
    return token_urlsafe(32) if value is None else value


def _account(project: str) -> Mapping[str, str]:
    if USER in os.environ:
        print("mail account: from the environment")
        return {USER: os.environ[USER], PASSWORD: os.environ.get(PASSWORD, "")}
    if (value := kept(project, "mail")) is not None:
        print("mail account: as it is")
        parts = urlsplit(value)
        return {USER: unquote(parts.username or ""), PASSWORD: unquote(parts.password or "")}
    if not sys.stdin.isatty():
        raise Refusal(f"What is the account at the mail server? Say {USER} and {PASSWORD} in the environment.")
    user = input("Account at the mail server (empty if it asks for none): ").strip()
    return {USER: user, PASSWORD: getpass("Its password: ") if user else ""}
