"""PostgreSQL settings for each use of a cluster."""

import psutil

_MIB = 1024 * 1024


def postgres_settings(name: str, sockets: str) -> dict[str, str]:
    """The whole of postgresql.conf for the cluster `name`."""
    memory_mib = psutil.virtual_memory().total // _MIB
    return {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{sockets}'",
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "max_locks_per_transaction": "256",
        "shared_buffers": f"{_shared_buffers_mib(name, memory_mib)}MB",
        "effective_cache_size": f"{memory_mib // 2}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "256MB" if memory_mib >= 4096 else "64MB",
        "max_wal_size": "4GB" if name != "test" else "1GB",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_line_prefix": "'%m [%p] '",
        "log_checkpoints": "off",
        "lc_messages": "'C'",
        **_durability(name),
    }


def _shared_buffers_mib(name: str, memory_mib: int) -> int:
    if memory_mib < 4096:
        return 128
    wanted = {"test": 256, "bench": 4096}.get(name, 512)
    return min(wanted, memory_mib // 4)


def _durability(name: str) -> dict[str, str]:
    """Only the test cluster may forget on a power cut; benchmarks run as production does."""
    if name == "test":
        return {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            # It would note tables as empty that a test fills in a transaction of its own, and the
            # planner would then join all with all: slow at one run, quick at the next.
            "autovacuum": "off",
        }
    return {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
