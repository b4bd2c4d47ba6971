"""give_role, rotate_token_keys."""
