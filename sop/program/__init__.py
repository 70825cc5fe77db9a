"""What a program says and what follows from it: pure functions, no clock, no database.

`conditions`, `steps` and `parsing` are the language; `entering`, `reacting` and `advancing` decide.
The PostgreSQL executor and the simulator drive the same functions.
"""
