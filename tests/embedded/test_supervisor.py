"""The supervisor starts again what dies and leaves nothing behind."""

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from embedded import process
from embedded.child import Program
from embedded.supervisor import Supervisor

PYTHON = sys.executable
SLEEP = "import time; print('up', flush=True); time.sleep(60)"


def wait(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    assert process.wait_until(condition, seconds), "it never happened"


def python(name: str, code: str, **over) -> Program:
    return Program(name, [PYTHON, "-c", code], **over)


@contextmanager
def supervised(*programs: Program) -> Iterator[tuple[Supervisor, io.StringIO]]:
    """A supervisor in a thread of its own, where no signals are caught."""
    output = io.StringIO()
    supervisor = Supervisor(programs, output=output, first_pause_seconds=0.05)
    thread = threading.Thread(target=supervisor.keep_running)
    thread.start()
    try:
        yield supervisor, output
    finally:
        supervisor.stop()
        thread.join(20)
    assert not thread.is_alive()


def test_a_dead_service_is_started_again_with_a_doubling_pause():
    with supervised(python("dies", "print('hello'); raise SystemExit(3)")) as (_, output):
        wait(lambda: "starting again in 0.2 s" in output.getvalue())
    said = output.getvalue()
    assert said.index("in 0.05 s") < said.index("in 0.1 s") < said.index("in 0.2 s")
    assert "dies         | ended with status 3; starting again in 0.05 s" in said


def test_a_killed_service_comes_back_with_a_new_process():
    with supervised(python("web", SLEEP)) as (supervisor, output):
        wait(lambda: "up" in output.getvalue())
        first = supervisor.pid("web")
        os.kill(first, signal.SIGKILL)
        wait(lambda: output.getvalue().count("| up") == 2)
        assert supervisor.pid("web") != first
    assert "was ended by SIGKILL" in output.getvalue()


def test_one_death_leaves_the_others_alone():
    with supervised(python("a", SLEEP), python("b", SLEEP)) as (supervisor, output):
        wait(lambda: output.getvalue().count("| up") == 2)
        other = supervisor.pid("b")
        os.kill(supervisor.pid("a"), signal.SIGKILL)
        wait(lambda: output.getvalue().count("| up") == 3)
        assert supervisor.pid("b") == other


def test_a_program_that_runs_once_is_not_started_again():
    with supervised(python("story", "print('told')", is_service=False)) as (supervisor, output):
        wait(lambda: "story" in supervisor.results)
        supervisor.add(python("late", "raise SystemExit(4)", is_service=False))
        wait(lambda: "late" in supervisor.results)
    assert supervisor.results == {"story": 0, "late": 4}
    assert output.getvalue().count("told") == 1


def test_something_may_be_done_while_all_still_run_before_the_stop():
    output = io.StringIO()
    alive: list[bool] = []
    supervisor = Supervisor(
        [python("one", SLEEP)],
        output=output,
        before_stop=lambda: alive.append(process.alive(supervisor.pid("one")) is not None),
    )
    thread = threading.Thread(target=supervisor.keep_running)
    thread.start()
    wait(lambda: "up" in output.getvalue())
    supervisor.stop()
    thread.join(20)
    assert alive == [True]


def test_a_program_that_does_not_exist_is_named():
    with supervised(Program("ghost", ["/nonexistent/program"])) as (_, output):
        wait(lambda: "ghost        | cannot be started" in output.getvalue())


def test_stopping_goes_from_the_highest_stage_down_and_waits_for_each(tmp_path: Path):
    diary = tmp_path / "diary"
    code = (
        "import signal,sys,time\n"
        "def end(*_):\n"
        f"    open({str(diary)!r}, 'a').write(sys.argv[1] + ' ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    names = {"low": 0, "high": 2, "middle": 1}
    programs = [Program(n, [PYTHON, "-c", code, n], stage=stage) for n, stage in names.items()]
    with supervised(*programs) as (_, output):
        wait(lambda: output.getvalue().count("| up") == 3)
    assert diary.read_text() == "high middle low "


@pytest.mark.parametrize("own_session", [False, True])
def test_grandchildren_end_too(own_session: bool):
    code = (
        "import subprocess,sys,time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        f" start_new_session={own_session})\n"
        "print('grandchild', child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with supervised(python("parent", code)) as (_, output):
        wait(lambda: "grandchild" in output.getvalue())
        grandchild = int(output.getvalue().split()[-1])
        assert process.alive(grandchild) is not None
    assert process.alive(grandchild) is None


def test_a_deaf_program_is_killed_after_its_grace():
    code = (
        "import signal,time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    with supervised(python("deaf", code, grace_seconds=0.2)) as (supervisor, output):
        wait(lambda: "up" in output.getvalue())
        pid = supervisor.pid("deaf")
    assert process.alive(pid) is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_supervisor_ends_everything(number: signal.Signals):
    code = (
        "import sys\n"
        "from embedded.child import Program\n"
        "from embedded.supervisor import Supervisor\n"
        f"sleep = Program('one', [sys.executable, '-c', {SLEEP!r}])\n"
        "Supervisor([sleep]).run()\n"
        "print('clean end', flush=True)\n"
    )
    with subprocess.Popen([PYTHON, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "one          | up\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        parent.send_signal(number)
        assert parent.communicate(timeout=20)[0].endswith("clean end\n")
    assert parent.returncode == 0
    assert [child for child in children if child.is_running()] == []
