"""What PostgreSQL, Redis, pooler, proxy and mail server must be like: one list of needs, each looked at in one way.

A server is asked once; needs are pure functions of its answers. `setup`, `check_surroundings` and `check --deploy` look
at all of them, each start of the web server, of workers and of beat at the database's and Redis's.
"""
