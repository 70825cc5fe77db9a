"""Print how `manage.py up` starts the product's programs, as JSON: name, command line, environment.

A process of its own, for settings are read once a process; it needs no more of Django than those.
"""

import json

from scrm.management import programs

if __name__ == "__main__":
    listed = {
        program.name: {"argv": list(program.argv), "env": dict(program.env)}
        for program in programs.application()
    }
    print(json.dumps(listed))
