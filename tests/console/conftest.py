"""Pages go through the whole chain of middleware."""

from tests.web.fixtures import static_files_from_source

__all__ = ["static_files_from_source"]
