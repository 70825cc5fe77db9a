"""One typed function for each endpoint of WeCom that the house uses (接口).

Every function takes the app's `Client` first, makes exactly one call (iterators: one a page) and
raises only `WeComError`. Answers are frozen dataclasses; fields that WeCom adds are ignored.
"""
