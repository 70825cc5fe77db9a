"""Tags: groups and tags, enterprise and local, with who carries them."""
