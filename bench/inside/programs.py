"""Answer how `manage.py up` starts the programs of the product: name, command line, environment."""

from bench.inside.talk import answer, wait_for_go
from scrm.management import programs

if __name__ == "__main__":
    if wait_for_go():
        answer(
            {
                program.name: {"argv": list(program.argv), "env": dict(program.env)}
                for program in programs.application()
            }
        )
