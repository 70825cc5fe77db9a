"""员工 部门 角色 数据权限: who works here, who may see what, and what staff should act on now."""
