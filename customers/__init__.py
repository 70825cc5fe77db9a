"""统一客户 ID: identities, follow relations, tags, groups, the event ledger, profile and stage."""
