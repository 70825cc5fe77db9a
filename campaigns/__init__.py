"""渠道与活动: channel codes, the welcome lane and what follows from them."""
