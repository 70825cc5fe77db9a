"""How dates and numbers are written (FORMAT_MODULE_PATH): the same in both languages."""
