"""A store that is opened before a fork is used by both processes as if each had its own."""

import subprocess
import sys

from tests.contract.conftest import Opener
from tests.support.process import ROOT, environment

SCRIPT = """
import os, sqlite3, sys
import grpc
from dela.store.contract import Query
from tests.contract.conftest import open_store
from tests.support.things import Thing

opened = []
for module, name in ((sqlite3, "connect"), (grpc, "insecure_channel")):
    real = getattr(module, name)
    setattr(module, name, lambda *given, real=real, **more: opened.append(os.getpid()) or real(*given, **more))
store = open_store(sys.argv[1])
for id in ("before", "also before"):
    store.create(Thing(id=id))
assert store.count(Thing, Query()) == 2
child = os.fork()
if not child:
    store.create(Thing(id="child"))
    assert store.get(Thing, "before") is not None
    assert os.getpid() in opened
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
store.create(Thing(id="parent"))
assert store.count(Thing, Query()) == 4
print("fine")
"""


def test_no_connection_crosses_a_fork(stores: Opener):
    env = environment(PYTHONPATH=f"{ROOT / 'functions'}:{ROOT}")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, stores.url], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr
