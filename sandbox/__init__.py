"""A local WeCom (企业微信): its server API, callbacks, OAuth and a control API, in one process."""
