"""The page of the WeCom connection (企业微信): set-up, test, checklist, synchronisation."""
