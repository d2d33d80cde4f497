"""Where work is done: processes beside this one, and executors of tasks whose results lie in the store."""

from .executor import Executor, Local, Task, Worker, pieces
from .processes import process_pool

__all__ = ["Executor", "Local", "Task", "Worker", "pieces", "process_pool"]
