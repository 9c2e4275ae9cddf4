"""PostgreSQL and Valkey out of wheels: no root, no system package, no open port."""
