"""The gateway (企业微信网关): the only room that knows wechatpy and WeCom's error codes."""
