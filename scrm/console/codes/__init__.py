"""Pages of channel codes (渠道活码): list, statistics, editing, pictures, welcomes."""
