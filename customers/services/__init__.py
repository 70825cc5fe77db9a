"""Writing: identities, ledger, folds, intake, synchronisation."""
